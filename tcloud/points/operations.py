"""What is done with points (R-11, R-12, R-16 to R-18). `points` decides which grants, the ledger moves them.

Lock order: order → grants (expires_at, id) → waiting entry → … → appropriation last (docs/decisions/0003).
These acts run inside the transaction of the caller that has the whole picture.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger import operations as ledger
from tcloud.ledger import queries as ledger_queries
from tcloud.ledger.operations import Entry
from tcloud.members.models import Company
from tcloud.points import queries, rules
from tcloud.points.models import Grant, Participant, Reservation, WaitingEntry
from tcloud.programme.models import Programme

APPROPRIATION_LOCK_RANK = 9


def case_of(company: Company) -> str:
    """The case under which a company's points are recorded."""
    return f"company/{company.pk}"


@transaction.atomic
def appropriate(programme: Programme, points: int, *, reference: str, by: Actor, at: datetime) -> Event:
    """R-12, R-18: the agency puts `points` (> 0) into the edition's appropriation. `reference` names the document; once each.

    Raises Refusal `points.not_positive`, `points.appropriated_already`.
    """
    if points <= 0:
        raise Refusal("points.not_positive", _("預算點數必須大於 0。"))
    authority, appropriation = queries.authority_key(programme.pk), queries.appropriation_key(programme.pk)
    ledger.open_accounts([authority], guarded=False)
    ledger.open_accounts([appropriation], lock_rank=APPROPRIATION_LOCK_RANK)
    event = events.record(
        "programme.appropriated",
        programme,
        case=f"programme/{programme.code}",
        by=by,
        at=at,
        points=points,
        reference=reference,
    )
    entry = Entry(f"appropriate/{programme.pk}/{reference}", "appropriate", authority, appropriation, points)
    try:
        with transaction.atomic():
            ledger.transfer([entry], event=event, at=at)
    except IntegrityError as error:  # the same document twice; the event goes with it
        raise Refusal("points.appropriated_already", _("這個文號的預算已經撥入，不需要重複登錄。")) from error
    return event


@transaction.atomic
def admit(programme: Programme, company: Company, *, at: datetime) -> Participant:
    """Let an eligible, activated company take part in the edition; harmless when it already does."""
    return Participant.objects.get_or_create(
        programme=programme, company=company, defaults={"admitted_at": at}
    )[0]


class _UsedUp(Exception):
    """The appropriation can't pay this grant, or others wait for it."""


@transaction.atomic
def grant(programme: Programme, company: Company, *, by: Actor, at: datetime) -> Grant | WaitingEntry:
    """R-11: grant the edition's points to a participant, once; R-12: or put it on the waiting list.

    Whoever completes later never overtakes: both the last look at the list and joining it happen under the lock of the
    appropriation. Raises Refusal `points.not_a_participant`, `points.granted_already`, `programme.not_open`.
    """
    if not programme.is_open:
        raise Refusal("programme.not_open", _("本計畫目前未開放，暫時無法核發點數。"))
    # the participant's row serialises two browsers of one company
    if not Participant.objects.select_for_update().filter(programme=programme, company=company).exists():
        raise Refusal("points.not_a_participant", _("貴公司尚未完成加入會員與資格查驗。"))
    # the line first, then the grants: who is no longer waiting because a scan has just served it has its grant by now
    waiting = WaitingEntry.objects.filter(programme=programme, company=company, served_at=None).first()
    if waiting:
        return waiting
    if (
        held := Grant.objects.filter(programme=programme, company=company)
        .exclude(closed_as="unactivated")
        .first()
    ):
        raise Refusal("points.granted_already", _("貴公司已領取本計畫的點數。"), grant=held.pk)
    try:
        with transaction.atomic():
            return _grant_from_appropriation(programme, company, by=by, at=at, head_of_line=False)
    except _UsedUp:
        pass
    _lock_appropriation(programme)
    if not _others_wait(programme) and _left(programme) >= programme.grant_points:
        return _grant_from_appropriation(programme, company, by=by, at=at, head_of_line=False)
    entry = WaitingEntry.objects.create(programme=programme, company=company, completed_at=at)
    events.record("points.waiting", entry, case=case_of(company), by=by, at=at)
    return entry


def _grant_from_appropriation(
    programme: Programme, company: Company, *, by: Actor, at: datetime, head_of_line: bool
) -> Grant:
    terms = rules.terms(
        at, activation_months=programme.activation_months, expiry_months=programme.expiry_months
    )
    given = Grant.objects.create(
        programme=programme,
        company=company,
        points=programme.grant_points,
        granted_at=at,
        activate_before=terms.activate_before,
        expires_at=terms.expires_at,
    )
    ledger.open_accounts([given.available_key, given.reserved_key])
    event = events.record(
        "points.granted",
        given,
        case=case_of(company),
        by=by,
        at=at,
        points=given.points,
        activate_before=given.activate_before.isoformat(),
        expires_at=given.expires_at.isoformat(),
    )
    _lock_appropriation(programme)
    if (not head_of_line and _others_wait(programme)) or _left(programme) < given.points:
        raise _UsedUp
    appropriation = queries.appropriation_key(programme.pk)
    entry = Entry(f"grant/{given.pk}", "grant", appropriation, given.available_key, given.points)
    ledger.transfer([entry], event=event, at=at)
    return given


