"""Invoices on the pages of supplier, company and officer: by file, voided, lowered, given back (R-24, R-27, R-37)."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tcloud.adapters.mig import messages
from tcloud.core import clock
from tcloud.core.deadlines import last_day_words
from tcloud.core.models import Event
from tcloud.invoices.models import Allowance, InvoiceFile
from tcloud.orders import operations
from tcloud.orders.models import Obligation
from tcloud.outbox.operations import deliver
from tcloud.payments.models import Invoice
from tests import factories
from tests.factories import NOW
from tests.invoices import mig
from tests.web.order_pages import browser, page, with_test_cards
from tests.web.test_office_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        yield


@pytest.fixture
def order():
    edition = factories.programme()
    return factories.paid(edition, factories.granted(edition))


@pytest.fixture
def desk(order):
    return browser(order.supplier.company)


def upload(desk, name, order, content, *args):
    file = SimpleUploadedFile("../invoice.xml", content, content_type="text/xml")
    return desk.post(reverse(name, args=[order.number, *args]), {"by": "file", "file": file})


@pytest.mark.rule("R-24")
def test_an_uploaded_invoice_is_recorded_and_shown_to_all_three(order, desk):
    assert upload(desk, "supplier_invoice", order, mig.f0401(order)).status_code == 302
    kept = InvoiceFile.objects.get()
    assert (kept.name, bytes(kept.content)) == ("invoice.xml", mig.f0401(order))
    office = signed_in(factories.user(staff_role="officer"))
    for reader, name in (
        (desk, "supplier_order"),
        (browser(order.company), "order"),
        (office, "office_order"),
    ):
        text = page(reader.get(reverse(name, args=[order.number])))
        assert "AB12345678" in text, name
        assert "電子發票檔（MIG 4.1）" in text, name


@pytest.mark.rule("R-24")
def test_each_line_of_a_file_that_does_not_fit_is_listed_with_its_reason(order, desk):
    answer = upload(desk, "supplier_invoice", order, mig.f0401(order, TotalAmount="30000", TaxRate="0"))
    text = page(answer)
    for said in ("沒有登錄任何資料", "契約全額 60,000 元", "總計（含稅）", "稅率須為 0.05", "有錯誤："):
        assert said in text
    assert 'name="sales_twd" value="57143"' in text  # the other way is still there, filled in
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x00\x01", "不是可讀的XML"),
        (b'<!DOCTYPE a SYSTEM "http://evil.test/"><a/>', "DOCTYPE"),
        (b"<a/>", "這不是F0401 4.1的檔案"),
        (b"", "檔案是空的"),
        (b"<a>" + b"x" * 200_000, "檔案太大"),
    ],
    ids=lambda value: value[:12] if isinstance(value, bytes) else value,
)
def test_an_unreadable_file_is_refused_with_a_clear_sentence(order, desk, content, said):
    text = page(upload(desk, "supplier_invoice", order, content))
    assert said in text
    assert 'href="#id_file"' in text
    assert not Invoice.objects.exists()


def letters_of(type, address):
    """The newest event of that type delivered: the texts that reached the address."""
    mail.outbox.clear()
    deliver(Event.objects.filter(type=type).latest("id").pk, at=NOW)
    return [letter.body for letter in mail.outbox if letter.to == [address]]


def invoiced(order, desk):
    assert upload(desk, "supplier_invoice", order, mig.f0401(order)).status_code == 302


VOID = {"reason": "品名錯誤", "on_year": "2027", "on_month": "1", "on_day": "15"}


@pytest.mark.rule("R-24")
def test_voiding_tells_the_company_and_asks_for_another_invoice(order, desk):
    invoiced(order, desk)
    url = reverse("supplier_invoice_voiding", args=[order.number])
    assert "重新開立並登錄一張發票" in page(desk.get(url))
    assert "請填寫作廢原因" in page(desk.post(url, VOID | {"reason": ""}))
    assert "不得早於開立日" in page(desk.post(url, VOID | {"on_day": "14"}))
    assert Invoice.objects.get().is_valid
    assert desk.post(url, VOID).status_code == 302
    assert desk.post(url, VOID).status_code == 404
    text = page(desk.get(reverse("supplier_order", args=[order.number])))
    assert "重新開立並登錄發票" in text
    assert "重新登錄發票" in page(desk.get(reverse("supplier_home")))
    assert "品名錯誤" in page(browser(order.company).get(reverse("order", args=[order.number])))
    (letter,) = letters_of("invoice.voided", order.contact_email)
    assert "供應商須在2027年1月19日（二）" in letter
    upload(desk, "supplier_invoice", order, mig.f0401(order, InvoiceNumber="AB12345679"))
    assert Invoice.objects.get(state="ISSUED").number == "AB12345679"


ALLOW = {
    "number": "AL002", "issued_on_year": "116", "issued_on_month": "1", "issued_on_day": "15",
    "sales_twd": "100", "tax_twd": "5", "reason": "折扣",
}  # fmt: skip


@pytest.mark.rule("R-27")
def test_allowances_by_lines_and_by_file_and_their_cancelling(order, desk):
    invoiced(order, desk)
    url = reverse("supplier_allowance", args=[order.number])
    assert upload(desk, "supplier_allowance", order, mig.g0401(order)).status_code == 302
    text = page(desk.post(url, ALLOW | {"sales_twd": "50000", "tax_twd": "2500"}))
    assert "最多 47,143 元" in text
    assert 'value="50000"' in text
    assert desk.post(url, ALLOW).status_code == 302
    assert "已登錄過" in page(desk.post(url, ALLOW))
    (letter,) = letters_of("allowance.issued", order.contact_email)
    assert "NT$105" in letter
    assert "AL001" in page(browser(order.company).get(reverse("order", args=[order.number])))
    first = Allowance.objects.get(number="AL001")
    assert (
        upload(desk, "supplier_allowance_cancellation", order, mig.g0501(order), first.pk).status_code == 302
    )
    first.refresh_from_db()
    assert not first.is_valid
    assert len(letters_of("allowance.cancelled", order.contact_email)) == 1


@pytest.mark.rule("R-27")
def test_a_refunded_order_stands_on_the_suppliers_list_until_its_invoice_is_given_back(order, desk):
    invoiced(order, desk)
    operations.refund(order, reason="雙方合意", by=factories.officer(), at=NOW)
    assert "作廢發票或開立折讓" in page(desk.get(reverse("supplier_home")))
    text = page(desk.get(reverse("supplier_order", args=[order.number])))
    assert "待辦：作廢發票或開立折讓" in text
    (letter,) = letters_of("order.refunded", order.supplier.company.memberships.get().user.email)
    assert "AB12345678請在2027年1月19日（二）" in letter
    later = NOW + timedelta(days=60)
    with clock.moved_to(later):
        desk.force_login(order.supplier.company.memberships.get().user)
        assert "不是當期開立的" in page(
            desk.post(reverse("supplier_invoice_voiding", args=[order.number]), VOID)
        )
        proposed = page(desk.get(reverse("supplier_allowance", args=[order.number])))
        assert 'name="sales_twd" value="57143"' in proposed
        assert 'name="tax_twd" value="2857"' in proposed
        whole = ALLOW | {"sales_twd": "57143", "tax_twd": "2857"}
        assert desk.post(reverse("supplier_allowance", args=[order.number]), whole).status_code == 302
        assert "待辦：作廢發票" not in page(desk.get(reverse("supplier_order", args=[order.number])))
    assert Obligation.objects.get(order=order, kind="credit").fulfilled_at >= later


@pytest.mark.rule("R-37")
def test_another_supplier_finds_neither_invoice_nor_allowance(order, desk):
    invoiced(order, desk)
    upload(desk, "supplier_allowance", order, mig.g0401(order))
    stranger = browser(factories.supplier().company)
    allowance = Allowance.objects.get()
    for name, *args in (
        ("supplier_invoice_voiding",),
        ("supplier_allowance",),
        ("supplier_allowance_cancellation", allowance.pk),
    ):
        url = reverse(name, args=[order.number, *args])
        assert stranger.get(url).status_code == 404
        assert stranger.post(url, VOID | ALLOW).status_code == 404
    assert desk.get(reverse("supplier_allowance_cancellation", args=[order.number, 10**6])).status_code == 404


@pytest.mark.rule("R-24", "R-29")
def test_each_invoice_says_how_it_kept_its_own_deadline(order, desk):
    by = factories.supplier_actor(order)

    def record(number, at):
        message = messages.f0401(mig.f0401(order, InvoiceNumber=number))
        operations.record_invoice(order, message, by=by, at=at)

    record("AB12345678", NOW)
    first = Obligation.objects.get(order=order, kind="invoice").due_at
    voided_at = NOW + timedelta(days=5)
    operations.void_invoice(order, reason="品名錯誤", by=by, at=voided_at)
    second = Obligation.objects.get(order=order, kind="reissue").due_at
    record("AB12345679", second)
    for reader, name in ((desk, "supplier_order"), (browser(order.company), "order")):
        text = page(reader.get(reverse(name, args=[order.number])))
        assert f"期限{last_day_words(first)}，如期完成" in text
        assert f"期限{last_day_words(second)}，逾期完成" in text
    operations.void_invoice(order, reason="統編錯誤", by=by, at=second)
    third = Obligation.objects.get(order=order, kind="reissue", fulfilled_at=None).due_at
    assert desk.get(reverse("supplier_invoice", args=[order.number])).context["due_at"] == third
