"""Scans: what fell due is done in batches, each in its own transaction, until nothing is left; officers can watch.

A batch takes rows nobody else has (SKIP LOCKED), so two scanners share the work, and a killed one has lost the batch under way and
nothing else: the next minute goes on. Memory holds one batch.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import F, Max
from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinatePeriodicDefer

from tcloud.core import clock
from tcloud.core.models import ScanRun

SILENT_AFTER: Final = timedelta(minutes=2)


def run(name: str, batch: Callable[[], int], *, due: Callable[[], int], at: datetime) -> int:
    """Repeat `batch`, which returns how many it did, until it does none. Returns how many were done.

    `due` counts what is due now; it is asked once, when there is something to do.
    """
    done = batch()
    if not done:
        return 0
    noted = ScanRun.objects.create(name=name, as_of=at, total=done + due(), done=done)
    mine = ScanRun.objects.filter(pk=noted.pk)
    total = done
    while done := batch():
        total += done
        mine.update(done=F("done") + done, beat_at=Now())
    mine.update(beat_at=Now(), finished_at=Now())
    return total


@dataclass(frozen=True)
class Progress:
    """A run as people see it: how far, how fast (items a second), and whether its worker has gone silent."""

    run: ScanRun
    percent: int
    per_second: float
    silent: bool


def progress(*, limit: int = 20) -> list[Progress]:
    """The latest runs, newest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (now,) = cursor.fetchone()
    return [_progress(run, now) for run in ScanRun.objects.order_by("-id")[:limit]]


def _progress(run: ScanRun, now: datetime) -> Progress:
    seconds = ((run.finished_at or run.beat_at) - run.started_at).total_seconds()
    return Progress(
        run,
        percent=100 if run.finished_at else min(99, 100 * run.done // max(run.total, 1)),
        per_second=run.done / seconds if seconds else 0.0,
        silent=run.finished_at is None and now - run.beat_at > SILENT_AFTER,
    )


def last_ticks() -> list[tuple[str, datetime]]:
    """When each periodic job was queued last, by name: none lately means that no worker runs."""
    rows = ProcrastinatePeriodicDefer.objects.values("task_name").annotate(latest=Max("defer_timestamp"))
    return [
        (row["task_name"], clock.taipei(datetime.fromtimestamp(row["latest"], UTC)))
        for row in rows.order_by("task_name")
    ]
