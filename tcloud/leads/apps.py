from django.apps import AppConfig


class LeadsConfig(AppConfig):
    name = "tcloud.leads"
    verbose_name = "供應商介紹代碼"
