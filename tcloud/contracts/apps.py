from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "tcloud.contracts"
    verbose_name = "契約"
