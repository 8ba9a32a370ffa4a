from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "tcloud.outbox"
    verbose_name = "通知"

    def ready(self) -> None:
        from tcloud.outbox import checks  # noqa: F401  registers them
