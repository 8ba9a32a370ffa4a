"""The same races as a browser and the gateway cause them: real requests at the same moment, and each letter once (R-30, R-38).

Fewer rounds in each run of the tests; `make contention` plays them all.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from django.core import mail

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.members.models import Company, User
from tcloud.orders import operations as orders
from tcloud.orders.models import Obligation, Order
from tcloud.outbox import operations as outbox
from tcloud.outbox.models import Message
from tcloud.payments.models import Charge
from tests import factories
from tests.concurrency.cheap import Shop, check_points, eight, moves
from tests.factories import NOW
from tests.payments import gateway
from tests.web.order_pages import browser, hidden

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]
ROUNDS = int(
    os.environ.get("CONTENTION_ROUNDS", "40")
)  # of acts that exclude each other; of payments a sixth
CALLBACK = "/api/gateway/callback/"
TOLD = ("order.withdrawn", "order.declined", "order.unpaid", "order.paid")


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every thread of the server has the time of the factories."""
    shift = NOW - datetime.now(tz=NOW.tzinfo)
    clock.follow(lambda: shift)
    yield
    clock.follow(None)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def sender(live_server: Any) -> Callable[[User], Callable[..., httpx.Response]]:
    """What a signed-in person's browser sends: a path and a form, as many at once as there are threads."""

    def signed_in(user: User) -> Callable[..., httpx.Response]:
        cookies = {"sessionid": factories.signed_in(user).cookies["sessionid"].value, "csrftoken": "c" * 32}

        def send(path: str, **form: str) -> httpx.Response:
            headers = {"X-CSRFToken": "c" * 32, "Referer": live_server.url + path}
            return httpx.post(live_server.url + path, data=form, cookies=cookies, headers=headers, timeout=60)

        return send

    return signed_in


@pytest.fixture
def notify(live_server: Any) -> Callable[[dict[str, str]], str]:
    """The gateway's callback over the wire; returns what it is answered."""

    def send(fields: dict[str, str]) -> str:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return httpx.post(
            live_server.url + CALLBACK, content=urlencode(fields), headers=headers, timeout=60
        ).text

    return send


def person(of: Company) -> User:
    found: User = of.memberships.get().user if of.memberships.exists() else factories.user(of)
    return found


def told_of(order: Order) -> set[str]:
    """Deliver what the order's events call for, by two jobs each: which were told, each to nobody twice."""
    mail.outbox.clear()
    events = Event.objects.filter(case=order.case, type__in=TOLD).order_by("id")
    for event in events:
        outbox.deliver(event.pk, at=NOW)
        outbox.deliver(event.pk, at=NOW)
    letters = Counter((letter.to[0], letter.subject) for letter in mail.outbox)
    assert set(letters.values()) == {1}, letters
    return set(
        Message.objects.filter(event__in=events, sent_at__isnull=False).values_list("event__type", flat=True)
    )


def test_withdrawals_against_refusals_have_one_winner_and_one_letter(shop, race, sender):
    company, supplier = sender(person(shop.company)), sender(person(shop.first.supplier.company))
    won: Counter[str] = Counter()
    for _round in range(ROUNDS):
        order = shop.submitted()
        answers = race(
            partial(company, f"/member/orders/{order.number}/withdrawal/", reason="改變主意"),
            partial(supplier, f"/supplier/orders/{order.number}/refusal/", reason="額滿"),
        )
        assert all(answer.status_code in (302, 409) for answer in answers), answers
        (_submitted, end) = moves(order)
        won[end] += 1
        assert told_of(order) == {end}
        check_points(shop, order)
    assert won.total() == ROUNDS
    assert set(won) <= {"order.withdrawn", "order.declined"}


@pytest.mark.rule("R-30")
def test_a_payment_confirmed_eight_times_at_once_is_paid_once(shop, race, notify):
    for _round in range(max(ROUNDS // 6, 5)):
        order = shop.accepted()
        fields = gateway.callback_fields(order, at=NOW)
        assert race(*eight(partial(notify, fields))) == ["1|OK"] * 8
        assert moves(order) == ["order.submitted", "order.accepted", "order.paid"]
        assert Charge.objects.get(order_number=order.number).state == "PAID"
        assert told_of(order) == {"order.paid"}
        check_points(shop, order)


@pytest.mark.rule("R-30")
def test_a_payment_against_the_end_of_its_time_is_never_paid_and_cancelled(shop, race, notify):
    """The money came in the last second: the order is paid, or it is over and the money is owed back."""
    for _round in range(max(ROUNDS // 6, 5)):
        order = shop.accepted()
        fields = gateway.callback_fields(order, at=NOW)
        due = Obligation.objects.get(order=order, kind="pay").due_at
        scan = partial(orders.close_deadlines, gateway=gateway.answering(), at=due)
        race(*eight(partial(notify, fields), scan))
        order.refresh_from_db()
        charge = Charge.objects.get(order_number=order.number)
        assert (order.state, charge.state) in [("PAID", "PAID"), ("UNPAID", "TO_REFUND")]
        end = "order.paid" if order.state == "PAID" else "order.unpaid"
        assert told_of(order) == {end}
        check_points(shop, order)


@pytest.mark.rule("R-38")
def test_the_same_order_sent_eight_times_is_one_and_its_key_takes_no_other_body(shop, race, sender):
    send, client = sender(person(shop.company)), browser(shop.company)
    before = Order.objects.count()
    for place in range(5):
        text = client.get(f"/member/orders/new/{shop.plan.code}/").content.decode()
        form = {name: hidden(text, name) for name in ("plan", "version", "key")} | {
            "points": "10", "contact_name": "王小明", "contact_email": "owner@example.tw", "contact_phone": "",
        }  # fmt: skip
        answers = race(*eight(partial(send, "/member/orders/", **form)))
        assert {answer.status_code for answer in answers} <= {302, 409}
        assert len({answer.headers["Location"] for answer in answers if answer.status_code == 302}) == 1
        assert Order.objects.count() == before + place + 1
        assert send("/member/orders/", **form | {"points": "20"}).status_code == 422
        order = shop.draft()
        before += 1
        sent = race(*eight(partial(send, f"/member/orders/{order.number}/submission/")))
        assert {answer.status_code for answer in sent} == {302}
        assert moves(order) == ["order.submitted"]
