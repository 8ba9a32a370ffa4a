"""Pages of tickets: visitors by a secret address, members by their company, agents at the desk; and the office's contact data."""

import re
import uuid
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.core.uploads import accept
from tcloud.support.models import ChatTerms, InboundMail, Ticket
from tcloud.support.operations import desk, retention, tickets
from tests import factories
from tests.adapters.mail.cases import mail
from tests.factories import signed_in
from tests.support import scene
from tests.support.scene import FRIDAY, MONDAY
from tests.web.order_pages import hidden, page

pytestmark = pytest.mark.django_db
FILE = accept("契約.pdf", b"%PDF-1.7")


@pytest.fixture(autouse=True)
def moment():
    cache.clear()
    with clock.moved_to(FRIDAY):
        yield


@pytest.fixture
def edition():
    return factories.programme(at=FRIDAY, code="tcloud")


def question(client, path="/contact/ticket/", **changes):
    text = page(client.get(path))
    values = {
        "key": hidden(text, "key"), "name": "林訪客", "email": "ask@example.tw", "category": "points", "subject": "點數沒有到",
        "body": "請問怎麼辦？",
    }  # fmt: skip
    return values | changes


@pytest.mark.rule("R-34")
def test_visitor_asks_at_one_minute_past_six_confirms_and_reads_when_it_is_answered(client, edition):
    assert "非服務時間" in page(client.get("/contact/"))
    said = question(client)
    assert "2026年11月30日（一）18:00</time>前回覆" in page(client.get("/contact/ticket/"))
    answer = client.post("/contact/ticket/", said)
    assert answer["Location"] == "/contact/ticket/sent/"
    assert "現在確認，我們會在" in page(client.get("/contact/ticket/sent/"))
    ticket = Ticket.objects.get()
    path = f"/tickets/{ticket.page_token}/"
    assert path in scene.letters()[0].body
    text = page(client.get(path))
    assert "確認送出" in text
    assert client.get(path).headers["X-Robots-Tag"] == "noindex"
    Ticket.objects.get(state="UNCONFIRMED")  # looking changes nothing: programs open links too
    client.post(f"{path}confirmation/")
    text = page(client.get(path))
    assert "2026年11月30日（一）18:00</time>前回覆" in text
    client.post(f"{path}reply/", {"key": hidden(text, "key"), "body": "補充一句"})
    assert "補充一句" in page(client.get(path))
    client.post(f"{path}closing/")
    assert "已結案" in page(client.get(path))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "not-an-address", "電子郵件的格式不正確"),
        ("email", "a@b.tw\r\nBcc: c@d.tw", "電子郵件的格式不正確"),
        ("category", "nonsense", "請選擇問題類別"),
        ("body", "", "請寫下您想問的事情"),
        ("subject", "", "請用一句話說明"),
        ("attachments", SimpleUploadedFile("a.exe", b"MZ"), "不是可以附上的檔案"),
        ("attachments", SimpleUploadedFile("a.pdf", b"MZ"), "不是可以附上的檔案"),
        ("attachments", [SimpleUploadedFile(f"{n}.txt", b"x") for n in range(4)], "一次最多附3個"),
        ("attachments", SimpleUploadedFile("a.txt", b"x" * 5_000_001), "合計超過5 MB"),
    ],
)
def test_form_says_what_is_wrong_and_keeps_what_was_typed(client, edition, field, value, said):
    answer = client.post("/contact/ticket/", question(client, **{field: value}))
    text = page(answer, 422)
    assert said in text
    assert "林訪客" in text
    assert not Ticket.objects.exists()


def test_form_sent_twice_asks_once(client, edition):
    said = question(client)
    for _ in range(2):
        assert client.post("/contact/ticket/", said).status_code == 302
    assert Ticket.objects.count() == 1


def test_asking_is_limited_for_an_address(client, edition):
    codes = [client.post("/contact/ticket/", question(client)).status_code for _ in range(6)]
    assert codes == [302] * 5 + [429]
    assert Ticket.objects.count() == 5


