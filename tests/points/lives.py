"""Lives of grants, short and long: the acts of `points` in the order a test or hypothesis chooses, without the orders around them."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.models import Event
from tcloud.ledger import operations as ledger
from tcloud.ledger.operations import Entry
from tcloud.ledger.queries import balance
from tcloud.members.models import Company
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant
from tcloud.programme.models import Programme
from tests import factories
from tests.factories import NOW

ENDS = {"return": ("unactivated", "points.returned"), "expire": ("expired", "points.expired"), "reverse": ("reversed", "points.reversed")}  # fmt: skip
SUPPLIERS = ("99990377", "24536806")
_numbers = itertools.count(1)


@dataclass
class Life:
    """A company with its first grant; every act comes an hour after the one before."""

    edition: Programme
    company: Company = None  # type: ignore[assignment]
    at: datetime = NOW
    orders: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.company = self.company or factories.granted(self.edition, at=self.at)

    @property
    def grant(self) -> Grant:
        """The latest."""
        return Grant.objects.filter(programme=self.edition, company=self.company).latest("id")

    def event(self, type: str, case: str, by: Actor, **data: object) -> Event:
        self.at += timedelta(hours=1)
        return events.record(type, self.grant, case=case, by=by, at=self.at, announce=False, **data)

    def reserve(self, amount: int) -> str:
        number = f"CE{next(_numbers):010d}"
        event = self.event("order.submitted", f"order/{number}", factories.actor(self.company))
        points.reserve(self.edition, self.company, amount, order_number=number, event=event, at=self.at)
        self.orders.append(number)
        return number

    def release(self, number: str, type: str = "order.declined") -> None:
        event = self.event(type, f"order/{number}", Actor("supplier", name="供應商 陳業務"))
        points.release(order_number=number, event=event, at=self.at)

    def redeem(self, number: str, ubn: str = SUPPLIERS[0]) -> None:
        event = self.event("order.completed", f"order/{number}", factories.actor(self.company))
        points.redeem(order_number=number, supplier_ubn=ubn, event=event, at=self.at)

    @transaction.atomic
    def end(self, code: str, *, by: Actor = THE_SYSTEM, **data: object) -> None:
        """R-13, R-14 or a reversal: what is free goes back to the appropriation, by a transfer of this code."""
        grant, (closed_as, type) = self.grant, ENDS[code]
        event = self.event(type, f"company/{self.company.pk}", by, **data)
        free = balance(grant.available_key)
        if free:
            budget = queries.appropriation_key(self.edition.pk)
            entry = Entry(f"{code}/{grant.pk}", code, grant.available_key, budget, free)
            ledger.transfer([entry], event=event, at=self.at)
        Grant.objects.filter(pk=grant.pk).update(closed_as=closed_as, closed_at=self.at)

    def again(self) -> Grant:
        """R-13: another grant after one that was never activated."""
        self.at += timedelta(hours=1)
        points.admit(self.edition, self.company, at=self.at)
        outcome = points.grant(self.edition, self.company, by=factories.actor(self.company), at=self.at)
        assert isinstance(outcome, Grant)
        return outcome

    def play(self, moves: list[tuple[str, int]]) -> None:
        """Do what can be done of the moves; the number chooses an amount or one of the orders."""
        for move, n in moves:
            free = queries.spendable(self.edition, self.company, at=self.at)
            if move == "reserve" and free:
                self.reserve(1 + n % free)
            elif move in ("release", "redeem") and self.orders:
                number = self.orders.pop(n % len(self.orders))
                if move == "release":
                    self.release(number)
                else:
                    self.redeem(number, SUPPLIERS[n % 2])
            elif move == "return" and not self.grant.activated_at and not self.grant.closed_as:
                self.end("return")
                self.again()
            elif move in ("expire", "reverse") and not self.grant.closed_as:
                self.end(move)
