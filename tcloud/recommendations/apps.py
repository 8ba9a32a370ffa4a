from django.apps import AppConfig


class RecommendationsConfig(AppConfig):
    name = "tcloud.recommendations"
    verbose_name = "推薦"