@pytest.mark.rule("R-37")
def test_secret_address_opens_its_ticket_alone(client, edition):
    ticket = scene.visitors(edition, files=[FILE])
    other = scene.visitors(edition, files=[FILE])
    file = ticket.messages.get().attachments.get()
    got = client.get(f"/tickets/{ticket.page_token}/files/{file.pk}/")
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert b"".join(got) == b"%PDF-1.7"
    assert client.get(f"/tickets/{other.page_token}/files/{file.pk}/").status_code == 404
    for token in (ticket.mail_token, ticket.reference, "0" * 32):
        assert client.get(f"/tickets/{token}/").status_code == 404
    members = scene.members(edition, factories.company())
    assert client.get(f"/tickets/{members.page_token}/").status_code == 404


def test_guessing_secret_addresses_is_limited(client, edition):
    codes = {client.get(f"/tickets/{number:032d}/").status_code for number in range(121)}
    assert codes == {404, 429}


def test_link_that_came_too_late_says_so(client, edition):
    ticket = scene.visitors(edition, confirmed=False)
    with clock.moved_to(FRIDAY + timedelta(hours=25)):
        text = page(client.get(f"/tickets/{ticket.page_token}/"))
        assert "確認的時間已經過了" in text
        assert "確認送出</button>" not in text
        assert client.post(f"/tickets/{ticket.page_token}/confirmation/").status_code == 409


# Members


@pytest.mark.rule("R-34")
def test_member_asks_about_an_order_and_follows_the_answer(edition, client):
    company = factories.granted(edition, at=FRIDAY)
    order = factories.draft(edition, company, at=FRIDAY)
    browser = signed_in(company.memberships.get().user)
    assert "還沒有提出問題" in page(browser.get("/member/tickets/"))
    text = page(browser.get(f"/member/tickets/new/?order={order.number}"))
    assert f'<option value="{order.number}" selected>' in text
    said = question(browser, "/member/tickets/new/", order=order.number)
    answer = browser.post("/member/tickets/new/", said)
    ticket = Ticket.objects.get()
    assert (ticket.order, ticket.company, ticket.state) == (order, company, "OPEN")
    text = page(browser.get(answer["Location"]))
    assert "2026年11月30日（一）18:00</time>前回覆" in text
    assert ticket.reference in text
    _user, agent = scene.agent()
    desk.answer(ticket, "已查詢。", version=ticket.version, by=agent, at=FRIDAY)
    text = page(browser.get(f"/member/tickets/{ticket.reference}/"))
    assert "已查詢。" in text
    assert "張客服" not in text
    browser.post(f"/member/tickets/{ticket.reference}/reply/", {"key": hidden(text, "key"), "body": "謝謝"})
    browser.post(f"/member/tickets/{ticket.reference}/closing/")
    assert "已結案" in page(browser.get("/member/tickets/"))


@pytest.mark.rule("R-37")
def test_other_company_gets_404(edition):
    ticket = scene.members(edition, factories.participant(edition, at=FRIDAY), files=[FILE])
    file = ticket.messages.get().attachments.get()
    stranger = signed_in(factories.user(factories.participant(edition, at=FRIDAY)))
    path = f"/member/tickets/{ticket.reference}/"
    assert stranger.get(path).status_code == 404
    assert stranger.get(f"{path}files/{file.pk}/").status_code == 404
    for act in ("reply", "closing"):
        assert stranger.post(f"{path}{act}/", {"body": "x"}).status_code == 404
    assert ticket.reference not in page(stranger.get("/member/tickets/"))
    assert (ticket.messages.count(), Ticket.objects.get().state) == (1, "OPEN")


@pytest.mark.rule("R-37")
def test_order_of_another_company_cannot_be_named(edition):
    order = factories.draft(edition, factories.granted(edition, at=FRIDAY), at=FRIDAY)
    company = factories.participant(edition, at=FRIDAY)
    browser = signed_in(factories.user(company))
    answer = browser.post(
        "/member/tickets/new/", question(browser, "/member/tickets/new/", order=order.number)
    )
    assert "請從清單選擇貴公司的訂單" in page(answer, 422)
    assert not Ticket.objects.exists()


