"""The stream process: `granian --interface asgi config.asgi_stream:application` (docs/decisions/0018)."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from tcloud.core.checks import refuse_demo_values  # noqa: E402  needs the applications loaded
from tcloud.web.ui.chat_stream import Application  # noqa: E402

refuse_demo_values()
application = Application()
