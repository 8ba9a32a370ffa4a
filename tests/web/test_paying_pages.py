"""Paying in the browser: second look, hand-over, and what is known afterwards (R-23, R-30)."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache

from tcloud.core import clock
from tcloud.orders import operations
from tcloud.payments.models import Charge
from tcloud.web.member import paying
from tests import factories
from tests.factories import NOW
from tests.payments import gateway as gateways
from tests.web.order_pages import browser, hidden, page, with_test_cards

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-30")]


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        cache.clear()
        yield


@pytest.fixture
def order():
    edition = factories.programme()
    return factories.accepted(edition, factories.granted(edition))


@pytest.fixture
def client(order):
    return browser(order.company)


@pytest.fixture
def base(order):
    return f"/member/orders/{order.number}/payment"


def use(monkeypatch, gateway):
    monkeypatch.setattr(paying, "gateway", lambda: gateway)
    return gateway


def answer(order, **changes):
    """A gateway that says of the order's charge what QueryTradeInfo says."""
    charge = Charge.objects.get(order_number=order.number, state="OPEN")
    return gateways.answering(
        **{
            "MerchantID": gateways.KEYS.merchant_id,
            "MerchantTradeNo": charge.trade_no,
            "TradeNo": "2701150000000001",
            "TradeAmt": str(charge.amount_twd),
            "TradeStatus": "1",
            "PaymentDate": "2027/01/15 10:00:00",
            "PaymentType": "Credit_CreditCard",
        }
        | changes
    )


def callback(order, *, at=NOW, **changes):
    fields = gateways.callback_fields(order, at=at, **changes)
    body = "&".join(f"{key}={value}" for key, value in fields.items())
    return operations.receive_callback(body, fields, gateway=gateways.answering(), remote_address="", at=at)


@pytest.mark.rule("R-23")
def test_payment_shows_points_and_cash_again_with_the_deadline(client, base):
    text = page(client.get(f"{base}/"))
    assert "再次確認點數與自付款" in text
    assert "30,000 點" in text
    assert "NT$30,000" in text
    assert "1月19日" in text


def test_handing_over_posts_the_signed_form_to_the_gateway_and_nowhere_else(client, base, order, settings):
    response = client.post(f"{base}/")
    text = page(response)
    (action,) = re.findall(r'action="(http[^"]*)"', text)
    assert action == f"{settings.GATEWAY['url']}/Cashier/AioCheckOut/V5"
    assert hidden(text, "TotalAmount") == "30000"
    assert hidden(text, "ClientBackURL").endswith(f"{base}/result/")
    form = re.search(r'<form method="post" action="http[^"]*AioCheckOut.*?</form>', text, re.S)
    assert form
    assert "csrfmiddlewaretoken" not in form[0]
    origin = settings.GATEWAY["url"].removesuffix("/ecpay")
    assert origin in re.search(r"form-action ([^;]+)", response["Content-Security-Policy"])[1]


def test_result_walks_from_not_begun_over_pending_to_paid(client, base, order):
    assert "還沒有開始付款" in page(client.get(f"{base}/result/"))
    client.post(f"{base}/")
    assert "我們正在確認付款" in page(client.get(f"{base}/result/"))
    assert callback(order) == "paid"
    text = page(client.get(f"{base}/result/"))
    assert "付款完成" in text
    order.refresh_from_db()
    assert order.state == "PAID"
    assert client.get(f"{base}/")["Location"] == f"{base}/result/"
    assert client.post(f"{base}/")["Location"] == f"{base}/result/"


def test_asking_the_gateway_finds_a_payment_whose_callback_was_lost(client, base, order, monkeypatch):
    client.post(f"{base}/")
    use(monkeypatch, answer(order))
    assert "付款完成" in page(client.post(f"{base}/result/", follow=True))
    order.refresh_from_db()
    assert order.state == "PAID"


