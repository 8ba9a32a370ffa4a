"""The pages of text support without any script: a visitor, a member, the desk; nobody reads another's conversation (R-34, R-37)."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tcloud.core import clock
from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.programme.models import Programme
from tcloud.support.models import CannedAnswer, Conversation, SupportClosure
from tcloud.support.operations import chat, chat_desk
from tcloud.support.queries import chat as queries
from tcloud.web.ui.chat_access import COOKIE
from tests import factories
from tests.factories import NOW, signed_in
from tests.support import chats
from tests.support.chats import acting

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def friday() -> Any:
    cache.clear()
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def edition() -> Programme:
    return factories.programme(code="tcloud")


def text(answer: Any) -> str:
    return str(answer.content.decode())


def begun(browser: Client, **changes: Any) -> Conversation:
    """A conversation begun at the form, as a browser does."""
    page = browser.get(reverse("chat_start"))
    client_id = page.context["form"].initial["client_id"]
    said = {"name": "林小姐", "body": "請問點數怎麼領？", "client_id": client_id} | changes
    answer = browser.post(reverse("chat_start"), said)
    assert answer.status_code == 302, text(answer)
    return Conversation.objects.latest("id")


def say(
    browser: Client, held: Conversation, body: str, *, name: str = "chat_messages", **options: Any
) -> Any:
    said = {"body": body, "client_id": str(uuid.uuid4())} | options.pop("changes", {})
    return browser.post(reverse(name, args=[held.number]), said, **options)


@pytest.mark.rule("R-34")
def test_visitor_and_agent_talk_without_a_script(edition: Programme) -> None:
    visitor, user = Client(), chats.agent()
    agent, colleague = signed_in(user), chats.agent("李客服")
    held = begun(visitor)
    assert "您排在第1位" in text(visitor.get(reverse("chat_conversation", args=[held.number])))
    assert held.number in text(agent.get(reverse("support_inbox")))
    assert agent.post(reverse("support_assignment", args=[held.number])).status_code == 302
    assert say(agent, held, "您好", name="support_messages").status_code == 302
    page = text(visitor.get(reverse("chat_start"), follow=True))
    assert "您好" in page
    assert "客服張客服正在為您服務" in page
    answer = say(visitor, held, "謝謝")
    assert answer["Location"].endswith("#last")
    note = {"to": colleague.pk, "note": "問發票"}
    assert agent.post(reverse("support_handover", args=[held.number]), note).status_code == 302
    other = signed_in(colleague)
    assert "轉給您" in text(other.get(reverse("support_inbox")))
    other.post(reverse("support_assignment", args=[held.number]))
    assert "待您回覆" in text(other.get(reverse("support_inbox")))
    assert "問發票" in text(other.get(reverse("support_conversation", args=[held.number])))
    assert "問發票" not in text(visitor.get(reverse("chat_conversation", args=[held.number])))
    other.post(reverse("support_closing", args=[held.number]), {"reason": "answered"})
    assert "開始新的對話" in text(visitor.get(reverse("chat_conversation", args=[held.number])))


@pytest.mark.rule("R-34")
def test_outside_the_hours_it_says_when_and_keeps_what_was_typed(edition: Programme) -> None:
    browser = Client()
    with clock.moved_to(NOW.replace(hour=18)):
        page = text(browser.get(reverse("chat_start")))
        assert "現在沒有客服在線上" in page
        assert "2027年1月16日（六）09:00" in page
        said = {"body": "想問一件事", "client_id": str(uuid.uuid4())}
        late = browser.post(reverse("chat_start"), said)
        assert late.status_code == 409
        assert "想問一件事" in text(late)
    assert not Conversation.objects.exists()


@pytest.mark.rule("R-34")
def test_a_closure_is_announced_by_the_office_and_seen_by_visitors(edition: Programme) -> None:
    officer, auditor = (signed_in(factories.user(staff_role=role)) for role in ("officer", "auditor"))
    url = reverse("office_text_support")
    form = {"first_year": "116", "first_month": "1", "first_day": "15", "begins": "09:30", "ends": "12:00", "reason": "系統維護"}  # fmt: skip
    assert "請填寫" in text(officer.post(url, form | {"reason": ""}))
    assert officer.post(url, form).status_code == 302
    closure = SupportClosure.objects.get()
    assert (closure.begins_at, closure.ends_at) == (NOW.replace(hour=9, minute=30), NOW.replace(hour=12))
    assert officer.post(url, form).status_code == 409
    for name in ("contact", "chat_start"):
        assert "系統維護" in text(Client().get(reverse(name)))
    assert "撤銷公告" not in text(auditor.get(url))
    revoke = reverse("office_text_support_revocation", args=[closure.pk])
    assert auditor.post(revoke).status_code == 403
    assert officer.post(revoke).status_code == 302
    assert "客服現在在線上" in text(Client().get(reverse("chat_start")))
    assert officer.post(reverse("office_text_support_revocation", args=[0])).status_code == 404


@pytest.mark.rule("R-37")
def test_somebody_elses_conversation_is_not_found_and_stays_as_it_was(edition: Programme) -> None:
    company = factories.granted(edition)
    owner, colleague = factories.user(company), factories.user(company)
    theirs = [begun(Client()), chats.of_member(edition, company, owner)]
    strangers = [Client(), signed_in(colleague), signed_in(chats.agent())]
    begun(strangers[0])
    for held in theirs:
        before = held.messages.count()
        for stranger in strangers:
            for name in ("chat_conversation", "chat_messages"):
                assert stranger.get(reverse(name, args=[held.number])).status_code == 404
            for name in ("chat_messages", "chat_ending", "chat_transcript"):
                said = {"body": "x", "client_id": str(uuid.uuid4()), "email": "a@b.tw"}
                assert stranger.post(reverse(name, args=[held.number]), said).status_code == 404
        held.refresh_from_db()
        assert (held.state, held.messages.count(), held.transcripts.count()) == ("WAITING", before, 0)


def test_visitors_key_is_kept_from_scripts_and_no_session_is_begun(edition: Programme) -> None:
    browser = Client()
    begun(browser)
    assert browser.cookies[COOKIE]["httponly"]
    assert browser.cookies[COOKIE]["samesite"] == "Lax"
    assert "sessionid" not in browser.cookies


@pytest.mark.rule("R-38")
def test_a_double_click_opens_one_conversation_and_sends_one_message(edition: Programme) -> None:
    browser, once = Client(), str(uuid.uuid4())
    browser.get(reverse("chat_start"))
    said = {"body": "按了兩次", "client_id": once}
    first, second = (browser.post(reverse("chat_start"), said) for _ in range(2))
    assert first["Location"] == second["Location"]
    held = Conversation.objects.get()
    for _press in range(2):
        say(browser, held, "再一次", changes={"client_id": "8b5e8f0e-5a0c-4f5e-9d8a-3f1f5b6c7d8e"})
    assert held.messages.count() == 2


def test_by_script_what_is_new_comes_as_json(edition: Programme) -> None:
    visitor, user = Client(), chats.agent()
    held = begun(visitor)
    answer = say(visitor, held, "<b>粗體</b>", headers=JSON, changes={"after": "1"}).json()
    assert [row["id"] for row in answer["messages"]] == [2]
    assert "&lt;b&gt;" in answer["messages"][0]["html"]
    assert uuid.UUID(answer["next_id"])
    url = reverse("chat_messages", args=[held.number])
    assert visitor.get(url, {"after": "2"}, headers=JSON).json()["messages"] == []
    assert len(visitor.get(url, {"after": "x" * 20}, headers=JSON).json()["messages"]) == 2
    assert say(visitor, held, " ", headers=JSON).status_code == 422
    chat.leave(held, by=chats.ASKER, at=NOW)
    refused = say(visitor, held, "太晚", headers=JSON)
    assert (refused.status_code, refused.json()["code"]) == (409, "chat.closed")
    late = say(visitor, held, "太晚")
    assert late.status_code == 409
    agent = signed_in(user)
    assert "token" in agent.get(reverse("support_inbox"), headers=JSON).json()["state"]


def test_too_many_messages_and_conversations_are_held_back(edition: Programme) -> None:
    visitor = Client()
    held = begun(visitor)
    codes = [say(visitor, held, f"第{n}則", headers=JSON).status_code for n in range(31)]
    assert codes == [200] * 29 + [409] * 2  # the first message counts
    assert held.messages.count() == 30
    for _time in range(5):
        visitor.post(reverse("chat_ending", args=[Conversation.objects.latest("id").number]))
        begun(visitor)
    visitor.post(reverse("chat_ending", args=[Conversation.objects.latest("id").number]))
    said = {"body": "又來了", "client_id": str(uuid.uuid4())}
    assert visitor.post(reverse("chat_start"), said).status_code == 429


@pytest.mark.rule("R-37")
def test_the_desk_shows_who_it_is_only_after_a_reason(edition: Programme) -> None:
    company = factories.granted(edition)
    order = factories.submitted(edition, company)
    user, agent = factories.user(company, name="歐陽美麗"), chats.agent()
    member, desk = signed_in(user), signed_in(agent)
    held = begun(member, order=order.pk)
    assert held.order == order
    secrets = (company.name, company.ubn, user.name, user.email, order.number)
    page = reverse("support_conversation", args=[held.number])
    for act in (lambda: None, lambda: desk.post(reverse("support_assignment", args=[held.number]))):
        act()
        shown = text(desk.get(page))
        assert not [secret for secret in secrets if secret in shown]
        assert "會員歐＊＊" in shown
    disclosure = reverse("support_disclosure", args=[held.number])
    assert "請填寫查看資料的理由" in text(desk.post(disclosure, {"reason": ""}))
    assert desk.post(disclosure, {"reason": "核對訂單"}).status_code == 302
    shown = text(desk.get(page))
    assert all(secret in shown for secret in secrets)
    assert "核對訂單" in shown
    assert "核對訂單" in text(member.get(reverse("order", args=[order.number])))
    other = text(signed_in(chats.agent()).get(page))
    assert not [secret for secret in secrets if secret in other]


def test_member_is_asked_for_which_company_and_order(edition: Programme) -> None:
    company, second = factories.granted(edition), factories.granted(edition)
    user = factories.user(company)
    user.memberships.create(company=second, role="owner")
    theirs = factories.submitted(edition, factories.granted(edition))
    browser = signed_in(user)
    assert "代表哪一家企業" in text(browser.get(reverse("chat_start")))
    said = {"body": "x", "client_id": str(uuid.uuid4()), "company": second.pk}
    assert browser.post(reverse("chat_start"), said | {"order": theirs.pk}).status_code == 200
    assert browser.post(reverse("chat_start"), said).status_code == 302
    assert Conversation.objects.get().company == second


def test_agents_who_do_not_have_it_in_hand_are_refused_on_the_page(edition: Programme) -> None:
    held = chats.taken(edition, chats.agent())
    desk = signed_in(chats.agent("李客服"))
    assert desk.post(reverse("support_assignment", args=[held.number])).status_code == 409
    assert say(desk, held, "搶答", name="support_messages").status_code == 409
    assert say(desk, held, "搶答", name="support_messages", headers=JSON).status_code == 409
    assert (
        desk.post(reverse("support_closing", args=[held.number]), {"reason": "answered"}).status_code == 409
    )
    assert desk.get(reverse("support_conversation", args=["CH0"])).status_code == 404
    assert held.messages.count() == 2


@pytest.mark.rule("R-34")
def test_whom_an_agent_who_has_gone_left_alone_every_other_sees_and_may_serve(edition: Programme) -> None:
    visitor, gone = Client(), chats.agent()
    held = begun(visitor)
    chat_desk.take(held, by=acting(gone), at=NOW)
    desk, page = signed_in(chats.agent("李客服")), reverse("support_conversation", args=[held.number])
    with clock.moved_to(NOW + timedelta(minutes=2)):
        assert held.number not in text(desk.get(reverse("support_inbox")))
        assert "接手這個對話" not in text(desk.get(page))
    with clock.moved_to(NOW + timedelta(minutes=4)):
        inbox = text(desk.get(reverse("support_inbox")))
        assert held.number in inbox
        assert "客服不在線上" in inbox
        assert "接手這個對話" in text(desk.get(page))
        own = text(signed_in(gone).get(reverse("support_inbox")))  # by that she is back
        assert "客服不在線上" not in own
        assert "客服不在線上" not in text(desk.get(reverse("support_inbox")))
    with clock.moved_to(NOW + timedelta(minutes=8)):
        assert desk.post(reverse("support_assignment", args=[held.number])).status_code == 302
        assert "改由客服李客服為您服務" in text(visitor.get(reverse("chat_conversation", args=[held.number])))


def test_an_agent_whose_page_only_asks_for_news_is_at_her_desk(edition: Programme) -> None:
    user = chats.agent()
    held = chats.taken(edition, user)
    with clock.moved_to(NOW + timedelta(minutes=4)):
        signed_in(user).get(reverse("support_messages", args=[held.number]), headers=JSON)
        assert not queries.left_alone(at=clock.now())


def test_canned_answers_are_put_in_in_the_askers_language(edition: Programme) -> None:
    agent = chats.agent()
    desk = signed_in(agent)
    said = {"title": "期限", "body": "三個月。", "body_en": "Three months.", "version": 0}
    assert desk.post(reverse("support_answer_new"), said | {"body_en": ""}).status_code == 200
    assert desk.post(reverse("support_answer_new"), said).status_code == 302
    answer = CannedAnswer.objects.get()
    held = chats.taken(edition, agent, language="en")
    page = desk.get(reverse("support_conversation", args=[held.number]), {"answer": str(answer.pk)})
    assert page.context["reply_form"].initial["body"] == "Three months."
    desk.post(reverse("support_answer", args=[answer.pk]), said | {"body": "三個月內。"})
    desk.post(reverse("support_answer_retirement", args=[answer.pk]))
    assert desk.get(reverse("support_answer", args=[answer.pk])).status_code == 404
    assert "三個月" not in text(desk.get(reverse("support_answers")))


def test_transcript_is_asked_once_an_address(edition: Programme) -> None:
    visitor = Client()
    held = begun(visitor)
    url = reverse("chat_transcript", args=[held.number])
    assert visitor.post(url, {"email": "no"}).status_code == 422
    assert visitor.post(url, {"email": "lin@example.tw"}).status_code == 302
    assert held.transcripts.get().email == "lin@example.tw"
    company = factories.granted(edition)
    user = factories.user(company, email="owner@example.tw")
    member = signed_in(user)
    mine = begun(member)
    member.post(reverse("chat_transcript", args=[mine.number]), {"email": "else@example.tw"})
    assert mine.transcripts.get().email == "owner@example.tw"


def test_the_inbox_asks_as_many_questions_however_many_wait(
    edition: Programme, django_assert_max_num_queries: Any
) -> None:
    agent = chats.agent()
    desk = signed_in(agent)
    company = factories.granted(edition)
    counts = []
    for number in range(2):
        for each in range(4):
            chats.opened(edition, key=f"{number}-{each}")
            chats.taken(edition, chats.agent(), key=f"gone {number}-{each}", at=NOW - timedelta(minutes=5))
        chats.of_member(edition, company, factories.user(company))
        with django_assert_max_num_queries(30) as seen:
            desk.get(reverse("support_inbox"))
        counts.append(len(seen))
    assert counts[1] <= counts[0]


def test_presence_is_told_to_visitors(edition: Programme) -> None:
    desk = signed_in(chats.agent())
    desk.get(reverse("support_inbox"))
    held = chats.opened(edition)
    assert "目前有1位客服" in text(Client().get(reverse("chat_start")))
    desk.post(reverse("support_presence"), {"away": "1"})
    assert "目前有" not in text(Client().get(reverse("chat_start")))
    assert held.state == "WAITING"


def test_staff_are_shown_to_the_desk_and_closed_ones_are_found_by_number(edition: Programme) -> None:
    agent = chats.agent()
    desk = signed_in(agent)
    assert "客服工作區" in text(desk.get(reverse("chat_start")))
    held = chats.taken(edition, agent)
    chat_desk.close(held, reason="answered", by=acting(agent), at=NOW)
    assert held.number in text(desk.get(reverse("support_closed"), {"q": held.number[-4:]}))
    assert "沒有符合的對話" in text(desk.get(reverse("support_closed"), {"q": "CHX"}))
    assert Event.objects.filter(case=held.case, type="chat.closed").exists()


@pytest.mark.rule("R-34")
def test_left_in_the_queue_at_closing_time_the_visitor_is_told(edition: Programme) -> None:
    visitor = Client()
    held = begun(visitor)
    closing = datetime(2027, 1, 15, 18, tzinfo=TAIPEI)
    with clock.moved_to(closing + timedelta(minutes=1)):
        chat_desk.close_left_over(at=closing)
        page = text(visitor.get(reverse("chat_conversation", args=[held.number])))
    assert "很抱歉沒有輪到您" in page
