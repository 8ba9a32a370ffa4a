"""The codes on the company's pay page: copyable, with our own deadline, and barcodes that a till can read (R-23)."""

import itertools
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils.translation import override

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.outbox import operations as outbox
from tcloud.payments.models import Charge
from tcloud.web.ui.barcode import NARROW, QUIET, WIDE, code39
from tests import factories
from tests.factories import NOW
from tests.payments.gateway import codes_fields
from tests.web.order_pages import browser, page, with_test_cards

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-23")]


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        cache.clear()
        yield


@pytest.fixture
def order():
    edition = factories.programme()
    plan = factories.plan(price_twd=14_000)
    return factories.accepted(edition, factories.granted(edition), plan)


def send(order, method="ATM", **changes):
    body = urlencode(codes_fields(order, method, at=NOW, **changes))
    answer = Client().post("/api/gateway/codes/", body, content_type="application/x-www-form-urlencoded")
    return answer.status_code, answer.text


def test_payer_chooses_among_the_ways_that_take_the_amount(order):
    client, url = browser(order.company), f"/member/orders/{order.number}/payment/"
    text = page(client.get(url))
    assert re.findall(r'name="method" value="(\w+)"', text) == ["card", "atm", "barcode"]  # NT$7,000
    form = page(client.post(url, {"method": "atm"}))
    assert 'name="ChoosePayment" value="ATM"' in form
    assert 'name="ExpireDate" value="4"' in form
    assert "/api/gateway/codes/" in form


def test_account_is_shown_to_be_copied_and_mailed(order):
    browser(order.company).post(f"/member/orders/{order.number}/payment/", {"method": "atm"})
    assert send(order) == (200, "1|OK")
    for path in ("payment/", "payment/result/"):
        text = page(browser(order.company).get(f"/member/orders/{order.number}/{path}"))
        assert 'data-copy="9103522175887271"' in text
        assert "2027年1月19日（二）24:00" in text
        assert "期限後才繳的款項不會讓訂單成立" in text
    with override("en"):
        event = Event.objects.get(type="charge.codes_issued")
    assert outbox.deliver(event.pk, at=NOW) >= 1
    assert outbox.deliver(event.pk, at=NOW) == 0


def test_code_that_outlives_our_deadline_shows_ours(order):
    send(order, ExpireDate="2027/02/28")
    text = page(browser(order.company).get(f"/member/orders/{order.number}/payment/"))
    assert "2027年1月19日（二）24:00" in text
    with clock.moved_to(Charge.objects.get().expires_at):
        assert "9103522175887271" not in page(
            browser(order.company).get(f"/member/orders/{order.number}/payment/")
        )


def test_code_that_ends_earlier_is_shown_no_longer(order):
    send(order, "CVS", ExpireDate="2027/01/16 09:00:00")
    url = f"/member/orders/{order.number}/payment/"
    assert "2027年1月16日（六）09:00" in page(browser(order.company).get(url))
    with clock.moved_to(NOW + timedelta(days=1)):
        assert "LLL22011112222" not in page(browser(order.company).get(url))


def test_barcodes_are_drawn_and_written(order):
    send(order, "BARCODE")
    text = page(browser(order.company).get(f"/member/orders/{order.number}/payment/"))
    assert text.count('class="barcode" role="img" aria-label="條碼') == 3
    assert "3453010539048619" in text


def test_somebody_else_sees_no_code(order):
    send(order)
    other = factories.granted(order.programme)
    assert browser(other).get(f"/member/orders/{order.number}/payment/").status_code == 404


WEIGHTS = {  # the two wide bars of each sign, by the weights of its two-of-five code; the wide space says which ten it is in
    frozenset(pair): value
    for value, pair in enumerate([(2, 3), (0, 4), (1, 4), (0, 1), (2, 4), (0, 2), (1, 2), (3, 4), (0, 3), (1, 3)])
}  # fmt: skip
TENS = {1: "0123456789", 2: "ABCDEFGHIJ", 3: "KLMNOPQRST", 0: "UVWXYZ-. *"}


def read(svg):
    """What a till reads: signs from the widths of bars and of the spaces between them, by the structure of Code 39."""
    bars = [(int(x), int(width)) for x, width in re.findall(r"M(\d+) 0h(\d+)v", svg)]
    assert bars[0][0] == QUIET
    text = ""
    for start in range(0, len(bars), 5):
        sign = bars[start : start + 5]
        spaces = [after[0] - before[0] - before[1] for before, after in itertools.pairwise(sign)]
        assert set(spaces) <= {NARROW, WIDE}
        wide = frozenset(place for place, (_x, width) in enumerate(sign) if width == WIDE)
        order = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].index if spaces.index(WIDE) == 1 else None
        value = WEIGHTS[wide]
        row = TENS[spaces.index(WIDE)]
        text += row[value] if order else row[(value - 1) % 10]
    return text


def test_barcode_reads_back():
    assert read(code39("1601196EA", "x")) == "*1601196EA*"
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert read(code39(letters, "x")) == f"*{letters}*"
    with pytest.raises(KeyError):
        code39("<", "x")
