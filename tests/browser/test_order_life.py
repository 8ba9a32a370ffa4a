"""Two people on one order: a message with a file on a phone, its answer, a change agreed, and the number copied."""

from collections.abc import Callable, Iterator

import pytest
from django.core.cache import cache

from tcloud.core import clock
from tcloud.members.models import User
from tests import factories
from tests.browser.conftest import Person
from tests.factories import NOW

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def friday_morning() -> Iterator[None]:
    cache.clear()
    clock.follow(lambda: NOW - clock.real_now())
    yield
    clock.follow(None)


def signed_in(person: Person, user: User) -> Person:
    cookie = factories.signed_in(user).cookies["sessionid"].value
    session = {"name": "sessionid", "value": cookie, "url": person.site}
    person.context.add_cookies([session])
    return person


def test_parties_write_and_agree_on_a_change(person: Callable[..., Person]) -> None:
    edition = factories.programme(code="tcloud")
    order = factories.paid(edition, factories.granted(edition))
    company = signed_in(person(390), factories.user(order.company))
    supplier = signed_in(person(1280), factories.user(order.supplier.company))

    company.open(f"/member/orders/{order.number}/")
    company.context.grant_permissions(["clipboard-read", "clipboard-write"])
    company.page.get_by_role("button", name="訂單編號").click()
    company.page.get_by_text("已複製", exact=True).wait_for()
    assert company.page.evaluate("navigator.clipboard.readText()") == order.number
    company.follow("在訂單裡和供應商對話")
    company.page.fill("textarea[name=body]", "何時可以開通？\n" * 40)
    file = {"name": "規格.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    company.page.set_input_files("input[name=attachments]", file)
    company.press("送出留言")
    company.page.get_by_role("link", name="規格.pdf").wait_for()
    assert company.page.url.endswith("#newest")

    supplier.open(f"/supplier/orders/{order.number}/")
    supplier.follow("訂單對話有1則未讀")
    supplier.page.get_by_text("何時可以開通").first.wait_for()
    supplier.page.wait_for_function("scrollY > 0")  # at the newest message
    supplier.open(f"/supplier/orders/{order.number}/changes/")
    supplier.follow("開始使用日")
    for label, value in (("年", "2027"), ("月", "2"), ("日", "1")):
        supplier.page.get_by_label(label, exact=True).fill(value)
    supplier.press("送出提議")
    supplier.page.get_by_role("heading", name="等待對方回覆").wait_for()

    company.open(f"/member/orders/{order.number}/")
    company.follow("檢視並回覆")
    company.press("同意變更")
    company.page.get_by_text("已同意變更").wait_for()
    company.look(f"/member/orders/{order.number}/summary/")
    assert "2027年2月1日（一）" in company.page.locator("main").inner_text()
    company.page.emulate_media(media="print")
    assert not company.page.locator(".crumbs").is_visible()
    assert company.complaints + supplier.complaints == []
