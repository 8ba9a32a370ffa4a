"""The calendar file of a case, read by a calendar's own library: a moved visit moves, a cancelled one goes (RFC 5545, RFC 5546)."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from icalendar import Calendar

from tcloud.core import clock
from tcloud.support.models import ExpertRequest, ExpertSlot
from tcloud.support.operations import experts
from tests import factories as make
from tests.factories import NOW
from tests.support import expert_scene as scene
from tests.support.expert_scene import MONDAY

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-35")]


def read(case: ExpertRequest, *, who: str = "company") -> tuple[str, dict[str, Any]]:
    """The method, and the events by UID."""
    case.refresh_from_db()
    client = make.signed_in(scene.owner(case.company) if who == "company" else case.expert)
    name = "expert_calendar" if who == "company" else "support_visit_calendar"
    with clock.moved_to(NOW):
        answer = client.get(reverse(name, args=[case.reference]))
    assert answer["Content-Type"].startswith("text/calendar")
    calendar = Calendar.from_ical(answer.content)
    assert not calendar.errors
    events = calendar.walk("VEVENT")
    for event in events:
        assert not event.errors
        assert event["ORGANIZER"].startswith("mailto:")
    return str(calendar["METHOD"]), {str(event["UID"]): event for event in events}


def visit(events: dict[str, Any]) -> Any:
    return next((event for uid, event in events.items() if "-visit@" in uid), None)


def test_follows_the_case_from_proposal_to_agreement_move_and_withdrawal() -> None:
    make.programme(code="tcloud")
    case = scene.proposed()
    method, events = read(case)
    assert method == "PUBLISH"
    assert [str(event["STATUS"]) for event in events.values()] == ["TENTATIVE", "TENTATIVE"]
    assert visit(events) is None

    slot = ExpertSlot.objects.order_by("position").first()
    experts.agree(case, slot.pk, by=scene.as_company(case.company), at=NOW)
    method, events = read(case)
    first = visit(events)
    assert method == "PUBLISH"
    assert (str(first["STATUS"]), first["SEQUENCE"], first.start, first.end) == (
        "CONFIRMED", 1, MONDAY, MONDAY + timedelta(minutes=90),
    )  # fmt: skip
    assert {str(e["STATUS"]) for uid, e in events.items() if "-visit@" not in uid} == {"CANCELLED"}
    assert str(first["LOCATION"]) == "貴公司會議室"
    assert read(case, who="expert")[1].keys() == events.keys()

    experts.postpone(case, reason="改期", by=scene.as_company(case.company), at=NOW)
    method, events = read(case)
    assert method == "CANCEL"
    assert (visit(events)["UID"], visit(events)["SEQUENCE"]) == (first["UID"], 2)

    later = MONDAY + timedelta(days=3)
    experts.propose(case, scene.slots(later), meeting="", by=scene.expert_of(case), at=NOW)
    slot = ExpertSlot.objects.get(request=case, state="open")
    experts.agree(case, slot.pk, by=scene.as_company(case.company), at=NOW)
    _method, events = read(case)
    moved = visit(events)
    assert (moved["UID"], moved["SEQUENCE"], moved.start) == (first["UID"], 3, later)

    experts.withdraw(case, reason="", by=scene.as_company(case.company), at=NOW)
    method, events = read(case)
    assert method == "CANCEL"
    assert visit(events)["SEQUENCE"] == 4


def test_has_no_calendar_before_times_were_proposed() -> None:
    make.programme(code="tcloud")
    case = scene.assigned()
    client = make.signed_in(scene.owner(case.company))
    assert client.get(reverse("expert_calendar", args=[case.reference])).status_code == 404
