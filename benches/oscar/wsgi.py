"""The shop as a server takes it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benches.oscar.settings")
application = get_wsgi_application()