@pytest.mark.rule("R-37")
def test_company_sees_who_looked_behind_its_ticket_when_and_why(edition, agents):
    company = factories.granted(edition, at=FRIDAY)
    order = factories.submitted(edition, company, at=FRIDAY)
    ticket = scene.members(edition, company, order=order)
    agent = agents[1]
    desk.look(ticket, "查訂單進度", by=agent, at=FRIDAY)
    desk.note(ticket, "老客戶", by=agent, at=FRIDAY)
    desk.answer(ticket, "已查詢。", version=ticket.version, by=agent, at=FRIDAY)
    desk.close(ticket, "已說明完畢", version=ticket.version + 1, by=agent, at=FRIDAY)
    browser = signed_in(company.memberships.get().user)
    record = page(browser.get(f"/member/tickets/{ticket.reference}/")).partition('id="record"')[2]
    for said in (
        "貴公司",
        "查看企業與訂單資料",
        "查訂單進度",
        "客服回覆",
        "服務單結案",
        "已說明完畢",
        "11月27日",
    ):
        assert said in record
    assert not any(name in record for name in ("張客服", "老客戶", "內部備註"))
    told = page(browser.get(f"/member/orders/{order.number}/"))
    assert "客服查看訂單資料" in told
    assert "理由：查訂單進度" in told


@pytest.mark.rule("R-36")
def test_page_of_an_erased_ticket_says_so(edition, agents, client):
    company = factories.participant(edition, at=FRIDAY)
    visitors, members = scene.visitors(edition), scene.members(edition, company)
    for ticket in (visitors, members):
        desk.close(ticket, "已說明", version=ticket.version, by=agents[1], at=FRIDAY)
    due = FRIDAY + timedelta(days=731)
    assert retention.erase_tickets(at=due) == 2
    browser = signed_in(company.memberships.get().user)
    paths = {f"/tickets/{visitors.page_token}/": client, f"/member/tickets/{members.reference}/": browser}
    for path, who in paths.items():
        text = page(who.get(path))
        assert "內容已刪除" in text
        assert "補充說明" not in text
        assert who.post(f"{path}reply/", {"body": "還有", "key": uuid.uuid4()}).status_code == 409
    assert "（內容已刪除）" in page(browser.get("/member/tickets/"))
    assert agents[0].get(f"/support/tickets/{visitors.reference}/").status_code == 404


@pytest.mark.rule("R-36")
def test_how_long_a_question_is_kept_is_said_where_it_is_written(edition, client):
    ChatTerms.objects.create(programme=edition, visitor_days=31, company_days=365)
    assert "結案31天後刪除" in page(client.get("/contact/ticket/"))
    browser = signed_in(factories.user(factories.participant(edition, at=FRIDAY)))
    assert "結案365天後刪除" in page(browser.get("/member/tickets/new/"))
    assert "14天後刪除" in page(client.get("/policies/privacy/"))


# The desk


@pytest.fixture
def agents():
    user, actor = scene.agent()
    return signed_in(user), actor


def rows_of(browser, query=""):
    with CaptureQueriesContext(connection) as captured:
        text = page(browser.get(f"/support/tickets/{query}"))
    return re.findall(r">(TK\d{10})<", text), len(captured)


def test_desk_lists_and_filters_in_a_constant_number_of_queries(edition, agents):
    browser, actor = agents
    first = scene.visitors(edition)
    scene.visitors(edition, confirmed=False)
    rows_of(browser)  # what every page shows is read now
    one = rows_of(browser)
    mine = scene.members(edition, factories.company(), at=FRIDAY + timedelta(days=4))
    desk.assign(mine, scene.questions.agents().get(), version=mine.version, by=actor, at=FRIDAY)
    late = scene.visitors(edition)
    Ticket.objects.filter(pk=late.pk).update(late_at=MONDAY)
    for _ in range(5):
        scene.visitors(edition, subject="別的")
    many = rows_of(browser)
    assert (len(one[0]), len(many[0])) == (1, 8)
    assert many[1] == one[1]
    assert rows_of(browser, "?show=mine")[0] == [mine.reference]
    assert rows_of(browser, "?show=late")[0] == [late.reference]
    assert mine.reference not in rows_of(browser, "?show=unassigned")[0]
    assert rows_of(browser, f"?q={first.reference[4:]}")[0] == [first.reference]
    assert rows_of(browser, "?state=CLOSED")[0] == []


