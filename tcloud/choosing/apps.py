from django.apps import AppConfig


class ChoosingConfig(AppConfig):
    name = "tcloud.choosing"
    verbose_name = "選擇方案"
