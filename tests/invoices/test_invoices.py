"""An order's invoice: by file or fields, voided and issued again, lowered by allowances, given back after a refund (R-24, R-27)."""

from datetime import date, timedelta

import pytest

from tcloud.adapters.mig import messages
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.core.uploads import File
from tcloud.invoices.models import Allowance, InvoiceFile
from tcloud.invoices.rules import AllowanceLines, may_void_for_refund
from tcloud.orders import operations, queries
from tcloud.orders.evidence import files_of
from tcloud.orders.models import Obligation
from tcloud.payments.models import Invoice
from tests import factories
from tests.factories import NOW
from tests.invoices import mig

TODAY = NOW.date()


@pytest.fixture
def order(db):
    edition = factories.programme()
    return factories.paid(edition, factories.granted(edition))


@pytest.fixture
def by(order):
    return factories.supplier_actor(order)


def invoiced(order, *, at=NOW, **changes):
    content = mig.f0401(order, **changes)
    return operations.record_invoice(
        order, messages.f0401(content), file=File("i.xml", "application/xml", content), source="xml",
        by=factories.supplier_actor(order), at=at,
    )  # fmt: skip


def owed(order, kind):
    return Obligation.objects.filter(order=order, kind=kind, fulfilled_at=None, lifted_at=None)


@pytest.mark.rule("R-24")
def test_a_whole_invoice_that_fits_is_kept_byte_for_byte_and_is_evidence(order):
    invoice = invoiced(order)
    assert (invoice.number, invoice.total_twd, invoice.source) == ("AB12345678", 60_000, "xml")
    assert not owed(order, "invoice").exists()
    assert bytes(InvoiceFile.objects.get().content) == mig.f0401(order)
    files = files_of(order)
    assert files["invoices/messages/0001-F0401.xml"] == mig.f0401(order)
    assert "invoices/AB12345678.json" in files


@pytest.mark.rule("R-24")
@pytest.mark.parametrize(
    ("changes", "codes"),
    [
        ({"SalesAmount": "57142", "TaxAmount": "2858"}, ["tax", "items"]),
        ({"Amount": "56000"}, None),
        ({"InvoiceType": "08"}, ["invoice_type"]),
        ({"TaxRate": "0"}, ["tax_rate"]),
        ({"FreeTaxSalesAmount": "10"}, ["untaxed_sales"]),
        ({"TaxType": "3"}, ["item_tax_type"]),
        ({"Amount": "57001"}, ["items"]),
        ({"InvoiceDate": "20270114"}, ["before_payment"]),
        ({"InvoiceDate": "20270116"}, ["future"]),
        ({"Identifier": "12345675"}, ["seller"]),
        ({"TotalAmount": "30000"}, ["sum", "price"]),
        ({"InvoiceNumber": "A1"}, ["number_format"]),
    ],
    ids=str,
)
def test_a_whole_invoice_is_refused_for_each_line_that_does_not_fit(order, changes, codes):
    with pytest.raises(Refusal) as refused:
        invoiced(order, **changes)
    assert refused.value.code == "invoice.mismatch"
    assert [each.code for each in refused.value.facts["wrong"]] == (codes or ["items"])
    assert not Invoice.objects.exists()
    assert owed(order, "invoice").exists()


@pytest.mark.rule("R-24")
def test_a_voided_invoice_stays_and_another_one_is_owed(order, by):
    invoiced(order)
    content = mig.f0501(order)
    operations.void_invoice(
        order, message=messages.f0501(content), file=File("v.xml", "application/xml", content), by=by, at=NOW
    )
    voided = Invoice.objects.get()
    assert (voided.state, voided.void_reason, voided.voided_on) == ("VOIDED", "品名錯誤", TODAY)
    assert owed(order, "reissue").get().due_at > NOW
    with pytest.raises(Refusal) as refused:
        operations.void_invoice(order, reason="again", by=by, at=NOW)
    assert refused.value.code == "invoice.none"
    with pytest.raises(Refusal) as refused:
        invoiced(order)
    assert refused.value.code == "invoice.number_used"
    invoiced(order, InvoiceNumber="AB12345679")
    assert not owed(order, "reissue").exists()
    assert [each.state for each in Invoice.objects.order_by("id")] == ["VOIDED", "ISSUED"]
    told = Event.objects.filter(case=order.case, type__in=("invoice.voided", "order.invoiced"))
    assert [event.type for event in told.order_by("id")] == [
        "order.invoiced",
        "invoice.voided",
        "order.invoiced",
    ]
    operations.void_invoice(order, reason="買受人錯誤", by=by, at=NOW)  # and once more
    assert Obligation.objects.filter(order=order, kind="reissue").count() == 2


@pytest.mark.rule("R-24")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"CancelInvoiceNumber": "AB00000000"}, "other_number"),
        ({"InvoiceDate": "20270114"}, "other_day"),
        ({"BuyerId": "1"}, "buyer"),
        ({"CancelDate": "20270116"}, "future"),
        ({"CancelDate": "20270114"}, "before_invoice"),
    ],
    ids=str,
)
def test_a_voiding_of_something_else_is_refused(order, by, changes, code):
    invoiced(order)
    with pytest.raises(Refusal) as refused:
        operations.void_invoice(order, message=messages.f0501(mig.f0501(order, **changes)), by=by, at=NOW)
    assert [each.code for each in refused.value.facts["wrong"]] == [code]
    assert Invoice.objects.get().is_valid


