"""Judging a card (R-09, R-10): the good one is accepted, each bad one is refused for its own reason."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import core

from tcloud.adapters.card import (
    CardDataError,
    Revocation,
    RevocationFinding,
    TrustPolicy,
    inspect_any,
    inspect_certificate,
    inspect_cms,
    inspect_signature,
    load_certificates,
    read_trust_folder,
)
from tests.adapters.card import pki

PKI_FOLDER = Path(__file__).parents[3] / "config" / "pki"
CHALLENGE = b"challenge 6f1c"


class Says:
    """A revocation service with one answer, which remembers what it was asked about."""

    def __init__(self, status=Revocation.GOOD):
        self.status, self.asked = status, []

    def check(self, certificate_der, issuer_der, *, at):
        self.asked.append(certificate_der)
        return RevocationFinding(
            self.status, source="ocsp", revoked_at=at if self.status is Revocation.REVOKED else None
        )


def policy(**changes):
    return TrustPolicy(**{"anchors": (pki.root().der,), "intermediates": (pki.moeaca().der,)} | changes)


def judge(card, *, at=pki.AT, revocation=None, **changes):
    return inspect_certificate(card.der, at=at, policy=policy(**changes), revocation=revocation or Says())


@pytest.mark.rule("R-09")
def test_good_card_is_accepted_with_its_facts():
    verdict = judge(pki.card(subject_number=pki.UBN))
    assert verdict.accepted
    assert (verdict.codes, verdict.chain_ok, verdict.signature_ok) == ((), True, None)
    assert (verdict.facts.ubn, verdict.facts.organisation) == (pki.UBN, "和光小吃有限公司")
    assert (verdict.facts.usage, verdict.facts.policies) == (("digitalSignature",), (pki.LEVEL_3,))
    assert (verdict.facts.rank, verdict.facts.card_kind) == ("primary", "MOEACA")


BAD_CARDS = {
    "encryption_certificate": {"usage": ("key_encipherment", "data_encipherment")},
    "no_signature_usage": {"usage": ("content_commitment",)},
    "policy_missing": {"policy": "2.16.886.101.0.3.1"},
    "expired": {"start": pki.AT - 2000 * pki.DAY},
    "not_yet_valid": {"start": pki.AT + pki.DAY},
    "secondary_card": {"rank": "secondary"},
    "ubn_missing": {"ubn": None},
    "ubn_mismatch": {"subject_number": pki.OTHER_UBN},
    "ubn_checksum": {"ubn": "04595251"},
    "weak_key": {"key_name": "short", "bits": 1024},
    "not_moeaca_company": {"subject_class": "2.16.886.1.100.3.2.3.3.1"},
}


@pytest.mark.rule("R-09")
@pytest.mark.rule("R-10")
@pytest.mark.parametrize("code", BAD_CARDS)
def test_bad_card_is_refused_for_exactly_its_reason(code):
    verdict = judge(pki.card(**BAD_CARDS[code]))
    assert verdict.codes == (code,)
    assert verdict.chain_ok
    assert not verdict.accepted


def test_all_objections_are_reported_at_once():
    card = pki.card(
        usage=("key_encipherment",),
        policy=None,
        rank="secondary",
        ubn=None,
        start=pki.AT - 3000 * pki.DAY,
        key_name="short",
        bits=1024,
    )
    expected = {
        "encryption_certificate",
        "policy_missing",
        "secondary_card",
        "ubn_missing",
        "expired",
        "weak_key",
    }
    assert set(judge(card).codes) == expected


@pytest.mark.rule("R-10")
def test_ubn_comes_from_the_subject_when_the_directory_attribute_is_missing():
    verdict = judge(pki.card(ubn=None, subject_number=pki.OTHER_UBN))
    assert (verdict.accepted, verdict.facts.ubn) == (True, pki.OTHER_UBN)


def test_secondary_card_is_accepted_when_the_switch_allows_it():
    assert judge(pki.card(rank="secondary"), allow_secondary=True).accepted


def test_card_of_another_kind_is_refused_though_the_anchor_is_the_same():
    natural_persons = pki.authority(pki.dn(C="TW", O="內政部憑證管理中心"), "moica", pki.root())
    verdict = judge(pki.card(issuer=natural_persons), intermediates=(natural_persons.der,))
    assert (verdict.chain_ok, verdict.codes) == (True, ("not_moeaca_company",))


def test_stranger_with_the_same_names_is_refused_and_not_asked_about():
    false_root = pki.authority(key_name="false root")
    false_ca = pki.authority(pki.CA_NAME, "false ca", false_root)
    service = Says()
    verdict = judge(
        pki.card(issuer=false_ca), intermediates=(pki.moeaca().der, false_ca.der), revocation=service
    )
    assert (verdict.chain_ok, verdict.codes) == (False, ("chain",))
    assert service.asked == []  # addresses in a stranger's certificate are not followed


def test_company_card_cannot_issue_cards_and_nobody_is_asked_about_them():
    holder, service = pki.card(usage=("digital_signature", "key_cert_sign")), Says()
    card = pki.card(issuer=holder, key_name="child")
    verdict = judge(card, intermediates=(pki.moeaca().der, holder.der), revocation=service)
    assert (verdict.chain_ok, service.asked) == (False, [])


def test_issuing_authority_can_itself_be_the_anchor():
    verdict = judge(pki.card(), anchors=(pki.moeaca().der,), intermediates=())
    assert (verdict.accepted, len(verdict.chain_der)) == (True, 2)


def test_authority_outside_its_validity_is_an_objection_but_the_chain_stands():
    old = pki.authority(pki.CA_NAME, "ca", pki.root(), start=pki.AT - 400 * pki.DAY, days=399)
    verdict = judge(pki.card(issuer=old), intermediates=(old.der,))
    assert (verdict.chain_ok, verdict.codes) == (True, ("ca_not_valid",))


@pytest.mark.rule("R-09")
@pytest.mark.parametrize(
    ("status", "codes"), [(Revocation.REVOKED, ("revoked",)), (Revocation.UNKNOWN, ("revocation_unknown",))]
)
def test_revoked_and_unknown_cards_are_refused(status, codes):
    assert judge(pki.card(), revocation=Says(status)).codes == codes


def test_without_a_checker_the_status_is_unknown_unless_the_policy_waives_it():
    card = pki.card()
    assert inspect_certificate(card.der, at=pki.AT, policy=policy()).codes == ("revocation_unknown",)
    assert inspect_certificate(card.der, at=pki.AT, policy=policy(require_revocation=False)).accepted


@pytest.mark.rule("R-09")
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"attributes": False},
        {"detached": True},
        {"detached": True, "attributes": False},
        {"by_key_identifier": True},
        {"others": (pki.card(key_name="bystander"), pki.moeaca())},
    ],
    ids=str,
)
@pytest.mark.parametrize("encode", [bytes, pki.to_indefinite], ids=["DER", "BER"])
def test_cms_of_every_form_is_accepted(form, encode):
    card = pki.card()
    verdict = inspect_cms(
        encode(pki.sign_cms(card, CHALLENGE, **form)),
        content=CHALLENGE,
        at=pki.AT,
        policy=policy(),
        revocation=Says(),
    )
    assert (verdict.codes, verdict.signature_ok) == ((), True)
    assert verdict.certificate_der == card.der


def test_cms_made_by_another_library_is_accepted():
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.serialization import pkcs7

    card = pki.card()
    builder = (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(CHALLENGE)
        .add_signer(card.certificate, card.key, hashes.SHA256())
    )
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        signed = builder.sign(encoding, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
        assert inspect_any(signed, content=CHALLENGE, at=pki.AT, policy=policy(), revocation=Says()).accepted


@pytest.mark.parametrize("digest", ["sha1", "md5"])
def test_old_digest_is_a_right_signature_that_is_not_accepted(digest):
    verdict = inspect_cms(
        pki.sign_cms(pki.card(), CHALLENGE, digest=digest),
        content=CHALLENGE,
        at=pki.AT,
        policy=policy(),
        revocation=Says(),
    )
    assert (verdict.signature_ok, verdict.codes) == (True, ("weak_digest",))


@pytest.mark.parametrize("detached", [True, False])
@pytest.mark.parametrize("attributes", [True, False])
def test_cms_over_other_content_is_no_signature_of_this(detached, attributes):
    data = pki.sign_cms(pki.card(), b"another challenge", detached=detached, attributes=attributes)
    verdict = inspect_cms(data, content=CHALLENGE, at=pki.AT, policy=policy(), revocation=Says())
    assert (verdict.signature_ok, verdict.codes) == (False, ("content_mismatch",))


def test_cms_that_carries_other_content_than_it_signed_is_refused():
    data = pki.sign_cms(pki.card(), CHALLENGE, carries=b"something else")
    verdict = inspect_cms(data, content=CHALLENGE, at=pki.AT, policy=policy(), revocation=Says())
    assert (verdict.signature_ok, verdict.codes) == (False, ("content_mismatch",))


def test_two_signers_are_refused_because_nobody_knows_who_acts():
    data = pki.with_signer_of(
        pki.sign_cms(pki.card(), CHALLENGE), pki.sign_cms(pki.card(key_name="other"), CHALLENGE)
    )
    verdict = inspect_cms(data, content=CHALLENGE, at=pki.AT, policy=policy(), revocation=Says())
    assert (verdict.signature_ok, verdict.codes) == (True, ("multiple_signers",))


def test_detached_cms_without_its_content_cannot_be_judged():
    verdict = inspect_cms(
        pki.sign_cms(pki.card(), CHALLENGE, detached=True), at=pki.AT, policy=policy(), revocation=Says()
    )
    assert (verdict.signature_ok, verdict.codes) == (None, ("content_missing",))


def test_cms_whose_attributes_were_changed_is_refused():
    data = bytearray(pki.sign_cms(pki.card(), CHALLENGE))
    position = data.index(b"TP00000000000001")
    data[position + 2] ^= 1
    verdict = inspect_cms(bytes(data), content=CHALLENGE, at=pki.AT, policy=policy(), revocation=Says())
    assert (verdict.signature_ok, verdict.codes) == (False, ("signature_invalid",))


def test_cms_stating_another_content_type_is_refused():
    data = pki.sign_cms(pki.card(), CHALLENGE, stated_type="enveloped_data")
    assert (
        inspect_cms(data, content=CHALLENGE, at=pki.AT, policy=policy(), revocation=Says()).signature_ok
        is False
    )


def test_cms_naming_another_card_than_the_one_that_signed_is_refused():
    named, signer = pki.card(), pki.card(key_name="thief")
    data = pki.sign_cms(pki.Holder(named.certificate, signer.key), CHALLENGE)
    assert inspect_cms(data, content=CHALLENGE, at=pki.AT, policy=policy(), revocation=Says()).codes == (
        "signature_invalid",
    )


NONCE = "9f02Ab"


@pytest.mark.rule("R-09")
@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        (core.OctetString(bytes.fromhex(NONCE)), True),
        (core.OctetString(NONCE.encode()), True),
        (core.PrintableString(NONCE), True),
        (core.OctetString(b"\x00"), False),
        (None, False),
    ],
)
def test_nonce_must_be_the_one_issued(value, accepted):
    data = pki.sign_cms(pki.card(), CHALLENGE, nonce=value)
    verdict = inspect_cms(data, content=CHALLENGE, nonce=NONCE, at=pki.AT, policy=policy(), revocation=Says())
    assert verdict.codes == (() if accepted else ("nonce_mismatch",))


def test_authority_brought_along_by_the_signature_must_itself_be_known_good():
    data = pki.sign_cms(pki.card(), CHALLENGE, others=(pki.moeaca(),))
    for status, codes in ((Revocation.GOOD, ()), (Revocation.REVOKED, ("ca_revoked", "revoked"))):
        service = Says(status)
        verdict = inspect_cms(
            data, content=CHALLENGE, at=pki.AT, policy=policy(intermediates=()), revocation=service
        )
        assert (verdict.codes, len(service.asked)) == (codes, 2)


def test_bag_of_look_alike_authorities_costs_little():
    name = pki.CA_NAME
    twins = [
        pki.authority(name, "false ca", pki.Holder(pki.moeaca().certificate, pki.key("false ca")))
        for _ in range(12)
    ]
    data = pki.sign_cms(pki.card(issuer=twins[0]), CHALLENGE, others=tuple(twins))
    started = time.process_time()
    assert "chain" in inspect_cms(data, at=pki.AT, policy=policy(), revocation=Says()).codes
    assert time.process_time() - started < 5  # trying every order of twelve would take days


def test_raw_signature_is_judged_with_its_card():
    card = pki.card()
    judged = {
        data: inspect_signature(
            card.der, data, card.sign(CHALLENGE), at=pki.AT, policy=policy(), revocation=Says()
        )
        for data in (CHALLENGE, b"other")
    }
    assert (judged[CHALLENGE].accepted, judged[CHALLENGE].signature_ok) == (True, True)
    assert (judged[b"other"].codes, judged[b"other"].signature_ok) == (("signature_invalid",), False)


@pytest.mark.parametrize("read", [inspect_certificate, inspect_cms, inspect_any])
def test_garbage_is_answered_with_a_sentence(read):
    good = pki.sign_cms(pki.card(), CHALLENGE)
    certificate = pki.card().der
    for junk in (
        b"",
        b"\x00",
        b"hello",
        b"0\x80",
        b"0" * 999,
        good[:300],
        certificate[:-1],
        b"-----BEGIN PKCS7-----\nAA\n",
        bytes(2_000_000),
    ):
        with pytest.raises(CardDataError):
            read(junk, at=pki.AT, policy=policy())


def test_mangled_signature_raises_only_what_is_known_and_never_passes_for_another_card():
    card = pki.card()
    good = pki.sign_cms(card, CHALLENGE)
    for position in range(0, len(good), 7):
        mangled = good[:position] + bytes([good[position] ^ 0x55]) + good[position + 1 :]
        try:
            verdict = inspect_cms(mangled, content=CHALLENGE, at=pki.AT, policy=policy(), revocation=Says())
        except CardDataError:
            continue
        assert not verdict.accepted or verdict.certificate_der == card.der


def test_naive_moment_is_refused():
    with pytest.raises(ValueError, match="aware"):
        inspect_certificate(pki.card().der, at=pki.AT.replace(tzinfo=None), policy=policy())


def test_shipped_government_authorities_form_a_chain():
    anchors, intermediates = read_trust_folder(PKI_FOLDER)
    assert (len(anchors), len(intermediates)) == (3, 1)
    verdict = inspect_certificate(
        intermediates[0], at=pki.AT, policy=TrustPolicy(anchors, require_revocation=False)
    )
    assert (verdict.chain_ok, len(verdict.chain_der)) == (True, 2)
    assert set(verdict.codes) == {"ubn_missing", "no_signature_usage", "not_moeaca_company"}


def test_identically_named_roots_are_told_apart_by_key():
    def shipped(name):
        return load_certificates((PKI_FOLDER / f"{name}.pem").read_bytes())[0]

    moeaca = shipped("intermediates/MOEACA_G2_2013-2033")
    first, second = shipped("anchors/GRCA_G1_root_2002-2032"), shipped("anchors/GRCA_G2_root_selfsigned")
    cross = shipped("anchors/GRCA_G1.5_crosscert_2012-2032")

    def chain(anchors, intermediates=()):
        verdict = inspect_certificate(
            moeaca, at=pki.AT, policy=TrustPolicy(anchors, intermediates, require_revocation=False)
        )
        return verdict.chain_ok, len(verdict.chain_der), "weak_digest" in verdict.codes

    assert chain((second,)) == (True, 2, False)
    assert chain((first,)) == (False, 0, False)
    assert chain((first,), (cross,)) == (True, 3, True)  # a path over SHA-1 exists, and is objected to
    assert chain((first, second), (cross,)) == (True, 2, False)  # the better path is taken


def test_trust_folder_without_anchors_is_refused(tmp_path):
    with pytest.raises(CardDataError):
        read_trust_folder(tmp_path)


def test_moment_decides_not_the_clock():
    card = pki.card()
    later = judge(card, at=pki.AT + timedelta(days=1800))
    assert later.codes == ("expired",)
    assert dict(later.reasons[0].details) == {"when": later.facts.not_after}
