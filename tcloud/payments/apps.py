from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "tcloud.payments"
    verbose_name = "付款"
