"""What an address wants to be written about, and that an address works again."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from tcloud.outbox.categories import LABELS
from tcloud.outbox.models import FailingAddress, Unwanted


@transaction.atomic(durable=True)
def stop(email: str, category: str, *, at: datetime) -> None:
    """No letters of this category to the address any more; harmless to repeat. Raises LookupError for one that can't be switched off."""
    _stop(email, category, at=at)


@transaction.atomic(durable=True)
def choose(email: str, wanted: Collection[str], *, at: datetime) -> None:
    """Of the categories that can be switched off, exactly `wanted` are sent to the address."""
    for category in LABELS:
        if category in wanted:
            Unwanted.objects.filter(email=email, category=category).delete()
        else:
            _stop(email, category, at=at)


def _stop(email: str, category: str, *, at: datetime) -> None:
    if category not in LABELS:
        raise LookupError(category)
    Unwanted.objects.get_or_create(email=email.lower(), category=category, defaults={"at": at})


@transaction.atomic(durable=True)
def works_again(email: str) -> None:
    """Who reads the address says that it takes letters again; the next ones are tried. Those held meanwhile are not sent."""
    FailingAddress.objects.filter(email=email).delete()


@transaction.atomic
def move(former: str, email: str, *, at: datetime) -> None:
    """The person behind `former` is now written to at `email`, where the same is wanted; `email` has just proved that it works."""
    FailingAddress.objects.filter(email=email).delete()
    for category in Unwanted.objects.filter(email=former).values_list("category", flat=True):
        _stop(email, category, at=at)
