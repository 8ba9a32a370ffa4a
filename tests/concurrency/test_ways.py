"""Two owners answer one request, a contract races with a withdrawal, two companies want a code's last use, two workers remind."""

from datetime import timedelta
from functools import partial

import pytest

from tcloud.core.actors import COMPANY, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.leads import operations as leads
from tcloud.leads.models import Introduction
from tcloud.members import operations as members
from tcloud.members.models import Invitation, Membership
from tcloud.orders import operations as orders
from tcloud.orders.models import DraftRequest, Order
from tests import factories
from tests.factories import NOW, PASSWORD

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]


def won(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, Refusal)]


class Asked:
    """A colleague's draft that waits for one of two owners."""

    def __init__(self, edition, company):
        self.owners = [factories.user(company) for _ in range(2)]
        helper = factories.user()
        Membership.objects.create(user=helper, company=company, role="colleague", may_order=False)
        self.by = Actor(COMPANY, helper.pk, company.pk, "helper", may_bind=False)
        order = factories.draft(edition, company, user=helper, by=self.by)
        self.request = orders.ask(order, note="", user=helper, by=self.by, at=NOW)
        self.company = company

    def owner(self, place):
        return {
            "user": self.owners[place],
            "by": factories.actor(self.company, by=self.owners[place]),
            "at": NOW,
        }


def test_of_two_answers_and_a_withdrawal_at_once_one_counts(race):
    edition = factories.programme()
    company = factories.granted(edition)
    for _round in range(5):
        asked = Asked(edition, company)
        outcomes = race(
            partial(orders.approve, asked.request, **asked.owner(0)),
            partial(orders.send_back, asked.request, reason="r", **asked.owner(1)),
            partial(orders.withdraw_request, asked.request, by=asked.by, at=NOW),
            partial(orders.approve, asked.request, **asked.owner(1)),
        )
        assert len(won(outcomes)) == 1
        told = {
            "APPROVED": "draft_request.approved",
            "RETURNED": "draft_request.returned",
            "WITHDRAWN": "draft_request.withdrawn",
        }
        (state,) = DraftRequest.objects.filter(pk=asked.request.pk).values_list("state", flat=True)
        subject = f"orders.draftrequest/{asked.request.pk}"
        moves = Event.objects.filter(subject=subject).exclude(type="draft_request.asked")
        assert [event.type for event in moves] == [told[state]]


def test_a_contract_is_not_drawn_up_past_a_request_made_at_once(race):
    edition = factories.programme()
    company = factories.granted(edition)
    for _round in range(5):
        asked = Asked(edition, company)
        orders.withdraw_request(asked.request, by=asked.by, at=NOW)
        order = asked.request.order
        race(
            partial(orders.ask, order, note="", user=asked.request.asked_by, by=asked.by, at=NOW),
            partial(orders.ask, order, note="", user=asked.request.asked_by, by=asked.by, at=NOW),
            partial(orders.draw_up_contract, order, by=factories.actor(company), at=NOW),
        )
        drawn_up = Order.objects.get(pk=order.pk).contract_id is not None
        assert DraftRequest.objects.filter(order=order, state="ASKED").count() == (0 if drawn_up else 1)


def test_the_last_use_of_a_code_goes_to_one_company(race):
    edition = factories.programme()
    supplier = factories.supplier()
    user = factories.user(supplier.company)
    for _round in range(5):
        lead = leads.make(
            supplier, plan=None, company_ubn="", most_uses=1, days=30, note="", user=user,
            by=factories.actor(supplier.company, "supplier"), at=NOW,
        )  # fmt: skip
        calls = []
        for company in (factories.granted(edition), factories.granted(edition)):
            person = factories.user(company)
            calls += [
                partial(leads.take_up, lead, company, user=person, by=factories.actor(company), at=NOW)
            ] * 2
        outcomes = race(*calls)
        assert len(won(outcomes)) == 2  # both tabs of one company
        assert Introduction.objects.filter(lead=lead).count() == 1


def test_two_workers_remind_once(race):
    edition = factories.programme()
    company = factories.granted(edition)
    plan = factories.plan(price_twd=2_000)
    for _ in range(3):
        factories.completed(edition, company, plan)
    race(*[partial(orders.send_renewal_notices, at=NOW + timedelta(days=350))] * 4)
    assert Event.objects.filter(type="order.term_ending").count() == 3


def test_an_invitation_is_accepted_once(race):
    company = factories.company()
    owner = factories.user(company)
    by = factories.actor(company, by=owner)
    invite = partial(members.invite, company, email="n@example.tw", may_order=True, user=owner, by=by, at=NOW)
    race(invite, invite, invite)
    (invitation,) = Invitation.objects.filter(state="INVITED")
    accept = partial(
        members.accept_as_new, invitation, name="林", phone="", password=PASSWORD, language="zh-hant", at=NOW
    )
    assert len(won(race(accept, accept, partial(members.revoke, invitation, by=by, at=NOW)))) == 1
    assert Membership.objects.filter(company=company).count() in (1, 2)
