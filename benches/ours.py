"""The real application as config.wsgi serves it, without that module's refusal to start beside a sandbox in production's settings."""

import os

from django.core.wsgi import get_wsgi_application

from config.collecting import collect_rarely

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
collect_rarely()
