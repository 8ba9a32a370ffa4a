"""Changes beside the contract: proposed by one, agreed by the other, never a change of what was signed."""

import json
from datetime import date, timedelta

import pytest
from django.core import mail

from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.core.uploads import accept
from tcloud.orders import operations as orders
from tcloud.orders import supplements, words
from tcloud.orders.evidence import files_of
from tcloud.orders.models import Order, OrderChange
from tcloud.outbox import operations as outbox
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
CONTACT = {"name": "李小華", "email": "lee@example.tw", "phone": ""}
START = {"start_date": date(2027, 2, 1)}


@pytest.fixture
def order():
    edition = factories.programme()
    return factories.accepted(edition, factories.granted(edition))


def by(order, side):
    return factories.actor(order.company) if side == COMPANY else factories.supplier_actor(order)


def propose(order, kind="contact", values=CONTACT, side=COMPANY, at=NOW):
    return orders.propose_change(order, kind, values, reason="換人承辦", by=by(order, side), at=at)


def refused(code, call, *args, **kwargs):
    state = lambda: (list(OrderChange.objects.values()), Event.objects.count(), Order.objects.values().get())  # noqa: E731
    before = state()
    with pytest.raises(Refusal) as error:
        call(*args, **kwargs)
    assert (error.value.code, state()) == (code, before)


@pytest.mark.rule("R-20")
def test_agreed_contact_is_the_orders_and_the_contract_stays(order):
    order = Order.objects.get()
    pdf, terms = bytes(order.contract.document.content), order.contract.terms
    change = propose(order)
    order.refresh_from_db()
    assert order.contact_name == "王小明"
    orders.agree_change(change, by=by(order, SUPPLIER), at=NOW)
    order = Order.objects.get()
    assert (order.contact_name, order.contact_email, order.contact_phone) == ("李小華", "lee@example.tw", "")
    assert (bytes(order.contract.document.content), order.contract.terms) == (pdf, terms)
    event = Event.objects.get(type="order_change.agreed")
    assert event.case == order.case
    assert (
        words.change(event.data) == "聯絡人：王小明　owner@example.tw　02-1234-5678 → 李小華　lee@example.tw"
    )


def test_agreed_start_and_seats_are_valid_and_may_be_changed_again(order):
    for kind, values, after in (
        ("start", START, {"start_date": "2027-02-01"}),
        ("seats", {"seats": 2}, {"seats": 2}),
        ("seats", {"seats": 3}, {"seats": 3}),
    ):
        orders.agree_change(propose(order, kind, values, SUPPLIER), by=by(order, COMPANY), at=NOW)
        assert supplements.valid_now(order, kind) == after
    assert [each.kind for each in supplements.agreed(order)] == ["start", "seats", "seats"]
    order.refresh_from_db()
    assert order.price_twd == 60_000


@pytest.mark.parametrize(
    ("code", "kind", "values"),
    [
        ("change.start", "start", {"start_date": date(2027, 1, 14)}),
        ("change.start", "start", {"start_date": date(2027, 4, 16)}),
        ("change.seats", "seats", {"seats": 0}),
        ("change.seats", "seats", {"seats": 4}),
        ("change.incomplete", "contact", CONTACT | {"name": " "}),
        ("change.nothing", "seats", {"seats": 3}),
        (
            "change.nothing",
            "contact",
            {"name": "王小明", "email": "owner@example.tw", "phone": "02-1234-5678"},
        ),
    ],
)
def test_propose_refuses(order, code, kind, values):
    refused(code, propose, order, kind, values)


def test_one_proposal_waits_at_a_time_and_the_same_twice_is_one(order):
    change = propose(order)
    assert propose(order).pk == change.pk
    refused("change.one_at_a_time", propose, order, "start", START)
    refused("change.one_at_a_time", propose, order, side=SUPPLIER)
    orders.withdraw_change(change, by=by(order, COMPANY), at=NOW)
    propose(order, "start", START, SUPPLIER)


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_answers_at_once_decide_once(order, at_once):
    change = propose(order)
    agree = lambda: orders.agree_change(change, by=by(order, SUPPLIER), at=NOW)  # noqa: E731
    refuse = lambda: orders.refuse_change(change, remark="否", by=by(order, SUPPLIER), at=NOW)  # noqa: E731
    take_back = lambda: orders.withdraw_change(change, by=by(order, COMPANY), at=NOW)  # noqa: E731
    outcomes = at_once(agree, refuse, take_back, agree, refuse, take_back)
    kinds = Event.objects.filter(type__startswith="order_change.").exclude(type="order_change.proposed")
    assert kinds.count() == 1
    done = [outcome for outcome in outcomes if isinstance(outcome, OrderChange)]
    assert {outcome.state for outcome in done} == {OrderChange.objects.get().state}
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {"transition.not_now"}
    contact = Order.objects.get().contact_name
    assert (contact == "李小華") is (OrderChange.objects.get().state == "AGREED")


