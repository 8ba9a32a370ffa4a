from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "tcloud.core"
    verbose_name = "共用"

    def ready(self) -> None:
        from tcloud.core import checks  # noqa: F401  registers the system checks
