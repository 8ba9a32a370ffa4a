"""Questions about the expert service (R-35), already scoped to who may ask."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from tcloud.core import calendar, workdays
from tcloud.core.workdays import Impact, Step
from tcloud.members.models import Company, User
from tcloud.programme.models import Programme
from tcloud.support.models import ExpertFile, ExpertNote, ExpertReport, ExpertRequest, ExpertSlot
from tcloud.support.states import ENDED

_WITH = ("programme", "company", "expert__expert_profile", "feedback")


def of_company(company: Company) -> QuerySet[ExpertRequest]:
    """The company's own requests, newest first."""
    return ExpertRequest.objects.filter(company=company).select_related(*_WITH).order_by("-created_at", "-id")


def open_of(programme: Programme, company: Company) -> ExpertRequest | None:
    """The company's request that is not ended."""
    return of_company(company).filter(programme=programme).exclude(state__in=ENDED).first()


def of_expert(user_id: int) -> QuerySet[ExpertRequest]:
    """The expert's own cases: what she owes first, by its deadline, then what waits for others, then what is ended."""
    return (
        ExpertRequest.objects.filter(expert_id=user_id).select_related(*_WITH).order_by("-created_at", "-id")
    )


def everything() -> QuerySet[ExpertRequest]:
    """Every request, for officers: the most urgent first, the ended last."""
    return ExpertRequest.objects.select_related(*_WITH)


def to_assign() -> QuerySet[ExpertRequest]:
    """What waits for an officer, the most urgent first."""
    return everything().filter(state="REQUESTED").order_by("owed_due_at", "id")


def open_slots(request: ExpertRequest, *, at: datetime) -> list[tuple[ExpertSlot, bool]]:
    """The times to choose from, each with whether it can still be chosen: ahead, and the expert not visiting elsewhere then."""
    slots = list(request.slots.filter(state=ExpertSlot.State.OPEN))
    taken = list(
        ExpertSlot.objects.filter(expert_id=request.expert_id, state=ExpertSlot.State.AGREED, ends_at__gt=at)
    )
    return [
        (
            slot,
            slot.starts_at > at
            and not any(slot.starts_at < other.ends_at and other.starts_at < slot.ends_at for other in taken),
        )
        for slot in slots
    ]


def visit_of(request: ExpertRequest) -> ExpertSlot | None:
    """The agreed visit."""
    return request.slots.filter(state=ExpertSlot.State.AGREED).first()


def visits_of(requests: list[ExpertRequest]) -> dict[int, ExpertSlot]:
    """The agreed visit of each of the requests, by its id."""
    slots = ExpertSlot.objects.filter(request__in=requests, state=ExpertSlot.State.AGREED)
    return {slot.request_id: slot for slot in slots}


def slots_for_calendar(request: ExpertRequest) -> list[ExpertSlot]:
    """Every time ever proposed, for calendars that may still show it."""
    return list(request.slots.all())


def notes_of(request: ExpertRequest) -> list[ExpertNote]:
    """What expert and officers wrote down, oldest first."""
    return list(request.notes.select_related("author").order_by("id"))


def report_of(request: ExpertRequest) -> ExpertReport | None:
    """The latest version of the report."""
    return request.reports.select_related("author").order_by("-number").first()


def files_of(report: ExpertReport | None) -> QuerySet[ExpertFile]:
    """Its files without their bytes."""
    return ExpertFile.objects.filter(report=report).defer("content").order_by("id")


def file_of(request: ExpertRequest, pk: int) -> ExpertFile | None:
    """A file of any version of this request's report."""
    return ExpertFile.objects.filter(report__request=request, pk=pk).first()


@dataclass(frozen=True)
class Candidate:
    """An expert as an officer who assigns sees her: what of the request she covers, and how many cases she has."""

    user: User
    areas: int
    reaches: bool
    load: int
    asked: int

    @property
    def fits(self) -> bool:
        """Covers every area asked for, and comes to the place or meets online."""
        return self.areas == self.asked and self.reaches


def experts() -> QuerySet[User]:
    """Every active expert with `load`, the number of cases not ended."""
    return (
        User.objects.filter(staff_role=User.StaffRole.EXPERT, is_active=True)
        .select_related("expert_profile")
        .annotate(load=Count("expert_cases", filter=~Q(expert_cases__state__in=ENDED)))
        .order_by("id")
    )


def candidates(request: ExpertRequest) -> list[Candidate]:
    """Who could take the request, the best first: place, areas covered, then fewest cases. Experts who take none are left out."""
    found = []
    for user in experts():
        profile = getattr(user, "expert_profile", None)
        if (profile is not None and not profile.takes_cases) or user.pk == request.expert_id:
            continue
        areas = len(set(request.areas) & set(profile.areas)) if profile else 0
        here = profile is not None and (
            profile.online
            if request.mode == ExpertRequest.Mode.ONLINE
            else request.county in profile.counties
        )
        found.append(Candidate(user, areas, here, user.load, len(request.areas)))  # type: ignore[attr-defined]
    return sorted(found, key=lambda one: (not one.reaches, -one.areas, one.load, one.user.pk))


def length(request: ExpertRequest) -> dict[str, Any]:
    """What the open deadline follows from (R-28), as `workdays.moved` takes it."""
    return {
        "due_at": request.owed_due_at,
        "begins_at": request.owed_begins_at,
        "working_days": request.owed_working_days,
        "county": request.owed_county,
    }


def impact(change: Sequence[Step], *, at: datetime) -> Impact:
    """R-28: what a change of the calendar (`calendar.would_be`) would do to open deadlines of the expert service, at `at`."""
    steps, total = calendar.steps(0), Impact()
    for row in ExpertRequest.objects.exclude(owed="").iterator(chunk_size=1000):
        before = [step for step in steps if step.serial > (row.owed_calendar_serial or 0)]
        over = row.owed_missed_at is not None or row.is_late(at)
        total += workdays.impact(**length(row), over=over, before=before, change=change)
    return total
