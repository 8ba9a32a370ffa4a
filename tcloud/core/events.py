"""Recording and reading events. Whoever changes something records it here, in the same transaction."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.db.models import Model, QuerySet
from procrastinate.contrib.django import app

from tcloud.core.actors import Actor
from tcloud.core.models import Event

DELIVER_TASK: Final = "tcloud.outbox.deliver"  # core_record_event queues it by the same name
DELIVER_MANY_TASK: Final = "tcloud.outbox.deliver_many"
OUTBOX_QUEUE: Final = "outbox"


def subject_of(instance: Model) -> str:
    """The name of a row in the record: "orders.order/17"."""
    return f"{instance._meta.label_lower}/{instance.pk}"


def as_jsonb(data: dict[str, Any]) -> str:
    """An event's data as the database takes it. Raises TypeError for what JSON does not know."""
    return json.dumps(data, ensure_ascii=False)


def record(
    type: str, subject: Model, *, case: str, by: Actor, at: datetime, announce: bool = True, **data: Any
) -> Event:
    """Record that `type` (past tense, dotted: `order.submitted`) happened to `subject`.

    With `announce` its delivery (mail, notice) is queued in the same transaction: rolled back with it, never lost after it.
    """
    event = Event(
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
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT core_record_event(%s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, %s)",
            [type, event.subject, case, at, by.kind, by.user_id, by.company_id, by.name, as_jsonb(data), announce],
        )  # fmt: skip
        event.pk = cursor.fetchone()[0]
    event._state.adding = False
    return event


@dataclass(frozen=True)
class Happening:
    """One of many events recorded at once: what it happened to, its case and its data."""

    subject: Model
    case: str
    data: dict[str, Any] = field(default_factory=dict)


def record_many(
    type: str, happenings: Iterable[Happening], *, by: Actor, at: datetime, announce: bool = True
) -> list[int]:
    """Record the same kind of event of many things in one statement; their delivery is one job. Returns the ids, in order."""
    rows = list(happenings)
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_event (type, subject, "case", at, actor_kind, actor_user_id, actor_company_id, actor_name, data)
            SELECT %s, e.subject, e.case_, %s, %s, %s, %s, %s, e.data::jsonb
              FROM unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS e (subject, case_, data, place)
             ORDER BY e.place
            RETURNING id
            """,
            [
                type, at, by.kind, by.user_id, by.company_id, by.name,
                [subject_of(row.subject) for row in rows], [row.case for row in rows], [as_jsonb(row.data) for row in rows],
            ],
        )  # fmt: skip
        ids = [pk for (pk,) in cursor.fetchall()]
    if announce:
        # behind what single people wait for
        job = app.configure_task(DELIVER_MANY_TASK, allow_unknown=True, queue=OUTBOX_QUEUE, priority=-1)
        job.defer(event_ids=ids)
    return ids


def deliver_again(event_id: int) -> None:
    """Queue the delivery of an event by itself, to be tried again in its own time."""
    app.configure_task(DELIVER_TASK, allow_unknown=True, queue=OUTBOX_QUEUE).defer(event_id=event_id)


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
