"""Judge a card, or something it signed (R-09, R-10). Every objection is reported, not only the first."""

import hmac
from datetime import datetime
from typing import Final

from tcloud.adapters.card.certificates import CertificateReading, read_certificate
from tcloud.adapters.card.chain import WEAK_DIGESTS, ChainFinding, find_chain
from tcloud.adapters.card.cms import DIGESTS, CmsReading, is_cms, read_cms, verify_raw
from tcloud.adapters.card.port import (
    COMPANY_CLASS,
    NOT_CHECKED,
    CardDataError,
    CardVerdict,
    Reason,
    Revocation,
    RevocationChecker,
    RevocationFinding,
    TrustPolicy,
    reason,
)

ENCRYPTION_USAGES: Final = frozenset({"keyEncipherment", "dataEncipherment", "keyAgreement"})
# Critical extensions whose meaning is honoured here or by the path validation.
UNDERSTOOD_EXTENSIONS: Final = frozenset(
    {
        "2.5.29.9",
        "2.5.29.15",
        "2.5.29.17",
        "2.5.29.19",
        "2.5.29.31",
        "2.5.29.32",
        "2.5.29.36",
        "2.5.29.37",
        "2.5.29.54",
    }
)
OTHER_KINDS: Final = frozenset({"MOICA", "GCA", "XCA"})  # persons, government, organisations


def inspect_certificate(
    der_or_pem: bytes, *, at: datetime, policy: TrustPolicy, revocation: RevocationChecker | None = None
) -> CardVerdict:
    """Judge a bare certificate at the moment `at` (aware). `signature_ok` is None: nothing was signed.

    Without a `revocation` checker the status is unknown, which is an objection unless the policy waives it (R-09).
    Raises CardDataError when the bytes are no certificate, ValueError when `at` is naive.
    """
    return _judge(read_certificate(der_or_pem), at=at, policy=policy, revocation=revocation)


def inspect_cms(
    data: bytes,
    *,
    content: bytes | None = None,
    nonce: str | None = None,
    at: datetime,
    policy: TrustPolicy,
    revocation: RevocationChecker | None = None,
) -> CardVerdict:
    """Judge a PKCS#7/CMS signature and the card that made it (RFC 5652, PROTOCOLS §1.7).

    `content`: the bytes that should have been signed (None = take the encapsulated ones); `nonce`: the hex string issued with the
    challenge (None = not asked for), compared with the signed attribute. Raises CardDataError when there is no signature to judge.
    """
    reading = read_cms(data, content=content)
    objections = _signature_objections(reading)
    if nonce is not None and not _nonce_matches(reading.nonces, nonce):
        objections.append(reason("nonce_mismatch"))
    return _judge(
        reading.signer,
        at=at,
        policy=policy,
        revocation=revocation,
        extra=reading.certificates,
        objections=objections,
        cms=reading,
    )


def inspect_signature(
    certificate_der: bytes,
    data: bytes,
    signature: bytes,
    *,
    digest: str = "sha256",
    at: datetime,
    policy: TrustPolicy,
    revocation: RevocationChecker | None = None,
) -> CardVerdict:
    """Judge a raw PKCS#1 signature over `data` (signatureType PKCS1, PROTOCOLS §1.5). `digest`: md5, sha1, sha224 … sha512."""
    if digest not in DIGESTS:
        raise CardDataError("unknown_digest", name=digest)
    reading = read_certificate(certificate_der)
    ok = verify_raw(reading, data, signature, digest)
    objections = [] if ok else [reason("signature_invalid")]
    if digest in WEAK_DIGESTS:
        objections.append(reason("weak_digest", name=digest.upper()))
    return _judge(
        reading, at=at, policy=policy, revocation=revocation, objections=objections, signature_ok=ok
    )


def inspect_any(
    data: bytes,
    *,
    content: bytes | None = None,
    at: datetime,
    policy: TrustPolicy,
    revocation: RevocationChecker | None = None,
) -> CardVerdict:
    """Judge a file that is either a certificate or a PKCS#7 (PEM, DER or base64); CardDataError when it is neither."""
    if is_cms(data):
        return inspect_cms(data, content=content, at=at, policy=policy, revocation=revocation)
    return inspect_certificate(data, at=at, policy=policy, revocation=revocation)


def _judge(
    card: CertificateReading,
    *,
    at: datetime,
    policy: TrustPolicy,
    revocation: RevocationChecker | None,
    extra: tuple[bytes, ...] = (),
    objections: list[Reason] | None = None,
    signature_ok: bool | None = None,
    cms: CmsReading | None = None,
) -> CardVerdict:
    if at.utcoffset() is None:
        raise ValueError("the moment of judgement must be an aware datetime")
    chain = find_chain(
        card,
        at=at,
        anchors=policy.anchors,
        intermediates=policy.intermediates,
        extra=tuple(der for der in extra if der != card.der),
        min_rsa_bits=policy.min_rsa_bits,
    )
    status, revocation_objections = _revocation(chain, at, policy, revocation)
    reasons = [
        *(objections or []),
        *_identity_objections(card, policy),
        *_certificate_objections(card, at, policy),
        *_chain_objections(chain, card),
        *revocation_objections,
    ]
    return CardVerdict(
        facts=card.facts,
        certificate_der=card.der,
        chain_ok=chain.ok,
        signature_ok=cms.signature_ok if cms else signature_ok,
        revocation=status,
        reasons=tuple(dict.fromkeys(reasons)),
        chain_der=chain.path if chain.ok else (),
        signing_time=cms.signing_time if cms else None,
        card_number=cms.card_number if cms else None,
    )


