"""Applications between silent sources, officers and e-mail codes: nobody starves, nobody guesses, nothing is decided twice."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from tcloud.adapters.registries.port import Source
from tcloud.core.actors import VISITOR, Actor
from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.eligibility import email_code, operations
from tcloud.eligibility.models import Application, Check
from tcloud.eligibility.operations import judging
from tcloud.members import operations as members
from tcloud.members.models import CardChallenge, CardProof
from tests import factories
from tests.adapters.card import pki
from tests.factories import NOW
from tests.web.applicant import FakeRegisters

pytestmark = pytest.mark.django_db
APPLICANT = Actor(VISITOR)


def authorised(edition, ubn=pki.UBN):
    """An application that is ready to be checked."""
    challenge = CardChallenge.objects.create(
        nonce=ubn, purpose="join", holder="h", issued_at=NOW, expires_at=NOW + timedelta(minutes=5)
    )
    proof = CardProof.objects.create(
        challenge=challenge, ubn=ubn, organisation="測試麵店", certificate_serial="1", certificate_sha256="1",
        signed_message=b"", verdict={}, at=NOW,
    )  # fmt: skip
    application = operations.start(edition, language="zh-hant", by=APPLICANT, at=NOW)
    operations.consent(application, by=APPLICANT, at=NOW)
    operations.attach_card(application, proof, by=APPLICANT, at=NOW)
    return operations.authorise(application, by=APPLICANT, at=NOW)


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def registers():
    return FakeRegisters()


@pytest.fixture
def in_review(edition, registers):
    registers.silent = {Source.TAX_ARREARS}
    return operations.check(authorised(edition), clients=registers.clients(), at=NOW)


@pytest.fixture
def eligible(edition, registers):
    return operations.check(authorised(edition), clients=registers.clients(), at=NOW)


def recheck(registers, at):
    return operations.recheck_silent(clients=registers.clients(), at=at)


@pytest.mark.rule("R-07")
def test_recheck_decides_when_the_source_answers_again(in_review, registers):
    assert recheck(registers, NOW + timedelta(minutes=14)) == 0
    registers.silent = set()
    assert recheck(registers, NOW + timedelta(minutes=15)) == 1
    assert Application.objects.get().state == "ELIGIBLE"


@pytest.mark.rule("R-07")
@pytest.mark.parametrize(("eligible", "kept"), [(True, True), (False, False)])
def test_decide_forgets_the_password_of_who_gets_no_account(in_review, eligible, kept):
    operations.set_account(
        in_review, name="王小明", email="wang@example.tw", phone="02-2345-6789", password=factories.PASSWORD,
        by=APPLICANT, at=NOW,
    )  # fmt: skip
    operations.decide(in_review, eligible=eligible, reason="已查明", by=factories.officer(), at=NOW)
    assert bool(Application.objects.get().password_hash) is kept


@pytest.mark.rule("R-07")
def test_recheck_hands_to_an_officer_once_and_asks_no_more(in_review, registers):
    due = in_review.review_due_at
    assert recheck(registers, due) == 1
    # a check that was under way meanwhile comes back: it decides nothing and is not asked again
    operations.check(in_review, clients=registers.clients(), at=due)
    assert [recheck(registers, due + timedelta(hours=hours)) for hours in (1, 2)] == [0, 0]
    assert Event.objects.filter(type="application.handed_to_officer").count() == 1
    row = Application.objects.get()
    assert (row.state, row.with_officer_at, row.next_check_at) == ("IN_REVIEW", due, None)
    assert Check.objects.values("run").distinct().count() == 1


@pytest.mark.rule("R-07")
def test_recheck_lets_one_that_cannot_be_checked_hold_up_nobody(edition, in_review, registers, monkeypatch):
    other = authorised(edition, ubn=factories.company().ubn)
    operations.check(other, clients=registers.clients(), at=NOW + timedelta(minutes=1))
    monkeypatch.setattr(judging, "gather", _fails_for(in_review.ubn, judging.gather))
    registers.silent, at = set(), NOW + timedelta(minutes=16)
    with pytest.raises(LookupError):
        recheck(registers, at)
    assert recheck(registers, at) == 1
    assert Application.objects.get(pk=other.pk).state == "ELIGIBLE"


def _fails_for(broken, gather):
    def gathered(ubn, **rest):
        if ubn == broken:
            raise LookupError("broken")
        return gather(ubn, **rest)

    return gathered


@pytest.mark.rule("R-02")
def test_check_judges_by_the_day_in_taipei(edition, registers, monkeypatch):
    answered = registers.company

    def suspended_from_the_16th(ubn, *, at):
        said = answered(ubn, at=at)
        return replace(said, value=replace(said.value, suspended_from=date(2027, 1, 16)))

    monkeypatch.setattr(registers, "company", suspended_from_the_16th)
    at = datetime(2027, 1, 15, 16, 30, tzinfo=UTC)  # half past midnight of the 16th in Taipei
    assert at.astimezone(TAIPEI).day == 16
    checked = operations.check(authorised(edition), clients=registers.clients(), at=at)
    assert checked.state == "INELIGIBLE"


def test_send_code_bounds_the_guesses_of_a_day(eligible):
    account = {"name": "林小美", "email": "mei@example.tw", "phone": "", "password": factories.PASSWORD}
    operations.set_account(eligible, by=APPLICANT, at=NOW, **account)
    for minute in range(1, email_code.CODES_A_DAY):
        operations.send_code(eligible, by=APPLICANT, at=NOW + timedelta(minutes=minute))
    later = NOW + timedelta(hours=1)
    with pytest.raises(Refusal) as refused:
        operations.send_code(eligible, by=APPLICANT, at=later)
    assert refused.value.code == "email_code.too_many"
    with pytest.raises(Refusal):  # nor by entering other addresses
        operations.set_account(eligible, by=APPLICANT, at=later, **account | {"email": "other@example.tw"})
    assert Application.objects.get().contact_email == "mei@example.tw"
    operations.send_code(eligible, by=APPLICANT, at=NOW + timedelta(days=1))


@pytest.mark.rule("R-10")
def test_register_company_keeps_what_a_silent_register_does_not_tell():
    known = factories.company()
    again = members.register_company(known.ubn, name="新名商行")
    assert (again.name, again.address) == ("新名商行", known.address)
