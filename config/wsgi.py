"""The web process: `granian --interface wsgi config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from config.collecting import collect_rarely  # noqa: E402
from tcloud.core.checks import refuse_demo_values  # noqa: E402  needs the applications loaded

refuse_demo_values()
collect_rarely()
