"""What must happen to an order, written from PROGRAMME alone: it knows nothing of the product, so that the two can disagree.

Moments are aware, in Asia/Taipei. Working days are those of the `holidays` library, a second opinion on the office calendar (R-28).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import holidays

TAIPEI: Final = ZoneInfo("Asia/Taipei")
GRANTED: Final = 30_000
_TAIWAN: Final = holidays.country_holidays("TW")
_DAYS: Final = {"accept": 3, "pay": 2, "invoice": 2, "deliver": 7, "confirm": 5, "credit": 2}
REFUNDABLE: Final = ("PAID", "DELIVERED", "DISPUTED")
_HOLDING: Final = ("SUBMITTED", "ACCEPTED", "PAID", "DELIVERED", "DISPUTED")


def due(kind: str, at: datetime) -> datetime:
    """R-28: the first moment after the N-th working day after the day of `at`."""
    day, left = at.astimezone(TAIPEI).date(), _DAYS[kind]
    while left:
        day += timedelta(days=1)
        left -= _TAIWAN.is_working_day(day)
    return _midnight(day + timedelta(days=1))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=TAIPEI)


def months_after(at: datetime, months: int) -> datetime:
    """R-15: the first moment after a period of so many months that began on the day of `at`."""
    first = at.astimezone(TAIPEI).date() + timedelta(days=1)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    if first.day > calendar.monthrange(year, month + 1)[1]:
        return _midnight(date(year, month + 1, calendar.monthrange(year, month + 1)[1]) + timedelta(days=1))
    return _midnight(date(year, month + 1, first.day))


@dataclass
class Owed:
    """An obligation."""

    due_at: datetime
    fulfilled: bool = False
    missed: bool = False
    lifted: bool = False

    @property
    def open(self) -> bool:
        return not (self.fulfilled or self.missed or self.lifted)


@dataclass
class Grant:
    """The points of one company (R-11 to R-18)."""

    at: datetime
    free: int = GRANTED
    activated: bool = False
    redeemed: int = 0
    taken_back: int = 0

    @property
    def expires_at(self) -> datetime:
        return months_after(self.at, 3)

    def spendable(self, at: datetime) -> int:
        """R-13, R-14: computed as of now, whether or not a scan has run."""
        over = at >= self.expires_at or (not self.activated and at >= months_after(self.at, 1))
        return 0 if over else self.free

    def give_back(self, points: int, at: datetime) -> None:
        """R-16."""
        if at >= self.expires_at:
            self.taken_back += points
        else:
            self.free += points

    def scan(self, at: datetime) -> None:
        if self.free and not self.spendable(at):
            self.taken_back, self.free = self.taken_back + self.free, 0


@dataclass
class Order:
    """An order as the programme describes it. Every act answers whether it happened; when not, nothing has changed."""

    grant: Grant
    points: int
    cash_twd: int
    state: str = "DRAFT"
    owed: dict[str, Owed] = field(default_factory=dict)
    earlier: list[Owed] = field(default_factory=list)  # times to confirm that a dispute ended
    said: list[str] = field(default_factory=list)  # events, oldest first
    money_twd: int = 0  # what was paid and does not go back
    owed_back_twd: int = 0  # of payments that came too late, and of refunds
    payable_until: datetime | None = None
    released: int = 0  # points given back with parts of the cash
    proposal: tuple[str, int] | None = None  # who proposed a refund, of how much
    credits: list[Owed] = field(default_factory=list)  # what is to be taken off the invoice

    def _become(self, state: str, event: str) -> bool:
        self.state = state
        self.said.append(event)
        return True

    def _begin(self, kind: str, at: datetime) -> None:
        self.owed[kind] = Owed(due(kind, at))

    def _fulfil(self, kind: str, at: datetime) -> bool:
        """Whether it was found late only now."""
        row = self.owed.get(kind)
        if row is None or row.fulfilled or row.lifted:
            return False
        late = not row.missed and at >= row.due_at
        row.fulfilled, row.missed = True, row.missed or late
        return late

    def _over(self, kind: str, at: datetime) -> bool:
        row = self.owed.get(kind)
        return row is not None and not row.lifted and at >= row.due_at

    def _end(self, state: str, event: str, at: datetime) -> bool:
        """Without service: points back, nothing owed any more."""
        self.grant.give_back(self.points - self.released, at)
        self.proposal = None
        for row in (*self.owed.values(), *self.credits):
            row.lifted = row.lifted or not row.fulfilled
        return self._become(state, event)

    # The company
    def discard(self, at: datetime) -> bool:
        return self.state == "DRAFT" and self._become("DISCARDED", "order.discarded")

    def submit(self, at: datetime) -> bool:
        """R-21."""
        if self.state != "DRAFT" or self.grant.spendable(at) < self.points:
            return False
        self.grant.activated = True
        self.grant.free -= self.points
        self._begin("accept", at)
        return self._become("SUBMITTED", "order.submitted")

    def withdraw(self, at: datetime) -> bool:
        """R-27: before acceptance."""
        return self.state == "SUBMITTED" and self._end("WITHDRAWN", "order.withdrawn", at)

    def pay(self, paid_at: datetime, at: datetime) -> bool:
        """R-30: real money came, paid at `paid_at` and heard of at `at`; once. What can't be kept is owed back."""
        if self.payable_until is None or self.money_twd or self.owed_back_twd:
            return False
        if self.state == "ACCEPTED" and paid_at < self.payable_until:
            self.money_twd = self.cash_twd
            self._fulfil("pay", paid_at)
            self._begin("invoice", at)
            self._begin("deliver", at)
            return self._become("PAID", "order.paid")
        self.owed_back_twd = self.cash_twd
        return False

    def confirm(self, at: datetime) -> bool:
        """R-26."""
        return self.state == "DELIVERED" and self._complete("order.completed", at)

    def dispute(self, at: datetime) -> bool:
        """R-26: after the time to confirm, silence has counted as confirmation."""
        if self.state != "PAID" and (self.state != "DELIVERED" or self._over("confirm", at)):
            return False
        if "confirm" in self.owed:
            self.owed["confirm"].lifted = True
        return self._become("DISPUTED", "order.disputed")

    def take_back(self, at: datetime) -> bool:
        """R-26: no longer disputed, and confirmed."""
        return self.state == "DISPUTED" and self._complete("order.dispute_withdrawn", at)

    def _complete(self, event: str, at: datetime) -> bool:
        self.grant.redeemed += self.points - self.released
        self._fulfil("confirm", at)
        if not self.owed["deliver"].fulfilled:
            self.owed["deliver"].lifted = True
        return self._become("COMPLETED", event)

    # The supplier
    def accept(self, at: datetime) -> bool:
        """R-22."""
        if self.state != "SUBMITTED" or self._over("accept", at):
            return False
        self._fulfil("accept", at)
        self._begin("pay", at)
        self.payable_until = self.owed["pay"].due_at
        return self._become("ACCEPTED", "order.accepted")

    def decline(self, at: datetime) -> bool:
        """R-22: declining is an answer."""
        if self.state != "SUBMITTED" or self._over("accept", at):
            return False
        self._fulfil("accept", at)
        return self._end("DECLINED", "order.declined", at)

    def invoice(self, at: datetime) -> bool:
        """R-24, R-29: late is recorded once."""
        if self.state not in ("PAID", "DELIVERED", "DISPUTED", "COMPLETED") or "order.invoiced" in self.said:
            return False
        if self._fulfil("invoice", at):
            self.said.append("order.invoice_missed")
        self.said.append("order.invoiced")
        self._owe_credit(at)
        return True

    def deliver(self, at: datetime) -> bool:
        """R-25, R-29; after an objection, once more."""
        if self.state not in ("PAID", "DISPUTED"):
            return False
        self._become("DELIVERED", "order.delivered")
        if self._fulfil("deliver", at):
            self.said.append("order.delivery_missed")
        if "confirm" in self.owed:  # delivered again: the time begins anew
            self.earlier.append(self.owed["confirm"])
        self._begin("confirm", at)
        return True

    # The officer
    def settle(self, at: datetime) -> bool:
        return self.state == "DISPUTED" and self._complete("order.dispute_settled", at)

    def refund(self, at: datetime) -> bool:
        """R-27: money and points go back."""
        if self.state not in REFUNDABLE:
            return False
        self.owed_back_twd, self.money_twd = self.owed_back_twd + self.money_twd, 0
        self._end("REFUNDED", "order.refunded", at)
        self._owe_credit(at)
        return True

    def refund_part(self, amount_twd: int, at: datetime) -> bool:
        """R-27: a part of the cash goes back, and the same share of the points, rounded up; what was disputed is settled by it."""
        if self.state not in REFUNDABLE or not 0 < amount_twd < self.money_twd:
            return False
        held = self.points - self.released
        back = -(-held * amount_twd // self.money_twd)
        self.released += back
        self.grant.give_back(back, at)
        self.money_twd -= amount_twd
        self.owed_back_twd += amount_twd
        self.proposal = None
        self.said.append("order.part_refunded")
        self._owe_credit(at)
        return self.settle(at) if self.state == "DISPUTED" else True

    def _owe_credit(self, at: datetime) -> None:
        """R-24: what refunds took off the price is to be taken off the invoice; once at a time."""
        waits = any(not row.lifted and not row.fulfilled for row in self.credits)
        if "order.invoiced" in self.said and self.owed_back_twd and not waits:
            self.credits.append(Owed(due("credit", at)))

    # Both parties
    def propose(self, by: str, amount_twd: int) -> bool:
        """R-27: one proposal at a time."""
        if self.state not in REFUNDABLE or self.proposal or not 0 < amount_twd <= self.money_twd:
            return False
        self.proposal = (by, amount_twd)
        return True

    def agree(self, at: datetime) -> bool:
        """R-27: done at once."""
        if self.state not in REFUNDABLE or self.proposal is None or self.proposal[1] > self.money_twd:
            return False
        amount, self.proposal = self.proposal[1], None
        return self.refund(at) if amount == self.money_twd else self.refund_part(amount, at)

    def drop_proposal(self) -> bool:
        """Refused or taken back."""
        had, self.proposal = self.proposal is not None, None
        return had

    # The clock
    def scan(self, at: datetime) -> bool:
        """At the first moment after each deadline, once."""
        before = len(self.said)
        for kind in ("accept", "pay", "invoice", "deliver", "confirm"):
            row = self.owed.get(kind)
            if row is None or not row.open or at < row.due_at:
                continue
            row.missed = True
            if kind == "accept":
                self._end("LAPSED", "order.lapsed", at)
            elif kind == "pay":
                self._end("UNPAID", "order.unpaid", at)
            elif kind == "confirm":
                self._complete("order.completed", at)
            else:
                self.said.append("order.invoice_missed" if kind == "invoice" else "order.delivery_missed")
        for row in self.credits:
            row.missed = row.missed or (row.open and at >= row.due_at)
        return len(self.said) > before

    @property
    def held(self) -> int:
        return self.points - self.released if self.state in _HOLDING else 0
