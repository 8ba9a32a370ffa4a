"""Letters about plans (R-32): officers hear of what waits, suppliers of what was decided; each once."""

import pytest
from django.core import mail

from tcloud.catalogue import operations as catalogue
from tcloud.core.models import Event
from tcloud.outbox import operations
from tests import factories
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-32")]


def letters(type: str) -> dict[str, str]:
    mail.outbox.clear()
    event = Event.objects.filter(type=type).latest("id")
    for _ in range(2):  # a repeated job sends nothing twice
        operations.deliver(event.pk, at=NOW)
    assert len({sent.to[0] for sent in mail.outbox}) == len(mail.outbox)
    return {sent.to[0]: f"{sent.subject}\n{sent.body}" for sent in mail.outbox}


@pytest.fixture(autouse=True)
def edition() -> None:
    factories.programme()


def test_officers_hear_of_a_plan_that_waits_and_no_more_once_it_is_taken_back() -> None:
    factories.user(staff_role="officer", email="officer@example.tw")
    change = factories.submitted_change(price_twd=36_000)
    text = letters("plan_change.submitted")["officer@example.tw"]
    assert "NT$36,000" in text
    assert "2027年1月22日（五），剩 5 個工作天" in text
    assert f"/office/plans/changes/{change.pk}/" in text
    catalogue.take_back_change(change, version=change.version, by=factories.change_actor(change), at=NOW)
    event = Event.objects.filter(type="plan_change.submitted").latest("id")
    mail.outbox.clear()
    operations.deliver(event.pk, at=NOW)
    assert mail.outbox == []


def test_the_supplier_hears_why_it_was_returned_and_that_it_was_approved() -> None:
    change = factories.submitted_change()
    back = catalogue.return_change(
        change,
        {"price_twd": "請附調價說明"},
        "請補正價格",
        version=change.version,
        by=factories.officer(),
        at=NOW,
    )
    address = change.supplier.contact_email
    text = letters("plan_change.returned")[address]
    assert "請補正價格" in text
    assert "有1個欄位附了理由" in text
    assert f"/supplier/plans/changes/{change.pk}/" in text
    by = factories.change_actor(change)
    mended = catalogue.save_change(back, {"price_twd": 50_000}, version=back.version, by=by, at=NOW)
    sent = catalogue.submit_change(mended, version=mended.version, by=by, at=NOW)
    done = catalogue.approve_change(sent, version=sent.version, by=factories.officer(), at=NOW)
    text = letters("plan_change.approved")[address]
    assert "第1版已通過審查" in text
    assert done.plan is not None
    assert f"/plans/{done.plan.code}/" in text


def test_the_supplier_hears_that_the_office_took_its_plan_off_and_put_it_back() -> None:
    plan = factories.plan()
    officer = factories.officer(factories.user(staff_role="officer"))
    catalogue.delist(plan, reason="內容不實", by=officer, at=NOW)
    assert "內容不實" in letters("plan.delisted")[plan.solution.supplier.contact_email]
    catalogue.relist(plan, reason="已改善", by=officer, at=NOW)
    assert "重新上架" in letters("plan.relisted")[plan.solution.supplier.contact_email]
