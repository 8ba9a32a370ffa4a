"""A ticket at 18:01: a visitor on a phone asks after hours, confirms by mail, is told when it is answered, and is answered from the desk."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core import mail as sent_mail
from django.core.cache import cache

from tcloud.core import clock
from tcloud.support.models import Announcement, Ticket
from tcloud.support.operations import announcements
from tests import factories
from tests.adapters.mail.cases import mail
from tests.browser.conftest import Person, accessible
from tests.browser.test_office_calendar import signed_in
from tests.support import scene
from tests.support.scene import FRIDAY

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(autouse=True)
def one_minute_past_six() -> Iterator[None]:
    """Friday 18:01 for every thread of the server: text support has closed a minute ago."""
    cache.clear()
    clock.follow(lambda: FRIDAY - clock.real_now())
    yield
    clock.follow(None)


def read(person: Person, path: str) -> str:
    """The page, after axe has looked at it."""
    person.open(path)
    accessible(person)
    return person.page.locator("main").inner_text()


def newest_link() -> str:
    """The path in the newest letter."""
    found = re.search(r"http://[^/\s]+(/\S+)", str(sent_mail.outbox[-1].body))
    assert found
    return found[1]


@pytest.mark.rule("R-34")
def test_ticket_at_one_minute_past_six(
    stream, person: Callable[..., Person], deliver_mail: Callable[[], None]
) -> None:
    edition = factories.programme(at=FRIDAY)
    words = {
        "title": "連假服務時間調整", "title_en": "Holiday hours", "body": "", "body_en": "", "severity": "urgent", "audience": "everyone",
        "starts_at": FRIDAY - timedelta(minutes=1), "ends_at": None,
    }  # fmt: skip
    made = announcements.draft(edition, words, by=factories.officer(), at=FRIDAY)
    announcements.publish(made, version=0, by=factories.officer(), at=FRIDAY)
    assert Announcement.objects.get().state == "PUBLISHED"

    visitor = person(390)
    text = read(visitor, "/contact/")
    assert "非服務時間" in text
    assert "2026年11月28日（六）09:00開始" in text
    page = visitor.page
    assert "連假服務時間調整" in page.get_by_role("region", name="公告").inner_text()
    visitor.follow("留下您的問題")
    assert "我們會在2026年11月30日（一）18:00前回覆" in page.locator("main").inner_text()
    visitor.press("送出，並收取確認信")  # with nothing filled in
    assert page.locator(".errsum a").count() == 5
    page.fill("input[name=name]", "林訪客")
    page.fill("input[name=email]", "ask@example.tw")
    page.select_option("select[name=category]", "points")
    page.fill("input[name=subject]", "點數沒有到")
    page.fill("textarea[name=body]", "自評表已經填完，點數還沒有到。")
    page.set_input_files(
        "input[name=attachments]", {"name": "畫面.txt", "mimeType": "text/plain", "buffer": "文字".encode()}
    )
    visitor.press("送出，並收取確認信")
    assert "還差一步" in page.locator("h1").inner_text()

    deliver_mail()
    visitor.open(newest_link())
    accessible(visitor)
    visitor.press("確認送出")
    assert "我們會在2026年11月30日（一）18:00前回覆" in page.locator("main").inner_text()
    deliver_mail()
    assert "2026年11月30日（一） 18:00前回覆" in str(sent_mail.outbox[-1].body)

    agent = person(1280)
    signed_in(agent, "support")
    assert "點數沒有到" in read(agent, "/support/tickets/")
    agent.follow("點數沒有到")
    agent.press("由我處理")
    agent.page.fill("textarea[name=body]", "已為您查詢：點數在今天下午核發，請重新登入查看。")
    agent.press("寄出回覆")
    assert Ticket.objects.get().state == "ANSWERED"

    deliver_mail()
    assert "點數在今天下午核發" in str(sent_mail.outbox[-1].body)
    visitor.open(newest_link())
    accessible(visitor)
    assert "點數在今天下午核發" in page.locator("main").inner_text()
    page.fill("textarea[name=body]", "看到了，謝謝。")
    visitor.press("送出補充")
    visitor.press("結案，問題已解決")
    assert Ticket.objects.get().state == "CLOSED"
    unfilled = "Failed to load resource: the server responded with a status of 422 (Unprocessable Entity)"
    assert visitor.complaints + agent.complaints == [unfilled]


@pytest.mark.parametrize(("width", "language"), [(320, ""), (1280, "/en")], ids=["phone", "desk-en"])
def test_pages_of_support_are_accessible(
    stream, person: Callable[..., Person], width: int, language: str
) -> None:
    edition = factories.programme(at=FRIDAY)
    company = factories.granted(edition, at=FRIDAY)
    ticket = scene.members(edition, company)
    held = scene.came(
        mail(sender="o@example.tw", text="長" * 400 + "\n> 舊信"), to=scene.reply_to(ticket), sender="o@o.tw"
    )
    scene.visitors(edition, subject="很長的主旨" * 12, at=FRIDAY - timedelta(days=5))
    words = {
        "title": "長公告" * 10, "title_en": "A long announcement " * 4, "body": "內容" * 100, "body_en": "Text " * 100,
        "severity": "warn", "audience": "everyone", "starts_at": FRIDAY - timedelta(minutes=1), "ends_at": FRIDAY + timedelta(days=1),
    }  # fmt: skip
    made = announcements.draft(edition, words, by=factories.officer(), at=FRIDAY)
    announcements.publish(made, version=0, by=factories.officer(), at=FRIDAY)
    agent = person(width)
    signed_in(agent, "support")
    for path in ("tickets/", f"tickets/{ticket.reference}/", "mails/", f"mails/{held.pk}/"):
        read(agent, f"{language}/support/{path}")
    officer = person(width)
    signed_in(officer, "officer")
    for path in ("announcements/", "announcements/new/", f"announcements/{made.pk}/", "contact/"):
        read(officer, f"{language}/office/{path}")
    member = person(width)
    member.sign_in(company.memberships.get().user.email)
    for path in (
        "member/tickets/",
        "member/tickets/new/",
        f"member/tickets/{ticket.reference}/?sent=1",
        "announcements/",
    ):
        read(member, f"{language}/{path}")
    for each in (960, 1024, 1200, 1440):  # the menu fits beside a name
        member.page.set_viewport_size({"width": each, "height": 844})
        assert member.page.evaluate("document.documentElement.scrollWidth") <= each, each
    assert agent.complaints == officer.complaints == member.complaints == []
