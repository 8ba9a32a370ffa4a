from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "tcloud.invoices"
    verbose_name = "發票"
