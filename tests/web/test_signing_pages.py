"""Signing the contract in the browser: two card steps, and every way it can go wrong (R-09, R-20)."""

import hashlib
from datetime import timedelta

import pytest

from tcloud.adapters.card import Revocation, RevocationFinding
from tcloud.adapters.time_stamp import TimeStampUnavailable
from tcloud.contracts import authorities
from tcloud.contracts.document import Party
from tcloud.contracts.models import Contract, SigningSession
from tcloud.contracts.verification import verify
from tcloud.core import clock
from tcloud.members import cards
from tcloud.members.models import Consent
from tcloud.orders import operations
from tests import factories
from tests.english import CHINESE
from tests.factories import NOW
from tests.web.order_pages import b64, browser, certificate, page, sign, with_test_cards

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-20")]


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        yield


@pytest.fixture
def company():
    return factories.granted(factories.programme())


@pytest.fixture
def client(company):
    return browser(company)


@pytest.fixture
def order(company):
    draft = factories.draft(company.participations.get().programme, company)
    operations.draw_up_contract(draft, by=factories.actor(company), at=NOW)
    draft.refresh_from_db()
    return draft


@pytest.fixture
def base(order):
    return f"/member/orders/{order.number}"


@pytest.fixture
def acknowledged(client, base):
    client.post(f"{base}/contract/acknowledgement/", {"agree": "on"})


@pytest.fixture
def session(client, company, base, acknowledged):
    client.post(f"{base}/signing/", certificate(company.ubn))
    return SigningSession.objects.get()


def unsigned(order):
    contract = Contract.objects.get(order_number=order.number)
    return contract.state == "DRAWN_UP" and contract.signed_at is None


def test_card_is_asked_for_only_after_the_contract_was_acknowledged(client, company, base):
    assert client.get(f"{base}/signing/")["Location"] == f"{base}/contract/"
    assert client.post(f"{base}/signing/", certificate(company.ubn))["Location"] == f"{base}/contract/"
    text = page(client.post(f"{base}/contract/acknowledgement/", {}), 422)
    assert "請先審閱契約並勾選同意" in text
    assert not SigningSession.objects.exists()
    assert not Consent.objects.exists()


@pytest.mark.rule("R-36")
def test_acknowledging_twice_is_kept_once_with_its_text(client, base, order):
    for _ in range(2):
        client.post(f"{base}/contract/acknowledgement/", {"agree": "on"})
    kept = Consent.objects.get()
    assert (kept.case, kept.document, len(kept.text_sha256)) == (order.case, "contract_terms_ack", 64)


def test_both_card_pages_ask_the_component_for_the_right_thing(client, base, session):
    assert 'data-card="certificate"' in page(client.get(f"{base}/signing/"))
    text = page(client.get(f"{base}/signing/{session.pk}/"))
    assert 'data-card="pkcs1"' in text
    assert f'data-tbs="{session.parameters["tbs"]}"' in text
    assert 'data-reader="Reader 0"' in text
    assert 'name="pin"' not in text


def test_signed_contract_verifies_for_the_company(client, order, company):
    sign(client, order, company)
    signed = Contract.objects.get(order_number=order.number)
    verdict = verify(
        bytes(signed.document.content), policy=factories.policy(), at=NOW, revocation=factories.AllGood()
    )
    assert verdict.ok
    assert [signature.signer_ubn for signature in verdict.signatures] == [company.ubn]


def test_card_of_another_company_is_refused_by_name(client, base, order, acknowledged):
    other = factories.company()
    text = page(client.post(f"{base}/signing/", certificate(other.ubn)), 409)
    assert other.ubn in text
    assert order.company.ubn in text
    assert not SigningSession.objects.exists()


@pytest.mark.parametrize("posted", ["", "not base64!", "AAAA", b64(b"x" * 20_000)])
def test_unreadable_certificate_is_refused_with_a_sentence(client, base, acknowledged, posted):
    text = page(client.post(f"{base}/signing/", {"certificate": posted}), 409)
    assert "data-card-error hidden" not in text
    assert not SigningSession.objects.exists()


