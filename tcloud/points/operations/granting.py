"""From admission to grant, and the waiting list (R-11 to R-13)."""

from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.events import Happening
from tcloud.core.refusals import Refusal, Stale
from tcloud.members.models import Company
from tcloud.points import queries, rules
from tcloud.points.models import Grant, Participant, WaitingEntry
from tcloud.points.operations.cases import case_of, case_of_row
from tcloud.points.operations.taking_back import take_back_of
from tcloud.programme.models import Programme

_GIVE: Final = "SELECT points_give(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb, true)"
_GRANT: Final = "SELECT outcome, row_id, admission FROM points_grant(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::jsonb)"
_TRIES: Final = 3


@transaction.atomic
def admit(programme: Programme, company: Company, *, at: datetime) -> Participant:
    """Let an eligible, activated company take part in the edition; harmless when it already does.

    R-13: a company whose points were taken back unused is admitted once more. What is lapsed at `at` and not yet taken back is
    taken back here.
    """
    made = Participant.objects.select_for_update().get_or_create(
        programme=programme, company=company, defaults={"admitted_at": at}
    )[0]
    if queries.may_apply_again(programme, company, at=at):
        take_back_of(programme, company, at=at)
        Participant.objects.filter(pk=made.pk).update(admission=F("admission") + 1, admitted_at=at)
        made.refresh_from_db()
    return made


def grant(programme: Programme, company: Company, *, by: Actor, at: datetime) -> Grant | WaitingEntry:
    """R-11: grant the edition's points to a participant, once; R-12: or put it on the waiting list, where it may be already.

    Whoever completes later never overtakes. One statement (tcloud/points/sql/grant.sql): all of it happens or nothing, and the
    appropriation, which everybody wants, is held no longer than the database needs. Raises Refusal `points.not_a_participant`, `points.granted_already`,
    `points.not_admitted_again`, `programme.not_open`; Stale when the edition's numbers keep changing.
    """
    edition = programme
    for _try in range(_TRIES):
        values = _values(edition, company, by=by, at=at)
        outcome, row, admission = _call(_GRANT, [values[0], edition.version, *values[1:]])
        if outcome != "changed":
            break
        edition = Programme.objects.get(pk=programme.pk)  # its numbers were changed after it was read
    if outcome == "granted":
        return _as_granted(row, edition, company, admission, values)
    if outcome == "waiting":
        return WaitingEntry.objects.get(pk=row)
    raise _refusal(outcome, row)


def _call(sql: str, values: list[Any]) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def _as_granted(row: int, edition: Programme, company: Company, admission: int, values: list[Any]) -> Grant:
    """The grant as the database has it now, without asking again while the appropriation is held."""
    _programme, _company, amount, activate_before, expires_at, next_notice_at, at, *_rest = values
    given = Grant(
        pk=row,
        programme=edition,
        company=company,
        admission=admission,
        points=amount,
        granted_at=at,
        activate_before=activate_before,
        expires_at=expires_at,
        next_notice_at=next_notice_at,
    )
    given._state.adding = False
    return given


def _values(programme: Programme, company: Company, *, by: Actor, at: datetime) -> list[Any]:
    """What a grant of the edition is: points and terms, its first notice, and its event."""
    terms = rules.terms(
        at, activation_months=programme.activation_months, expiry_months=programme.expiry_months
    )
    _none, next_notice_at = rules.notice(
        min(terms.activate_before, terms.expires_at),
        days=programme.notice_days,
        time_of_day=programme.notice_time,
        since=at,
        at=at,
    )
    data = {
        "points": programme.grant_points,
        "activate_before": terms.activate_before.isoformat(),
        "expires_at": terms.expires_at.isoformat(),
    }
    return [
        programme.pk, company.pk, programme.grant_points, terms.activate_before, terms.expires_at, next_notice_at, at,
        case_of(company), by.kind, by.user_id, by.company_id, by.name, events.as_jsonb(data),
    ]  # fmt: skip


def _refusal(outcome: str, row: int) -> Refusal:
    match outcome:
        case "not_a_participant":
            return Refusal("points.not_a_participant", _("貴公司尚未完成加入會員與資格查驗。"))
        case "not_open":
            return Refusal("programme.not_open", _("本計畫目前未開放，暫時無法核發點數。"))
        case "granted_already":
            return Refusal("points.granted_already", _("貴公司已領取本計畫的點數。"), grant=row)
        case "not_admitted_again":
            return Refusal(
                "points.not_admitted_again", _("貴公司的點數已逾期未啟用而收回，請先重新申請並通過資格查驗。")
            )
    return Stale()


def serve_waiting_list(programme: Programme, *, at: datetime, by: Actor = THE_SYSTEM) -> int:
    """R-12: grant what came back to the companies waiting, in order of completion. Returns how many were served.

    One transaction a company: a killed run has lost nothing, two runs at once wait for each other at the head of the list.
    """
    served = 0
    while _serve_head(programme, by=by, at=at):
        served += 1
    return served


@transaction.atomic
def _serve_head(programme: Programme, *, by: Actor, at: datetime) -> bool:
    """Whether the head of the list was granted its points; by the edition's numbers of now."""
    head = queries.waiting(programme).select_for_update(of=("self",)).select_related("company").first()
    edition = Programme.objects.get(pk=programme.pk)
    if head is None or not edition.is_open:
        return False
    (granted,) = _call(_GIVE, _values(edition, head.company, by=by, at=at))
    if granted is None:
        return False
    WaitingEntry.objects.filter(pk=head.pk).update(served_at=at)
    return True


@transaction.atomic
def end_waiting(*, at: datetime, limit: int = 500) -> int:
    """R-12: whoever still waits in an edition that was closed waits no longer, and is told. One batch; returns how many it was."""
    line = WaitingEntry.objects.filter(programme__state="CLOSED", served_at=None, ended_at=None)
    ended = list(line.select_for_update(skip_locked=True, of=("self",)).order_by("id")[:limit])
    WaitingEntry.objects.filter(pk__in=[entry.pk for entry in ended]).update(ended_at=at)
    happenings = [Happening(entry, case_of_row(entry)) for entry in ended]
    events.record_many("points.waiting_ended", happenings, by=THE_SYSTEM, at=at)
    return len(ended)