def _lock_appropriation(programme: Programme) -> None:
    ledger.lock(queries.appropriation_key(programme.pk))


def _left(programme: Programme) -> int:
    return ledger_queries.balance(queries.appropriation_key(programme.pk))


def _others_wait(programme: Programme) -> bool:
    return WaitingEntry.objects.filter(programme=programme, served_at=None).exists()


def serve_waiting_list(programme: Programme, *, at: datetime, by: Actor = THE_SYSTEM) -> int:
    """R-12: grant what came back to the companies waiting, in order of completion. Returns how many were served.

    One transaction a company: a killed run has lost nothing, two runs at once wait for each other at the head of the list.
    """
    served = 0
    while _serve_head(programme, by=by, at=at):
        served += 1
    return served


def _serve_head(programme: Programme, *, by: Actor, at: datetime) -> bool:
    line = WaitingEntry.objects.filter(programme=programme, served_at=None).order_by("completed_at", "id")
    try:
        with transaction.atomic():
            head = line.select_for_update().first()
            if head is None or not programme.is_open:
                return False
            WaitingEntry.objects.filter(pk=head.pk).update(served_at=at)
            _grant_from_appropriation(programme, head.company, by=by, at=at, head_of_line=True)
            return True
    except _UsedUp:
        return False


@transaction.atomic
def reserve(
    programme: Programme, company: Company, points: int, *, order_number: str, event: Event, at: datetime
) -> list[Reservation]:
    """R-17: hold `points` for an order, from the grant soonest to expire; the first use activates a grant (R-13).

    `event` is the cause, written into the ledger. Raises Refusal `points.insufficient`; nothing is held then.
    """
    grants = list(
        Grant.objects.select_for_update()
        .filter(programme=programme, company=company, closed_as="")
        .order_by("expires_at", "id")
    )
    balances = ledger_queries.balances(grant.available_key for grant in grants)
    lots = [
        rules.Lot(grant.pk, grant.expires_at, balances[grant.available_key])
        for grant in grants
        if queries.is_usable(grant, at=at)
    ]
    allocation = rules.allocate(lots, points)
    if points < 1 or not allocation:
        raise Refusal(
            "points.insufficient",
            _("可用點數只有 %(available)s 點，不足以折抵 %(wanted)s 點。請調整使用點數後再試一次。"),
            available=f"{sum(lot.available_points for lot in lots):,}",
            wanted=f"{points:,}",
        )
    by_id = {grant.pk: grant for grant in grants}
    for grant_id, _points in allocation:
        if by_id[grant_id].activated_at is None:
            Grant.objects.filter(pk=grant_id).update(activated_at=at)
    held = Reservation.objects.bulk_create(
        [Reservation(order_number=order_number, grant=by_id[pk], points=part) for pk, part in allocation]
    )
    ledger.transfer([_move(row, "reserve", order_number) for row in held], event=event, at=at)
    return held


def _move(row: Reservation, code: str, order_number: str) -> Entry:
    source, target = row.grant.available_key, row.grant.reserved_key
    if code == "release":
        source, target = target, source
    return Entry(f"{code}/{order_number}/{row.grant_id}", code, source, target, row.points)


def _held(order_number: str) -> Sequence[Reservation]:
    """The live reservations of an order, their grants locked in lock order."""
    rows = Reservation.objects.filter(order_number=order_number, state=Reservation.State.HELD)
    grants = Grant.objects.select_for_update().filter(reservations__in=rows).order_by("expires_at", "id")
    by_id = {grant.pk: grant for grant in grants}
    held = sorted(rows, key=lambda row: (by_id[row.grant_id].expires_at, row.grant_id))
    for row in held:
        row.grant = by_id[row.grant_id]
    return held


@transaction.atomic
def release(*, order_number: str, event: Event, at: datetime) -> int:
    """Give the points held for an order back to their grants; R-16: points of an expired grant go straight back to the budget.

    Returns the points released. A repeat releases nothing.
    """
    held = _held(order_number)
    entries = [_move(row, "release", order_number) for row in held]
    entries += [
        Entry(
            f"expire/{order_number}/{row.grant_id}",
            "expire",
            row.grant.available_key,
            queries.appropriation_key(row.grant.programme_id),
            row.points,
        )
        for row in held
        if at >= row.grant.expires_at or row.grant.closed_as
    ]
    Reservation.objects.filter(pk__in=[row.pk for row in held]).update(state=Reservation.State.RELEASED)
    ledger.transfer(entries, event=event, at=at)
    return sum(row.points for row in held)


@transaction.atomic
def redeem(*, order_number: str, supplier_ubn: str, event: Event, at: datetime) -> int:
    """R-18: the service was provided: the points held become owed to the supplier. Returns the points. A repeat redeems nothing."""
    held = _held(order_number)
    payable = {
        row.grant.programme_id: queries.payable_key(row.grant.programme_id, supplier_ubn) for row in held
    }
    ledger.open_accounts(payable.values(), lock_rank=5)
    entries = [
        Entry(
            f"redeem/{order_number}/{row.grant_id}",
            "redeem",
            row.grant.reserved_key,
            payable[row.grant.programme_id],
            row.points,
        )
        for row in held
    ]
    Reservation.objects.filter(pk__in=[row.pk for row in held]).update(state=Reservation.State.REDEEMED)
    ledger.transfer(entries, event=event, at=at)
    return sum(row.points for row in held)
