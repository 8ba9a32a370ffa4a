"""Orders by the hundred: every row and every act of an order is real, only the contract's bytes are signed once and shared.

Rendering and signing a contract takes longer than all the rest of an order together and is proved elsewhere.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tcloud.catalogue.models import Plan
from tcloud.contracts.document import Party
from tcloud.contracts.models import Contract, SigningSession
from tcloud.core.models import Event
from tcloud.members.models import Company
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.orders.operations.building import terms_of
from tcloud.orders.states import ORDER
from tcloud.points import queries as points
from tcloud.points.models import Reservation
from tcloud.programme.models import Programme
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

ORDER_EVENTS = frozenset(transition.event for transition in ORDER.transitions)
_HELD = ("SUBMITTED", "ACCEPTED", "PAID", "DELIVERED", "DISPUTED")
_RELEASED = ("WITHDRAWN", "DECLINED", "LAPSED", "UNPAID", "REFUNDED")
_RESERVATION = {"COMPLETED": "redeemed"} | dict.fromkeys(_HELD, "held") | dict.fromkeys(_RELEASED, "released")


@dataclass
class Shop:
    """An edition, one plan of one supplier, one company with its points; and the two signatures that every contract shares."""

    # time to pay outlasts time to accept, so that a scan at the end of the one never finds the other overdue as well
    edition: Programme = field(default_factory=lambda: factories.programme(pay_working_days=9))
    plan: Plan = field(default_factory=factories.plan)

    def __post_init__(self) -> None:
        self.company = self.newcomer()
        self.first = factories.submitted(self.edition, self.company, self.plan, points=10)
        contract = Contract.objects.get(pk=self.first.contract_id)
        self.document = contract.document
        self.session = factories.prepared(contract, Party.SUPPLIER)
        self.signature = factories.signature(self.session)
        self.buyer = factories.actor(self.company)
        self.supplier = factories.supplier_actor(self.first)

    def newcomer(self) -> Company:
        """Another company with its points and one person."""
        made = factories.granted(self.edition)
        factories.user(made)
        return made

    def draft(self, of: Company | None = None, *, points: int = 10, at: datetime = NOW) -> Order:
        """A draft with its contract, already signed by the company."""
        order = factories.draft(self.edition, of or self.company, self.plan, points=points, at=at)
        contract = Contract.objects.create(
            number=f"T-{order.number}", order_number=order.number, buyer_ubn=order.company.ubn,
            supplier_ubn=self.session.signer_ubn, template_version="shared", terms=terms_of(order, at=at).to_json(),
            document=self.document, drawn_up_at=at,
        )  # fmt: skip
        Contract.objects.filter(pk=contract.pk).update(state="SIGNED", version=1, signed_at=at)
        Order.objects.filter(pk=order.pk).update(contract=contract)
        return Order.objects.get(pk=order.pk)

    def submitted(self, *, at: datetime = NOW) -> Order:
        order = self.draft(at=at)
        return orders.submit(order, by=factories.actor(order.company), at=at)

    def accepted(self, *, at: datetime = NOW) -> Order:
        order = self.submitted(at=at)
        return accept(self, order, self.sitting(order))

    def paid(self, *, at: datetime = NOW) -> Order:
        order = self.accepted(at=at)
        assert gateway.settle(gateway.notice(order, at=at), at=at) == "paid"
        return order

    def delivered(self, *, at: datetime = NOW) -> Order:
        return orders.deliver(self.paid(at=at), note="請以信箱登入", by=self.supplier, at=at)

    def disputed(self, *, at: datetime = NOW) -> Order:
        return orders.dispute(self.delivered(at=at), reason="無法登入", by=self.buyer, at=at)

    def sitting(self, order: Order) -> SigningSession:
        """The supplier's signing session for the order's contract."""
        shared = self.session
        return SigningSession.objects.create(
            contract_id=order.contract_id, party=shared.party, prepared=shared.prepared,
            parameters=shared.parameters, certificate=shared.certificate, signer_ubn=shared.signer_ubn,
            base_sha256=shared.base_sha256, created_at=NOW, expires_at=shared.expires_at,
        )  # fmt: skip


def accept(shop: Shop, order: Order, session: SigningSession) -> Order:
    """The supplier countersigns; by an own copy of the session, as every request has."""
    own = SigningSession.objects.get(pk=session.pk)
    return orders.accept(
        order, own, shop.signature, services=factories.services(NOW), by=shop.supplier, at=NOW
    )


def moves(order: Order) -> list[str]:
    """What happened to the order's state, oldest first."""
    found = Event.objects.filter(case=order.case, subject=f"orders.order/{order.pk}", type__in=ORDER_EVENTS)
    return list(found.order_by("id").values_list("type", flat=True))


def check_points(shop: Shop, order: Order) -> None:
    """The order's points are where its state says, and the company's points are all accounted for."""
    order.refresh_from_db()
    held = list(Reservation.objects.filter(order_number=order.number).values_list("state", flat=True))
    expected = [_RESERVATION[order.state]] if order.state in _RESERVATION else []
    assert held == expected, (order.state, held)
    said = points.statement(shop.edition, order.company, at=NOW)
    assert said.spendable_points + said.reserved_points + said.redeemed_points == 30_000


def eight(*calls: Any) -> list[Any]:
    """Eight calls, taking turns."""
    return [calls[place % len(calls)] for place in range(8)]
