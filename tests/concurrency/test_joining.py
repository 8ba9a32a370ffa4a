"""A company joining from two browsers at once (R-08, R-09)."""

from datetime import timedelta
from functools import partial

import pytest
from asn1crypto import core

from tcloud.core.actors import THE_SYSTEM, VISITOR, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.eligibility import email_code
from tcloud.eligibility import operations as eligibility
from tcloud.eligibility.models import Application
from tcloud.eligibility.states import APPLICATION, ENDED
from tcloud.members import operations as members
from tcloud.members.models import CardChallenge, CardProof, Company, User
from tcloud.points.models import Participant
from tests import factories
from tests.adapters.card import pki
from tests.concurrency.cheap import eight
from tests.factories import NOW

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]
BY = Actor(VISITOR)


def signed_challenge(ubn, holder="browser"):
    challenge = members.issue_challenge(purpose="join", holder=holder, at=NOW)
    return challenge, pki.sign_cms(
        factories.card(ubn), challenge.text.encode(), nonce=core.OctetString(bytes.fromhex(challenge.nonce))
    )


def prove(challenge, message):
    return members.prove_by_card(
        challenge.nonce, message, purpose="join", holder=challenge.holder, at=NOW,
        policy=factories.policy(), revocation=factories.AllGood(),
    )  # fmt: skip


def browser(edition, ubn, holder):
    """An application ready for its card, and the card's proof."""
    application = eligibility.start(edition, language="zh-hant", by=BY, at=NOW)
    return eligibility.consent(application, by=BY, at=NOW), prove(*signed_challenge(ubn, holder))


def free_ubn():
    made = factories.company()
    Company.objects.filter(pk=made.pk).delete()
    return made.ubn


@pytest.mark.rule("R-09")
def test_prove_by_card_uses_a_challenge_once(race):
    ubn = free_ubn()
    for _round in range(10):
        challenge, message = signed_challenge(ubn)
        outcomes = race(*eight(partial(prove, challenge, message)))
        assert [type(outcome) for outcome in outcomes].count(CardProof) == 1
        assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {
            "card.challenge_used"
        }
    assert CardProof.objects.count() == CardChallenge.objects.count() == 10


@pytest.mark.rule("R-08")
def test_attach_card_in_eight_browsers_keeps_one_open_application(race):
    edition = factories.programme()
    for _round in range(5):
        ubn = free_ubn()
        browsers = [browser(edition, ubn, f"browser-{place}") for place in range(8)]
        outcomes = race(
            *[
                partial(eligibility.attach_card, application, proof, by=BY, at=NOW)
                for application, proof in browsers
            ]
        )
        taken = [outcome for outcome in outcomes if isinstance(outcome, Application)]
        assert len({application.pk for application in taken}) == 1
        codes = {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)}
        assert codes <= {"application.open_already"}
        assert Application.objects.filter(ubn=ubn).exclude(state__in=ENDED).count() == 1


@pytest.mark.rule("R-08")
def test_confirm_email_twice_at_once_makes_one_account(race):
    edition = factories.programme()
    for place in range(5):
        ubn = free_ubn()
        application, proof = browser(edition, ubn, "browser")
        application = eligibility.attach_card(application, proof, by=BY, at=NOW)
        application = eligibility.authorise(application, by=BY, at=NOW)
        advance(application, APPLICATION, "pass", by=THE_SYSTEM, at=NOW, case=application.case)
        application = eligibility.set_account(
            application, name="王小明", email=f"owner{place}@example.tw", phone="02-1234-5678",
            password=factories.PASSWORD, by=BY, at=NOW,
        )  # fmt: skip
        code = email_code.code(application.pk, application.code_serial)
        at = NOW + timedelta(minutes=1)
        outcomes = race(*eight(partial(eligibility.confirm_email, application, code, by=BY, at=at)))
        assert [type(outcome) for outcome in outcomes].count(User) == 1
        assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {
            "transition.not_now"
        }
        company = Company.objects.get(ubn=ubn)
        assert company.memberships.count() == 1
        assert Participant.objects.filter(company=company).count() == 1
        assert Application.objects.get(pk=application.pk).state == "ACTIVE"
