"""The product itself, driven act by act beside the oracle; and the gateway, which knows what was really paid."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tcloud.adapters.gateway_port import (
    Callback,
    ChargeRequest,
    CheckoutForm,
    Method,
    QueryResult,
    RefundResult,
    TradeStatus,
)
from tcloud.contracts.models import SigningSession
from tcloud.core.actors import THE_GATEWAY, Actor
from tcloud.core.refusals import Refusal
from tcloud.orders import operations as orders
from tcloud.orders.models import Order, RefundProposal
from tcloud.orders.operations import building, paying
from tcloud.payments import operations as payments
from tcloud.payments import rules
from tcloud.payments.models import Charge
from tests import factories
from tests.concurrency.cheap import Shop
from tests.model import oracle

MERCHANT: Final = "3002607"


@dataclass
class Gateway:
    """What the gateway knows: who paid what and when, and what it sent back. Speaks the port; the wire is tested elsewhere."""

    paid: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    refunded: dict[str, int] = field(default_factory=dict)
    merchant_id: str = MERCHANT

    def checkout_form(self, charge: ChargeRequest) -> CheckoutForm:
        return CheckoutForm("https://gateway.test/", {"MerchantTradeNo": charge.trade_no})

    def methods(self, amount_twd: int) -> tuple[Method, ...]:
        return (Method.CARD,)

    def parse_callback(self, form: Any) -> Callback:
        raise NotImplementedError("notices come as objects here")

    def query(self, trade_no: str, *, amount_twd: int, at: datetime) -> QueryResult:
        amount, when = self.paid.get(trade_no, (0, None))
        status = TradeStatus.PAID if when else TradeStatus.UNPAID
        return QueryResult(
            MERCHANT,
            trade_no,
            f"G{trade_no}",
            status,
            "",
            amount,
            paid_at=when,
            payment_type="Credit_CreditCard",
        )

    def refund(
        self, *, trade_no: str, gateway_trade_no: str, amount_twd: int, payment_type: str
    ) -> RefundResult:
        assert self.refunded.get(trade_no, 0) + amount_twd <= self.paid[trade_no][0], "sent back twice"
        self.refunded[trade_no] = self.refunded.get(trade_no, 0) + amount_twd
        return RefundResult(trade_no, gateway_trade_no, amount_twd, "OK")


@dataclass
class Pair:
    """One order twice: as it is, and as it must be."""

    real: Order
    model: oracle.Order
    trade_no: str = ""  # that the payer was sent to the gateway with


@dataclass
class World:
    """One company and its orders, the supplier, an officer, and the clock."""

    shop: Shop
    at: datetime
    gateway: Gateway = field(default_factory=Gateway)
    pairs: list[Pair] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.company = factories.granted(self.shop.edition, at=self.at)
        self.user = factories.user(self.company)
        self.grant = oracle.Grant(self.at)
        self.buyer, self.supplier = factories.actor(self.company), self.shop.supplier
        self.officer = factories.officer()

    def draft(self, points: int) -> None:
        real = self.shop.draft(self.company, points=points, at=self.at)
        self.pairs.append(Pair(real, oracle.Order(self.grant, points, real.cash_twd)))

    # Acts: what is done to the product, and what must come of it
    def act(self, name: str, pair: Pair, *, by: str = "") -> None:
        """Do `name` to the order, as whoever may, or as `by`, who may not. Both sides stand alike afterwards."""
        stranger = {"": None, "company": self.buyer, "supplier": self.supplier, "officer": self.officer}[by]
        try:
            ACTS[name](self, pair, stranger)
        except Refusal:
            happened = False
        else:
            happened = True
        expected = False
        if stranger is None:
            expected = MODELS[name](self, pair)
        else:
            assert not happened or name in _REPEATABLE, (name, by, pair.model)
        pair.real.refresh_from_db()
        assert pair.real.state == pair.model.state, (name, by, happened, expected, pair.model)
        assert happened or not expected, f"{name} was refused"

    def scan(self) -> None:
        """The worker comes round: every deadline of every order, and what the gateway has to say."""
        orders.query_open_charges(gateway=self.gateway, at=self.at)
        orders.close_deadlines(gateway=self.gateway, at=self.at)
        for pair in self.pairs:
            known = self.gateway.paid.get(pair.trade_no)
            # asked half an hour apart: a payment of just now may wait for the next round
            if known and (
                self.at > known[1] or Charge.objects.filter(trade_no=pair.trade_no, paid_at__isnull=False)
            ):
                pair.model.pay(known[1], self.at)
            pair.model.scan(self.at)
            pair.real.refresh_from_db()
            assert pair.real.state == pair.model.state, ("scan", pair.model)

    def charge(self, pair: Pair) -> Charge | None:
        return Charge.objects.filter(order_number=pair.real.number).order_by("-id").first()


def _accept(world: World, pair: Pair, stranger: Actor | None) -> Any:
    shared = world.shop.session
    session = SigningSession.objects.create(
        contract_id=pair.real.contract_id, party=shared.party, prepared=shared.prepared, parameters=shared.parameters,
        certificate=shared.certificate, signer_ubn=shared.signer_ubn, base_sha256=shared.base_sha256,
        created_at=world.at, expires_at=world.at + timedelta(hours=1),
    )  # fmt: skip
    return orders.accept(
        pair.real, session, world.shop.signature, services=factories.services(world.at),
        by=stranger or world.supplier, at=world.at,
    )  # fmt: skip


def _go_to_gateway(world: World, pair: Pair) -> bool:
    """The payer opens the payment page once."""
    if not pair.trade_no:
        form = orders.checkout(
            pair.real, gateway=world.gateway, site_url="https://t.test", by=world.buyer, at=world.at
        )
        pair.trade_no = form.fields["MerchantTradeNo"]
    return True


def _pay(world: World, pair: Pair, stranger: Actor | None, *, heard: bool = True, **wrong: Any) -> None:
    """Real money at the gateway, and its notice unless that is lost. A `wrong` notice comes of no payment."""
    if world.charge(pair) is None:
        return
    try:
        _go_to_gateway(world, pair)
    except Refusal:
        if not pair.trade_no:
            return
    cash, at = pair.real.cash_twd, world.at
    if not wrong:
        at = world.gateway.paid.setdefault(pair.trade_no, (cash, world.at))[1]
    said = {
        "merchant_id": MERCHANT, "trade_no": pair.trade_no, "gateway_trade_no": f"G{pair.trade_no}", "rtn_code": 1,
        "rtn_message": "", "amount_twd": cash, "simulated": False, "payment_type": "Credit_CreditCard", "paid_at": at,
    } | wrong  # fmt: skip
    if heard:
        message = payments.store_message("callback", f"MerchantTradeNo={pair.trade_no}", at=world.at)
        verdict = paying.settle(
            Callback(**said), merchant_id=MERCHANT, message=message, by=THE_GATEWAY, at=world.at
        )
        payments.note_verdict(message, verdict)


def _lines(world: World, pair: Pair, **wrong: Any) -> rules.InvoiceLines:
    split = rules.split_price(pair.real.price_twd)
    assert split is not None
    values = {
        "number": f"AB{pair.real.pk:08d}", "issued_on": world.at.astimezone(oracle.TAIPEI).date(),
        "buyer_ubn": world.company.ubn, "seller_ubn": pair.real.supplier.company.ubn,
        "sales_twd": split.sales_twd, "tax_twd": split.tax_twd, "total_twd": pair.real.price_twd,
    }  # fmt: skip
    return rules.InvoiceLines(**values | wrong)


def _by(operation: Callable[..., Any], who: str, **words: str) -> Callable[[World, Pair, Actor | None], Any]:
    return lambda world, pair, stranger: operation(
        pair.real, by=stranger or getattr(world, who), at=world.at, **words
    )


def _propose(who: str, share: int) -> Callable[[World, Pair, Actor | None], Any]:
    """A refund of one in `share` of what is left is proposed."""

    def act(world: World, pair: Pair, stranger: Actor | None) -> Any:
        amount = max(pair.model.money_twd // share, 1)
        return orders.propose_refund(
            pair.real, amount, reason="用不到", by=stranger or getattr(world, who), at=world.at
        )

    return act


def _answer(world: World, pair: Pair, *, agree: bool, own: bool = False) -> Any:
    """Whoever did not propose answers it; `own`: who did tries to."""
    proposal = RefundProposal.objects.filter(order=pair.real, state="PROPOSED").last()
    if proposal is None:
        return None
    mine = (proposal.party == "company") == own
    by = world.buyer if mine else world.supplier
    return orders.answer_refund(proposal, agree=agree, answer="不同意", by=by, at=world.at)


def _take_back(world: World, pair: Pair, stranger: Actor | None) -> Any:
    proposal = RefundProposal.objects.filter(order=pair.real, state="PROPOSED").last()
    if proposal is None:
        return None
    by = world.buyer if proposal.party == "company" else world.supplier
    return orders.withdraw_refund(proposal, by=by, at=world.at)


ACTS: Final[dict[str, Callable[[World, Pair, Actor | None], Any]]] = {
    "discard": _by(building.discard, "buyer"),
    "submit": _by(orders.submit, "buyer"),
    "withdraw": _by(orders.withdraw, "buyer"),
    "accept": _accept,
    "decline": _by(orders.decline, "supplier", reason="額滿"),
    "pay": _pay,
    "pay, notice lost": lambda world, pair, who: _pay(world, pair, who, heard=False),
    "notice of another sum": lambda world, pair, who: _pay(world, pair, who, amount_twd=1),
    "notice of another merchant": lambda world, pair, who: _pay(world, pair, who, merchant_id="2000132"),
    "simulated notice": lambda world, pair, who: _pay(world, pair, who, simulated=True),
    "failed payment": lambda world, pair, who: _pay(world, pair, who, rtn_code=10300066),
    "invoice": lambda world, pair, who: orders.record_invoice(
        pair.real, _lines(world, pair), by=who or world.supplier, at=world.at
    ),
    "wrong invoice": lambda world, pair, who: orders.record_invoice(
        pair.real, _lines(world, pair, tax_twd=0), by=who or world.supplier, at=world.at
    ),
    "deliver": _by(orders.deliver, "supplier", note="請以信箱登入"),
    "confirm": _by(orders.confirm, "buyer"),
    "dispute": _by(orders.dispute, "buyer", reason="無法登入"),
    "take_back": _by(orders.withdraw_dispute, "buyer"),
    "settle": _by(orders.settle_dispute, "officer", reason="查證屬實"),
    "refund": _by(orders.refund, "officer", reason="查證屬實"),
    "part refund": lambda world, pair, who: orders.refund_part(
        pair.real, max(pair.model.money_twd // 3, 1), reason="部分", by=who or world.officer, at=world.at
    ),
    "company proposes a part": _propose("buyer", 4),
    "supplier proposes all": _propose("supplier", 1),
    "agree": lambda world, pair, who: _answer(world, pair, agree=True),
    "agree with oneself": lambda world, pair, who: _answer(world, pair, agree=True, own=True),
    "do not agree": lambda world, pair, who: _answer(world, pair, agree=False),
    "take the proposal back": _take_back,
}
_NOTHING: Final = ("agree with oneself", "notice of another sum", "notice of another merchant", "simulated notice", "failed payment", "wrong invoice")  # fmt: skip


def _paid(world: World, pair: Pair) -> bool:
    known = world.gateway.paid.get(pair.trade_no)
    return bool(known) and pair.model.pay(known[1], world.at)


MODELS: Final[dict[str, Callable[[World, Pair], bool]]] = {
    **{name: (lambda world, pair, _name=name: getattr(pair.model, _name)(world.at)) for name in ACTS},
    **dict.fromkeys((*_NOTHING, "pay, notice lost"), lambda world, pair: False),
    "pay": _paid,
    "part refund": lambda world, pair: pair.model.refund_part(max(pair.model.money_twd // 3, 1), world.at),
    "company proposes a part": lambda world, pair: pair.model.propose(
        "company", max(pair.model.money_twd // 4, 1)
    ),
    "supplier proposes all": lambda world, pair: pair.model.propose("supplier", max(pair.model.money_twd, 1)),
    "do not agree": lambda world, pair: pair.model.drop_proposal() and False,
    "take the proposal back": lambda world, pair: pair.model.drop_proposal() and False,
}
# Done already, these answer whoever asks with what was done
_REPEATABLE: Final = ("discard", "submit", "withdraw", "accept", "deliver", "confirm", "take_back")
# Whose acts these are; nobody else may do them. The gateway and the clock have no person to be mistaken for.
_WHOSE: Final = {
    "withdraw": "company", "accept": "supplier", "decline": "supplier", "invoice": "supplier", "deliver": "supplier",
    "confirm": "company", "dispute": "company", "take_back": "company", "settle": "officer", "refund": "officer", "part refund": "officer",
    "submit": "company", "discard": "company",
}  # fmt: skip
FORBIDDEN: Final = tuple(
    (name, other)
    for name, whose in _WHOSE.items()
    for other in ("company", "supplier", "officer")
    if other != whose
)
