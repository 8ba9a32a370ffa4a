"""Verify the signatures in a contract, anybody's PDF included (R-20): ISO 32000-2 §12.8, RFC 5652, and the trust policy of cards."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import pairwise
from typing import Any, Final

from pyhanko.pdf_utils.decode_limits import (
    DEFAULT_PURPOSE_LIMITS,
    DecodeLimits,
    DecodePurpose,
    DocumentDecodeBudget,
    StreamDecodeLimits,
)
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    CatalogModificationRule,
    DiffResult,
    DocInfoRule,
    DSSCompareRule,
    MetadataUpdateRule,
    ModificationLevel,
    ObjectStreamRule,
    StandardDiffPolicy,
    XrefStreamRule,
)
from pyhanko.sign.validation import EmbeddedPdfSignature, SignatureCoverageLevel
from pyhanko.sign.validation.errors import SignatureValidationError

from tcloud.adapters.card import (
    CardDataError,
    CardVerdict,
    Reason,
    Revocation,
    RevocationChecker,
    TrustPolicy,
    inspect_cms,
)
from tcloud.adapters.time_stamp import TimeStamp, TimeStampError, read_token
from tcloud.contracts.document import TAIPEI
from tcloud.contracts.proof import AsOfSigning, EmbeddedProof, embedded_proof
from tcloud.contracts.signing import PDF_ERRORS
from tcloud.members import words as card_words

MAX_BYTES: Final = 20_000_000
MEGABYTE: Final = 1024 * 1024
# Anybody's file is read: one of ours has two signatures and unpacks to a few hundred kilobytes.
MAX_SIGNATURES: Final = 8
UNPACKED: Final = DecodeLimits(
    per_stream=StreamDecodeLimits(max_output_size=16 * MEGABYTE),
    per_purpose={
        **DEFAULT_PURPOSE_LIMITS,
        DecodePurpose.XREF_STREAM: StreamDecodeLimits(max_output_size=MEGABYTE // 4),
    },
    document_budget=DocumentDecodeBudget(base_allowance=64 * MEGABYTE, max_ratio=4),
)
# What may follow the last signature: the proof of its signer, and the bookkeeping of the file that comes with it.
ONLY_PROOF: Final = StandardDiffPolicy(
    global_rules=[
        rule.as_qualified(ModificationLevel.LTA_UPDATES)
        for rule in (
            DocInfoRule(),
            XrefStreamRule(),
            ObjectStreamRule(),
            DSSCompareRule(),
            MetadataUpdateRule(),
        )
    ]
    + [CatalogModificationRule()],
    form_rule=None,
)
# Objections to the signature itself; the others are about the card, and decide whether it is trusted.
SIGNATURE_CODES: Final = frozenset({"signature_invalid", "content_mismatch", "content_missing"})


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """One signature in a document.

    `intact`: the signed bytes are what was signed, and the signature over them verifies.
    `trusted`: the card is acceptable under the policy at the moment of judgement.
    `covers_document`: nothing in the file escapes it but later signatures and proof. After the last signature only its proof may have
    been added; after an earlier one also further signature fields filled in (`ModificationLevel.FORM_FILLING`), as judged by pyHanko's
    difference analysis of whole revisions.
    `signed_at`: the time a trusted time-stamp proves when `time_proved`, else the one the signer states.
    """

    signer_ubn: str | None
    signer_name: str | None
    field_name: str
    intact: bool
    trusted: bool
    covers_document: bool
    signed_at: datetime | None
    time_proved: bool = False
    reasons: tuple[Reason, ...] = ()

    @property
    def ok(self) -> bool:
        return self.intact and self.trusted and self.covers_document


@dataclass(frozen=True, slots=True)
class DocumentVerdict:
    """All signatures in the order of signing. `problem` is a code of `contracts.words.PROBLEMS` when there is nothing to judge."""

    signatures: tuple[SignatureVerdict, ...]
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """At least one signature, and each intact, trusted and covering the document."""
        return bool(self.signatures) and all(signature.ok for signature in self.signatures)

    def to_json(self) -> dict[str, Any]:
        """The answer of the operator's command `contract_verify`."""
        return {
            "signatures": [
                {
                    "signer_ubn": signature.signer_ubn,
                    "signer_name": signature.signer_name,
                    "intact": signature.intact,
                    "trusted": signature.trusted,
                    "covers_document": signature.covers_document,
                    "signed_at": signature.signed_at.isoformat() if signature.signed_at else None,
                    "time_proved": signature.time_proved,
                    "reasons": card_words.listed(signature.reasons),
                }
                for signature in self.signatures
            ],
            "ok": self.ok,
        }


