from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "tcloud.payments"
    verbose_name = "付款"

    def ready(self) -> None:
        from tcloud.payments import checks  # noqa: F401  registers the system check
