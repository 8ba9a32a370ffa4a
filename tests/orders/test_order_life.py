"""An order from draft to its ends; every refusal leaves everything as it was."""

from datetime import datetime, timedelta

import pytest

from tcloud.catalogue import operations as catalogue
from tcloud.contracts.document import Party
from tcloud.contracts.models import Contract
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger import queries as ledger
from tcloud.orders import operations as orders
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations.building import KeyReused
from tcloud.payments.models import Charge
from tcloud.payments.rules import InvoiceLines
from tcloud.points import queries as points
from tcloud.programme import operations as programmes
from tests import factories
from tests.factories import NOW
from tests.payments import gateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def company(edition):
    return factories.granted(edition)


def balance(edition, company, at=NOW):
    statement = points.statement(edition, company, at=at)
    return statement.spendable_points, statement.reserved_points, statement.redeemed_points


def refused(code, call, *args, **kwargs):
    before = list(Order.objects.values_list("state", "version")), Event.objects.count(), ledger.audit()
    with pytest.raises(Refusal) as error:
        call(*args, **kwargs)
    assert error.value.code == code, error.value
    assert str(error.value)
    assert (
        list(Order.objects.values_list("state", "version")),
        Event.objects.count(),
        ledger.audit(),
    ) == before


@pytest.mark.rule("R-19")
def test_create_pins_version_price_and_split(edition, company):
    order = factories.draft(edition, company, factories.plan(price_twd=59_999))
    assert order.number.startswith("CE")
    assert len(order.number) == 12
    assert (order.price_twd, order.points, order.cash_twd) == (59_999, 29_999, 30_000)
    assert balance(edition, company) == (30_000, 0, 0)


@pytest.mark.rule("R-17")
@pytest.mark.parametrize("wanted", [0, -1, 30_001, 10**9])
def test_create_refuses_points_out_of_range(edition, company, wanted):
    plan = factories.plan(price_twd=60_000)
    factories.user(company)
    refused("points.out_of_range", factories.draft, edition, company, plan, points=wanted)


@pytest.mark.rule("R-38")
def test_create_answers_the_same_key_with_the_same_order(edition, company):
    plan, user = factories.plan(), factories.user(company)
    again = {"idempotency_key": "one-key", "user": user}
    first = factories.draft(edition, company, plan, **again)
    assert factories.draft(edition, company, plan, **again).pk == first.pk
    with pytest.raises(KeyReused):
        factories.draft(edition, company, plan, points=5, **again)
    assert Order.objects.count() == 1


@pytest.mark.rule("R-39")
def test_create_refuses_the_buyers_own_plan(edition):
    supplier = factories.supplier()
    company = supplier.company
    from tcloud.points import operations

    operations.admit(edition, company, at=NOW)
    operations.grant(edition, company, by=factories.actor(company), at=NOW)
    factories.user(company)
    plan = factories.plan(supplier)
    refused("order.own_plan", factories.draft, edition, company, plan)


@pytest.mark.rule("R-21")
@pytest.mark.parametrize(
    ("code", "hinder"),
    [
        (
            "plan.not_listed",
            lambda order: catalogue.delist(order.plan_version.plan, by=factories.officer(), at=NOW),
        ),
        (
            "programme.not_open",
            lambda order: programmes.pause(order.programme, by=factories.officer(), at=NOW),
        ),
    ],
)
def test_submit_refuses(edition, company, code, hinder):
    order = factories.signed(edition, company)
    hinder(order)
    refused(code, orders.submit, order, by=factories.actor(company), at=NOW)
    assert balance(edition, company) == (30_000, 0, 0)


@pytest.mark.rule("R-21")
def test_submit_refuses_an_unsigned_contract(edition, company):
    order = factories.draft(edition, company)
    refused("contract.unsigned", orders.submit, order, by=factories.actor(company), at=NOW)
    orders.draw_up_contract(order, by=factories.actor(company), at=NOW)
    refused("contract.unsigned", orders.submit, order, by=factories.actor(company), at=NOW)


@pytest.mark.rule("R-17")
def test_submit_refuses_a_second_order_beyond_the_balance(edition, company):
    first, second = (factories.signed(edition, company) for _ in range(2))
    orders.submit(first, by=factories.actor(company), at=NOW)
    refused("points.insufficient", orders.submit, second, by=factories.actor(company), at=NOW)
    assert balance(edition, company) == (0, 30_000, 0)


@pytest.mark.rule("R-21")
@pytest.mark.rule("R-22")
def test_submit_reserves_the_points_and_starts_the_suppliers_time(edition, company):
    order = factories.submitted(edition, company)
    assert order.state == "SUBMITTED"
    assert balance(edition, company) == (0, 30_000, 0)
    (accept,) = Obligation.objects.filter(order=order)
    assert accept.kind == "accept"
    assert accept.due_at == datetime.fromisoformat("2027-01-21T00:00:00+08:00")  # Friday; Mon, Tue, Wed
    assert orders.submit(order, by=factories.actor(company), at=NOW).version == order.version


