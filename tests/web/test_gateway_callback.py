"""The gateway's callback address: what is true acts once, what is not changes nothing (R-30)."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.orders.models import Order
from tcloud.payments.models import GatewayMessage
from tcloud.web.api import views
from tests import factories as make
from tests.factories import NOW
from tests.payments.gateway import callback_fields

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-30")]
FORM = "application/x-www-form-urlencoded"
URL = "/api/gateway/callback/"


@pytest.fixture(autouse=True)
def moment() -> Any:
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def order() -> Order:
    edition = make.programme()
    return make.accepted(edition, make.granted(edition))


def call(body: str | bytes, content_type: str = FORM) -> tuple[int, str]:
    answer = Client(enforce_csrf_checks=True).post(URL, body, content_type=content_type)
    assert answer["Content-Type"].startswith("text/plain")
    return answer.status_code, answer.text


def state_of(order: Order) -> str:
    return Order.objects.get(pk=order.pk).state


def test_the_address_is_the_one_the_checkout_names() -> None:
    assert reverse("gateway_callback") == URL


def test_a_true_notice_pays_once_however_often_it_comes(order: Order) -> None:
    body = urlencode(callback_fields(order, at=NOW))
    assert [call(body) for _ in range(3)] == [(200, "1|OK")] * 3
    assert state_of(order) == "PAID"
    assert list(GatewayMessage.objects.order_by("id").values_list("verdict", flat=True)) == [
        "paid",
        "repeated",
        "repeated",
    ]
    assert Event.objects.filter(case=order.case, type="order.paid").count() == 1


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"TradeAmt": "1"}, "amount"),
        ({"MerchantTradeNo": "CE000000000099"}, "unknown_trade"),
        ({"MerchantID": "2000132"}, "merchant"),
        ({"RtnCode": "10100058"}, "not_paid"),
        ({"SimulatePaid": "1"}, "simulated"),
    ],
)
def test_a_signed_notice_that_pays_nothing_is_kept_and_ended(
    order: Order, changes: dict[str, Any], verdict: str
) -> None:
    assert call(urlencode(callback_fields(order, at=NOW, **changes))) == (200, "1|OK")
    assert state_of(order) == "ACCEPTED"
    assert GatewayMessage.objects.get().verdict == verdict


def test_a_forged_notice_changes_nothing(order: Order) -> None:
    assert call(urlencode(callback_fields(order, at=NOW, sign=False))) == (400, "0|forged")
    genuine = callback_fields(order, at=NOW)
    assert call(urlencode(genuine | {"TradeAmt": "1"})) == (400, "0|forged")
    assert state_of(order) == "ACCEPTED"


def test_forged_notices_are_kept_only_so_often_and_true_ones_always(
    order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.clear()
    monkeypatch.setitem(views.RATES, "forged", "2/m/ip")
    forged = urlencode(callback_fields(order, at=NOW, sign=False))
    assert [call(forged) for _ in range(4)] == [(400, "0|forged")] * 4
    assert GatewayMessage.objects.count() == 2
    assert call(urlencode(callback_fields(order, at=NOW))) == (200, "1|OK")


def test_a_signed_notice_without_its_fields_is_malformed(order: Order) -> None:
    assert call(urlencode(callback_fields(order, at=NOW, TradeAmt="many"))) == (400, "0|malformed")
    assert state_of(order) == "ACCEPTED"


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        ("no form at all", FORM, "malformed"),
        ("a=1&a=2", FORM, "malformed"),
        (b"a=\xff", FORM, "malformed"),
        (b"MerchantTradeNo=\0", FORM, "malformed"),
        ("MerchantTradeNo=%00", FORM, "malformed"),
        ("a=" + "x" * 20_000, FORM, "too-large"),
        ('{"a": 1}', "application/json", "content-type"),
    ],
)
def test_what_is_no_notice_is_not_even_kept(body: str | bytes, content_type: str, reason: str) -> None:
    assert call(body, content_type) == (400, f"0|{reason}")
    assert not GatewayMessage.objects.exists()


def test_nothing_but_a_post_is_answered() -> None:
    assert Client().get(URL).status_code == 405


def test_the_log_names_no_person(order: Order, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    call(urlencode(callback_fields(order, at=NOW, CustomField1="王小明", MerchantTradeNo="x\r\nfake line")))
    said = [record.getMessage() for record in caplog.records if record.name.startswith("tcloud.web.api")]
    assert said == ["gateway callback: trade -, unknown_trade"]