def test_agent_answers_asks_notes_hands_over_and_closes(edition, agents):
    browser, _actor = agents
    ticket = scene.visitors(edition)
    path = f"/support/tickets/{ticket.reference}/"
    colleague, _ = scene.agent("李客服")

    def post(act, **values):
        text = page(browser.get(path))
        filled = {"key": hidden(text, "key"), "version": hidden(text, "version")} | values
        answer = browser.post(f"{path}{act}/", filled)
        assert answer.status_code == 302, answer.content.decode()[:2000]
        ticket.refresh_from_db()

    post("assignment", to=colleague.pk)
    assert ticket.assigned_to == colleague
    post("note", note="老客戶")
    post("answer", body="請提供統編", ask="1")
    assert ticket.state == "WAITING"
    post("answer", body="已處理")
    assert ticket.state == "ANSWERED"
    post("closing", **{"closing-version": ticket.version, "closing-reason": "已說明"})
    assert ticket.state == "CLOSED"
    text = page(browser.get(path))
    assert "老客戶" in text
    assert "寄出回覆" not in text
    assert "老客戶" not in page(Client().get(f"/tickets/{ticket.page_token}/"))


def test_agent_who_is_late_keeps_what_was_typed(edition, agents):
    browser, _actor = agents
    ticket = scene.visitors(edition)
    path = f"/support/tickets/{ticket.reference}/"
    text = page(browser.get(path))
    tickets.reply(ticket, "等等，還有一件事", by=tickets.visitor(ticket), at=FRIDAY)
    values = {"key": hidden(text, "key"), "version": hidden(text, "version"), "body": "打了很久的回覆"}
    text = page(browser.post(f"{path}answer/", values), 409)
    assert "打了很久的回覆" in text
    assert "等等，還有一件事" in text
    values["version"] = hidden(text, "version")
    assert browser.post(f"{path}answer/", values).status_code == 302


@pytest.mark.rule("R-37")
def test_company_and_order_are_masked_until_a_reason_is_recorded(edition, agents):
    browser, _actor = agents
    company = factories.granted(edition, at=FRIDAY)
    order = factories.draft(edition, company, at=FRIDAY)
    ticket = scene.members(edition, company, order=order)
    path = f"/support/tickets/{ticket.reference}/"
    secrets = (company.name, company.ubn, order.number)
    for text in (page(browser.get(path)), page(browser.get("/support/tickets/"))):
        assert [secret for secret in secrets if secret in text] == []
    assert "請填寫理由" in page(browser.post(f"{path}look/", {"look-reason": ""}), 422)
    assert not Event.objects.filter(type="ticket.details_seen").exists()
    assert browser.post(f"{path}look/", {"look-reason": "查訂單進度"}).status_code == 302
    text = page(browser.get(path))
    assert [secret for secret in secrets if secret not in text] == []
    assert "查訂單進度" in text
    with clock.moved_to(FRIDAY + timedelta(hours=9)):
        assert company.ubn not in page(browser.get(path))


def test_unconfirmed_question_is_not_found_by_agents(edition, agents):
    browser, _actor = agents
    ticket = scene.visitors(edition, confirmed=False)
    assert browser.get(f"/support/tickets/{ticket.reference}/").status_code == 404
    assert browser.post(f"/support/tickets/{ticket.reference}/answer/", {"body": "x"}).status_code == 404


def test_held_mail_is_decided_by_an_agent(edition, agents):
    browser, _actor = agents
    ticket = scene.visitors(edition)
    hostile = "<script>alert(1)</script>"
    held = [
        scene.came(
            mail(hostile, sender=f"o{n}@example.tw", message_id=f"<{n}@o>"),
            to=scene.reply_to(ticket),
            sender="o@o.tw",
        )
        for n in range(3)
    ]
    assert page(browser.get("/support/mails/")).count("寄件人不是這張服務單的提問者") == 3
    text = page(browser.get(f"/support/mails/{held[0].pk}/"))
    assert hostile not in text
    assert ticket.reference in text
    wrong = browser.post(f"/support/mails/{held[0].pk}/adding/", {"reference": "TK9"})
    assert "找不到這個編號" in page(wrong, 409)
    browser.post(f"/support/mails/{held[0].pk}/adding/", {"reference": ticket.reference})
    browser.post(f"/support/mails/{held[1].pk}/opening/")
    browser.post(f"/support/mails/{held[2].pk}/dismissal/")
    assert InboundMail.objects.filter(verdict="held").count() == 0
    assert browser.get(f"/support/mails/{held[0].pk}/").status_code == 404
    assert "沒有等待處理的來信" in page(browser.get("/support/mails/"))
