"""Questions about points. Balances come from the ledger and are judged as of `at` (R-14)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Case, Min, Q, QuerySet, Sum, When

from tcloud.ledger import queries as ledger
from tcloud.members.models import Company
from tcloud.points import books
from tcloud.points.models import Grant, Participant, Reservation, Reversal, WaitingEntry
from tcloud.programme.models import Programme

RECOMPUTED_ON_A_PAGE: Final = 50_000  # entries; some seconds. `manage.py ledger_audit` recomputes all


def appropriation_key(programme_id: int) -> str:
    """Ledger account of the edition's budget not yet granted."""
    return f"appropriation/{programme_id}"


def authority_key(programme_id: int) -> str:
    """Ledger account of the agency that appropriates; its debit balance is all it ever gave."""
    return f"authority/{programme_id}"


def payable_key(programme_id: int, supplier_ubn: str) -> str:
    """Ledger account of redeemed points owed to a supplier."""
    return f"payable/{programme_id}/{supplier_ubn}"


@dataclass(frozen=True)
class GrantLine:
    """A grant as its company sees it: points free, held for orders, and spent; whether the free ones can be used now."""

    grant: Grant
    available_points: int
    reserved_points: int
    redeemed_points: int
    usable: bool

    @property
    def taken_back_points(self) -> int:
        """What went back to the appropriation."""
        return self.grant.points - self.available_points - self.reserved_points - self.redeemed_points


@dataclass(frozen=True)
class Statement:
    """我的點數: everything about a company's points in one edition at one moment."""

    lines: list[GrantLine]

    @property
    def spendable_points(self) -> int:
        """What an order could use now."""
        return sum(line.available_points for line in self.lines if line.usable)

    @property
    def reserved_points(self) -> int:
        """Held for orders under way."""
        return sum(line.reserved_points for line in self.lines)

    @property
    def redeemed_points(self) -> int:
        """Spent on services received."""
        return sum(line.redeemed_points for line in self.lines)


def statement(programme: Programme, company: Company, *, at: datetime) -> Statement:
    """The company's grants with their balances as of `at`; three queries whatever their number."""
    grants = Grant.objects.filter(programme=programme, company=company).order_by("expires_at", "id")
    return Statement(grant_lines(list(grants), at=at))


def grant_lines(grants: Sequence[Grant], *, at: datetime) -> list[GrantLine]:
    """Grants of whatever companies with their balances as of `at`, in the order given; two queries."""
    balances = ledger.balances(key for grant in grants for key in (grant.available_key, grant.reserved_key))
    spent = Reservation.objects.filter(grant__in=grants, state=Reservation.State.REDEEMED)
    redeemed = dict(spent.values_list("grant").annotate(Sum("points")))
    return [
        GrantLine(
            grant,
            balances.get(grant.available_key, 0),
            balances.get(grant.reserved_key, 0),
            redeemed.get(grant.pk, 0),
            is_usable(grant, at=at),
        )
        for grant in grants
    ]


def held_for(order_number: str) -> int:
    """Points still held for an order."""
    held = Reservation.objects.filter(order_number=order_number, state=Reservation.State.HELD)
    return int(held.aggregate(sum=Sum("points"))["sum"] or 0)


def is_usable(grant: Grant, *, at: datetime) -> bool:
    """R-13, R-14: whether the grant's free points may be used at `at`, whether or not a scan has run."""
    return not grant.closed_as and at < grant.usable_until


def is_over(grant: Grant, *, at: datetime) -> bool:
    """R-16: whether points of an order that are released at `at` go straight back to the budget, because their grant has ended."""
    return at >= grant.expires_at or bool(grant.closed_as)


@dataclass(frozen=True)
class Returning:
    """What would become of an order's points if they were released: usable again until `usable_until` (the soonest end), or gone."""

    back_points: int
    gone_points: int
    usable_until: datetime | None


def would_return(order_number: str, *, at: datetime) -> Returning:
    """R-16: what `operations.release` would do with the points held for the order at `at`; one query."""
    held = Reservation.objects.filter(order_number=order_number, state=Reservation.State.HELD)
    rows = list(held.select_related("grant"))
    living = [row for row in rows if not is_over(row.grant, at=at)]
    back = sum(row.points for row in living)
    ends = min((row.grant.expires_at for row in living), default=None)
    return Returning(back, sum(row.points for row in rows) - back, ends)


def ended(*, at: datetime) -> QuerySet[Grant]:
    """R-13, R-14: grants that ended before `at` and are not closed yet, the longest ended first."""
    return Grant.objects.filter(closed_as="", usable_until__lte=at).order_by("usable_until", "id")


