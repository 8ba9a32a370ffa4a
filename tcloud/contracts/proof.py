"""The proof a document carries of its own signers: what the authorities said of their cards when they signed (ISO 32000-2 §12.8.4.3)."""

from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Final

from asn1crypto import cms
from pyhanko.pdf_utils.decode_limits import DecodePurpose
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError

from tcloud.adapters.card import Revocation, RevocationChecker, RevocationFinding, read_evidence
from tcloud.adapters.card.port import NOT_CHECKED

MAX_STATEMENTS: Final = 32


@dataclass(frozen=True, slots=True)
class EmbeddedProof:
    """Answers about revocation embedded in a document (DER): a `RevocationChecker` that asks nobody."""

    ocsps: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()

    def check(self, certificate_der: bytes, issuer_der: bytes, *, at: datetime) -> RevocationFinding:
        """What the embedded answers say of the certificate at `at`; UNKNOWN when none of them speaks of it, properly signed."""
        for kind, statements in (("ocsp", self.ocsps), ("crl", self.crls)):
            for statement in statements:
                finding = read_evidence(kind, statement, certificate_der, issuer_der, at=at)
                if finding is not None:
                    return finding
        return NOT_CHECKED


def embedded_proof(reader: PdfFileReader) -> EmbeddedProof:
    """The proof in the document's security store, at most 32 answers of a kind; empty where there is none.

    Raises pyHanko's errors for a store that cannot be read.
    """
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return EmbeddedProof()
    ocsps, crls = (
        tuple(each.get_object().read_data(purpose) for each in statements[:MAX_STATEMENTS])
        for statements, purpose in (
            (store.ocsps, DecodePurpose.OCSP_RESPONSE),
            (store.crls, DecodePurpose.CRL),
        )
    )
    return EmbeddedProof(ocsps, crls)


@dataclass(frozen=True, slots=True)
class AsOfSigning:
    """A `RevocationChecker` for a proved moment: the embedded proof, and where that is silent the authorities as of `asked_at`.

    A card that was revoked after it had signed was good when it signed (EN 319 102-1 §5.5).
    """

    proof: EmbeddedProof
    online: RevocationChecker | None
    asked_at: datetime

    def check(self, certificate_der: bytes, issuer_der: bytes, *, at: datetime) -> RevocationFinding:
        """Status of the certificate at `at`."""
        finding = self.proof.check(certificate_der, issuer_der, at=at)
        if finding.status is Revocation.UNKNOWN and self.online is not None:
            finding = self.online.check(certificate_der, issuer_der, at=self.asked_at)
        if finding.status is Revocation.REVOKED and finding.revoked_at and finding.revoked_at > at:
            return replace(finding, status=Revocation.GOOD, revoked_at=None)
        return finding


def signatures_in(pdf: bytes) -> list[tuple[str, bytes]]:
    """(field name, CMS in DER) of each signature in one of our own documents, in the order of signing.

    A CMS is over the bytes that its ByteRange in the document names; any tool that reads RFC 5652 verifies it.
    """
    return [
        (str(each.field_name), cms.ContentInfo.load(bytes(each.pkcs7_content)).dump())
        for each in PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
    ]
