from django.apps import AppConfig


class OrdersConfig(AppConfig):
    name = "tcloud.orders"
    verbose_name = "訂單"