@pytest.mark.rule("R-20")
def test_contract_says_what_the_order_says(edition, company):
    order = factories.accepted(edition, company)
    contract = Contract.objects.get(order_number=order.number)
    assert contract.state == "COUNTERSIGNED"
    said = contract.terms
    assert (said["buyer_ubn"], said["supplier_ubn"]) == (company.ubn, order.supplier.company.ubn)
    assert (said["price_twd"], said["amount_points"], said["cash_twd"]) == (60_000, 30_000, 30_000)
    from tcloud.contracts.verification import verify

    verdict = verify(
        bytes(contract.document.content), policy=factories.policy(), at=NOW, revocation=factories.AllGood()
    )
    assert [signature.signer_ubn for signature in verdict.signatures] == [
        company.ubn,
        order.supplier.company.ubn,
    ]
    assert verdict.ok


@pytest.mark.rule("R-20")
def test_signature_of_another_company_is_refused(edition, company):
    from tcloud.contracts import operations as contracts

    contract = orders.draw_up_contract(factories.draft(edition, company), by=factories.actor(company), at=NOW)
    refused(
        "contract.other_company", contracts.prepare_signature, contract, factories.card("04595252").der,
        party=Party.BUYER, by=factories.actor(company), at=NOW, policy=factories.policy(), revocation=factories.AllGood(),
    )  # fmt: skip


@pytest.mark.rule("R-20")
@pytest.mark.parametrize("case", ["used", "expired", "altered", "wrong"])
def test_finish_signature_refuses(edition, company, case):
    contract = orders.draw_up_contract(factories.draft(edition, company), by=factories.actor(company), at=NOW)
    session, at = factories.prepared(contract, Party.BUYER), NOW
    answer = factories.signature(session)
    if case == "used":
        orders.finish_company_signature(
            session, answer, services=factories.services(NOW), by=factories.actor(company), at=NOW
        )
    if case == "expired":
        at = NOW + timedelta(hours=2)
    if case == "altered":
        session.prepared = bytes(session.prepared)[:2000] + b"x" + bytes(session.prepared)[2001:]
        session.save()
    if case == "wrong":
        answer = factories.card(company.ubn).sign(b"another text")
    codes = {"used": "contract.session_used", "expired": "contract.session_expired"}
    refused(
        codes.get(case, "contract.signature_refused"),
        orders.finish_company_signature, session, answer, services=factories.services(at), by=factories.actor(company), at=at,
    )  # fmt: skip


@pytest.mark.rule("R-27")
def test_withdraw_returns_the_points(edition, company):
    order = factories.submitted(edition, company)
    orders.withdraw(order, by=factories.actor(company), at=NOW)
    assert balance(edition, company) == (30_000, 0, 0)
    assert not Obligation.objects.filter(lifted_at=None)
    refused("transition.not_now", orders.withdraw, order, by=factories.actor(company), at=NOW)


@pytest.mark.rule("R-27")
def test_withdraw_is_too_late_after_acceptance(edition, company):
    order = factories.accepted(edition, company)
    refused("transition.not_now", orders.withdraw, order, by=factories.actor(company), at=NOW)


@pytest.mark.rule("R-22")
def test_decline_needs_a_reason_and_returns_the_points(edition, company):
    order = factories.submitted(edition, company)
    by = factories.supplier_actor(order)
    refused("order.reason_missing", orders.decline, order, reason=" ", by=by, at=NOW)
    refused("transition.not_yours", orders.decline, order, reason="額滿", by=factories.actor(company), at=NOW)
    assert orders.decline(order, reason="額滿", by=by, at=NOW).state == "DECLINED"
    assert balance(edition, company) == (30_000, 0, 0)


@pytest.mark.rule("R-22")
def test_accept_after_the_deadline_is_refused_before_any_scan(edition, company):
    order = factories.submitted(edition, company)
    late = Obligation.objects.get(order=order).due_at
    session = factories.prepared(order.contract, Party.SUPPLIER, at=late)
    refused(
        "deadline.passed", orders.accept, order, session, factories.signature(session),
        services=factories.services(late), by=factories.supplier_actor(order), at=late,
    )  # fmt: skip


@pytest.mark.rule("R-23")
def test_accept_opens_one_charge_due_in_two_working_days(edition, company):
    order = factories.accepted(edition, company)
    charge = Charge.objects.get()
    assert (charge.order_number, charge.amount_twd, charge.state) == (order.number, 30_000, "OPEN")
    assert charge.expires_at == datetime.fromisoformat("2027-01-20T00:00:00+08:00")


