"""Opening and closing an edition."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction

from tcloud.core import calendar, clock, events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.transitions import advance
from tcloud.programme import queries
from tcloud.programme.models import Programme
from tcloud.programme.states import PROGRAMME

REMIND_EVERY: Final = timedelta(days=7)
# The edition of the flyer (flyer.txt); decisions of PROGRAMME.md where the flyer is silent.
FLYER: dict[str, Any] = {
    "code": "tcloud",
    "name": "臺灣雲市集",
    "name_en": "Tcloud Marketplace",
    "tagline": "購買雲端解決方案，政府幫您出一半",
    "tagline_en": "Buy cloud solutions; the government pays half",
    "agency": "經濟部中小企業處",
    "agency_en": "Small and Medium Enterprise Administration, Ministry of Economic Affairs",
    "operator": "中華民國資訊軟體協會",
    "operator_en": "Information Service Industry Association of R.O.C.",
    "hotline": "0809-092-091",
    "mailbox": "service@qbicloud.com",
    "support_opens": "09:00",
    "support_closes": "18:00",
    "max_capital_twd": 100_000_000,
    "max_employees": 200,
    "review_working_days": 3,
    "office_county": "臺北市",
    "grant_points": 30_000,
    "activation_months": 1,
    "expiry_months": 3,
    "points_share_numerator": 1,
    "points_share_denominator": 2,
    "min_points": 1,
    "order_prefix": "CE",
    "accept_working_days": 3,
    "pay_working_days": 2,
    "invoice_working_days": 2,
    "deliver_working_days": 7,
    "confirm_working_days": 5,
}


@transaction.atomic
def create(*, by: Actor, at: datetime, **numbers: Any) -> Programme:
    """A new edition in DRAFT, with the flyer's numbers except those given."""
    return Programme.objects.create(**FLYER | numbers)


def _move(programme: Programme, name: str, *, by: Actor, at: datetime) -> Programme:
    with transaction.atomic():
        locked = Programme.objects.select_for_update().get(pk=programme.pk)
        advance(locked, PROGRAMME, name, by=by, at=at, case=f"programme/{locked.code}")
    return locked


def open_edition(programme: Programme, *, by: Actor, at: datetime) -> Programme:
    """Open the edition to companies. Raises Refusal when it is closed."""
    return _move(programme, "open", by=by, at=at)


def pause(programme: Programme, *, by: Actor, at: datetime) -> Programme:
    """Stop new applications, grants and orders for now. Running orders go on."""
    return _move(programme, "pause", by=by, at=at)


def close(programme: Programme, *, by: Actor, at: datetime) -> Programme:
    """End the edition for good. Running orders go on."""
    return _move(programme, "close", by=by, at=at)


@transaction.atomic(durable=True)
def note_calendar_running_out(*, at: datetime) -> bool:
    """R-28: from 60 days before a year without calendar until it is imported, remind every officer once a week.

    The reminder is the event `calendar.runs_out`. Returns whether one was recorded now.
    """
    today = clock.taipei(at).date()
    year = calendar.in_force().runs_out(today)
    shown = queries.latest()
    if year is None or shown is None:
        return False
    programme = Programme.objects.select_for_update().get(
        pk=shown.pk
    )  # of two workers the second sees the first's
    case = f"calendar/{year}"
    this_week = clock.start_of(today - REMIND_EVERY + timedelta(days=1))
    if events.of_case(case).filter(type="calendar.runs_out", at__gte=this_week).exists():
        return False
    events.record("calendar.runs_out", programme, case=case, by=THE_SYSTEM, at=at, year=year)
    return True
