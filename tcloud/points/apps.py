from django.apps import AppConfig


class PointsConfig(AppConfig):
    name = "tcloud.points"
    verbose_name = "點數"