def verify(
    pdf: bytes,
    *,
    policy: TrustPolicy,
    at: datetime,
    revocation: RevocationChecker | None = None,
    time_stamp_anchors: tuple[bytes, ...] = (),
) -> DocumentVerdict:
    """Judge every signature in `pdf` at the moment `at` (aware). Never raises for what a file contains.

    Where a time-stamp that leads to `time_stamp_anchors` (DER) proves when the card signed, the card is judged at that moment and by the
    proof embedded in the document, so that a contract outlives the card; without one at `at`, because nobody proves the stated time.
    A policy that requires revocation needs a `revocation` checker for what is not embedded.
    """
    if len(pdf) > MAX_BYTES:
        return DocumentVerdict((), "too_large")
    try:
        reader = PdfFileReader(BytesIO(pdf), decode_limits=UNPACKED)
        embedded = reader.embedded_regular_signatures
        proof = embedded_proof(reader)
    except (*PDF_ERRORS, RecursionError):
        return DocumentVerdict((), "no_pdf")
    if len(embedded) > MAX_SIGNATURES:
        return DocumentVerdict((), "too_many")
    judge = _Judge(pdf, policy, at, revocation, time_stamp_anchors, proof)
    verdicts = tuple(
        judge(signature, last=position == len(embedded) - 1) for position, signature in enumerate(embedded)
    )
    return DocumentVerdict(verdicts, None if verdicts else "unsigned")


@dataclass(frozen=True, slots=True)
class _Judge:
    """What every signature of one document is judged by."""

    pdf: bytes
    policy: TrustPolicy
    at: datetime
    revocation: RevocationChecker | None
    time_stamp_anchors: tuple[bytes, ...]
    proof: EmbeddedProof

    def __call__(self, signature: EmbeddedPdfSignature, *, last: bool) -> SignatureVerdict:
        stamp = self._stamp(signature)
        card: CardVerdict | None = None
        reasons: tuple[Reason, ...]
        try:
            card = inspect_cms(
                bytes(signature.pkcs7_content),
                content=_covered_bytes(signature, self.pdf),
                at=stamp.at if stamp else self.at,
                policy=self.policy,
                revocation=AsOfSigning(self.proof, self.revocation, asked_at=self.at)
                if stamp
                else self.revocation,
            )
            reasons = card.reasons
        except CardDataError as error:
            reasons = (error.reason,)
        except PDF_ERRORS:
            reasons = (Reason("unreadable"),)
        return SignatureVerdict(
            signer_ubn=card.facts.ubn if card else None,
            signer_name=card.facts.organisation if card else None,
            field_name=str(signature.field_name),
            intact=bool(card and card.signature_ok),
            trusted=bool(card) and not any(reason.code not in SIGNATURE_CODES for reason in reasons),
            covers_document=_covers(signature, last=last),
            signed_at=stamp.at.astimezone(TAIPEI) if stamp else _signed_at(signature),
            time_proved=stamp is not None,
            reasons=reasons,
        )

    def _stamp(self, signature: EmbeddedPdfSignature) -> TimeStamp | None:
        """The time-stamp over the signature when it leads to an authority we trust, which was not revoked."""
        try:
            signer = signature.signer_info
            tokens = [
                value.dump()
                for attribute in signer["unsigned_attrs"]
                if attribute["type"].native == "signature_time_stamp_token"
                for value in attribute["values"]
            ]
            if len(tokens) != 1:
                return None
            stamp = read_token(tokens[0], signer["signature"].native, anchors=self.time_stamp_anchors)
        except (TimeStampError, *PDF_ERRORS):
            return None
        standing = AsOfSigning(self.proof, self.revocation, asked_at=self.at)
        path = stamp.chain_der
        found = [standing.check(der, issuer, at=stamp.at) for der, issuer in pairwise(path)]
        return None if any(finding.status is Revocation.REVOKED for finding in found) else stamp


def _covered_bytes(signature: EmbeddedPdfSignature, pdf: bytes) -> bytes:
    """What the signature says it covers. Raises ValueError unless that is two ranges: a thousand of them would fill the memory."""
    start, length, second, rest = (int(number) for number in signature.byte_range)
    if not 0 <= start <= start + length <= second <= second + rest <= len(pdf):
        raise ValueError("the signed ranges overlap or leave the file")
    return pdf[start : start + length] + pdf[second : second + rest]


def _covers(signature: EmbeddedPdfSignature, *, last: bool) -> bool:
    try:
        signature.compute_integrity_info(diff_policy=ONLY_PROOF if last else None)
    except (*PDF_ERRORS, SignatureValidationError, RecursionError):
        return False
    if signature.coverage is SignatureCoverageLevel.ENTIRE_FILE:
        return True
    changes = signature.diff_result
    return (
        signature.coverage is SignatureCoverageLevel.ENTIRE_REVISION
        and isinstance(changes, DiffResult)
        and changes.modification_level <= ModificationLevel.FORM_FILLING
    )


def _signed_at(signature: EmbeddedPdfSignature) -> datetime | None:
    try:
        stated = signature.self_reported_timestamp
    except PDF_ERRORS:
        return None
    if stated is None:
        return None
    return stated if stated.utcoffset() is not None else stated.replace(tzinfo=TAIPEI)
