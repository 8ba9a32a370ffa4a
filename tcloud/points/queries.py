"""Questions about points. Balances come from the ledger and are judged as of `at` (R-14)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Min, Q, QuerySet, Sum

from tcloud.ledger import queries as ledger
from tcloud.members.models import Company
from tcloud.points import rules
from tcloud.points.models import Grant, Participant, Reservation, WaitingEntry
from tcloud.programme.models import Programme


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
    grants = list(Grant.objects.filter(programme=programme, company=company).order_by("expires_at", "id"))
    balances = ledger.balances(key for grant in grants for key in (grant.available_key, grant.reserved_key))
    spent = Reservation.objects.filter(grant__in=grants, state=Reservation.State.REDEEMED)
    redeemed = dict(spent.values_list("grant").annotate(Sum("points")))
    return Statement(
        [
            GrantLine(
                grant,
                balances.get(grant.available_key, 0),
                balances.get(grant.reserved_key, 0),
                redeemed.get(grant.pk, 0),
                is_usable(grant, at=at),
            )
            for grant in grants
        ]
    )


def is_usable(grant: Grant, *, at: datetime) -> bool:
    """R-14: whether the grant's free points may be used at `at`."""
    return not grant.closed_as and rules.usable(
        activated=grant.activated_at is not None,
        activate_before=grant.activate_before,
        expires_at=grant.expires_at,
        at=at,
    )


def spendable(programme: Programme, company: Company, *, at: datetime) -> int:
    """Points an order of the company could use at `at`."""
    return statement(programme, company, at=at).spendable_points


def entries(programme: Programme, company: Company) -> list[ledger.Line]:
    """Every ledger entry that touched the company's grants, oldest first."""
    grants = Grant.objects.filter(programme=programme, company=company).values_list("pk", flat=True)
    return ledger.lines(account_prefixes=[f"grant/{pk}/" for pk in grants]) if grants else []


def is_participant(programme: Programme, company: Company) -> bool:
    """Whether the company was admitted to the edition."""
    return Participant.objects.filter(programme=programme, company=company).exists()


def place_in_line(programme: Programme, company: Company) -> int | None:
    """R-12: the company's place on the waiting list, from 1; None when it is not waiting."""
    entry = WaitingEntry.objects.filter(programme=programme, company=company, served_at=None).first()
    if entry is None:
        return None
    ahead = WaitingEntry.objects.filter(programme=programme, served_at=None)
    earlier = ahead.filter(completed_at__lt=entry.completed_at) | ahead.filter(
        completed_at=entry.completed_at, pk__lt=entry.pk
    )
    return earlier.count() + 1


def budget(programme: Programme) -> dict[str, int]:
    """Points of the edition by what became of them: appropriated, left, waiting (companies)."""
    codes = ledger.totals_by_code(appropriation_key(programme.pk))
    return {
        "appropriated": codes.get("appropriate", 0),
        "granted": -codes.get("grant", 0),
        "taken_back": sum(codes.get(code, 0) for code in ("expire", "return")),
        "left": ledger.balance(appropriation_key(programme.pk)),
        "waiting": WaitingEntry.objects.filter(programme=programme, served_at=None).count(),
    }


def running_out(*, until: datetime) -> QuerySet[Grant]:
    """Grants still open whose free points can't be used any more at `until` (R-13, R-14), the next to end first."""
    unactivated = Q(activated_at=None, activate_before__lte=until)
    return Grant.objects.filter(unactivated | Q(expires_at__lte=until), closed_as="").order_by(
        "expires_at", "id"
    )


def next_ends(*, at: datetime) -> dict[str, datetime | None]:
    """The next moments after `at` at which an open grant ends: {"activation": of one not yet used, "expiry": of one in use}."""
    running = Grant.objects.filter(closed_as="")
    return running.aggregate(
        activation=Min("activate_before", filter=Q(activated_at=None, activate_before__gt=at)),
        expiry=Min("expires_at", filter=Q(activated_at__isnull=False, expires_at__gt=at)),
    )


def audit() -> dict[str, Any]:
    """R-18: whether the books reconcile to the point; as `ledger.queries.audit` says it."""
    return ledger.audit()
