"""Moving the clock of a rehearsal: for demo and rehearsal only, impossible where DEBUG is off."""

import contextlib
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tcloud.adapters.rehearsal.port import Followers
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.rehearsal import queries
from tcloud.rehearsal.models import ClockMove

FURTHEST: Final = timedelta(days=5 * 365)


def move(
    to: datetime | None, *, reason: str = "", seen: int, followers: Followers, by: Actor, at: datetime
) -> ClockMove:
    """Set the clock to the moment `to` (None: back to real time), for every process at once, and queue all periodic scans.

    `at` is what the clock shows now, `seen` the newest move that whoever moves it has seen (0 for none). The followers are told before
    anything is committed; when one does not follow, all are told the old time again and nothing has moved.
    Raises Refusal `rehearsal.not_here`, `rehearsal.too_far`, `rehearsal.not_followed`, Stale.
    """
    if not queries.allowed():
        raise Refusal("rehearsal.not_here", _("這個環境不能移動時鐘；演練時鐘只在示範與演練環境使用。"))
    moved = _moved(to, reason=reason.strip(), seen=seen, followers=followers, by=by, at=at)
    _queue_scans(moved)
    return moved


def shift_to(to: datetime | None, *, before: timedelta, at: datetime) -> timedelta:
    """By how much the clock differs from real time once it shows `to`, when it is moved by `before` and shows `at` now.

    Raises Refusal `rehearsal.too_far`.
    """
    shift = to - (at - before) if to else timedelta(0)
    if abs(shift) > FURTHEST:
        raise Refusal("rehearsal.too_far", _("時鐘最多只能比實際時間快或慢 5 年，請改選較近的日期。"))
    return shift


@transaction.atomic(durable=True)
def _moved(
    to: datetime | None, *, reason: str, seen: int, followers: Followers, by: Actor, at: datetime
) -> ClockMove:
    with connection.cursor() as cursor:  # one move at a time; whoever reads the clock does not wait
        cursor.execute(f"LOCK TABLE {ClockMove._meta.db_table} IN EXCLUSIVE MODE")
    newest = queries.moves().first()
    if seen != (newest.pk if newest else 0):
        raise Stale()
    before = newest.shift if newest else timedelta(0)
    real, shift = at - before, shift_to(to, before=before, at=at)
    moved = ClockMove.objects.create(
        shift=shift, shows=real + shift, moved_at=real, reason=reason, by_user_id=by.user_id, by_name=by.name
    )
    events.record(
        "clock.moved",
        moved,
        case=queries.CASE,
        by=by,
        at=at,
        announce=False,
        to=moved.shows.isoformat(timespec="seconds"),
        real=real.isoformat(timespec="seconds"),
        reason=reason,
    )
    if silent := followers.tell(shift):
        followers.tell(before)
        raise Refusal(
            "rehearsal.not_followed",
            _("時鐘沒有移動：外部系統沒有跟上（%(addresses)s）。請確認它正在執行，再試一次。"),
            addresses="、".join(silent),
        )
    return moved


def _queue_scans(moved: ClockMove) -> None:
    """Every periodic job once, now; one that waits already will read the new time when it begins."""
    for periodic in app.periodic_registry.periodic_tasks.values():
        job = periodic.task.configure(**periodic.configure_kwargs)
        with contextlib.suppress(AlreadyEnqueued), transaction.atomic():
            job.defer(timestamp=int(moved.moved_at.timestamp()))