@pytest.mark.rule("R-09")
@pytest.mark.parametrize(
    ("status", "said"),
    [(Revocation.REVOKED, "廢止"), (Revocation.UNKNOWN, "無法")],
    ids=["revoked", "silent"],
)
def test_revoked_card_and_silent_authority_are_refused(
    client, base, company, acknowledged, monkeypatch, status, said
):
    class Checker:
        def check(self, certificate_der, issuer_der, *, at):
            return RevocationFinding(status, revoked_at=NOW if status is Revocation.REVOKED else None)

    monkeypatch.setattr(cards, "revocation_checker", Checker)
    text = page(client.post(f"{base}/signing/", certificate(company.ubn)), 409)
    assert said in text
    assert not SigningSession.objects.exists()


def test_signature_of_another_key_or_other_bytes_is_refused_and_can_be_repeated(client, base, order, session):
    for wrong in (factories.card(session.signer_ubn).sign(b"other bytes"), b"\0" * 256, b"short"):
        page(client.post(f"{base}/signing/{session.pk}/", {"signature": b64(wrong)}), 409)
    assert unsigned(order)
    done = client.post(f"{base}/signing/{session.pk}/", {"signature": b64(factories.signature(session))})
    assert done["Location"] == f"{base}/signed/"


class Silent:
    """A time-stamping authority that does not answer."""

    def stamp(self, data):
        raise TimeStampUnavailable("down")


def test_refusals_are_told_in_english_to_an_english_reader(
    client, base, company, acknowledged, session, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(cards, "revocation_checker", lambda: None)
        unknown = client.post(f"/en{base}/signing/", certificate(company.ubn))
    other = client.post(f"/en{base}/signing/{session.pk}/", {"signature": b64(b"short")})
    monkeypatch.setattr(authorities, "time_stamper", Silent)
    right = {"signature": b64(factories.signature(session))}
    silent = client.post(f"/en{base}/signing/{session.pk}/", right)
    for answer, said in (
        (unknown, "revoked"),
        (other, "does not match"),
        (silent, "time-stamping authority"),
    ):
        assert answer.status_code == 409
        assert said in answer.context["error"]
        assert not CHINESE.search(answer.context["error"])


def test_document_altered_after_preparing_is_refused(client, base, order, session):
    altered = bytearray(session.prepared)
    altered[2000] ^= 1
    parameters = session.parameters | {"sha256": hashlib.sha256(altered).hexdigest()}
    SigningSession.objects.filter(pk=session.pk).update(prepared=bytes(altered), parameters=parameters)
    text = page(
        client.post(f"{base}/signing/{session.pk}/", {"signature": b64(factories.signature(session))}), 409
    )
    assert "停止簽署" in text
    assert unsigned(order)


def test_session_used_twice_signs_once_and_leads_to_the_signed_contract(client, base, order, session):
    posted = {"signature": b64(factories.signature(session))}
    answers = [client.post(f"{base}/signing/{session.pk}/", posted)["Location"] for _ in range(2)]
    assert answers == [f"{base}/signed/"] * 2
    contract = Contract.objects.get(order_number=order.number)
    assert contract.version == 1


def test_session_older_than_two_hours_is_refused(client, base, order, session):
    with clock.moved_to(NOW + timedelta(hours=3)):
        assert "請重新讀取憑證" in page(client.get(f"{base}/signing/{session.pk}/"))
        posted = {"signature": b64(factories.signature(session))}
        page(client.post(f"{base}/signing/{session.pk}/", posted), 409)
    assert unsigned(order)


def test_session_of_another_order_or_of_the_supplier_is_not_found(client, base, company, session):
    other = factories.submitted(
        company.participations.get().programme, company, factories.plan(price_twd=2_000)
    )
    theirs = factories.prepared(Contract.objects.get(order_number=other.number), Party.SUPPLIER)
    for number, pk in ((other.number, session.pk), (other.number, theirs.pk)):
        assert client.get(f"/member/orders/{number}/signing/{pk}/").status_code == 404
