from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "tcloud.outbox"
    verbose_name = "通知"
