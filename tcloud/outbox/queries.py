"""Questions about letters."""

from django.db.models import QuerySet

from tcloud.outbox.models import Message


def of_case(case: str) -> QuerySet[Message]:
    """The letters of a case, oldest first, with the events they answer."""
    return Message.objects.filter(event__case=case).select_related("event").order_by("id")


def not_sent() -> QuerySet[Message]:
    """Letters that were tried and not taken by the mail server so far, oldest first, for officers."""
    return Message.objects.filter(sent_at=None, tries__gt=0).select_related("event").order_by("id")
