from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "tcloud.ledger"
    verbose_name = "帳本"
