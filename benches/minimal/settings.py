"""What `startproject` gives, with the pool that production has: the same sessions, people and forgery protection, nothing more.

A signed-in act needs those whatever framework code surrounds it, so they belong to the raw limit.
"""

from benches.startproject import MIDDLEWARE
from config.settings import ALLOWED_HOSTS, BASE_DIR, DATABASES, SECRET_KEY

__all__ = ["ALLOWED_HOSTS", "DATABASES", "MIDDLEWARE", "SECRET_KEY"]
DEBUG = False
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "pgtrigger",
    "tcloud.core",  # members build on it
    "tcloud.members",
]
AUTH_USER_MODEL = "members.User"
ROOT_URLCONF = "benches.minimal.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "benches/minimal"],
    }
]
USE_TZ = True
