"""Every hour: what strangers leave behind by merely opening pages. Nothing that anybody proved or agreed to is touched."""

from datetime import timedelta
from importlib import import_module
from typing import Final

from django.conf import settings
from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.members.models import CardChallenge

UNUSED_KEPT_FOR: Final = timedelta(days=1)


@app.periodic(cron="47 * * * *")
@app.task(name="tcloud.members.forget_expired", queueing_lock="tcloud.members.forget_expired")
def forget_expired(timestamp: int) -> None:
    """Remove sessions that are over, and challenges no card ever proved itself with, a day after they expired (R-09)."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    long_over = clock.now() - UNUSED_KEPT_FOR
    CardChallenge.objects.filter(cardproof=None, expires_at__lt=long_over).delete()
