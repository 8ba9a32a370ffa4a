"""An order's timeline with its deadlines, its calendar file, and its summary on paper and as a PDF."""

import io
import re
from datetime import date, timedelta

import icalendar
import pytest
from django.core.cache import cache
from pyhanko.pdf_utils.reader import PdfFileReader

from tcloud.core import clock
from tcloud.orders import operations as orders
from tcloud.orders.models import Obligation, Order
from tests import factories
from tests.contracts.test_document import needs_pdftotext, text_of
from tests.factories import NOW
from tests.payments import gateway
from tests.web.order_pages import browser, page
from tests.web.test_order_thread import paths, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition():
    cache.clear()
    with clock.moved_to(NOW):
        yield factories.programme(code="tcloud")


def pages(order):
    """The order's page as its company, its supplier and an officer see it."""
    clients = browser(order.company), browser(order.supplier.company), staff("officer")
    return [page(client.get(path)) for client, path in zip(clients, paths(order), strict=True)]


def calendar(order, prefix="/member/orders/", client=None):
    client = client or browser(order.company)
    got = client.get(f"{prefix}{order.number}/deadlines.ics")
    assert got.status_code == 200
    found = icalendar.Calendar.from_ical(got.content)
    return {
        str(event["UID"]): (event["DTSTART"].dt, str(event["STATUS"]), int(event["SEQUENCE"]))
        for event in found.walk("VEVENT")
    }


@pytest.mark.rule("R-28")
def test_timeline_says_of_each_deadline_whether_it_was_met_and_what_is_left(edition):
    order = factories.paid(edition, factories.granted(edition))
    for text in pages(order):
        assert "期限2027年1月20日（三），如期完成" in text
        assert "期限2027年1月19日（二），如期完成" in text
        assert '2027年1月26日（二）</time>，<span class="whole">剩 7 個工作天' in text


@pytest.mark.rule("R-29")
def test_missed_and_late_deadlines_lead_to_the_suppliers_record(edition):
    order = factories.paid(edition, factories.granted(edition))
    late = NOW + timedelta(days=14)
    with clock.moved_to(late):
        orders.close_deadlines(gateway=gateway.answering(), at=late)
        for text in pages(order):
            assert "期限2027年1月26日（二），到期沒有完成" in text
            assert "到期沒有完成，仍須辦理" in text
            assert f'href="/suppliers/{order.supplier.slug}/#record">已計入供應商的履約紀錄' in text
        orders.deliver(order, note="請登入", by=factories.supplier_actor(order), at=late)
        assert all("期限2027年1月26日（二），逾期完成" in text for text in pages(order))


def test_lifted_deadline_says_since_when(edition):
    order = factories.submitted(edition, factories.granted(edition))
    orders.withdraw(order, by=factories.actor(order.company), at=NOW)
    assert all("原期限2027年1月20日（三）解除" in text for text in pages(order))


def test_calendar_keeps_its_uids_moves_and_takes_out_what_is_no_longer_owed(edition):
    order = factories.submitted(edition, factories.granted(edition))
    owed = Obligation.objects.get()
    uid = f"obligation-{owed.pk}@localhost"
    first = calendar(order)
    assert [*first.values()] == [(date(2027, 1, 20), "CONFIRMED", 0)]
    assert calendar(order, "/supplier/orders/", browser(order.supplier.company)) == first
    factories.closure(date(2027, 1, 19))
    orders.move_deadlines(at=NOW)
    assert [*calendar(order).items()] == [(next(iter(first)), (date(2027, 1, 21), "CONFIRMED", 1))]
    orders.withdraw(order, by=factories.actor(order.company), at=NOW)
    assert [*calendar(order).items()] == [(next(iter(first)), (date(2027, 1, 21), "CANCELLED", 2))]
    assert str(owed.pk) in uid
    assert f"obligation-{owed.pk}@" in next(iter(first))


EXPECTED = (
    "雲倉",
    "標準版",
    "12 個月",
    "NT$60,000",
    "30,000 點",
    "NT$30,000",
    "還沒有開立",
    "提供服務期限",
    "2027年1月26日（二）",
    "已付款",
)


@needs_pdftotext
def test_summary_says_the_same_on_paper_and_in_the_pdf(edition, tmp_path):
    order = factories.paid(edition, factories.granted(edition))
    change = orders.propose_change(order, "seats", {"seats": 2}, by=factories.actor(order.company), at=NOW)
    orders.agree_change(change, by=factories.supplier_actor(order), at=NOW)
    clients = browser(order.company), browser(order.supplier.company), staff("auditor")
    for client, path in zip(clients, paths(order), strict=True):
        text = page(client.get(f"{path}summary/"))
        got = client.get(f"{path}summary.pdf")
        assert got.headers["Content-Type"] == "application/pdf"
        assert got.headers["Content-Disposition"].startswith("attachment")
        printed = re.sub(r"\s", "", text_of(got.content, tmp_path))
        for words in (order.number, order.contract.number, order.company.name, order.company.ubn, *EXPECTED):
            assert words in text, words
            assert re.sub(r"\s", "", words) in printed, words
        assert "補充約定：開通人數" in text
        root = PdfFileReader(io.BytesIO(got.content)).root
        assert root["/MarkInfo"]["/Marked"]
        assert re.search(r"pdfaid:part>?(=\")?2", root["/Metadata"].data.decode())


@needs_pdftotext
def test_summary_keeps_what_users_wrote_as_text(edition, tmp_path):
    order = factories.submitted(edition, factories.granted(edition))
    Order.objects.filter(pk=order.pk).update(contact_name='#panic("x") *王* $a$')
    got = browser(order.company).get(f"{paths(order)[0]}summary.pdf")
    assert '#panic("x")' in text_of(got.content, tmp_path)


@needs_pdftotext
def test_summary_in_english(edition, tmp_path):
    order = factories.submitted(edition, factories.granted(edition))
    client = browser(order.company)
    assert "Standard" in page(client.get(f"/en/member/orders/{order.number}/summary/"))
    got = client.get(f"/en/member/orders/{order.number}/summary.pdf")
    assert "Standard" in text_of(got.content, tmp_path)


@pytest.mark.rule("R-37")
def test_draft_and_strangers_have_no_summary(edition):
    draft = factories.signed(edition, factories.granted(edition))
    client = browser(draft.company)
    for name in ("summary/", "summary.pdf", "deadlines.ics", "messages/", "changes/"):
        assert client.get(f"/member/orders/{draft.number}/{name}").status_code == 404
    other = factories.submitted(edition, factories.granted(edition))
    for name in ("summary/", "summary.pdf", "deadlines.ics"):
        stranger = browser(draft.supplier.company)
        assert stranger.get(f"/supplier/orders/{other.number}/{name}").status_code == 404
