"""Questions about letters and notices."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from tcloud.members.models import User
from tcloud.outbox import rules
from tcloud.outbox.models import FailingAddress, Message, Notice, Unwanted

HELD: Final = "held"  # why a letter was not tried: its address takes none
OVERTAKEN: Final = "overtaken"  # or no longer true when it could have been sent
MOST_COUNTED: Final = 99


def of_case(case: str) -> QuerySet[Message]:
    """The letters of a case, oldest first, with the events they answer."""
    return Message.objects.filter(event__case=case).select_related("event").order_by("id")


def not_sent() -> QuerySet[Message]:
    """Letters that were tried and not taken by the mail server so far, oldest first, for officers."""
    return (
        Message.objects.filter(sent_at=None, given_up_at=None, tries__gt=0)
        .select_related("event")
        .order_by("id")
    )


def undelivered(case: str) -> QuerySet[Message]:
    """Letters of a case that did not reach their reader: they came back, were refused for good, or were held."""
    return of_case(case).filter(Q(bounced_at__isnull=False) | Q(given_up_at__isnull=False))


def unwanted(emails: Iterable[str], category: str) -> set[str]:
    """Which of these addresses have switched the category off."""
    return set(Unwanted.objects.filter(email__in=emails, category=category).values_list("email", flat=True))


def switched_off(email: str) -> set[str]:
    """The categories that an address has switched off."""
    return set(Unwanted.objects.filter(email=email).values_list("category", flat=True))


def failing(emails: Iterable[str]) -> dict[str, int]:
    """How often letters to these addresses came back for good, by address; those that work are not in it."""
    return dict(FailingAddress.objects.filter(email__in=emails).values_list("email", "hard_bounces"))


def failing_address(email: str) -> FailingAddress | None:
    """What is known of an address whose letters come back; None while it works."""
    return FailingAddress.objects.filter(email=email).first()


def notices(user: User) -> QuerySet[Notice]:
    """What a person was told on the site, newest first."""
    return Notice.objects.filter(user=user).order_by("-at", "-id")


def unread(user: User) -> int:
    """How many of them she has not read; counted no further than one above MOST_COUNTED, so that it costs the same for everybody."""
    return Notice.objects.filter(user=user, read_at=None).order_by()[: MOST_COUNTED + 1].count()


def outlived(at: datetime) -> QuerySet[Notice]:
    """Notices older than they are kept."""
    return Notice.objects.filter(at__lt=at - timedelta(days=rules.NOTICES_KEPT_DAYS))
