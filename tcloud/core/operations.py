"""Changing the office calendar (R-28): closures declared and revoked, years imported. Each change is one row that stays."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, Final

from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from tcloud.core import calendar, events
from tcloud.core.actors import Actor
from tcloud.core.calendar_file import YearFile
from tcloud.core.counties import NATION
from tcloud.core.deadlines import places_words
from tcloud.core.models import CalendarChange
from tcloud.core.refusals import Refusal, Stale

# Who keeps deadlines moves them right after a change; the scans of every minute do the same, should a job be lost.
MOVE_TASKS: Final = (
    "tcloud.orders.move_deadlines",
    "tcloud.eligibility.move_deadlines",
    "tcloud.support.move_deadlines",
)
Kind = CalendarChange.Kind


def closures(
    day: date, counties: Iterable[str], *, reason: str, authority: str, by: Actor, at: datetime
) -> list[CalendarChange]:
    """The changes that `declare_closure` would record, not saved: to see before what they would move."""
    said = {"date": day, "reason": reason.strip(), "authority": authority.strip()}
    return [
        CalendarChange(kind=Kind.CLOSURE_DECLARED, county=county, **said, **_signed(by, at))
        for county in dict.fromkeys(counties)
    ]


@transaction.atomic(durable=True)
def declare_closure(
    day: date,
    counties: Sequence[str],
    *,
    reason: str,
    authority: str,
    drawn_from: int,
    by: Actor,
    at: datetime,
) -> list[CalendarChange]:
    """R-28: offices are closed on `day` (停班) in the `counties`, or with [NATION] everywhere, as `authority` announced.

    `drawn_from` is the serial of the calendar that was looked at. Open deadlines move by a job. Raises Refusal `calendar.no_place`,
    `calendar.reason_missing`, `calendar.not_a_working_day`, `calendar.missing`; Stale when the calendar has changed since.
    """
    check_closure(day, counties)
    if not reason.strip() or not authority.strip():
        raise Refusal("calendar.reason_missing", _("請填寫停班原因與公告機關。"))
    changes = closures(day, counties, reason=reason, authority=authority, by=by, at=at)
    _record(changes, "calendar.closure_declared", drawn_from=drawn_from, by=by, at=at)
    return changes


def check_closure(day: date, counties: Sequence[str]) -> None:
    """R-28: only a working day can be closed. Raises Refusal as `declare_closure` says."""
    if not counties:
        raise Refusal("calendar.no_place", _("請選擇全國，或至少一個縣市。"))
    in_force = calendar.in_force()
    with calendar.refusing():
        idle = [county for county in counties if not in_force.is_working_day(day, county)]
    if idle:
        raise Refusal(
            "calendar.not_a_working_day",
            _("%(day)s在%(places)s本來就不上班，或已公告停班，不需要公告。"),
            day=day.isoformat(),
            places=places_words(idle),
        )


def revocation(closure: CalendarChange, *, reason: str, by: Actor, at: datetime) -> CalendarChange:
    """The change that `revoke_closure` would record, not saved."""
    return CalendarChange(
        kind=Kind.CLOSURE_REVOKED, revokes=closure, reason=reason.strip(), **_signed(by, at)
    )


@transaction.atomic(durable=True)
def revoke_closure(
    closure: CalendarChange, *, reason: str, drawn_from: int, by: Actor, at: datetime
) -> CalendarChange:
    """R-28: a closure was declared by mistake; its day is a working day again, and open deadlines move back.

    A deadline moved back still leaves a full working day (`workdays.moved`). Raises Refusal `calendar.reason_missing`,
    `calendar.revoked_already`; Stale.
    """
    if not reason.strip():
        raise Refusal("calendar.reason_missing", _("請填寫撤銷停班的原因。"))
    if CalendarChange.objects.filter(revokes=closure).exists():
        raise Refusal("calendar.revoked_already", _("這個停班公告已經撤銷，不需要再撤銷。"))
    change = revocation(closure, reason=reason, by=by, at=at)
    _record([change], "calendar.closure_revoked", drawn_from=drawn_from, by=by, at=at)
    return change


def year_of(file: YearFile, *, name: str, by: Actor, at: datetime) -> CalendarChange:
    """The change that `import_year` would record of a good file, not saved."""
    return CalendarChange(
        kind=Kind.YEAR_IMPORTED,
        year=file.year,
        days=file.data.codes(file.year),
        names={day.isoformat(): said for day, said in file.data.names.items()},
        source_name=name[-200:],
        source_sha256=file.sha256,
        **_signed(by, at),
    )


@transaction.atomic(durable=True)
def import_year(
    file: YearFile, *, name: str, digest: str, drawn_from: int, by: Actor, at: datetime
) -> CalendarChange:
    """R-28: put in the official calendar of a year, or replace it by a corrected one; open deadlines move.

    `digest` is the SHA-256 of the file that was looked at, `name` what it was called. Raises Refusal `calendar.file_wrong`,
    `calendar.same`; Stale when the file is another one or the calendar has changed since.
    """
    if file.wrong:
        raise Refusal("calendar.file_wrong", _("檔案有錯誤，沒有匯入任何內容。請更正後重新上傳。"))
    if digest != file.sha256:
        raise Stale()
    if calendar.in_force().years.get(file.year) == file.data:
        raise Refusal("calendar.same", _("%(year)s年的辦公日曆與檔案完全相同，不需要匯入。"), year=file.year)
    change = year_of(file, name=name, by=by, at=at)
    _record([change], "calendar.year_imported", drawn_from=drawn_from, by=by, at=at)
    return change


def _signed(by: Actor, at: datetime) -> dict[str, Any]:
    return {"actor_kind": by.kind, "actor_user_id": by.user_id, "actor_name": by.name, "at": at}


def _record(changes: list[CalendarChange], event: str, *, drawn_from: int, by: Actor, at: datetime) -> None:
    """Save the changes, one following the other, with their events, and have the deadlines moved."""
    if calendar.serial_now() != drawn_from:
        raise Stale()
    follows = drawn_from or None
    for change in changes:
        change.follows_id = follows
        try:
            with transaction.atomic():
                change.save(force_insert=True)
        except DatabaseError as error:
            if calendar.serial_now() != (follows or 0):  # another officer acted at the same moment
                raise Stale() from error
            raise
        follows = change.pk
        events.record(event, change, case=change.case, by=by, at=at, announce=False, **_facts(change))
    for task in MOVE_TASKS:
        app.configure_task(task, allow_unknown=True).defer()


def _facts(change: CalendarChange) -> dict[str, Any]:
    if change.kind == Kind.YEAR_IMPORTED:
        return {"year": change.year, "file": change.source_name, "sha256": change.source_sha256}
    closure = change.revokes or change
    said = {"date": closure.date.isoformat() if closure.date else "", "county": closure.county or NATION}
    return said | {"reason": change.reason} | ({"authority": change.authority} if change.authority else {})
