"""Questions about applications."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from tcloud.core import calendar
from tcloud.core.workdays import Impact, Step
from tcloud.eligibility import deadlines
from tcloud.eligibility.models import Application, Check


def by_token(token: str) -> Application | None:
    """The application this browser session began or took up again."""
    return Application.objects.select_related("programme").filter(token=token).first() if token else None


def latest_checks(application: Application) -> list[Check]:
    """What each rule said the last time, in the rules' order."""
    checks = Check.objects.filter(application=application).order_by("-run", "rule")
    latest = checks.values_list("run", flat=True).first()
    return [check for check in checks if check.run == latest]


def under_review() -> QuerySet[Application]:
    """Applications that wait for sources or for an officer, the oldest first."""
    waiting = Application.objects.filter(state="IN_REVIEW").select_related("programme")
    return waiting.order_by("review_due_at", "id")


def proved() -> QuerySet[Application]:
    """Every application whose company a card has proved, the newest first, for officers and auditors."""
    return Application.objects.exclude(ubn="").select_related("programme", "company").order_by("-id")


def impact(change: Sequence[Step], *, at: datetime) -> Impact:
    """R-28: what a change of the calendar (`calendar.would_be`) would do to review deadlines, at `at`."""
    steps, total = calendar.steps(0), Impact()
    for row in under_review().exclude(review_due_at=None).iterator(chunk_size=1000):
        before = [step for step in steps if step.serial > (row.review_calendar_serial or 0)]
        total += deadlines.impact(row, before, change, at=at)
    return total
