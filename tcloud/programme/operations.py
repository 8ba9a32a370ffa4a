"""Opening and closing an edition, and changing its numbers."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import calendar, clock, events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import advance, officers_only
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
    "max_capital_twd": 100_000_000,
    "max_employees": 200,
    "review_working_days": 3,
    "plan_review_working_days": 5,
    "office_county": "臺北市",
    "grant_points": 30_000,
    "activation_months": 1,
    "expiry_months": 3,
    "notice_days": [30, 7, 1],
    "notice_time": "09:00",
    "points_share_numerator": 1,
    "points_share_denominator": 2,
    "min_points": 1,
    "order_prefix": "CE",
    "accept_working_days": 3,
    "pay_working_days": 2,
    "invoice_working_days": 2,
    "deliver_working_days": 7,
    "confirm_working_days": 5,
    "expert_assign_working_days": 3,
    "expert_propose_working_days": 3,
    "expert_answer_working_days": 5,
    "expert_report_working_days": 5,
    "expert_close_working_days": 10,
}


@transaction.atomic
def create(*, by: Actor, at: datetime, **numbers: Any) -> Programme:
    """A new edition in DRAFT, with the flyer's numbers except those given."""
    return Programme.objects.create(**FLYER | numbers)


# What an officer may change while the edition runs. Grants and orders made before keep what they were given.
NUMBERS: Final = (
    "max_capital_twd", "max_employees", "review_working_days", "plan_review_working_days", "accepts_secondary_cards", "grant_points",
    "activation_months", "expiry_months", "notice_days", "notice_time", "points_share_numerator", "points_share_denominator", "min_points", "renewals_with_points",
    "accept_working_days", "pay_working_days", "invoice_working_days", "deliver_working_days", "confirm_working_days",
    "expert_assign_working_days", "expert_propose_working_days", "expert_answer_working_days", "expert_report_working_days",
    "expert_close_working_days",
)  # fmt: skip


@transaction.atomic(durable=True)
def change_numbers(
    programme: Programme, numbers: dict[str, Any], *, version: int, reason: str, by: Actor, at: datetime
) -> Programme:
    """Change some of `NUMBERS` of an edition, for what begins from now on; old grants and orders keep theirs.

    `version` is that of the edition the officer saw. The event tells old and new. Raises Refusal `programme.reason_missing`,
    `programme.nothing_changed`, `programme.numbers_impossible`, `transition.not_yours`, `transition.not_now`; Stale.
    """
    officers_only(by)
    if not reason.strip():
        raise Refusal("programme.reason_missing", _("請填寫變更的理由或核定文號。"))
    locked = Programme.objects.select_for_update().get(pk=programme.pk)
    if locked.version != version:
        raise Stale()
    if locked.state == "CLOSED":
        raise Refusal("transition.not_now", _("本期計畫已結束，不能再變更。"))
    changed = {
        name: numbers[name] for name in NUMBERS if name in numbers and numbers[name] != getattr(locked, name)
    }
    if not changed:
        raise Refusal("programme.nothing_changed", _("沒有任何數字改變。"))
    before = {name: getattr(locked, name) for name in changed}
    try:
        with transaction.atomic():
            Programme.objects.filter(pk=locked.pk).update(**changed, version=version + 1)
    except IntegrityError as error:
        raise Refusal(
            "programme.numbers_impossible",
            _("這些數字互相矛盾：啟用期限不能長於有效期限，折抵比例不能超過1，核發點數須大於0。"),
        ) from error
    told = {name: _plain({"from": before[name], "to": changed[name]}) for name in changed}
    events.record(
        "programme.numbers_changed", locked, case=f"programme/{locked.code}", by=by, at=at, announce=False,
        reason=reason.strip(), changed=told,
    )  # fmt: skip
    locked.refresh_from_db()
    return locked


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values as JSON knows them: a time as "09:00:00"."""
    encoder = DjangoJSONEncoder()
    return {
        key: encoder.default(value) if hasattr(value, "isoformat") else value for key, value in values.items()
    }


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
