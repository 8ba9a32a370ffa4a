"""R-09, R-10: a company is proved by its card over a fresh challenge, once; the evidence stays."""

from datetime import timedelta

import pytest
from asn1crypto import core as asn1
from django.db import DatabaseError, connection, transaction

from tcloud.adapters.card import Revocation, RevocationFinding
from tcloud.core.refusals import Refusal
from tcloud.members import operations as members
from tcloud.members.models import CardChallenge, CardProof
from tests import factories
from tests.adapters.card import pki
from tests.factories import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-09")]
HOLDER = "session-1"


class Says:
    """The revocation services with one answer."""

    def __init__(self, status):
        self.status = status

    def check(self, certificate_der, issuer_der, *, at):
        revoked_at = at - timedelta(days=1) if self.status is Revocation.REVOKED else None
        source = None if self.status is Revocation.UNKNOWN else "ocsp"
        return RevocationFinding(self.status, source=source, evidence=b"answer", revoked_at=revoked_at)


@pytest.fixture
def challenge():
    return members.issue_challenge(purpose="join", holder=HOLDER, at=NOW)


def answer(challenge, card=None, **changes):
    nonce = asn1.OctetString(bytes.fromhex(challenge.nonce))
    values = {"content": challenge.text.encode(), "nonce": nonce} | changes
    return pki.sign_cms(card or factories.card(pki.UBN), **values)


def prove(challenge, message=None, *, status=Revocation.GOOD, **changes):
    values = {
        "purpose": "join", "holder": HOLDER, "at": NOW + timedelta(minutes=1), "policy": factories.policy(),
        "revocation": Says(status),
    }  # fmt: skip
    return members.prove_by_card(challenge.nonce, message or answer(challenge), **values | changes)


def refused(code, call):
    with pytest.raises(Refusal) as error:
        call()
    assert error.value.code == code, error.value
    assert str(error.value)
    assert not CardProof.objects.exists()
    return error.value


@pytest.mark.rule("R-10")
def test_prove_by_card_keeps_who_what_and_the_authoritys_answer(challenge):
    message = answer(challenge)
    proof = prove(challenge, message)
    stored = CardProof.objects.get(pk=proof.pk)
    assert (stored.ubn, stored.organisation) == (pki.UBN, f"測試商行 {pki.UBN}")
    assert bytes(stored.signed_message) == message
    assert stored.verdict["revocation"]["status"] == "good"
    assert stored.verdict["revocation"]["evidence_hex"] == b"answer".hex()
    assert stored.verdict["facts"]["ubn"] == pki.UBN
    assert CardChallenge.objects.get().used_at == NOW + timedelta(minutes=1)


def test_prove_by_card_takes_a_challenge_once(challenge):
    prove(challenge)
    with pytest.raises(Refusal) as error:
        prove(challenge)
    assert error.value.code == "card.challenge_used"
    assert CardProof.objects.count() == 1


def test_prove_by_card_uses_the_challenge_up_also_when_it_refuses(challenge):
    refused("card.not_accepted", lambda: prove(challenge, status=Revocation.REVOKED))
    refused("card.challenge_used", lambda: prove(challenge))


@pytest.mark.parametrize(
    ("after", "accepted"), [(timedelta(minutes=5, microseconds=-1), True), (timedelta(minutes=5), False)]
)
def test_prove_by_card_refuses_a_challenge_of_five_minutes(challenge, after, accepted):
    if accepted:
        assert prove(challenge, at=NOW + after).pk
    else:
        refused("card.challenge_expired", lambda: prove(challenge, at=NOW + after))


@pytest.mark.parametrize("changes", [{"holder": "session-2"}, {"purpose": "sign_in"}])
def test_prove_by_card_refuses_what_was_asked_elsewhere(challenge, changes):
    refused("card.challenge_unknown", lambda: prove(challenge, **changes))
    assert prove(challenge).pk  # and it is not used up by a stranger's attempt


def test_prove_by_card_refuses_another_challenges_signature(challenge):
    other = members.issue_challenge(purpose="join", holder=HOLDER, at=NOW)
    error = refused("card.not_accepted", lambda: prove(challenge, answer(other)))
    assert {"content_mismatch", "nonce_mismatch"} <= set(error.facts["codes"])


def test_prove_by_card_names_every_objection(challenge):
    card = pki.card(rank="secondary", policy="2.16.886.101.0.3.1")
    error = refused("card.not_accepted", lambda: prove(challenge, answer(challenge, card)))
    assert set(error.facts["codes"]) == {"secondary_card", "policy_missing"}
    assert "附卡" in str(error)
    assert "憑證政策" in str(error)


def test_prove_by_card_refuses_a_revoked_card(challenge):
    error = refused("card.not_accepted", lambda: prove(challenge, status=Revocation.REVOKED))
    assert error.facts["codes"] == ("revoked",)


def test_prove_by_card_refuses_when_no_authority_answers(challenge):
    error = refused("card.not_accepted", lambda: prove(challenge, status=Revocation.UNKNOWN))
    assert error.facts["codes"] == ("revocation_unknown",)
    assert "稍後再試" in str(error)


def test_prove_by_card_refuses_what_is_no_signature(challenge):
    refused("card.unreadable", lambda: prove(challenge, b"not a signature"))


def test_a_proof_stays_even_against_raw_sql(challenge):
    prove(challenge)
    for sql in ("UPDATE members_cardproof SET ubn = '00000000'", "DELETE FROM members_cardproof"):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            connection.cursor().execute(sql)
    assert CardProof.objects.get().ubn == pki.UBN


@pytest.mark.django_db(transaction=True)
def test_prove_by_card_lets_one_of_two_browsers_win(challenge, at_once):
    message = answer(challenge)
    outcomes = at_once(*[lambda: prove(challenge, message)] * 4)
    assert sum(isinstance(outcome, CardProof) for outcome in outcomes) == 1
    assert {outcome.code for outcome in outcomes if isinstance(outcome, Refusal)} == {"card.challenge_used"}
