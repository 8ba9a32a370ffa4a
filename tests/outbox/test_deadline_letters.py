"""What people are told when a deadline moves (R-28): both parties, why, from which day to which; nothing that is over."""

from datetime import date

import pytest
from django.core import mail
from django.utils.translation import override

from tcloud.core import calendar
from tcloud.core import operations as calendar_acts
from tcloud.core.models import Event
from tcloud.members.models import Company, User
from tcloud.orders import operations as orders
from tcloud.orders import words
from tcloud.outbox import operations
from tcloud.programme.models import Programme
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
MONDAY = date(2027, 1, 18)


@pytest.fixture
def edition() -> Programme:
    return factories.programme()


@pytest.fixture
def company(edition: Programme) -> Company:
    made = factories.granted(edition)
    factories.user(made, email="owner@example.tw")
    return made


def moved_letters() -> dict[str, str]:
    """Move the deadlines and deliver what was recorded: {address: text}."""
    mail.outbox.clear()
    orders.move_deadlines(at=NOW)
    for event in Event.objects.filter(type="order.deadline_moved").order_by("id"):
        operations.deliver(event.pk, at=NOW)
    return {sent.to[0]: f"{sent.subject}\n{sent.body}" for sent in mail.outbox}


@pytest.mark.rule("R-28")
def test_both_parties_learn_the_new_day_and_why(edition: Programme, company: Company) -> None:
    order = factories.accepted(edition, company)
    factories.closure(MONDAY, "臺北市")
    sent = moved_letters()
    assert set(sent) == {"owner@example.tw", order.supplier.contact_email}
    own, other = sent["owner@example.tw"], sent[order.supplier.contact_email]
    for text in (own, other):
        assert "付款期限：2027年1月20日（三），剩 2 個工作天（原為2027年1月19日（二））" in text
        assert "2027年1月18日（一）臺北市停班（颱風）" in text
    assert "請在新的期限前完成" in own
    assert "您不需要做任何事" in other


@pytest.mark.rule("R-28")
def test_one_letter_tells_all_deadlines_of_an_order_and_the_company_not_of_the_invoice(
    edition: Programme, company: Company
) -> None:
    order = factories.paid(edition, company)
    factories.closure(MONDAY)
    sent = moved_letters()
    assert len(mail.outbox) == 2
    assert "開立發票期限" in sent[order.supplier.contact_email]
    assert "提供服務期限" in sent[order.supplier.contact_email]
    assert "開立發票期限" not in sent["owner@example.tw"]
    assert "全國停班" in sent["owner@example.tw"]


@pytest.mark.rule("R-28")
def test_nobody_is_told_of_a_deadline_that_is_over_meanwhile(edition: Programme, company: Company) -> None:
    order = factories.submitted(edition, company)
    factories.closure(MONDAY)
    orders.move_deadlines(at=NOW)
    orders.withdraw(order, by=factories.actor(company), at=NOW)
    assert moved_letters() == {}


@pytest.mark.rule("R-28")
def test_letter_and_timeline_speak_english(edition: Programme, company: Company) -> None:
    User.objects.filter(email="owner@example.tw").update(language="en")
    factories.accepted(edition, company)
    closure = factories.closure(MONDAY, "臺北市")
    text = moved_letters()["owner@example.tw"]
    assert "Wed 20 Jan 2027, 2 working days left (was Tue 19 Jan 2027)" in text
    assert "Taipei City" in text
    calendar_acts.revoke_closure(
        closure, reason="誤植", drawn_from=calendar.serial_now(), by=factories.officer(), at=NOW
    )
    orders.move_deadlines(at=NOW)
    event = Event.objects.filter(type="order.deadline_moved").latest("id")
    with override("en"):
        said = words.moved(event.data)
    assert "moved from Wed 20 Jan 2027 to Tue 19 Jan 2027. Reason: the closure of Mon 18 Jan 2027" in said
    with override("zh-hant"):
        assert words.moved(event.data) == (
            "付款期限由2027年1月20日（三）改為2027年1月19日（二）。原因：撤銷2027年1月18日（一）臺北市的停班公告。"
        )
