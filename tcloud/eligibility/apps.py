from django.apps import AppConfig


class EligibilityConfig(AppConfig):
    name = "tcloud.eligibility"
    verbose_name = "資格"
