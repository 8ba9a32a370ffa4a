"""A clock that goes forward three months and back: nothing is done twice, nothing is lost, and nothing short-lived lives for months."""

from datetime import timedelta
from typing import Any

import pytest

from tcloud.adapters.registries.port import Source
from tcloud.contracts.document import Party
from tcloud.contracts.models import Contract
from tcloud.core import clock
from tcloud.core.actors import VISITOR, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.eligibility import email_code
from tcloud.eligibility import operations as eligibility
from tcloud.eligibility.models import Application
from tcloud.ledger import queries as ledger
from tcloud.members import operations as members
from tcloud.orders import operations as orders
from tcloud.orders.models import Obligation, Order
from tcloud.outbox import operations as outbox
from tcloud.outbox.models import Message
from tcloud.payments.models import Charge
from tcloud.points import operations as points
from tcloud.points import queries as balances
from tcloud.programme.models import Programme
from tests import factories
from tests.conftest import Rehearsal
from tests.eligibility.test_operations import authorised
from tests.factories import NOW
from tests.members import test_prove_by_card as cards
from tests.payments import gateway
from tests.web.applicant import FakeRegisters

pytestmark = pytest.mark.django_db
AHEAD = NOW + timedelta(days=92)
BACK = NOW + timedelta(hours=1)
APPLICANT = Actor(VISITOR)


@pytest.fixture
def edition() -> Programme:
    return factories.programme()


def code_of(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as refused:
        call(*args, **kwargs)
    return refused.value.code


@pytest.mark.rule("R-09")
def test_a_challenge_of_the_future_is_over(db: None) -> None:
    challenge = members.issue_challenge(purpose="join", holder=cards.HOLDER, at=AHEAD)
    assert code_of(cards.prove, challenge, at=BACK) == "card.challenge_expired"
    fresh = members.issue_challenge(purpose="join", holder=cards.HOLDER, at=BACK)
    assert cards.prove(fresh, at=BACK + timedelta(minutes=1)).pk


def test_a_code_of_the_future_is_over_and_a_new_one_can_be_sent_at_once(edition: Programme) -> None:
    application = eligibility.check(authorised(edition), clients=FakeRegisters().clients(), at=AHEAD)
    account = {
        "name": "王小明",
        "email": "w@example.tw",
        "phone": "02-2345-6789",
        "password": factories.PASSWORD,
    }
    eligibility.set_account(application, by=APPLICANT, at=AHEAD, **account)
    confirm = eligibility.confirm_email
    assert code_of(confirm, application, "000000", by=APPLICANT, at=BACK) == "email_code.expired"
    eligibility.send_code(application, by=APPLICANT, at=BACK)
    assert code_of(eligibility.send_code, application, by=APPLICANT, at=BACK) == "email_code.too_soon"
    row = Application.objects.get()
    code = email_code.code(row.pk, row.code_serial)
    assert confirm(application, code, by=APPLICANT, at=BACK + timedelta(minutes=1)).email == "w@example.tw"


@pytest.mark.rule("R-07")
def test_a_silent_source_is_asked_again_and_not_only_in_the_future(edition: Programme) -> None:
    registers = FakeRegisters(silent={Source.TAX_ARREARS})
    eligibility.check(authorised(edition), clients=registers.clients(), at=AHEAD)
    registers.silent = set()
    assert eligibility.recheck_silent(clients=registers.clients(), at=BACK) == 1
    assert Application.objects.get().state == "ELIGIBLE"


@pytest.mark.rule("R-20")
def test_a_signature_prepared_in_the_future_is_prepared_anew(edition: Programme) -> None:
    company = factories.granted(edition, at=NOW)
    order = factories.draft(edition, company, at=NOW)
    contract = orders.draw_up_contract(order, by=factories.actor(company), at=NOW)
    session = factories.prepared(contract, Party.BUYER, at=AHEAD)
    finish = orders.finish_company_signature
    by = factories.actor(company)
    assert (
        code_of(
            finish, session, factories.signature(session), services=factories.services(BACK), by=by, at=BACK
        )
        == "contract.session_expired"
    )
    assert Contract.objects.get().state == "DRAWN_UP"
    again = factories.prepared(contract, Party.BUYER, at=BACK)
    finish(again, factories.signature(again), services=factories.services(BACK), by=by, at=BACK)
    assert Contract.objects.get().state == "SIGNED"


@pytest.mark.rule("R-30")
def test_the_gateway_is_asked_again_and_not_only_in_the_future(edition: Programme) -> None:
    order = factories.accepted(edition, factories.granted(edition))
    Charge.objects.update(next_query_at=AHEAD, unanswered_at=AHEAD)
    charge, silent = Charge.objects.get(), gateway.answering()
    assert orders.query_open_charges(gateway=silent, at=BACK) == 0
    assert Charge.objects.get().next_query_at < AHEAD  # it was asked
    unpaid = gateway.answering(
        MerchantID="3002607", MerchantTradeNo=charge.trade_no, TradeStatus="0", TradeAmt="0"
    )
    Charge.objects.update(unanswered_at=AHEAD)
    due = Obligation.objects.get(order=order, kind="pay").due_at
    assert orders.close_deadlines(gateway=unpaid, at=due) == 1
    assert Order.objects.get().state == "UNPAID"


def test_three_months_forward_and_back_leave_books_record_and_letters_right(
    edition: Programme, rehearsal: Rehearsal, settings: Any
) -> None:
    """What a rehearsal did stays done, once; what begins after it goes by the time then shown."""
    settings.MIDDLEWARE = settings.MIDDLEWARE[1:]
    with clock.moved_to(NOW):
        first = factories.submitted(edition, factories.granted(edition))
        rehearsal.move(AHEAD)
        assert orders.close_deadlines(gateway=gateway.answering(), at=clock.now()) == 1
        late = factories.granted(edition, at=clock.now())
        second = factories.submitted(edition, late, at=clock.now())
        for event in Event.objects.filter(type__in=["order.lapsed", "order.submitted"]):
            outbox.deliver(event.pk, at=clock.now())
        letters = Message.objects.count()

        rehearsal.move(None)
        assert clock.now() - NOW < timedelta(minutes=5)
        assert orders.close_deadlines(gateway=gateway.answering(), at=clock.now()) == 0
        for event in Event.objects.filter(type__in=["order.lapsed", "order.submitted"]):
            assert outbox.deliver(event.pk, at=clock.now()) == 0
        third = factories.submitted(edition, factories.granted(edition), at=clock.now())
        points.serve_waiting_list(edition, at=clock.now())

        states = {order.pk: order.state for order in Order.objects.all()}
        assert states == {first.pk: "LAPSED", second.pk: "SUBMITTED", third.pk: "SUBMITTED"}
        assert Message.objects.count() == letters
        assert balances.spendable(edition, late, at=clock.now()) == 0
        assert Obligation.objects.get(order=third).due_at < Obligation.objects.get(order=second).due_at
        withdrawn = orders.withdraw(second, by=factories.actor(late), at=clock.now())
        assert withdrawn.state == "WITHDRAWN"
        assert balances.spendable(edition, late, at=clock.now()) == 30_000
    assert ledger.audit()["balanced"]