def test_only_the_other_side_answers_and_only_the_proposer_takes_back(order):
    change = propose(order)
    refused("transition.not_yours", orders.agree_change, change, by=by(order, COMPANY), at=NOW)
    refused("transition.not_yours", orders.refuse_change, change, remark="x", by=by(order, COMPANY), at=NOW)
    refused("transition.not_yours", orders.agree_change, change, by=factories.officer(), at=NOW)
    refused("transition.not_yours", orders.withdraw_change, change, by=by(order, SUPPLIER), at=NOW)
    refused("change.reason_missing", orders.refuse_change, change, remark=" ", by=by(order, SUPPLIER), at=NOW)


def test_start_that_has_passed_can_not_be_agreed_to_any_more(order):
    change = propose(order, "start", START)
    later = NOW + timedelta(days=18)
    refused("change.start", orders.agree_change, change, by=by(order, SUPPLIER), at=later)


STATES = {
    "SUBMITTED": (factories.submitted, False),
    "ACCEPTED": (factories.accepted, True),
    "PAID": (factories.paid, True),
    "DELIVERED": (factories.delivered, True),
}


@pytest.mark.parametrize("state", STATES)
def test_changes_are_for_orders_accepted_and_not_confirmed(state):
    make, may = STATES[state]
    edition = factories.programme()
    order = make(edition, factories.granted(edition))
    if may:
        change = propose(order)
        Order.objects.filter(pk=order.pk).update(
            state={"ACCEPTED": "UNPAID", "PAID": "DISPUTED"}.get(state, "COMPLETED")
        )
        refused("change.not_now", orders.agree_change, change, by=by(order, SUPPLIER), at=NOW)
        order.refresh_from_db()
        assert supplements.open_change(order) is None
    refused("change.not_now", propose, order, "start", START)


@pytest.mark.rule("R-18")
def test_evidence_holds_supplements_proposals_and_what_was_written(order):
    orders.agree_change(propose(order), by=by(order, SUPPLIER), at=NOW)
    orders.refuse_change(propose(order, "start", START), remark="太早", by=by(order, SUPPLIER), at=NOW)
    orders.write(
        order, "附上規格", [accept("規格.PDF", b"%PDF-1.7")], request_key="k", by=by(order, COMPANY), at=NOW
    )
    files = files_of(Order.objects.get())
    (supplement,) = json.loads(files["supplements.json"])
    assert (supplement["kind"], supplement["contact_name"], supplement["before"]["name"]) == (
        "contact",
        "李小華",
        "王小明",
    )
    assert len(json.loads(files["changes.json"])) == 2
    (said,) = json.loads(files["messages.json"])
    (kept,) = said["files"]
    assert (said["body"], files[kept["kept_as"]]) == ("附上規格", b"%PDF-1.7")


@pytest.mark.parametrize(
    ("act", "event", "to_company", "to_supplier"),
    [
        (None, "proposed", False, True),
        (
            lambda order, change: orders.agree_change(change, by=by(order, SUPPLIER), at=NOW),
            "agreed",
            True,
            True,
        ),
        (
            lambda order, change: orders.refuse_change(change, remark="太早", by=by(order, SUPPLIER), at=NOW),
            "refused",
            True,
            False,
        ),
        (
            lambda order, change: orders.withdraw_change(change, by=by(order, COMPANY), at=NOW),
            "withdrawn",
            False,
            True,
        ),
    ],
)
def test_whoever_did_not_act_is_written_to(order, act, event, to_company, to_supplier):
    change = propose(order, "start", START)
    if act:
        act(order, change)
    mail.outbox.clear()
    outbox.deliver(Event.objects.get(type=f"order_change.{event}").pk, at=NOW)
    told = {sent.to[0]: sent.body for sent in mail.outbox}
    assert (order.contact_email in told, order.supplier.contact_email in told) == (to_company, to_supplier)
    assert all(
        "開始使用日：沒有約定 → 2027年2月1日（一）" in text and "/changes/" in text for text in told.values()
    )
