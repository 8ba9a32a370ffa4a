"""Recording and reading events. Whoever changes something records it here, in the same transaction."""

from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from procrastinate.contrib.django import app

from tcloud.core.actors import Actor
from tcloud.core.models import Event

DELIVER_TASK = "tcloud.outbox.deliver"


def subject_of(instance: Model) -> str:
    """The name of a row in the record: "orders.order/17"."""
    return f"{instance._meta.label_lower}/{instance.pk}"


def record(
    type: str, subject: Model, *, case: str, by: Actor, at: datetime, announce: bool = True, **data: Any
) -> Event:
    """Record that `type` (past tense, dotted: `order.submitted`) happened to `subject`.

    With `announce` its delivery (mail, notice) is queued in the same transaction: rolled back with it, never lost after it.
    """
    event = Event.objects.create(
        type=type,
        subject=subject_of(subject),
        case=case,
        at=at,
        actor_kind=by.kind,
        actor_user_id=by.user_id,
        actor_company_id=by.company_id,
        actor_name=by.name,
        data=data,
    )
    if announce:
        app.configure_task(DELIVER_TASK, allow_unknown=True, queue="outbox").defer(event_id=event.pk)
    return event


def of_case(case: str) -> QuerySet[Event]:
    """The events of a case, oldest first."""
    return Event.objects.filter(case=case).order_by("id")


def search(*, cases: list[str] | None = None, type: str = "") -> QuerySet[Event]:
    """The record for officers and auditors, newest first: of any of the cases, of one type, or both."""
    found = Event.objects.all()
    if cases:
        found = found.filter(case__in=cases)
    if type:
        found = found.filter(type=type)
    return found.order_by("-id")
