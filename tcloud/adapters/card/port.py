"""What the rest of the house knows of a card: plain values, no ASN.1, no Django.

Facts are what a certificate *says*; a verdict is what follows from them under a `TrustPolicy` at a stated moment (R-09, R-10,
PROTOCOLS §1.7 and §2). Nobody may act on facts of a verdict that is not `accepted`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

COMPANY_CLASS = "2.16.886.1.100.3.2.2.1.1"
BUSINESS_CLASS = "2.16.886.1.100.3.2.3.1"
BRANCH_CLASS = "2.16.886.1.100.3.2.3.3.1"
ASSURANCE_LEVEL_3 = "2.16.886.101.0.3.3"


Detail = str | datetime | tuple[str, ...]


class Reason(NamedTuple):
    """Why a card is not accepted: a stable code, and what the certificate or the moment adds to it; `members.words` makes a sentence."""

    code: str
    details: tuple[tuple[str, Detail], ...] = ()


def reason(code: str, **details: Detail) -> Reason:
    """The reason with its details."""
    return Reason(code, tuple(details.items()))


class CardDataError(ValueError):
    """The bytes are no certificate, no CMS, or one that cannot be judged; `reason` says why."""

    def __init__(self, code: str, **details: Detail) -> None:
        super().__init__(code, *details.values())
        self.reason = reason(code, **details)


class Revocation(StrEnum):
    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RevocationFinding:
    """Answer to "was this certificate revoked at that moment?", with the signed evidence that says so.

    `source` is "ocsp" or "crl"; `evidence` the DER of the response or list as received; `failures` say in English, for the log,
    why a source could not be used.
    """

    status: Revocation
    source: str | None = None
    url: str | None = None
    evidence: bytes | None = field(default=None, repr=False)
    this_update: datetime | None = None
    next_update: datetime | None = None
    revoked_at: datetime | None = None
    failures: tuple[str, ...] = ()


NOT_CHECKED = RevocationFinding(Revocation.UNKNOWN, failures=("not checked",))


class RevocationChecker(Protocol):
    """Port to the revocation services of the certification authorities."""

    def check(self, certificate_der: bytes, issuer_der: bytes, *, at: datetime) -> RevocationFinding:
        """Status of the certificate at `at`; never raises for a silent, broken or lying service (that is UNKNOWN)."""
        ...


@dataclass(frozen=True, slots=True)
class TrustPolicy:
    """What makes a card acceptable. Anchors and intermediates are DER certificates.

    Any certificate can be an anchor, also an issuing CA. Intermediates given here are vouched for by whoever configured them;
    others may come along inside a CMS and are then checked for revocation like the card itself.
    `subject_classes`: the classes of holder that may act (PROTOCOLS §2); a branch (分公司) is not among them, because its number is
    not the company's.
    """

    anchors: tuple[bytes, ...]
    intermediates: tuple[bytes, ...] = ()
    required_policy: str | None = ASSURANCE_LEVEL_3
    allow_secondary: bool = False
    require_revocation: bool = True
    subject_classes: tuple[str, ...] = (COMPANY_CLASS, BUSINESS_CLASS)
    min_rsa_bits: int = 2048


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says (PROTOCOLS §2). `ubn` as written, preferring the directory attribute; it may still be unacceptable.

    `usage` in the X.509 spelling (`digitalSignature`, …); `rank` "primary" (正卡), "secondary" (附卡) or None when not stated;
    `card_kind` "MOEACA", "MOICA", "GCA", "XCA" or None, by the issuer's name; `subject_class` the OID of the kind of holder.
    """

    ubn: str | None
    organisation: str
    serial_hex: str
    fingerprint_sha256: str
    usage: tuple[str, ...]
    policies: tuple[str, ...]
    rank: str | None
    issuer: str
    not_before: datetime
    not_after: datetime
    card_kind: str | None
    subject_class: str | None


@dataclass(frozen=True, slots=True)
class CardVerdict:
    """The judgement of a card or of something it signed, at one moment.

    `chain_ok`: a cryptographically valid path (RFC 5280 without revocation) leads to an anchor; validity periods and weak digests
    are not part of it, they appear in `reasons`. `signature_ok`: the bare cryptographic fact, also for old digests; False when the
    CMS carries other content than the one given; None when there is no signature to judge (a bare certificate) or a detached
    signature came without its content. `accepted` is true exactly when `reasons` is empty.
    """

    facts: CertificateFacts
    certificate_der: bytes = field(repr=False)
    chain_ok: bool
    signature_ok: bool | None
    revocation: RevocationFinding
    reasons: tuple[Reason, ...]
    chain_der: tuple[bytes, ...] = field(default=(), repr=False)
    signing_time: datetime | None = None
    card_number: str | None = None

    @property
    def accepted(self) -> bool:
        return not self.reasons

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(reason.code for reason in self.reasons)
