"""The component's answers to requests, as JSON objects (PROTOCOLS §1.5, §1.6, §1.8)."""

import base64
import binascii
import json
from collections.abc import Mapping

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from sandbox.card_agent import bitmap, signing
from sandbox.card_agent.codes import AgentError
from sandbox.cards import Card, CardLocked, CardStore, PinLength, WrongPin

VERSION = "1.3.4.103350"  # not below any minimum that real sites ask for (PROTOCOLS §1.1)
ABSENT = "__NotExistedTag__"  # ChtICToken writes this into fields it leaves out
USAGES = (
    ("digital_signature", "digitalSignature"),
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
)
DN_LABELS = {
    NameOID.COUNTRY_NAME: "C",
    NameOID.ORGANIZATION_NAME: "O",
    NameOID.ORGANIZATIONAL_UNIT_NAME: "OU",
    NameOID.COMMON_NAME: "CN",
    NameOID.SERIAL_NUMBER: "serialNumber",
}

Answer = dict[str, object]
Request = Mapping[str, object]


def environment(cards: CardStore, *, with_certificates: bool = False) -> Answer:
    """The `pkcs11info` answer: every reader with the card in it. Without any reader 0x76100003."""
    slots: list[Answer] = []
    for reader, card in cards.readers().items():
        token = None if card is None else _token(cards, card, with_certificates)
        slots.append({"slotDescription": reader, "token": token})
    answer: Answer = {
        "func": "pkcs11info",
        "ret_code": 0,
        "last_error": 0,
        "serverVersion": VERSION,
        "slots": slots,
    }
    if not slots:
        error = AgentError("no_reader").ret_code
        answer |= {"ret_code": error.code, "message": error.sentence}
    return answer


def picture(cards: CardStore) -> bytes:
    """`p11Image.bmp`: the environment without certificates. Where many readers exceed the 5,999 bytes, the last are left out."""
    answer = environment(cards)
    slots = answer["slots"]
    if not isinstance(slots, list):
        raise TypeError("slots is a list")
    while len(text := json.dumps(answer, separators=(",", ":")).encode("ascii")) > bitmap.CAPACITY:
        slots.pop()
    return bitmap.encode(text)


def make_signature(cards: CardStore, request: Request) -> Answer:
    """The `sign` answer to a `MakeSignature` request. Refusals come as an answer with their `ret_code`, never as exceptions."""
    try:
        return _signed(cards, _present(request))
    except AgentError as error:
        return error.answer("sign", VERSION)


def parse(package: str) -> dict[str, object]:
    """The request object in a `tbsPackage`; `AgentError("bad_json")` when it is none."""
    try:
        request = json.loads(package)
    except ValueError as error:
        raise AgentError("bad_json") from error
    if not isinstance(request, dict):
        raise AgentError("bad_json")
    return request


def _signed(cards: CardStore, request: dict[str, str]) -> Answer:
    if request.get("func") != "MakeSignature":
        raise AgentError("unsupported_function")
    kind = request.get("signatureType", "PKCS1")
    content = _content(request, kind)
    if not (pin := request.get("pin") or request.get("userpin")):
        raise AgentError("pin_missing")
    algorithm = request.get("hashAlgorithm", "")
    if kind != "RAW" and algorithm not in signing.HASHES:
        raise AgentError("bad_parameter")
    nonce = _nonce(request)
    card = _card(cards, request)
    _login(cards, card, pin)
    certificate, key = card.sign_certificate, cards.sign_key(card.card_id)
    if certificate is None or key is None:
        raise AgentError("key_not_found")
    if request.get("checkValidity") == "true":
        _check_validity(cards, certificate)
    with_number = request.get("withCardSN") == "true"
    if kind == "PKCS1":
        signature = signing.sign_pkcs1(key, content, algorithm)
    elif kind == "RAW":
        signature = signing.sign_digest(key, content)
    else:
        signature = signing.sign_cms(
            key,
            certificate,
            content,
            hash_algorithm=algorithm,
            chain=(cards.pki.certificate(card.authority),),
            nonce=nonce,
            card_number=card.card_number if with_number else None,
            signing_time=None if request.get("withSigningTime") == "false" else cards.pki.now(),
        )
    answer: Answer = {"func": "sign", "ret_code": 0, "last_error": 0, "version": VERSION}
    if with_number:
        answer["cardSN"] = card.card_number
    return answer | {"certb64": _b64(certificate.public_bytes(Encoding.DER)), "signature": _b64(signature)}


