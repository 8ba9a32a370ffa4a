from django.apps import AppConfig


class AssessmentConfig(AppConfig):
    name = "tcloud.assessment"
    verbose_name = "自評"
