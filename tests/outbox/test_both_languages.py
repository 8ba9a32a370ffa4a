"""Every letter of the table in both languages: each can be written, they differ, and English holds no Chinese but what people wrote."""

import re
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db.models import CharField, JSONField, Model, TextField
from django.utils.translation import override

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import PlanChange
from tcloud.choosing import operations as choosing
from tcloud.choosing.models import ComparisonShare
from tcloud.core import events
from tcloud.core.models import Event
from tcloud.eligibility.models import Application, Check
from tcloud.members import operations as members
from tcloud.members.models import AddressChange, Company, Membership
from tcloud.orders import operations as orders
from tcloud.orders.models import DraftRequest, Obligation
from tcloud.outbox.letters import COMPOSERS, Letter, Occasion
from tcloud.outbox.rendering import Footer, render
from tcloud.outbox.table import TABLE, Post
from tcloud.payments import operations as payments
from tcloud.payments.models import Charge, PayCode, Statement
from tcloud.points import operations as points
from tcloud.points.models import Grant, WaitingEntry
from tcloud.programme.models import Programme
from tcloud.support.operations import chat
from tests import factories
from tests.choosing import scene as wishes
from tests.choosing.test_wishes import save
from tests.factories import NOW
from tests.support import chats, expert_scene, scene

pytestmark = pytest.mark.django_db
HAN = re.compile(r"[\u3001-\u303f\u3400-\u9fff\uff01-\uffef]+")
ROWS = [(type, post) for type, posts in sorted(TABLE.items()) for post in posts]
# what of a subject decides whether there is something to say; tried until there is
STATES = {
    "orders.order": {
        "state": ("SUBMITTED", "ACCEPTED", "DELIVERED", "COMPLETED", "DECLINED", "DISPUTED"),
        "service_ends_at": (NOW,),
    },
    "eligibility.application": {"state": ("CONSENTED", "ELIGIBLE", "INELIGIBLE", "IN_REVIEW")},
    "support.ticket": {"state": ("OPEN", "UNCONFIRMED", "ANSWERED"), "late_at": (NOW,)},
    "members.addresschange": {"confirmed_at": (NOW,)},
    "support.expertrequest": {
        "state": ("REQUESTED", "ASSIGNED", "PROPOSED", "AGREED", "VISITED", "REPORTED", "CLOSED"),
        "owed_missed_at": (NOW,),
        "owed": ("assign", "propose", "answer", "visit", "report"),
    },
    "choosing.question": {"state": ("ASKED", "ANSWERED", "HIDDEN")},
    "choosing.review": {"state": ("PUBLISHED", "HIDDEN")},
    "orders.draftrequest": {"state": ("ASKED", "APPROVED", "RETURNED")},
    "catalogue.planchange": {"state": ("SUBMITTED", "RETURNED", "APPROVED")},
}


@pytest.fixture
def world() -> SimpleNamespace:
    """One thing of every kind that is written about."""
    edition = factories.programme()
    company = factories.granted(edition)
    owner = factories.user(company, email="owner@example.tw")
    order = factories.delivered(edition, company)
    plan = order.plan_version.plan
    for kind in ("reissue", "credit"):
        Obligation.objects.create(
            order=order,
            kind=kind,
            party="supplier",
            begins_at=NOW,
            working_days=2,
            due_at=NOW,
            calendar_serial=0,
        )
    requested = asked_for(edition, factories.granted(edition))  # before somebody waits for points
    poor = factories.company()
    comparison = choosing.save_comparison(
        company,
        "比較表",
        wishes.versions([plan, factories.plan()]),
        user=owner,
        by=wishes.by(company),
        at=NOW,
    )
    asked = wishes.answered(wishes.asked(company, plan))
    held = chats.taken(edition, chats.agent())
    chats.said(held, "請問點數怎麼用？")
    application = Application.objects.create(
        programme=edition, token="t", started_at=NOW, organisation="測試商行", ubn="50000006", contact_email="a@b.tw",
        review_due_at=None,
    )  # fmt: skip
    application.review_due_at = NOW
    Check.objects.create(
        application=application, run=1, rule="R-02", outcome="fail", sentence="公司登記的狀態為停業。", at=NOW,
        evidence=[{"source": "經濟部商工登記"}],
    )  # fmt: skip
    return SimpleNamespace(
        member=AddressChange.objects.create(user=owner, email="new@b.tw", former="owner@example.tw", asked_at=NOW),
        application=application,
        points=Grant.objects.get(company=company),
        reversal=points.request_reversal(
            Grant.objects.get(company=company), reason="重複申請", by=factories.officer(factories.user(staff_role="officer")), at=NOW
        ),
        order=order,
        charge=order,
        paid=Charge.objects.get(),
        code=PayCode.objects.create(charge=Charge.objects.get(), method="cvs", number="LLL22251222222", expires_at=NOW, received_at=NOW),
        said=orders.write(order, "您好", [], request_key="k", by=factories.actor(company, by=owner), at=NOW),
        settlement=Statement.objects.create(day=NOW.date(), fetched_at=NOW, content=b"x", sha256="0" * 64),
        answered=orders.write(
            order, "收到", [], request_key="k2", by=factories.actor(order.supplier.company, "supplier"), at=NOW
        ),
        proposal=orders.propose_refund(order, 1_000, reason="因為颱風", by=factories.actor(company, by=owner), at=NOW),
        plan=plan,
        plan_change=factories.submitted_change(),
        approved=approved(),
        search=save(company),
        comparison=ComparisonShare.objects.create(
            comparison=comparison, to=owner, shared_by=owner, note="請看", shared_at=NOW
        ),
        question=asked,
        review=wishes.reviewed(wishes.completed(edition, factories.granted(edition))),
        chat=held,
        transcript=chat.ask_transcript(held, email="lin@example.tw", by=chats.ASKER, at=NOW),
        ticket=scene.visitors(edition, at=NOW),
        expert=expert_scene.closed(),
        calendar=edition,
        waiting=WaitingEntry.objects.create(programme=edition, company=poor, completed_at=NOW),
        # about these their order is written to
        invoice=order, allowance=order, order_change=order, refund_proposal=order, refund=order, transfer=order,
        draft_request=requested,
        invitation=members.invite(
            company, email="new@example.tw", may_order=False, user=owner, by=factories.actor(company, by=owner), at=NOW
        ),
        payment_account=payments.set_bank_account(
            order.supplier.company, bank_code="004", bank_name="臺灣銀行", account_no="012345678901", account_name="測試",
            by=factories.actor(order.supplier.company, "supplier"), at=NOW,
        ),
    )  # fmt: skip


