from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tcloud.web"
    verbose_name = "網頁"
