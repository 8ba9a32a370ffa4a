from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "tcloud.members"
    verbose_name = "會員"
