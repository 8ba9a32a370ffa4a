"""The whole life of points against a plain model: whatever is tried in whatever order, points are where the rules say, to the point."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.refusals import Refusal
from tcloud.ledger import queries as ledger
from tcloud.members.models import Company
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, Reversal, WaitingEntry
from tests import factories
from tests.factories import NOW

GRANT, SUPPLIER = 30_000, "99990377"


@dataclass
class Lot:
    """A grant in the model."""

    activate_before: datetime
    expires_at: datetime
    free: int = GRANT
    activated: bool = False
    closed: str = ""

    @property
    def ends_at(self) -> datetime:
        return self.expires_at if self.activated else self.activate_before


@dataclass
class Member:
    """A company in the model: its grants, oldest first, and what its orders hold: number → (lot, points)."""

    company: Company
    admissions: int = 1
    completed_at: datetime = NOW
    lots: list[Lot] = field(default_factory=list)
    held: dict[str, tuple[Lot, int]] = field(default_factory=dict)


def as_a_testcase() -> transaction.Atomic:
    """A block in which durable operations may begin, as in Django's own TestCase."""
    block = transaction.atomic()
    block._from_testcase = True
    return block


class Books(RuleBasedStateMachine):
    """Acts of everybody, with a clock that mostly goes forward."""

    members = Bundle("members")

    def __init__(self) -> None:
        super().__init__()
        self.block = as_a_testcase()
        self.block.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    @initialize()
    def open(self) -> None:
        self.edition = factories.programme(appropriation=2 * GRANT)
        self.officers = [factories.officer(factories.user(staff_role="officer")) for _ in range(2)]
        self.at, self.left, self.payable, self.serial = NOW, 2 * GRANT, 0, 0
        self.everybody: list[Member] = []
        self.line: list[Member] = []

    def next(self) -> str:
        self.serial += 1
        return f"N{self.serial}"

    def tried(self, legal: bool, act: Callable[[], object]) -> bool:
        """Try it; it happens exactly when the model says that it may."""
        refused = ""
        try:
            with as_a_testcase():
                act()
        except Refusal as refusal:
            refused = refusal.code
        assert (refused == "") == legal, refused
        return legal

    def caused(self, member: Member) -> events.Event:
        return events.record("test", member.company, case="test", by=THE_SYSTEM, at=self.at, announce=False)

    @rule(hours=st.sampled_from((1, 24, 24 * 13, 24 * 32, 24 * 70, -24 * 3)))
    def time_passes(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    @rule(target=members)
    def join(self) -> Member:
        made = Member(factories.participant(self.edition, at=self.at))
        self.everybody.append(made)
        return made

    def give(self, member: Member) -> None:
        grant = Grant.objects.filter(company=member.company).latest("id")
        member.lots.append(Lot(grant.activate_before, grant.expires_at))
        self.left -= GRANT

    @rule(member=members)
    def complete(self, member: Member) -> None:
        if member in self.line:
            assert isinstance(self.grant(member), WaitingEntry)
        elif len(member.lots) == member.admissions:
            assert not self.tried(False, lambda: self.grant(member))
        elif self.left >= GRANT and not self.line:
            assert isinstance(self.grant(member), Grant)
            self.give(member)
        else:
            assert isinstance(self.grant(member), WaitingEntry)
            member.completed_at = self.at
            self.line.append(member)
            self.line.sort(key=lambda each: each.completed_at)  # by moments, also with a clock set back

    def grant(self, member: Member) -> Grant | WaitingEntry:
        return points.grant(self.edition, member.company, by=factories.actor(member.company), at=self.at)

    @rule(member=members)
    def apply_again(self, member: Member) -> None:
        points.admit(self.edition, member.company, at=self.at)
        if len(member.lots) == member.admissions:
            lot = member.lots[-1]
            if not lot.activated and (
                lot.closed == "unactivated" or (not lot.closed and self.at >= lot.ends_at)
            ):
                self.close(lot)
                member.admissions += 1

    def close(self, lot: Lot) -> None:
        if not lot.closed:
            lot.closed = "expired" if lot.activated else "unactivated"
            self.left, lot.free = self.left + lot.free, 0

    @rule(member=members, amount=st.sampled_from((1, 9_000, 15_000, 30_000, 30_001)))
    def order(self, member: Member, amount: int) -> None:
        number = self.next()
        usable = [lot for lot in member.lots if not lot.closed and self.at < lot.ends_at]
        if self.tried(
            bool(usable) and usable[-1].free >= amount,
            lambda: points.reserve(
                self.edition,
                member.company,
                amount,
                order_number=number,
                event=self.caused(member),
                at=self.at,
            ),
        ):
            usable[-1].free -= amount
            usable[-1].activated = True
            member.held[number] = (usable[-1], amount)

    @rule(member=members, served=st.booleans())
    def end_an_order(self, member: Member, served: bool) -> None:
        if not member.held:
            return
        number = next(iter(member.held))
        lot, amount = member.held.pop(number)
        for expected in (amount, 0):  # twice: the second time nothing happens
            if served:
                done = points.redeem(
                    order_number=number, supplier_ubn=SUPPLIER, event=self.caused(member), at=self.at
                )
            else:
                done = points.release(order_number=number, event=self.caused(member), at=self.at)
            assert done == expected
        if served:
            self.payable += amount
        elif lot.closed or self.at >= lot.expires_at:
            self.left += amount
        else:
            lot.free += amount

    @rule()
    def scan(self) -> None:
        points.take_back_due(at=self.at)
        for member in self.everybody:
            for lot in member.lots:
                if self.at >= lot.ends_at:
                    self.close(lot)

    @rule()
    def notify(self) -> None:
        points.send_notices(at=self.at)

    @rule()
    def serve(self) -> None:
        served = points.serve_waiting_list(self.edition, at=self.at)
        expected = min(len(self.line), self.left // GRANT)
        assert served == expected
        for member in self.line[:expected]:
            self.give(member)
        del self.line[:expected]

    @rule(amount=st.sampled_from((1, GRANT, 3 * GRANT)), put_in=st.booleans())
    def change_budget(self, amount: int, put_in: bool) -> None:
        act = points.appropriate if put_in else points.reduce
        legal = put_in or amount <= self.left
        if self.tried(
            legal, lambda: act(self.edition, amount, reference=self.next(), by=THE_SYSTEM, at=self.at)
        ):
            self.left += amount if put_in else -amount

    @rule(member=members, same=st.booleans())
    def reverse(self, member: Member, same: bool) -> None:
        if not member.lots:
            return
        lot, grant = member.lots[-1], Grant.objects.filter(company=member.company).latest("id")
        asking, deciding = self.officers[0], self.officers[0 if same else 1]
        if self.tried(
            not lot.closed, lambda: points.request_reversal(grant, reason="r", by=asking, at=self.at)
        ):
            case = Reversal.objects.get(grant=grant, state="REQUESTED")
            if self.tried(not same, lambda: points.approve_reversal(case, by=deciding, at=self.at)):
                lot.closed = "reversed"
                self.left, lot.free = self.left + lot.free, 0
            else:
                points.withdraw_reversal(case, by=asking, at=self.at)

    @invariant()
    def points_are_where_the_model_says(self) -> None:
        if not hasattr(self, "edition"):
            return
        assert queries.budget(self.edition)["left"] == self.left
        assert ledger.balance(queries.payable_key(self.edition.pk, SUPPLIER)) == self.payable
        assert [row.company for row in queries.waiting(self.edition)] == [
            member.company for member in self.line
        ]
        for member in self.everybody:
            said = queries.statement(self.edition, member.company, at=self.at)
            held = sum(amount for _lot, amount in member.held.values())
            usable = sum(lot.free for lot in member.lots if not lot.closed and self.at < lot.ends_at)
            assert (said.spendable_points, said.reserved_points) == (usable, held)
            assert sorted(line.available_points for line in said.lines) == sorted(
                lot.free for lot in member.lots
            )
            again = (
                bool(member.lots)
                and len(member.lots) == member.admissions
                and self.may_again(member.lots[-1])
            )
            assert queries.may_apply_again(self.edition, member.company, at=self.at) == again

    def may_again(self, lot: Lot) -> bool:
        return not lot.activated and (
            lot.closed == "unactivated" or (not lot.closed and self.at >= lot.ends_at)
        )

    @invariant()
    def books_balance(self) -> None:
        audit = ledger.audit()
        assert audit["balanced"], audit


@pytest.mark.rule("R-11")
@pytest.mark.rule("R-12")
@pytest.mark.rule("R-13")
@pytest.mark.rule("R-14")
@pytest.mark.rule("R-16")
@pytest.mark.rule("R-18")
@pytest.mark.django_db
def test_points_are_where_a_plain_model_says_whatever_is_tried():
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