@pytest.mark.rule("R-29")
def test_a_new_invoice_that_is_late_is_recorded_against_the_supplier(order, by):
    invoiced(order)
    operations.void_invoice(order, reason="品名錯誤", by=by, at=NOW)
    due_at = owed(order, "reissue").get().due_at
    invoiced(order, at=due_at, InvoiceNumber="AB12345679")
    assert queries.missed_by_supplier(order.supplier) == 1
    assert Event.objects.filter(case=order.case, type="order.reissue_missed").exists()


def allowed(order, number, sales, tax, *, at=NOW, reason="退費"):
    lines = AllowanceLines(number, TODAY, sales, tax)
    return operations.record_allowance(order, lines, reason=reason, by=factories.supplier_actor(order), at=at)


@pytest.mark.rule("R-24")
def test_allowances_never_exceed_the_invoice_and_one_cancelled_frees_its_part(order, by):
    invoiced(order)
    content = mig.g0401(order)
    first = operations.record_allowance(
        order,
        messages.g0401(content),
        reason="折扣",
        file=File("a.xml", "application/xml", content),
        by=by,
        at=NOW,
    )
    assert (first.number, first.total_twd, first.source) == ("AL001", 10_500, "xml")
    with pytest.raises(Refusal) as refused:
        allowed(order, "AL002", 47_144, 2_357)
    assert [each.code for each in refused.value.facts["wrong"]] == ["too_much"]
    allowed(order, "AL002", 47_143, 2_357)
    with pytest.raises(Refusal) as refused:
        operations.void_invoice(order, reason="x", by=by, at=NOW)
    assert refused.value.code == "invoice.has_allowances"
    operations.cancel_allowance(order, first, message=messages.g0501(mig.g0501(order)), by=by, at=NOW)
    assert Allowance.objects.get(pk=first.pk).cancel_reason == "品名錯誤"
    allowed(order, "AL003", 10_000, 500)
    with pytest.raises(Refusal) as refused:
        operations.cancel_allowance(order, first, reason="again", by=by, at=NOW)
    assert refused.value.code == "transition.not_now"


@pytest.mark.rule("R-24")
@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (("", 100, 5), "allowance_number"),
        (("A" * 17, 100, 5), "allowance_number"),
        (("A", 0, 0), "nothing"),
        (("A", 100, 7), "allowance_tax"),
        (("A", 57_144, 2_857), "too_much"),
    ],
    ids=str,
)
def test_an_allowance_is_refused_for_the_line_that_does_not_fit(order, lines, code):
    invoiced(order)
    with pytest.raises(Refusal) as refused:
        allowed(order, *lines)
    assert [each.code for each in refused.value.facts["wrong"]] == [code]
    assert not Allowance.objects.exists()


def refunded(order, *, at=NOW):
    operations.refund(order, reason="雙方合意", by=factories.officer(), at=at)
    order.refresh_from_db()


@pytest.mark.rule("R-27")
def test_a_refund_owes_the_voiding_and_voiding_ends_it(order, by):
    invoiced(order)
    refunded(order)
    assert owed(order, "credit").get().party == "supplier"
    operations.void_invoice(order, reason="退款", by=by, at=NOW)
    assert not owed(order, "credit").exists()
    assert not owed(order, "reissue").exists()


@pytest.mark.rule("R-27")
def test_after_its_period_only_allowances_over_the_whole_invoice_give_it_back(order, by):
    invoiced(order)
    later = NOW + timedelta(days=60)  # 16 March: another period
    refunded(order, at=later)
    with pytest.raises(Refusal) as refused:
        operations.void_invoice(order, reason="退款", by=by, at=later)
    assert refused.value.code == "invoice.period_over"
    allowed(order, "AL1", 50_000, 2_500, at=later)
    assert owed(order, "credit").exists()
    last = allowed(order, "AL2", 7_143, 357, at=later)
    assert not owed(order, "credit").exists()
    operations.cancel_allowance(order, last, reason="打錯", by=by, at=later)
    assert owed(order, "credit").exists()


@pytest.mark.rule("R-27")
def test_a_refund_without_an_invoice_owes_nothing(order):
    refunded(order)
    assert not owed(order, "credit").exists()


@pytest.mark.rule("R-27")
@pytest.mark.parametrize(
    ("issued", "today", "may"),
    [
        (date(2027, 1, 1), date(2027, 2, 28), True),
        (date(2027, 2, 28), date(2027, 3, 1), False),
        (date(2026, 12, 31), date(2027, 1, 1), False),
        (date(2026, 1, 15), date(2027, 1, 15), False),
    ],
)
def test_a_period_is_two_months_of_one_year(issued, today, may):
    assert may_void_for_refund(issued, today=today) is may
