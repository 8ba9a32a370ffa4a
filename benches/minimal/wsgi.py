import os

from django.core.wsgi import get_wsgi_application

from config.collecting import collect_rarely

os.environ["DJANGO_SETTINGS_MODULE"] = "benches.minimal.settings"
application = get_wsgi_application()
collect_rarely()  # both servers are started the same way
