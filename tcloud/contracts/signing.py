"""Sign a contract with a card in two steps (PAdES, PROTOCOLS §8).

`prepare` puts an empty signature into the document and says which bytes the card must sign; the document waits, `complete` embeds the
card's answer, with a time-stamp over it where there is one (contracts.sealing). The private key never leaves the card, and nothing is
embedded that does not verify.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from asn1crypto import cms, x509
from pyhanko.pdf_utils.content import PdfContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, Margins, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.pdf_utils.writer import BasePdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError as PyHankoSigningError
from pyhanko.sign.general import as_signing_certificate_v2, simple_cms_attribute
from pyhanko.sign.signers.pdf_byterange import PreparedByteRangeDigest
from pyhanko.stamp import StaticStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tcloud.adapters.card.certificates import CertificateReading, read_certificate
from tcloud.adapters.card.chain import run_without_io
from tcloud.adapters.card.cms import verify_raw
from tcloud.adapters.card.port import CardDataError
from tcloud.contracts.document import SIGNATURE_BOXES, STAMP_TEMPLATE, TAIPEI, Party, compile_template

FIELD_NAMES: Final = {Party.BUYER: "Buyer", Party.SUPPLIER: "Supplier"}
REASONS: Final = {
    Party.BUYER: "簽訂雲端解決方案買賣契約（買方）",
    Party.SUPPLIER: "副署雲端解決方案買賣契約（資訊服務廠商）",
}
DIGEST: Final = "sha256"
# Hexadecimal digits kept free for the CMS: certificate, issuing CA and attributes come to about 4 kB, a time-stamp with its
# authority's certificates to as much again; twice that in hex.
RESERVED_HEX_DIGITS: Final = 24_576
SERIAL_DIGITS_PER_LINE: Final = 24
PDF_ERRORS: Final = (
    PdfError,
    PyHankoSigningError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OSError,
)


class SigningError(Exception):
    """The document cannot be signed, or this signature is not for it; `contracts.words.REFUSED` has a sentence for each code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class PreparedSignature:
    """A document waiting for one signature. Store `document` as bytes and `state()` as JSON; `restore` puts them together again.

    `tbs`: the DER of the signed attributes, exactly what the card signs (hashAlgorithm SHA256, signatureType PKCS1).
    `sha256`: hex digest of `document` as prepared; `reserved`: start and end of the placeholder in it.
    """

    document: bytes = field(repr=False)
    tbs: bytes = field(repr=False)
    sha256: str
    certificate_der: bytes = field(repr=False)
    chain_der: tuple[bytes, ...] = field(repr=False)
    party: Party
    reserved: tuple[int, int]
    prepared_at: datetime

    @property
    def tbs_base64(self) -> str:
        """`tbs` for the component's request, with tbsEncoding base64 (PROTOCOLS §1.5)."""
        return base64.b64encode(self.tbs).decode()

    def state(self) -> dict[str, Any]:
        """Everything but the document, as JSON values."""
        return {
            "tbs": self.tbs_base64,
            "sha256": self.sha256,
            "certificate": base64.b64encode(self.certificate_der).decode(),
            "chain": [base64.b64encode(der).decode() for der in self.chain_der],
            "party": self.party.value,
            "reserved": list(self.reserved),
            "prepared_at": self.prepared_at.isoformat(),
        }

    @classmethod
    def restore(cls, document: bytes, state: dict[str, Any]) -> "PreparedSignature":
        """The prepared signature from its stored parts. Raises SigningError when the state is damaged."""
        try:
            return cls(
                document=document,
                tbs=base64.b64decode(state["tbs"], validate=True),
                sha256=state["sha256"],
                certificate_der=base64.b64decode(state["certificate"], validate=True),
                chain_der=tuple(base64.b64decode(text, validate=True) for text in state["chain"]),
                party=Party(state["party"]),
                reserved=(int(state["reserved"][0]), int(state["reserved"][1])),
                prepared_at=datetime.fromisoformat(state["prepared_at"]),
            )
        except (KeyError, ValueError, TypeError, IndexError) as error:
            raise SigningError("incomplete") from error


