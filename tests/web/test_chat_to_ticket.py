"""From text support to a ticket: what was written comes along, and nobody else's does (R-34, R-37)."""

import uuid
from html import unescape

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tcloud.core import clock
from tcloud.support.models import Conversation, Ticket
from tcloud.support.operations import chat as writing
from tcloud.support.operations import chat_desk
from tcloud.web.ui import chat_access
from tcloud.web.ui.acting import COMPANY_KEY
from tests import factories
from tests.factories import signed_in
from tests.support.scene import FRIDAY
from tests.web.order_pages import hidden, page
from tests.web.test_ticket_pages import question

pytestmark = pytest.mark.django_db
OPEN = FRIDAY.replace(hour=17, minute=30)


@pytest.fixture(autouse=True)
def moment():
    cache.clear()
    with clock.moved_to(FRIDAY):
        yield


@pytest.fixture
def edition():
    return factories.programme(at=FRIDAY, code="tcloud")


def begun(browser, **said):
    """A conversation of this browser's, half past five on the Friday, closed at six."""
    with clock.moved_to(OPEN):
        drawn = browser.get(reverse("chat_start")).context["form"]
        said = {"body": "點數怎麼領？", "client_id": drawn.initial["client_id"]} | said
        assert browser.post(reverse("chat_start"), said).status_code == 302
        held = Conversation.objects.latest("id")
        writing.write(
            held, body="有期限嗎？", client_id=uuid.uuid4(), by=chat_access.asker(held), at=clock.now()
        )
    chat_desk.close_left_over(at=FRIDAY)
    return held


def prefilled(answer):
    form = answer.context["form"]
    return {name: form[name].value() for name in ("subject", "body", "name", "order") if name in form.fields}


@pytest.mark.rule("R-34")
def test_a_visitors_ticket_goes_on_where_her_conversation_ended(client, edition):
    held = begun(client, name="林小姐")
    state = page(client.get(reverse("chat_conversation", args=[held.number])))
    path = f"{reverse('ticket_new')}?conversation={held.number}"
    assert path in state
    assert prefilled(client.get(path)) == {
        "subject": f"接續文字客服對話{held.number}",
        "body": "點數怎麼領？\n\n有期限嗎？",
        "name": "林小姐",
    }
    assert client.post(path, question(client, path)).status_code == 302
    assert Ticket.objects.get().subject == "點數沒有到"


@pytest.mark.rule("R-34")
def test_a_members_ticket_goes_on_with_her_order_at_her_own_form(edition):
    company = factories.granted(edition)
    order, browser = factories.submitted(edition, company), signed_in(factories.user(company))
    held = begun(browser, order=order.pk)
    path = f"{reverse('member_ticket_new')}?conversation={held.number}"
    assert path in page(browser.get(reverse("chat_conversation", args=[held.number])))
    assert prefilled(browser.get(path)) == {
        "subject": f"接續文字客服對話{held.number}",
        "body": "點數怎麼領？\n\n有期限嗎？",
        "order": order.number,
    }
    sent_on = browser.get(reverse("ticket_new"), {"conversation": held.number})
    assert sent_on["Location"] == path
    staff = signed_in(factories.user(staff_role="officer"))
    assert staff.get(reverse("ticket_new")).status_code == 200


@pytest.mark.rule("R-37")
def test_anothers_conversation_fills_in_nothing(client, edition):
    company = factories.granted(edition)
    owner, colleague = factories.user(company), factories.user(company)
    held = [begun(Client(), name="別人"), begun(signed_in(owner))]
    begun(client)
    for number in [each.number for each in held] + ["CH0000000000", "<b>", "CH٣٣٣٣٣٣٣٣٣٣"]:
        for browser, name in ((client, "ticket_new"), (signed_in(colleague), "member_ticket_new")):
            shown = prefilled(browser.get(reverse(name), {"conversation": number}))
            assert not any(shown.values()), (number, name)


@pytest.mark.rule("R-34")
def test_what_was_typed_after_closing_time_goes_on_to_the_ticket(client, edition):
    companies = [factories.granted(edition) for _ in range(2)]
    order, user = factories.submitted(edition, companies[1]), factories.user(companies[0])
    user.memberships.create(company=companies[1], role="owner")
    typed = "第一行\r\n<b>第二行</b>"
    for browser, said, name in (
        (client, {"name": "林小姐"}, "ticket_new"),
        (signed_in(user), {"company": companies[1].pk, "order": order.pk}, "member_ticket_new"),
    ):
        late = browser.post(reverse("chat_start"), {"body": typed, "client_id": str(uuid.uuid4())} | said)
        text = page(late, 409)
        assert f'<form method="post" action="{reverse(name)}">' in text
        assert "留服務單</a>" not in text
        carried = late.context["typed"]
        assert unescape(hidden(text, "typed")) == typed
        answer = browser.post(reverse(name), carried)
        page(answer)
        shown = prefilled(answer)
        assert shown["body"] == typed
        assert shown.get("name") == ("林小姐" if browser is client else None)
        assert shown.get("order") == (None if browser is client else order.number)
        assert answer.context["form"].initial["key"]
    assert not Ticket.objects.exists()
    assert browser.session[COMPANY_KEY] == companies[1].pk
    page(client.post(reverse("ticket_new"), {"typed": "長" * 30_000}))


@pytest.mark.rule("R-34")
def test_what_was_typed_into_a_conversation_that_ended_goes_on_to_the_ticket(client, edition):
    held = begun(client)
    said = {"body": "還有一句", "client_id": str(uuid.uuid4())}
    late = client.post(reverse("chat_messages", args=[held.number]), said)
    path = f"{reverse('ticket_new')}?conversation={held.number}"
    assert f'<form method="post" action="{path}">' in page(late, 409)
    shown = prefilled(client.post(path, late.context["typed"]))
    assert shown["body"] == "點數怎麼領？\n\n有期限嗎？\n\n還有一句"