def _signature_objections(reading: CmsReading) -> list[Reason]:
    found = []
    if reading.content_matches is False:
        found.append(reason("content_mismatch"))
    elif reading.signature_ok is False:
        found.append(reason("signature_invalid"))
    elif reading.signature_ok is None:
        found.append(reason("content_missing"))
    if reading.signer_count > 1:
        found.append(reason("multiple_signers"))
    found += [
        reason("weak_digest", name=digest.upper()) for digest in reading.digests if digest in WEAK_DIGESTS
    ]
    return found


def _nonce_matches(stated: tuple[str, ...], issued: str) -> bool:
    """One nonce, equal to the issued hex string; components write it as octets, or as that text (then in octets or a string)."""
    if len(stated) != 1:
        return False
    expected = issued.lower()
    return any(
        hmac.compare_digest(stated[0].encode(), form.encode())
        for form in (expected, expected.encode().hex(), issued.encode().hex())
    )


def _identity_objections(card: CertificateReading, policy: TrustPolicy) -> list[Reason]:
    """R-10 and the kinds of holder that may act; every certificate below the government roots carries the same policy OID."""
    facts = card.facts
    found = [card.ubn_problem] if card.ubn_problem else []
    if facts.card_kind in OTHER_KINDS:
        found.append(reason("not_moeaca_company", kind=facts.card_kind))
    elif facts.subject_class is not None and facts.subject_class not in policy.subject_classes:
        found.append(reason("not_moeaca_company", subject_class=facts.subject_class))
    elif facts.card_kind is None and facts.subject_class != COMPANY_CLASS:
        found.append(reason("not_moeaca_company", issuer=facts.issuer))
    if facts.rank == "secondary" and not policy.allow_secondary:
        found.append(reason("secondary_card"))
    return found


def _certificate_objections(card: CertificateReading, at: datetime, policy: TrustPolicy) -> list[Reason]:
    facts = card.facts
    found = []
    if "digitalSignature" not in facts.usage:
        encrypts = ENCRYPTION_USAGES & set(facts.usage)
        found.append(reason("encryption_certificate") if encrypts else reason("no_signature_usage"))
    if policy.required_policy is not None and policy.required_policy not in facts.policies:
        found.append(reason("policy_missing"))
    if at > facts.not_after:
        found.append(reason("expired", when=facts.not_after))
    if at < facts.not_before:
        found.append(reason("not_yet_valid", when=facts.not_before))
    unknown = (
        card.asn1.critical_extensions
        and {
            extension["extn_id"].dotted
            for extension in card.asn1["tbs_certificate"]["extensions"]
            if extension["critical"].native
        }
        - UNDERSTOOD_EXTENSIONS
    )
    found += [reason("unknown_extension", name=oid) for oid in sorted(unknown or ())]
    return found


def _chain_objections(chain: ChainFinding, card: CertificateReading) -> list[Reason]:
    if not chain.ok:
        return [reason("chain"), *_own_weakness(card)]
    return [
        *(reason("ca_not_valid", name=name) for name in chain.not_valid_at),
        *(reason("weak_digest", certificate=weak.subject, name=weak.name) for weak in chain.weak_digests),
        *(reason("weak_key", certificate=weak.subject, name=weak.name) for weak in chain.weak_keys),
    ]


def _own_weakness(card: CertificateReading) -> list[Reason]:
    """What is weak in the card's certificate itself, when no chain was found that would list it."""
    alone = find_chain(card, at=card.facts.not_before, anchors=(card.der,))
    return _chain_objections(alone, card)


def _revocation(
    chain: ChainFinding, at: datetime, policy: TrustPolicy, checker: RevocationChecker | None
) -> tuple[RevocationFinding, list[Reason]]:
    """Status of the card and objections from it. Addresses are only followed in certificates that an anchor vouches for.

    Authorities not configured but brought along by the signature must be known good; configured ones are the operator's word.
    """
    if not chain.ok:
        return NOT_CHECKED, []
    found: list[Reason] = []
    status = NOT_CHECKED
    configured = {*policy.anchors, *policy.intermediates}
    for position, (der, issuer) in enumerate(zip(chain.path, chain.path[1:], strict=False)):
        if checker is None or (position and der in configured):
            continue
        finding = checker.check(der, issuer, at=at)
        if position == 0:
            status = finding
        elif finding.status is Revocation.REVOKED:
            found.append(reason("ca_revoked", name=read_certificate(der).asn1.subject.human_friendly))
        elif finding.status is Revocation.UNKNOWN and policy.require_revocation:
            found.append(reason("revocation_unknown"))
    if status.status is Revocation.REVOKED:
        found.append(reason("revoked", when=status.revoked_at or at))
    elif status.status is Revocation.UNKNOWN and policy.require_revocation:
        found.append(reason("revocation_unknown"))
    return status, list(dict.fromkeys(found))
