"""Agreeing on a refund in the browser, and what officers see of money that is to go back (R-27)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from tcloud.adapters.gateway_port import RefundRefused
from tcloud.core.models import Event
from tcloud.orders import operations as orders
from tcloud.orders.models import Order, RefundProposal
from tcloud.outbox import operations as outbox
from tcloud.outbox.models import Message
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge, Refund
from tests import factories
from tests.factories import NOW
from tests.web.order_pages import browser, page, with_test_cards

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-27")]


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        yield


@pytest.fixture
def order():
    edition = factories.programme()
    return factories.paid(edition, factories.granted(edition))


@pytest.fixture
def sides(order):
    """(browser, address) of company and supplier."""
    return (
        (browser(order.company), f"/member/orders/{order.number}/refund/"),
        (browser(order.supplier.company), f"/supplier/orders/{order.number}/refund/"),
    )


@pytest.fixture
def officer(client):
    client.force_login(factories.user(staff_role="officer"))
    return client


def letters(type):
    """Which letters the newest event of that type sent."""
    event = Event.objects.filter(type=type).latest("id")
    assert outbox.deliver(event.pk, at=NOW)
    return set(Message.objects.filter(event=event).values_list("template", flat=True))


def test_company_proposes_and_supplier_agrees(order, sides):
    (mine, own), (theirs, other) = sides
    assert "提議退款" in page(mine.get(own))
    assert mine.post(own, {"act": "propose", "amount_twd": "10000", "reason": "少用一半"})["Location"] == own
    assert letters("refund_proposal.made") == {"refund_proposed_supplier"}
    waiting = page(mine.get(own))
    assert "等對方回覆" in waiting
    assert "企業提議退款，請回覆" in page(theirs.get(f"/supplier/orders/{order.number}/"))
    text = page(theirs.get(other))
    assert "NT$10,000" in text
    assert "10,000 點" in text
    proposal = RefundProposal.objects.get()
    theirs.post(other, {"act": "agree", "proposal": proposal.pk, "answer": ""})
    assert letters("order.part_refunded") == {"part_refunded", "part_refunded_supplier"}
    assert Refund.objects.get().amount_twd == 10_000
    for who, path in sides:
        assert "NT$20,000" in page(who.get(path))
    assert "部分退款" in page(mine.get(f"/member/orders/{order.number}/"))
    assert "部分退款" in page(theirs.get(f"/supplier/orders/{order.number}/"))


def test_part_that_ends_a_dispute_is_told_as_its_end_on_every_page(order, sides, officer):
    (mine, own), (theirs, _other) = sides
    orders.dispute(order, reason="少了兩個帳號", by=factories.actor(order.company), at=NOW)
    assert "部分退款時爭議結束、訂單完成" in page(mine.get(own))
    orders.refund_part(order, 6_000, reason="少用", by=factories.officer(), at=NOW)
    text = page(mine.get(f"/member/orders/{order.number}/"))
    assert "退還自付款 NT$6,000，並釋出 6,000 點，爭議結束，訂單完成。" in text
    assert "其餘金額繼續" not in text
    for who, url in (
        (theirs, f"/supplier/orders/{order.number}/"),
        (officer, f"/office/orders/{order.number}/"),
    ):
        text = page(who.get(url))
        assert "爭議處理完畢，訂單完成" in text
        assert "服務成立" not in text


def test_refusing_needs_a_reason_and_keeps_what_was_typed(order, sides):
    (mine, own), (theirs, other) = sides
    theirs.post(other, {"act": "propose", "amount_twd": "5000", "reason": "少一個模組"})
    proposal = RefundProposal.objects.get()
    assert "對方提議退款" in page(mine.get(own))
    assert "請填寫不同意的理由" in page(mine.post(own, {"act": "refuse", "proposal": proposal.pk}), 409)
    mine.post(own, {"act": "refuse", "proposal": proposal.pk, "answer": "請補上模組"})
    assert "請補上模組" in page(theirs.get(other))
    assert letters("refund_proposal.refused") == {"refund_refused_supplier"}


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        ({"amount_twd": "", "reason": "理由一"}, 422, "請填寫要退還的金額"),
        ({"amount_twd": "12.5", "reason": "理由一"}, 422, "金額須為整數"),
        ({"amount_twd": "30001", "reason": "理由一"}, 409, "退款金額須為1到30,000元"),
    ],
)
def test_wrong_amount_is_said_and_the_reason_kept(sides, data, status, said):
    mine, own = sides[0]
    text = page(mine.post(own, {"act": "propose", **data}), status)
    assert said in text
    assert "理由一" in text


def test_answer_to_a_proposal_that_is_gone_is_refused(order, sides):
    (mine, own), (theirs, other) = sides
    mine.post(own, {"act": "propose", "amount_twd": "10000", "reason": "r"})
    first = RefundProposal.objects.get()
    mine.post(own, {"act": "withdraw", "proposal": first.pk})
    assert letters("refund_proposal.withdrawn") == {"refund_withdrawn_supplier"}
    mine.post(own, {"act": "propose", "amount_twd": "1", "reason": "r"})
    page(theirs.post(other, {"act": "agree", "proposal": first.pk}), 409)
    assert theirs.post(other, {"act": "agree", "proposal": 10**6}).status_code == 404
    assert not Refund.objects.exists()


def test_somebody_else_finds_nothing(order, sides):
    stranger = browser(factories.granted(order.programme))
    assert stranger.get(sides[0][1]).status_code == 404
    other = browser(factories.supplier().company)
    assert other.get(sides[1][1]).status_code == 404


def test_officer_gives_a_part_back_and_notes_what_went_another_way(order, officer):
    url = f"/office/orders/{order.number}/"
    version = Order.objects.get().version
    form = page(officer.get(url))
    assert "決定部分退款" in form
    assert "填寫的金額列入待退" in form
    data = {"part-version": version, "part-amount_twd": "30000", "part-reason": "r"}
    assert "全額退款請用" in page(officer.post(f"{url}part-refund/", data))
    officer.post(f"{url}part-refund/", data | {"part-amount_twd": "10000"})
    part = Refund.objects.get()
    assert "待退款" in page(officer.get(url))
    Refund.objects.update(refund_tries=5)
    assert "需人工處理" in page(officer.get("/office/refunds/"))
    owed = f"/office/refunds/part/{part.pk}/"
    assert "登錄已退還" in page(officer.get(owed))
    assert officer.post(owed, {"reference": "匯款 7788"})["Location"] == "/office/refunds/"
    assert letters("refund.sent") == {"charge_refunded"}
    assert page(officer.post(owed, {"reference": "匯款 7788"}), 409)
    assert officer.get("/office/refunds/nothing/1/").status_code == 404


@pytest.mark.rule("R-30")
def test_officer_sees_a_refund_whose_tries_are_used_up_and_has_it_tried_again(order, officer):
    orders.refund(order, reason="r", by=factories.officer(), at=NOW)
    charge = Charge.objects.get()
    url = f"/office/refunds/charge/{charge.pk}/"
    assert "再試一次" not in page(officer.get(url))

    class Refusing:
        def refund(self, **asked):
            raise RefundRefused("10200", "尚未請款")

    for day in range(0, 10, 2):
        payments.refund_owed(gateway=Refusing(), at=NOW + timedelta(days=day))
    assert "需人工處理" in page(officer.get("/office/refunds/"))
    text = page(officer.get(url))
    assert "再試一次" in text
    assert text.count("尚未請款") == 5
    auditor = factories.signed_in(factories.user(staff_role="auditor"))
    assert "再試一次" not in page(auditor.get(url))
    assert auditor.post(f"{url}another-try/").status_code == 403
    for _ in range(2):
        assert officer.post(f"{url}another-try/")["Location"] == url
    assert Charge.objects.get().refund_tries == 0
    text = page(officer.get(url))
    assert "承辦人員要求再試退款" in text
    assert "系統處理中" in text
    assert officer.post("/office/refunds/charge/999999/another-try/").status_code == 404


def test_list_of_owed_money_asks_the_same_number_of_times(officer):
    def owe():
        edition = factories.programme()
        order = factories.paid(edition, factories.granted(edition))
        orders.refund(order, reason="r", by=factories.officer(), at=NOW)

    counts = []
    for _ in range(2):
        owe()
        with CaptureQueriesContext(connection) as asked:
            page(officer.get("/office/refunds/"))
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert Charge.objects.filter(state="TO_REFUND").count() == 2


def test_receipt_of_a_refunded_order_says_so_to_everybody(order, sides, officer):
    pages = [(who, path.removesuffix("refund/")) for who, path in sides]
    pages.append((officer, f"/office/orders/{order.number}/"))
    assert all("已付自付款" in page(who.get(path)) for who, path in pages)
    orders.refund(order, reason="查證", by=factories.officer(), at=NOW)
    for who, path in pages:
        text = page(who.get(path))
        assert "已付自付款" not in text
        assert "訂單已退款：自付款退回給付款人" in text


def test_pages_are_there_in_english(order, sides, officer):
    with override("en"):
        for who, path in (*sides, (officer, "/office/refunds/")):
            assert page(who.get(f"/en{path}"))