@pytest.mark.rule("R-23")
def test_unpaid_order_ends_at_the_first_moment_after(edition, company):
    order = factories.accepted(edition, company)
    due = Charge.objects.get().expires_at
    silent = gateway.answering()
    assert orders.close_deadlines(gateway=silent, at=due - timedelta(seconds=1)) == 0
    assert orders.close_deadlines(gateway=silent, at=due + timedelta(days=1)) == 1
    assert orders.close_deadlines(gateway=silent, at=due + timedelta(days=1)) == 0
    order.refresh_from_db()
    assert order.state == "UNPAID"
    assert Charge.objects.get().state == "CLOSED"
    assert balance(edition, company) == (30_000, 0, 0)


@pytest.mark.rule("R-22")
def test_silent_supplier_lapses_the_order(edition, company):
    order = factories.submitted(edition, company)
    due = Obligation.objects.get(order=order).due_at
    assert orders.close_deadlines(gateway=gateway.answering(), at=due) == 1
    order.refresh_from_db()
    assert order.state == "LAPSED"
    assert balance(edition, company) == (30_000, 0, 0)


@pytest.mark.rule("R-25")
@pytest.mark.rule("R-24")
def test_payment_starts_invoice_and_delivery(edition, company):
    order = factories.paid(edition, company)
    due = dict(Obligation.objects.filter(fulfilled_at=None).values_list("kind", "due_at"))
    assert {kind: moment.astimezone(NOW.tzinfo).isoformat() for kind, moment in due.items()} == {
        "invoice": "2027-01-20T00:00:00+08:00",
        "deliver": "2027-01-27T00:00:00+08:00",
    }
    assert order.state == "PAID"


def invoice(order, **changes):
    values = {
        "number": "AB12345678", "issued_on": NOW.date(), "buyer_ubn": order.company.ubn,
        "seller_ubn": order.supplier.company.ubn, "sales_twd": 57_143, "tax_twd": 2_857, "total_twd": 60_000,
    }  # fmt: skip
    return InvoiceLines(**values | changes)


@pytest.mark.rule("R-24")
@pytest.mark.parametrize(
    "wrong",
    [
        {"total_twd": 30_000, "sales_twd": 28_571, "tax_twd": 1_429},
        {"buyer_ubn": "04595252"},
        {"issued_on": NOW.date() - timedelta(days=1)},
        {"number": "A123"},
    ],
)
def test_record_invoice_refuses_what_does_not_fit(edition, company, wrong):
    order = factories.paid(edition, company)
    refused("invoice.mismatch", orders.record_invoice, order, invoice(order, **wrong),
            by=factories.supplier_actor(order), at=NOW)  # fmt: skip


@pytest.mark.rule("R-29")
def test_missed_obligation_is_recorded_and_can_still_be_fulfilled(edition, company):
    order = factories.paid(edition, company)
    due = Obligation.objects.get(order=order, kind="invoice").due_at
    assert orders.close_deadlines(gateway=gateway.answering(), at=due) == 1
    assert Event.objects.filter(type="order.invoice_missed").count() == 1
    orders.record_invoice(order, invoice(order), by=factories.supplier_actor(order), at=due)
    owed = Obligation.objects.get(order=order, kind="invoice")
    assert owed.missed_at
    assert owed.fulfilled_at


@pytest.mark.rule("R-26")
@pytest.mark.parametrize("silent", [False, True])
def test_confirmation_redeems_the_points(edition, company, silent):
    order = factories.delivered(edition, company)
    due = Obligation.objects.get(order=order, kind="confirm").due_at
    if silent:
        assert orders.close_deadlines(gateway=gateway.answering(), at=due) >= 1
    else:
        orders.confirm(order, by=factories.actor(company), at=NOW)
        orders.confirm(order, by=factories.actor(company), at=NOW)
    order.refresh_from_db()
    assert order.state == "COMPLETED"
    assert balance(edition, company) == (0, 0, 30_000)
    assert ledger.balance(points.payable_key(edition.pk, order.supplier.company.ubn)) == 30_000
    assert ledger.audit()["balanced"]


@pytest.mark.rule("R-24")
def test_nobody_but_the_supplier_records_its_invoice(edition, company):
    order = factories.paid(edition, company)
    for by in (factories.actor(company), factories.officer()):
        refused("transition.not_yours", orders.record_invoice, order, invoice(order), by=by, at=NOW)
    assert orders.record_invoice(order, invoice(order), by=factories.supplier_actor(order), at=NOW).number


@pytest.mark.rule("R-26")
def test_dispute_stops_confirmation_by_silence_and_refund_returns_everything(edition, company):
    order = factories.delivered(edition, company)
    orders.dispute(order, reason="無法登入", by=factories.actor(company), at=NOW)
    orders.close_deadlines(gateway=gateway.answering(), at=NOW + timedelta(days=60))
    order.refresh_from_db()
    assert order.state == "DISPUTED"
    orders.refund(order, reason="雙方同意", by=factories.officer(), at=NOW)
    assert Charge.objects.get().state == "TO_REFUND"
    assert balance(edition, company) == (30_000, 0, 0)
    assert ledger.audit()["balanced"]