def test_asking_twice_at_once_asks_the_gateway_once(client, base, order, monkeypatch):
    client.post(f"{base}/")
    asked = []
    monkeypatch.setattr(paying, "ask_gateway", lambda charge, **_: asked.append(charge) or "not_paid")
    for _ in range(2):
        text = page(client.post(f"{base}/result/", follow=True))
    assert len(asked) == 1
    assert "請過 20 秒再查一次" in text


def test_silent_gateway_leaves_the_payment_pending_and_says_so(client, base, order, monkeypatch):
    client.post(f"{base}/")
    use(monkeypatch, gateways.answering())
    text = page(client.post(f"{base}/result/", follow=True))
    assert "金流平台暫時沒有回應" in text
    assert "我們正在確認付款" in text


def test_failed_payment_says_that_nothing_was_taken_and_offers_another_try(client, base, order):
    client.post(f"{base}/")
    assert callback(order, RtnCode="10100248", RtnMsg="declined") == "not_paid"
    text = page(client.get(f"{base}/result/"))
    assert "付款沒有成功" in text
    assert "再付一次" in text


def test_forged_callback_leaves_the_page_as_it_was(client, base, order):
    client.post(f"{base}/")
    assert callback(order, sign=False) == "forged"
    assert "我們正在確認付款" in page(client.get(f"{base}/result/"))


@pytest.mark.rule("R-23")
def test_expired_link_says_what_happens_and_cannot_be_paid(client, base, order):
    with clock.moved_to(NOW + timedelta(days=5)):
        for response in (client.get(f"{base}/"), client.post(f"{base}/")):
            text = page(response, response.status_code)
            assert "付款連結已失效" in text
            assert "AioCheckOut" not in text
        assert "付款期限已過" in page(client.get(f"{base}/result/"))
        operations.close_deadlines(gateway=gateways.answering(), at=clock.now())
        assert "訂單已取消" in page(client.get(f"{base}/"))
        assert callback(order, at=clock.now()) == "to_refund"
        assert "款項會退回" in page(client.get(f"{base}/result/"))


def test_order_not_yet_accepted_leads_back_to_its_page(client, order):
    edition = order.programme
    waiting = factories.submitted(edition, factories.granted(edition))
    own = browser(waiting.company)
    for path in ("payment/", "payment/result/"):
        assert own.get(f"/member/orders/{waiting.number}/{path}")["Location"].endswith(f"/{waiting.number}/")


def trade_numbers(client, base, times):
    return [hidden(page(client.post(f"{base}/")), "MerchantTradeNo") for _ in range(times)]


def test_coming_back_from_the_gateway_gets_a_trade_number_it_has_not_seen(client, base, order):
    numbers = trade_numbers(client, base, 3)
    assert len(set(numbers)) == 3
    assert Charge.objects.get(state="OPEN").trade_no == numbers[-1]
    assert {charge.expires_at for charge in Charge.objects.all()} == {Charge.objects.first().expires_at}


def test_paying_in_the_page_first_opened_counts_and_a_second_payment_is_owed_back(client, base, order):
    first, second = trade_numbers(client, base, 2)
    assert callback(order, MerchantTradeNo=first) == "paid"
    order.refresh_from_db()
    assert order.state == "PAID"
    assert "付款完成" in page(client.get(f"{base}/result/"))
    assert callback(order, MerchantTradeNo=first) == "repeated"
    assert callback(order, MerchantTradeNo=second, TradeNo="2") == "to_refund"
    assert dict(Charge.objects.values_list("trade_no", "state")) == {first: "PAID", second: "TO_REFUND"}
    assert "付款完成" in page(client.get(f"{base}/result/"))


def test_deadline_waits_until_the_gateway_has_answered_about_every_trade_number(client, base, order):
    trade_numbers(client, base, 2)
    late = NOW + timedelta(days=5)
    operations.close_deadlines(gateway=gateways.answering(), at=late)
    order.refresh_from_db()
    assert order.state == "ACCEPTED"
