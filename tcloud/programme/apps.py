from django.apps import AppConfig


class ProgrammeConfig(AppConfig):
    name = "tcloud.programme"
    verbose_name = "計畫"
