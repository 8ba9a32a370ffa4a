"""What each party owes by when (R-22 to R-29), as a table: which act begins it and who owes it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tcloud.core import calendar
from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.orders.models import Obligation, Order


@dataclass(frozen=True)
class Term:
    """An obligation begins with `after` (a transition) and falls to `party`; the order's contract says how many working days it lasts."""

    kind: str
    after: str
    party: str
    rule: str


TERMS: Final = (
    Term(Obligation.Kind.ACCEPT, "submit", SUPPLIER, "R-22"),
    Term(Obligation.Kind.PAY, "accept", COMPANY, "R-23"),
    Term(Obligation.Kind.INVOICE, "pay", SUPPLIER, "R-24"),
    Term(Obligation.Kind.DELIVER, "pay", SUPPLIER, "R-25"),
    Term(Obligation.Kind.CONFIRM, "deliver", COMPANY, "R-26"),
)

# What begins only where an invoice was voided, or an order refunded that had one: not every order comes to it.
AFTERWARDS: Final = (
    Term(Obligation.Kind.REISSUE, "void_invoice", SUPPLIER, "R-24"),
    Term(Obligation.Kind.CREDIT, "refund", SUPPLIER, "R-27"),
)


def begin(order: Order, after: str, *, at: datetime) -> list[Obligation]:
    """Begin what the transition `after` begins; due at the end of the N-th working day after `at` where its party is (R-28).

    N and the party's registered address are those of the order's contract. Raises Refusal `calendar.missing`.
    """
    in_force, lasting, counties = calendar.in_force(), order.working_days, order.counties
    with calendar.refusing():
        return Obligation.objects.bulk_create(
            [
                Obligation(
                    order=order,
                    kind=term.kind,
                    party=term.party,
                    begins_at=at,
                    working_days=(days := lasting[term.kind]),
                    county=(county := counties[term.party]),
                    due_at=in_force.due(at, days, county).at,
                    calendar_serial=in_force.serial,
                )
                for term in (*TERMS, *AFTERWARDS)
                if term.after == after
            ]
        )


def fulfil(order: Order, kind: str, *, at: datetime) -> bool:
    """The obligation was met, in time or late; a missed one stays recorded as missed (R-29).

    Late is judged as of `at`, whether or not a scan has run; the order's deadlines must be up to date (`locking.current`). Returns
    whether it was found late only now.
    """
    owed = Obligation.objects.filter(order=order, kind=kind, fulfilled_at=None, lifted_at=None)
    late = owed.filter(missed_at=None, due_at__lte=at).update(missed_at=at)
    owed.update(fulfilled_at=at)
    return bool(late)


def passed(order: Order, kind: str, *, at: datetime) -> bool:
    """R-28: whether the time for it is over: from the first moment after the deadline on, whether or not a scan has run.

    The order's deadlines must be up to date (`locking.current`).
    """
    return Obligation.objects.filter(order=order, kind=kind, lifted_at=None, due_at__lte=at).exists()


def lift(order: Order, kind: str, *, at: datetime) -> None:
    """It is not owed any more; what was met or lifted before stays as it was."""
    Obligation.objects.filter(order=order, kind=kind, fulfilled_at=None, lifted_at=None).update(lifted_at=at)


def lift_rest(order: Order, *, at: datetime) -> None:
    """The order ended: nothing is owed any more."""
    Obligation.objects.filter(order=order, fulfilled_at=None, lifted_at=None).update(lifted_at=at)
