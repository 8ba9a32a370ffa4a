"""The flyer's four steps in a real browser, with the card component's real popup and real signatures."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core import mail

from tcloud.core import clock
from tcloud.ledger.queries import audit
from tcloud.orders.models import Order
from tcloud.web import demo
from tests.browser.conftest import SUPPLIER_UBN, Person, accessible

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]
EMAIL = "owner@journey.example"


def insert(world: Any, ubn: str) -> str:
    """Put the company's card into the only reader; returns its PIN."""
    (card,) = world.cards.all(ubn)
    world.cards.insert(card.card_id)
    return str(card.pin)


def tick_all(person: Person) -> None:
    for box in person.page.locator("main input[type=checkbox]").all():
        box.check()


def join(person: Person, pin: str, deliver_mail: Callable[[], None]) -> None:
    person.open("/member/join/")
    accessible(person)
    person.submit()
    tick_all(person)
    person.submit()
    accessible(person)
    person.page.locator("[data-card-pin]").fill("000000")
    person.page.locator("[data-card-submit]").click()
    person.page.locator("[data-card-error]:visible").wait_for()
    assert "2" in person.page.locator("[data-card-error]").inner_text()  # tries left
    assert "000000" not in person.page.content()
    person.sign_with_card(pin)
    tick_all(person)
    person.submit()
    person.submit()
    person.arrive("**/join/result/")
    accessible(person)
    person.open("/member/join/account/")
    for field, value in (
        ("name", "陳小店"),
        ("email", EMAIL),
        ("phone", "02-2345-6789"),
        ("password", "journey-of-a-shop-1"),
    ):
        person.page.fill(f"main [name={field}]", value)
    person.submit()
    person.arrive("**/join/email/")
    deliver_mail()
    letter = next(message for message in mail.outbox if message.to == [EMAIL] and "驗證碼" in message.subject)
    code = re.search(r"(?<!\d)\d{6}(?!\d)", letter.body)
    assert code
    person.page.fill("main [name=code]", code.group())
    person.submit()
    person.arrive("**/join/done/")


def assess(person: Person) -> None:
    person.open("/member/assessment/")
    person.submit()
    for _page in range(30):
        if "/areas/" not in person.page.url:
            break
        groups: set[str] = set()
        for field in person.page.locator("main form input:visible").all():
            name, kind = field.get_attribute("name") or "", field.get_attribute("type")
            if kind in ("radio", "checkbox") and name not in groups:
                groups.add(name)
                field.check()
        person.submit()
    person.open("/member/assessment/answers/")
    accessible(person)
    person.turn(person.page.locator("main form[action$='/submission/'] button"))
    person.arrive("**/assessment/result/")
    assert "30,000" in person.page.locator("main").inner_text()
    accessible(person)


def order(person: Person, pin: str) -> Order:
    person.open("/plans/yuncang-branches/")
    accessible(person)
    person.open("/member/orders/new/yuncang-branches/")
    accessible(person)
    person.turn(person.page.locator("main form[action$='/orders/'] button:not([formaction])").last)
    person.turn(person.page.locator("main form[action$='/contract/'] button"))
    tick_all(person)
    person.turn(person.page.locator("main form[action$='/acknowledgement/'] button"))
    person.sign_with_card(None)
    person.sign_with_card(pin)
    person.arrive("**/signed/")
    accessible(person)
    person.turn(person.page.locator("main form[action$='/submission/'] button"))
    person.arrive(re.compile(r"/orders/CE\d{10}/\?sent=1$"))
    accessible(person)
    return Order.objects.get()


def accept(clerk: Person, number: str, pin: str) -> None:
    clerk.open(f"/supplier/orders/{number}/")
    accessible(clerk)
    clerk.open(f"/supplier/orders/{number}/acceptance/")
    clerk.sign_with_card(None)
    clerk.sign_with_card(pin)
    clerk.arrive(f"**/supplier/orders/{number}/")


def pay(person: Person, number: str) -> None:
    person.open(f"/member/orders/{number}/payment/")
    accessible(person)
    person.turn(person.page.locator("main form[method=post] button").first)
    person.turn(person.page.locator("main form:has([name=MerchantTradeNo]) button"))
    person.turn(person.page.get_by_role("button", name=re.compile("付款")).first)
    for _wait in range(50):
        if Order.objects.get(number=number).state == "PAID":
            break
        person.page.wait_for_timeout(100)
    person.open(f"/member/orders/{number}/payment/result/")
    accessible(person)


@pytest.mark.rule("R-09")
@pytest.mark.rule("R-20")
def test_journey_from_the_card_to_the_confirmed_service(
    world: Any, person: Callable[..., Person], deliver_mail: Callable[[], None], tmp_path: Path
) -> None:
    demo.demo(at=clock.now())
    (made,) = world.companies.mint(1)
    world.cards.issue(made.ubn, made.name, pin="135790")
    owner, clerk = person(390), person(1280)

    pin = insert(world, made.ubn)
    join(owner, pin, deliver_mail)
    assess(owner)
    ordered = order(owner, pin)
    assert ordered.state == "SUBMITTED"

    clerk.sign_in("cloud-stock-software@demo.tcloud.example", demo.PASSWORD)
    accept(clerk, ordered.number, insert(world, SUPPLIER_UBN))
    pay(owner, ordered.number)

    clerk.open(f"/supplier/orders/{ordered.number}/invoice/")
    accessible(clerk)
    clerk.page.fill("main [name=number]", "ab-12345678")
    clerk.submit()
    clerk.open(f"/supplier/orders/{ordered.number}/delivery/")
    clerk.page.fill("main [name=note]", "請以聯絡信箱登入。")
    clerk.submit()

    owner.open(f"/member/orders/{ordered.number}/confirmation/")
    owner.turn(owner.page.locator("main form[method=post] button").first)
    owner.arrive(f"**/orders/{ordered.number}/")
    accessible(owner)
    ordered.refresh_from_db()
    assert ordered.state == "COMPLETED"
    owner.open("/member/points/")
    accessible(owner)

    deliver_mail()
    assert {"30,000" in message.body for message in mail.outbox if "獲得" in message.subject} == {True}
    assert audit()["balanced"]
    assert not owner.complaints
    assert not clerk.complaints
