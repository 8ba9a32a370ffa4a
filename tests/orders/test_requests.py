"""A colleague prepares a draft, who may order approves or returns it; role × act by table (R-21, R-37)."""

import pytest

from tcloud.core.actors import COMPANY, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.members.models import Membership
from tcloud.orders import operations as orders
from tcloud.orders import queries
from tcloud.orders.models import DraftRequest
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


class Office:
    """A company with an owner, a colleague who may order and one who may not; `by` is who acts."""

    def __init__(self):
        self.edition = factories.programme()
        self.company = factories.granted(self.edition)
        self.people = {"owner": factories.user(self.company)}
        for name, may_order in (("buyer", True), ("helper", False), ("other helper", False)):
            self.people[name] = factories.user()
            Membership.objects.create(
                user=self.people[name], company=self.company, role="colleague", may_order=may_order
            )
        stranger = factories.granted(self.edition)
        self.people["stranger"] = factories.user(stranger)

    def by(self, name):
        return Actor(COMPANY, self.people[name].pk, self.company.pk, name, "helper" not in name)

    def draft(self, **changes):
        values = {"user": self.people["helper"], "by": self.by("helper"), **changes}
        return factories.draft(self.edition, self.company, factories.plan(), **values)

    def asked(self, order=None):
        return orders.ask(
            order or self.draft(), note="請過目", user=self.people["helper"], by=self.by("helper"), at=NOW
        )


@pytest.fixture
def office():
    return Office()


def code(call):
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value.code


def test_asked_twice_it_is_one_request_and_answered_once(office):
    first = office.asked()
    assert office.asked(first.order) == first
    answer = {"user": office.people["owner"], "by": office.by("owner"), "at": NOW}
    orders.send_back(first, reason="先用少一點點數", **answer)
    assert code(lambda: orders.approve(first, **answer)) == "draft_request.answered"
    assert (
        code(lambda: orders.withdraw_request(first, by=office.by("helper"), at=NOW))
        == "draft_request.answered"
    )
    again = office.asked(first.order)
    assert again != first
    assert [row.state for row in queries.requests_of(first.order)] == ["ASKED", "RETURNED"]
    assert not Event.objects.filter(case=first.order.case, type__startswith="draft_request").exists()


def test_return_needs_a_reason(office):
    request = office.asked()
    answer = {"user": office.people["owner"], "by": office.by("owner"), "at": NOW}
    assert code(lambda: orders.send_back(request, reason=" ", **answer)) == "order.reason_missing"
    request.refresh_from_db()
    assert request.state == "ASKED"


def test_contract_waits_for_the_answer_and_then_is_drawn_up_by_who_may_order(office):
    request = office.asked()
    order = request.order
    draw = lambda name: orders.draw_up_contract(order, by=office.by(name), at=NOW)  # noqa: E731
    assert code(lambda: draw("owner")) == "draft_request.open"
    orders.approve(request, user=office.people["buyer"], by=office.by("buyer"), at=NOW)
    assert code(lambda: draw("helper")) == "member.may_not_order"
    assert draw("owner").order_number == order.number
    assert code(lambda: office.asked(order)) == "transition.not_now"
    assert code(lambda: orders.discard(order, by=office.by("helper"), at=NOW)) == "order.not_your_draft"


def test_discarding_a_draft_takes_its_request_back(office):
    request = office.asked()
    assert (
        code(lambda: orders.discard(request.order, by=office.by("other helper"), at=NOW))
        == "order.not_your_draft"
    )
    orders.discard(request.order, by=office.by("helper"), at=NOW)
    request.refresh_from_db()
    assert request.state == "WITHDRAWN"
    assert not queries.waiting_requests(office.company).exists()


# role × act: what each may do to a draft of the helper, to a request for it, and to an order under way
ROLES = ("owner", "buyer", "helper", "other helper")
MAY = {
    "ask": {"helper", "other helper"},
    "approve": {"owner", "buyer"},
    "return": {"owner", "buyer"},
    "take back": {"helper"},
    "discard": {"owner", "buyer", "helper"},
    "draw up": {"owner", "buyer"},
    "sign": {"owner", "buyer"},
    "submit": {"owner", "buyer"},
    "withdraw": {"owner", "buyer"},
    "confirm": {"owner", "buyer"},
    "dispute": {"owner", "buyer"},
}


def attempt(act, name, office):
    by, user = office.by(name), office.people[name]
    of, edition = office.company, office.edition
    match act:
        case "ask":
            orders.ask(office.draft(), note="", user=user, by=by, at=NOW)
        case "approve":
            orders.approve(office.asked(), user=user, by=by, at=NOW)
        case "return":
            orders.send_back(office.asked(), reason="r", user=user, by=by, at=NOW)
        case "take back":
            orders.withdraw_request(office.asked(), by=by, at=NOW)
        case "discard":
            orders.discard(office.draft(), by=by, at=NOW)
        case "draw up":
            orders.draw_up_contract(office.draft(), by=by, at=NOW)
        case "sign":
            contract = orders.draw_up_contract(office.draft(), by=office.by("owner"), at=NOW)
            session = factories.prepared(contract, factories.Party.BUYER)
            orders.finish_company_signature(
                session, factories.signature(session), services=factories.services(NOW), by=by, at=NOW
            )
        case "submit":
            orders.submit(factories.signed(edition, of), by=by, at=NOW)
        case "withdraw":
            orders.withdraw(factories.submitted(edition, of), by=by, at=NOW)
        case "confirm":
            orders.confirm(factories.delivered(edition, of), by=by, at=NOW)
        case "dispute":
            orders.dispute(factories.delivered(edition, of), reason="r", by=by, at=NOW)


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("act", MAY)
@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_do_what_the_table_says(office, role, act):
    if role in MAY[act]:
        attempt(act, role, office)
        return
    assert code(lambda: attempt(act, role, office)) in {
        "member.may_not_order", "draft_request.not_needed", "draft_request.not_yours", "order.not_your_draft",
    }  # fmt: skip
    assert not DraftRequest.objects.exclude(state="ASKED").exists()
