from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "tcloud.support"
    verbose_name = "客服"