def prepare(
    pdf: bytes, certificate_der: bytes, *, party: Party, at: datetime, chain_der: Iterable[bytes] = ()
) -> PreparedSignature:
    """Add the party's visible mark and an empty signature to `pdf`, and say what the card must sign.

    `certificate_der`: the signing certificate as the card gave it, already judged by the caller (R-09); `chain_der`: certificates of
    its authorities to embed, without the root; `at`: the signing time shown and recorded. An earlier signature stays intact,
    because this one is an incremental update. Raises SigningError when the party has signed already or the document is damaged.
    """
    if at.utcoffset() is None:
        raise ValueError("the signing time must be an aware datetime")
    try:
        card = read_certificate(certificate_der)
        chain = tuple(read_certificate(der).der for der in chain_der)
    except CardDataError as error:
        raise SigningError("certificate") from error
    if card.asn1.public_key.algorithm != "rsa":
        raise SigningError("key")
    try:
        return run_without_io(_prepare(pdf, card, chain, party, at))
    except PDF_ERRORS as error:
        raise SigningError("not_signable") from error


async def _prepare(
    pdf: bytes, card: CertificateReading, chain: tuple[bytes, ...], party: Party, at: datetime
) -> PreparedSignature:
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    _ensure_fields(writer, party)
    signer = _signer(card, chain, b"")
    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD_NAMES[party],
        md_algorithm=DIGEST,
        subfilter=fields.SigSeedSubFilter.PADES,
        name=card.facts.organisation,
        reason=REASONS[party],
        location="臺灣",
    )
    style = StaticStampStyle(
        background=_StampContent(_stamp(card, party, at)),
        background_opacity=1.0,
        border_width=0,
        background_layout=SimpleBoxLayoutRule(
            x_align=AxisAlignment.ALIGN_MID, y_align=AxisAlignment.ALIGN_MID, margins=Margins()
        ),
    )
    session = signers.PdfSigner(metadata, signer=signer, stamp_style=style).init_signing_session(
        writer, existing_fields_only=True
    )
    session.system_time = at.astimezone(TAIPEI)
    validation = await session.perform_presign_validation(writer)
    waiting = session.prepare_tbs_document(validation, RESERVED_HEX_DIGITS)
    digest, output = waiting.digest_tbs_document(output=BytesIO())
    output.seek(0)
    document = output.read()
    return PreparedSignature(
        document=document,
        tbs=_signed_attributes(card, digest.document_digest).dump(force=True),
        sha256=hashlib.sha256(document).hexdigest(),
        certificate_der=card.der,
        chain_der=chain,
        party=party,
        reserved=(digest.reserved_region_start, digest.reserved_region_end),
        prepared_at=at,
    )


def complete(prepared: PreparedSignature, signature: bytes, *, time_stamp: bytes = b"") -> bytes:
    """The signed document. `signature`: the card's raw RSA PKCS#1 v1.5 signature over `prepared.tbs` with SHA-256.

    `time_stamp`: a token over `signature` (DER, RFC 3161), already judged; with it the signature is PAdES-B-T, without PAdES-B-B.

    Raises SigningError, and embeds nothing, when the signature is not this card's over these bytes, or when the stored document was
    altered after it was prepared.
    """
    start, end = prepared.reserved
    if hashlib.sha256(prepared.document).hexdigest() != prepared.sha256 or not 0 < start < end < len(
        prepared.document
    ):
        raise SigningError("altered")
    covered = hashlib.sha256(prepared.document[:start] + prepared.document[end:]).digest()
    try:
        card = read_certificate(prepared.certificate_der)
        attributes = cms.CMSAttributes.load(prepared.tbs, strict=True)
        promised = next(item for item in attributes if item["type"].native == "message_digest")["values"][
            0
        ].native
    except (CardDataError, StopIteration, ValueError, TypeError, KeyError) as error:
        raise SigningError("incomplete") from error
    if promised != covered:
        raise SigningError("not_as_prepared")
    if not verify_raw(card, prepared.tbs, signature, DIGEST):
        raise SigningError("other_card")
    try:
        signed = run_without_io(
            _signer(card, prepared.chain_der, signature, time_stamp).async_sign_prescribed_attributes(
                DIGEST, attributes
            )
        )
        output = BytesIO(prepared.document)
        PreparedByteRangeDigest(covered, start, end).fill_with_cms(output, signed)
    except PDF_ERRORS as error:
        raise SigningError("not_embedded") from error
    return output.getvalue()