def asked_for(edition: Programme, company: Company) -> DraftRequest:
    """A colleague without the right to order asks for a draft to be sent."""
    colleague = factories.user(company, email="colleague@example.tw")
    Membership.objects.filter(user=colleague).update(role="colleague", may_order=False)
    by = replace(factories.actor(company, by=colleague), may_bind=False)
    order = factories.draft(edition, company, points=1, user=colleague, by=by)
    request = orders.ask(order, note="請核准", user=colleague, by=by, at=NOW)
    DraftRequest.objects.filter(pk=request.pk).update(reason="太貴")
    request.refresh_from_db()
    return request


def approved() -> PlanChange:
    change = factories.submitted_change()
    return catalogue.approve_change(change, version=change.version, by=factories.officer(), at=NOW)


def subject_of(world: SimpleNamespace, type: str) -> Model:
    match type:
        case "points.waiting" | "points.waiting_ended":
            return world.waiting
        case "chat.transcript_sent":
            return world.transcript
        case "plan_change.approved":
            return world.approved
        case "member.invited":
            return world.invitation
    return getattr(world, type.partition(".")[0])


def data_of(world: SimpleNamespace, type: str) -> dict[str, Any]:
    """What the events carry, of all kinds at once."""
    grant: Grant = world.points
    return {
        "serial": world.application.code_serial, "points": 30_000, "reason": "因為颱風", "kind": "seats" if type.startswith("order_change.") else "activation", "before": {"seats": 3}, "after": {"seats": 2}, "number": "AB12345678",
        "reversal": world.reversal.pk, "year": 2028, "plans": [world.plan.code],
        "deadlines": [{"kind": "confirm", "old": NOW.isoformat(), "new": NOW.isoformat()}], "days": ["2027-01-18"],
        "owed": getattr(world.expert, "owed", ""), "due_at": NOW.isoformat(), "expert_name": "李專家", "remarks": {"a": "b"},
        "message": (world.said if type.startswith("order.") else world.ticket.messages.latest("id")).pk, "files": 0, "slots": [[NOW.isoformat(), NOW.isoformat()]],
        "starts_at": NOW.isoformat(), "ends_at": grant.usable_until.isoformat(), "because": [], "amount_twd": 1_000, "answer": "不合理", "invoice": "AB12345678", "total_twd": 500, "count": 2, "day": "2027-01-15", "last_five": "12345", "why": "amount", "paid_on": "2027-01-15", "answer_before": NOW.isoformat(), "code": world.code.pk,
    }  # fmt: skip


def variants(subject: Model) -> Any:
    """The subject in every state, on the way to one there is something to say about."""
    yield subject
    for name, values in STATES.get(subject._meta.label_lower, {}).items():
        for value in values:
            setattr(subject, name, value)
            yield subject


def written(world: SimpleNamespace, type: str, post: Post) -> Letter | None:
    subject, data = subject_of(world, type), data_of(world, type)
    if post.template == "message_to_company":
        data["message"] = world.answered.pk
    if post.template == "charge_to_refund_supplier":  # only what the supplier is to send back
        Charge.objects.filter(pk=world.paid.pk).update(method="bank_transfer")
    named = world.paid if type.startswith("charge.") else subject
    for one in variants(subject):
        for actor in ("system", "officer", "company", "supplier"):
            event = Event(
                type=type, subject=events.subject_of(named), case="x/1", at=NOW, actor_kind=actor,
                data=data | {"owed": getattr(one, "owed", "")},
            )  # fmt: skip
            if letter := COMPOSERS[post.template](Occasion(event, one, NOW)):
                return letter
    return None


def people_wrote() -> str:
    """All words in the database: names, texts, the edition's own."""
    found = []
    for model in apps.get_models():
        if not model.__module__.startswith("tcloud."):
            continue
        fields = [
            f.attname for f in model._meta.concrete_fields if isinstance(f, CharField | TextField | JSONField)
        ]
        found += [str(row) for row in model._default_manager.values_list(*fields)[:200]] if fields else []
    return "\n".join(found)


def test_every_letter_speaks_both_languages(world: SimpleNamespace) -> None:
    said_by_people = people_wrote() + "因為颱風李專家不合理"
    silent, alike, chinese = [], [], {}
    for type, post in ROWS:
        made = {}
        for language in ("zh-hant", "en"):
            with override(language):
                if letter := written(world, type, post):
                    made[language] = render(letter, Footer(post.audience, post.category, True))
        if set(made) != {"zh-hant", "en"}:
            silent.append((type, post.template))
            continue
        if made["zh-hant"].subject == made["en"].subject or made["zh-hant"].text == made["en"].text:
            alike.append((type, post.template))
        left = {run for run in HAN.findall(made["en"].text + made["en"].subject) if run not in said_by_people}
        if left:
            chinese[type, post.template] = left
    assert (silent, alike, chinese) == ([], [], {})
