from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "tcloud.catalogue"
    verbose_name = "方案"