def signed_parties(pdf: bytes) -> tuple[Party, ...]:
    """Which parties' fields are filled. Raises SigningError when the document cannot be read."""
    try:
        return _signed_parties(PdfFileReader(BytesIO(pdf)))
    except PDF_ERRORS as error:
        raise SigningError("unreadable") from error


def _signed_parties(handler: Any) -> tuple[Party, ...]:
    filled = {name for name, _, _ in fields.enumerate_sig_fields(handler, filled_status=True)}
    return tuple(party for party, name in FIELD_NAMES.items() if name in filled)


def _ensure_fields(writer: IncrementalPdfFileWriter, party: Party) -> None:
    """Both fields exist before the first signature, so that the second one only fills in a form (PDF 32000 §12.8)."""
    present = {name: value for name, value, _ in fields.enumerate_sig_fields(writer)}
    if present.get(FIELD_NAMES[party]) is not None:
        raise SigningError("signed_already")
    for each, name in FIELD_NAMES.items():
        if name not in present:
            left, bottom, right, top = (int(edge) for edge in SIGNATURE_BOXES[each])
            fields.append_signature_field(
                writer,
                fields.SigFieldSpec(
                    name, on_page=-1, box=(left, bottom, right, top), empty_field_appearance=True
                ),
            )


class _CardSigner(signers.ExternalSigner):
    """The card's answer as pyHanko's signer, with a time-stamp over it or without.

    pyHanko gathers unsigned attributes by way of an event loop, which a thread of the web server has not; so they are said here.
    """

    time_stamp: bytes = b""

    async def unsigned_attrs(self, *_args: Any, **_kwargs: Any) -> cms.CMSAttributes | None:
        if not self.time_stamp:
            return None
        token = cms.ContentInfo.load(self.time_stamp)
        return cms.CMSAttributes([simple_cms_attribute("signature_time_stamp_token", token)])


def _signer(
    card: CertificateReading, chain: tuple[bytes, ...], signature: bytes, time_stamp: bytes = b""
) -> signers.ExternalSigner:
    signer = _CardSigner(
        signing_cert=card.asn1,
        cert_registry=SimpleCertificateStore.from_certs(
            [card.asn1, *(x509.Certificate.load(der) for der in chain)]
        ),
        signature_value=signature or card.asn1.public_key.byte_size,
        embed_roots=False,
    )
    signer.time_stamp = time_stamp
    return signer


def _signed_attributes(card: CertificateReading, document_digest: bytes) -> cms.CMSAttributes:
    """What PAdES signs (ETSI EN 319 142-1 §6.3): no signing time here, it stands in the signature dictionary."""
    return cms.CMSAttributes(
        [
            simple_cms_attribute("content_type", "data"),
            simple_cms_attribute("message_digest", document_digest),
            simple_cms_attribute(
                "cms_algorithm_protection",
                cms.CMSAlgorithmProtection(
                    {
                        "digest_algorithm": {"algorithm": DIGEST},
                        "signature_algorithm": {"algorithm": "sha256_rsa"},
                    }
                ),
            ),
            simple_cms_attribute("signing_certificate_v2", as_signing_certificate_v2(card.asn1, DIGEST)),
        ]
    )


def _stamp(card: CertificateReading, party: Party, at: datetime) -> bytes:
    left, bottom, right, top = SIGNATURE_BOXES[party]
    local = at.astimezone(TAIPEI)
    serial = card.facts.serial_hex.upper()
    data = {
        "width": right - left,
        "height": top - bottom,
        "name": card.facts.organisation,
        "ubn": card.facts.ubn or "",
        "signed_at": f"{local:%Y-%m-%d %H:%M:%S}",
        "serial": [
            serial[start : start + SERIAL_DIGITS_PER_LINE]
            for start in range(0, len(serial), SERIAL_DIGITS_PER_LINE)
        ],
    }
    return compile_template(STAMP_TEMPLATE, data, made_at=at)


class _StampContent(PdfContent):
    """The typeset mark as a form inside the signature's appearance; its fonts come along, subset and embedded."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self._page = page

    def render(self) -> bytes:
        writer: BasePdfFileWriter = self._ensure_writer
        form = writer.import_page_as_xobject(PdfFileReader(BytesIO(self._page)))
        self.resources.xobject["/Stamp"] = form
        x1, y1, x2, y2 = form.get_object()["/BBox"]
        self.box.width, self.box.height = abs(x2 - x1), abs(y2 - y1)
        return b"/Stamp Do"