def to_notify(*, at: datetime) -> QuerySet[Grant]:
    """R-13, R-14: living grants whose next notice is due, the earliest first."""
    living = Grant.objects.filter(closed_as="", usable_until__gt=at)
    return living.filter(next_notice_at__lte=at).order_by("next_notice_at", "id")


def spendable(programme: Programme, company: Company, *, at: datetime) -> int:
    """Points an order of the company could use at `at`."""
    return statement(programme, company, at=at).spendable_points


def held_orders(programme: Programme, company: Company) -> int:
    """For how many of the company's orders points are held now (R-17)."""
    held = Reservation.objects.filter(
        grant__programme=programme, grant__company=company, state=Reservation.State.HELD
    )
    return held.values("order_number").distinct().count()


def entries(programme: Programme, company: Company) -> list[ledger.Line]:
    """Every ledger entry that touched the company's grants, oldest first."""
    grants = Grant.objects.filter(programme=programme, company=company)
    return ledger.lines(
        account_keys=[key for grant in grants for key in (grant.available_key, grant.reserved_key)]
    )


def is_participant(programme: Programme, company: Company) -> bool:
    """Whether the company was admitted to the edition."""
    return Participant.objects.filter(programme=programme, company=company).exists()


def admission(programme: Programme, company: Company) -> int:
    """R-13: how many times the company was admitted to the edition; 0 when it never was."""
    found = Participant.objects.filter(programme=programme, company=company)
    return found.values_list("admission", flat=True).first() or 0


def may_apply_again(programme: Programme, company: Company, *, at: datetime) -> bool:
    """R-13: whether the points of its present admission went unused past the time to activate them, as of `at`; R-14: else never."""
    grant = (
        Grant.objects.filter(programme=programme, company=company)
        .filter(admission=admission(programme, company))
        .first()
    )
    if grant is None or grant.activated_at:
        return False
    return grant.closed_as == Grant.Closed.UNACTIVATED or (not grant.closed_as and at >= grant.usable_until)


def waiting(programme: Programme) -> QuerySet[WaitingEntry]:
    """R-12: the companies on the waiting list, in the order in which they are served."""
    line = WaitingEntry.objects.filter(programme=programme, served_at=None, ended_at=None)
    return line.order_by("completed_at", "id")


def reversals() -> QuerySet[Reversal]:
    """Cases of reversal with all they are about: those that wait for a second officer first, then the latest."""
    cases = Reversal.objects.select_related(
        "grant__company", "grant__programme", "requested_by", "decided_by"
    )
    return cases.order_by(Case(When(state="REQUESTED", then=0), default=1), "-id")


def holders(programme: Programme, *, at: datetime) -> int:
    """How many companies hold a grant of the edition that they could still use at `at`."""
    return Grant.objects.filter(programme=programme, closed_as="", usable_until__gt=at).count()


def place_in_line(programme: Programme, company: Company) -> int | None:
    """R-12: the company's place on the waiting list, from 1; None when it is not waiting."""
    ahead = waiting(programme)
    entry = ahead.filter(company=company).first()
    if entry is None:
        return None
    earlier = ahead.filter(completed_at__lt=entry.completed_at) | ahead.filter(
        completed_at=entry.completed_at, pk__lt=entry.pk
    )
    return earlier.count() + 1


def budget(programme: Programme) -> dict[str, int]:
    """Points of the edition by what became of them: appropriated, left, waiting (companies)."""
    authority, appropriation = authority_key(programme.pk), appropriation_key(programme.pk)
    totals = ledger.turnovers([authority, appropriation])
    put_in, taken_out = totals[authority].debits_points, totals[authority].credits_points
    return {
        "appropriated": put_in - taken_out,
        "granted": totals[appropriation].debits_points - taken_out,
        "taken_back": totals[appropriation].credits_points - put_in,
        "left": totals[appropriation].balance_points,
        "waiting": waiting(programme).count(),
    }


def next_ends(*, at: datetime) -> dict[str, datetime | None]:
    """R-13, R-14: the next moments after `at` at which a living grant ends: {"activation": of one not yet used, "expiry": of one in use}."""
    running = Grant.objects.filter(closed_as="", usable_until__gt=at)
    return running.aggregate(
        activation=Min("usable_until", filter=Q(activated_at=None)),
        expiry=Min("usable_until", filter=Q(activated_at__isnull=False)),
    )


def audit() -> dict[str, Any]:
    """R-18: whether the books reconcile to the point, as `books.audit` says it; of closed days, the newest with so many entries together."""
    return books.audit(most_entries=RECOMPUTED_ON_A_PAGE)
