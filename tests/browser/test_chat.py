"""A chat answered, handed over and mailed, in real browsers over a real stream: a phone and two desks; and on a phone without a script."""

import re
from collections.abc import Callable
from datetime import time
from typing import Any

import pytest
from django.core import mail

from tcloud.programme.models import Programme
from tcloud.support.models import CannedAnswer, Conversation, SupportSettings
from tcloud.support.models.contact import FLYER
from tcloud.support.operations import chat_desk
from tests import factories
from tests.browser.conftest import Person, accessible
from tests.support import chats

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def edition() -> Programme:
    made = factories.programme(code="tcloud")
    SupportSettings.objects.create(
        programme=made, **FLYER | {"staffed_from": time.min, "staffed_until": time.max}
    )
    return made


def seen(person: Person, text: str) -> None:
    person.page.get_by_text(text).first.wait_for(timeout=15_000)


@pytest.mark.rule("R-34")
def test_a_chat_is_answered_handed_over_and_mailed(
    stream: str, edition: Programme, person: Callable[..., Person], deliver_mail: Callable[[], None]
) -> None:
    first, second = chats.agent("張小美"), chats.agent("李大同")
    CannedAnswer.objects.create(title="點數期限", body="三個月內用完。", body_en="Within three months.", changed_at=factories.NOW)  # fmt: skip
    visitor, desk, other = person(390), person(1280), person(1280)
    desk.sign_in(first.email)
    other.sign_in(second.email)
    for at in (desk, other):
        at.open("/support/chat/")
        accessible(at)
    visitor.open("/")
    visitor.follow("聯絡客服")
    visitor.arrive("**/chat/")
    visitor.page.fill("[name=name]", "林小姐")
    visitor.page.fill("[name=body]", "請問點數怎麼領？")
    visitor.turn(visitor.page.get_by_role("button", name="開始對話"))
    visitor.arrive("**/chat/CH*/")
    seen(visitor, "您排在第1位")
    accessible(visitor)

    seen(desk, "訪客林小姐")  # without reloading
    held = Conversation.objects.get()
    desk.turn(desk.page.locator(f"#w-{held.number}"))
    desk.arrive("**/support/chat/CH*/")
    desk.turn(desk.page.get_by_role("button", name="接手這個對話"))
    seen(visitor, "客服張小美正在為您服務")
    desk.page.locator(".chat-answers summary").click()
    desk.page.locator("[data-fill]").click()
    assert desk.page.locator(".chat-form [name=body]").input_value() == "三個月內用完。"
    accessible(desk)
    desk.page.keyboard.press("Enter")
    seen(visitor, "三個月內用完。")
    visitor.page.fill(".chat-form [name=body]", "那發票呢？")
    visitor.page.keyboard.press("Enter")
    seen(desk, "那發票呢？")
    accessible(visitor)

    desk.page.select_option("[name=to]", str(second.pk))
    desk.page.fill("[name=note]", "要查發票")
    desk.page.get_by_role("button", name="轉出").click()
    seen(visitor, "已轉請客服李大同為您服務")
    seen(other, "轉給您")
    other.turn(other.page.locator(f"#w-{held.number}"))
    other.turn(other.page.get_by_role("button", name="接手這個對話"))
    seen(other, "要查發票")
    other.page.fill(".chat-form [name=body]", "發票由供應商開立。")
    other.page.get_by_role("button", name="傳送").click()
    seen(visitor, "發票由供應商開立。")

    visitor.page.fill("[name=email]", "lin@example.tw")
    visitor.page.get_by_role("button", name="寄給我").click()
    seen(visitor, "對話結束後，紀錄會寄到lin@example.tw。")
    other.page.locator("form[action$='/closing/'] button").click()
    seen(visitor, "這個對話已經結束")
    visitor.page.get_by_role("link", name="開始新的對話").wait_for()
    accessible(visitor)
    deliver_mail()
    deliver_mail()
    (letter,) = [sent for sent in mail.outbox if sent.to == ["lin@example.tw"]]
    for said in ("請問點數怎麼領？", "三個月內用完。", "發票由供應商開立。", "客服李大同"):
        assert said in letter.body
    assert not [*visitor.complaints, *desk.complaints, *other.complaints]


@pytest.mark.rule("R-34")
def test_without_the_stream_it_is_asked_for(
    live_server: Any, settings: Any, edition: Programme, person: Callable[..., Person]
) -> None:
    settings.STREAM_URL = ""  # the web itself answers 404, and the page asks every few seconds
    visitor = person(390)
    visitor.open("/en/chat/")
    accessible(visitor)
    visitor.page.fill("[name=body]", "How do I get points?")
    visitor.turn(visitor.page.get_by_role("button", name="Start"))
    visitor.arrive("**/en/chat/CH*/")
    agent = chats.agent("Mei")
    held = Conversation.objects.get()
    by, at = chats.acting(agent), held.opened_at
    chat_desk.take(held, by=by, at=at)
    chats.said(held, "Please apply first.", by=by, at=at)
    visitor.page.get_by_text("Please apply first.").wait_for(timeout=10_000)
    accessible(visitor)


def test_officer_and_agent_pages_are_accessible(
    stream: str, edition: Programme, person: Callable[..., Person]
) -> None:
    officer, agent = factories.user(staff_role="officer"), chats.agent()
    for width in (390, 1280):
        desk = person(width)
        desk.sign_in(officer.email)
        for path in ("/office/text-support/", "/en/office/text-support/"):
            desk.open(path)
            accessible(desk)
        desk.turn(desk.page.get_by_role("button", name=re.compile("公告|Announce")).last)
        desk.page.locator("[role=alert], .errsum").first.wait_for()
        accessible(desk)
        other = person(width)
        other.sign_in(agent.email)
        for path in (
            "/support/chat/",
            "/support/chat/closed/",
            "/support/answers/",
            "/en/support/answers/new/",
        ):
            other.open(path)
            accessible(other)
        assert not [*desk.complaints, *other.complaints]
