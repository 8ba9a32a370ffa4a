from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "tcloud.core"
    verbose_name = "共用"