def _present(request: Request) -> dict[str, str]:
    """The fields that say something, as text: JSON's true is `true`, omitted ones are gone."""
    texts = {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in request.items()
        if value is not None
    }
    return {name: value for name, value in texts.items() if value != ABSENT}


def _content(request: dict[str, str], kind: str) -> bytes:
    """The bytes to sign. Text without an encoding is taken as UTF-8, which is what components since 1.3 do."""
    if kind not in ("PKCS1", "PKCS7", "RAW"):
        raise AgentError("bad_signature_type")
    text = request.get("tbs", "")
    if not text:
        raise AgentError("tbs_missing")
    encoding = "base64" if kind == "RAW" else request.get("tbsEncoding", "NONE")
    if encoding == "NONE":
        return text.encode()
    if encoding != "base64":
        raise AgentError("bad_parameter")
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise AgentError("base64_error") from error


def _nonce(request: dict[str, str]) -> bytes | None:
    text = request.get("nonce", "")
    try:
        return bytes.fromhex(text) if text else None
    except ValueError as error:
        raise AgentError("bad_parameter") from error


def _card(cards: CardStore, request: dict[str, str]) -> Card:
    """The card in the named reader, or in the first reader that holds one."""
    readers = cards.readers()
    if not readers:
        raise AgentError("no_reader")
    wanted = request.get("slotDescription") or request.get("readername")
    if wanted and wanted not in readers:
        raise AgentError("reader_failed")
    inside = [readers[wanted]] if wanted else list(readers.values())
    card = next((card for card in inside if card is not None), None)
    if card is None:
        raise AgentError("no_card")
    return card


def _login(cards: CardStore, card: Card, pin: str) -> None:
    tries = {0: "pin_locked", 1: "pin_one_try_left", 2: "pin_two_tries_left"}
    try:
        cards.login(card.card_id, pin)
    except PinLength as error:
        raise AgentError("login_failed", "pin_length") from error
    except CardLocked as error:
        raise AgentError("login_failed", "pin_locked") from error
    except WrongPin as error:
        told = card.tells_tries_left or error.tries_left == 0
        raise AgentError("login_failed", tries[error.tries_left] if told else "pin_incorrect") from error


def _check_validity(cards: CardStore, certificate: x509.Certificate) -> None:
    now = cards.pki.now()
    if now < certificate.not_valid_before_utc:
        raise AgentError("not_yet_valid")
    if now > certificate.not_valid_after_utc:
        raise AgentError("expired")


def _token(cards: CardStore, card: Card, with_certificates: bool) -> Answer:
    token: Answer = {"serialNumber": card.card_number}
    if with_certificates:
        own = [("cert1", card.sign_certificate), ("cert2", card.encryption_certificate)]
        held = [(label, certificate) for label, certificate in own if certificate is not None]
        token["certs"] = [
            _certificate("CA Cert", cards.pki.certificate(card.authority), None),
            *(_certificate(label, certificate, card) for label, certificate in held),
        ]
        token["keys"] = [
            {"id": _key_id(certificate), "keyb64": _b64(_public_key(certificate))} for _, certificate in held
        ]
    return token


def _certificate(label: str, certificate: x509.Certificate, card: Card | None) -> Answer:
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    return {
        "label": label,
        "certb64": _b64(certificate.public_bytes(Encoding.DER)),
        "usage": "|".join(name for attribute, name in USAGES if getattr(usage, attribute)),
        "sn": f"{certificate.serial_number:X}",
        "id": _key_id(certificate),
        "subjectDN": _dn(certificate.subject),
        "issuerDN": _dn(certificate.issuer),
        "subjectID": card.ubn if card else "",
        "holderRank": card.rank if card else "",
        "email": "",
        "notBeforeT": int(certificate.not_valid_before_utc.timestamp()),
        "notAfterT": int(certificate.not_valid_after_utc.timestamp()),
    }


def _dn(name: x509.Name) -> str:
    """`C=TW,O=…,serialNumber=…` in the certificate's own order, as the component prints it."""
    return ",".join(f"{DN_LABELS[part.oid]}={part.value!s}" for part in name)


def _key_id(certificate: x509.Certificate) -> str:
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()


def _public_key(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
