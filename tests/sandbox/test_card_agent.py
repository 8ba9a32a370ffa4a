"""The card component over HTTP: what it answers, what it refuses, the bitmap, and the console for fingers."""

import asyncio
import base64
import contextlib
import datetime as dt
import hashlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest
import uvicorn
from asn1crypto import cms
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from starlette.types import ASGIApp

from sandbox.card_agent import create_app
from sandbox.cards import CardStore
from sandbox.pki import Pki
from sandbox.switches import Switches

TBS = "要簽的內容 + 1".encode()
NONCE = "00112233445566778899aabbccddeeff"
PIN = "12345678"


@contextlib.contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """The application on a free loopback port, in a thread."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    up = threading.Event()
    started = server.startup

    async def startup(*args: object, **kwargs: object) -> None:
        await started(*args, **kwargs)
        up.set()

    server.startup = startup
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    try:
        assert up.wait(10)
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pki]:
    opened = Pki.open(tmp_path_factory.mktemp("cards"), "http://localhost:9000")
    yield opened
    opened.close()


@pytest.fixture
def cards(pki: Pki) -> CardStore:
    """The module's cards with no reader plugged in and the first trusted sites."""
    store = CardStore(pki)
    for reader in store.readers():
        store.unplug(reader)
    for host in store.trusted_sites():
        store.distrust(host)
    return CardStore(pki)


@pytest.fixture(scope="module")
def agent(pki: Pki) -> Iterator[httpx.Client]:
    with (
        served(create_app(CardStore(pki))) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        yield client


@pytest.fixture
def sign(agent: httpx.Client) -> Callable[..., dict]:
    """Ask for a signature as the popup does; keyword arguments replace fields, None leaves one out."""

    def ask(*, path: str = "/sign", headers: dict[str, str] | None = None, **fields: str | None) -> dict:
        request = {
            "func": "MakeSignature",
            "tbs": base64.b64encode(TBS).decode(),
            "tbsEncoding": "base64",
            "hashAlgorithm": "SHA256",
            "pin": PIN,
            "signatureType": "PKCS1",
            "nonce": "",
            **fields,
        }
        request = {name: value for name, value in request.items() if value is not None}
        body = "tbsPackage=" + json.dumps(request).replace("+", "%2B")
        return agent.post(path, content=body, headers=headers).json()

    return ask


@pytest.mark.parametrize(
    ("pins", "tells", "last_error"),
    [
        (["87654321"], True, -2147483646),
        (["87654321"] * 2, True, -2147483647),
        (["87654321"] * 3, True, 0xA4),
        (["87654321"] * 3 + [PIN], True, 0xA4),
        (["87654321"], False, 0xA0),
        (["12345"], True, 0xA2),
    ],
)
def test_sign_says_what_is_wrong_with_the_pin(
    pins: list[str], tells: bool, last_error: int, cards: CardStore, sign: Callable[..., dict]
) -> None:
    cards.insert(cards.issue("12345675", "測試有限公司", tells_tries_left=tells).card_id)
    answers = [sign(pin=pin) for pin in pins]
    assert (answers[-1]["ret_code"], answers[-1]["last_error"]) == (0x76100006, last_error)
    assert "signature" not in answers[-1]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"func": "Dance"}, 0x7600000E),
        ({"signatureType": "PKCS9"}, 0x76300002),
        ({"tbs": ""}, 0x76000003),
        ({"tbs": "%%%"}, 0x76600002),
        ({"pin": "__NotExistedTag__"}, 0x76000998),
        ({"hashAlgorithm": "MD5"}, 0x7600000C),
        ({"nonce": "xyz"}, 0x7600000C),
        ({"slotDescription": "沒有這台"}, 0x76100004),
        ({"signatureType": "RAW", "tbs": "AAAA"}, 0x76300003),
    ],
)
def test_sign_refuses_a_request_with(
    fields: dict[str, str], code: int, cards: CardStore, sign: Callable[..., dict]
) -> None:
    card_id = cards.issue("12345675", "測試有限公司").card_id
    cards.insert(card_id)
    answer = sign(**fields)
    assert answer["ret_code"] == code
    assert answer["message"]
    assert cards.get(card_id).tries_left == 3


def test_sign_refuses_without_reader_card_or_json(
    cards: CardStore, agent: httpx.Client, sign: Callable[..., dict]
) -> None:
    assert sign()["ret_code"] == 0x76000006
    cards.unplug("沙盒讀卡機 1")
    assert sign()["ret_code"] == 0x76100003
    assert agent.get("/pkcs11info").json()["ret_code"] == 0x76100003
    assert agent.post("/sign", content="tbsPackage={").json()["ret_code"] == 0x7600000B


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("expired", {"checkValidity": "true"}, 0x76500002),
        ("not_yet_valid", {"checkValidity": "true"}, 0x76500001),
        ("expired", {"checkValidity": "false"}, 0),
        ("encryption_only", {}, 0x7610000D),
        ("forged_authority", {}, 0),
    ],
)
def test_sign_with_an_unusual_card(
    kind: str, fields: dict[str, str], code: int, cards: CardStore, sign: Callable[..., dict]
) -> None:
    cards.insert(cards.issue("12345675", "測試有限公司", kind=kind).card_id)
    assert sign(**fields)["ret_code"] == code


@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA384", "SHA512"])
def test_sign_pkcs1_verifies_with_the_certificate_of_the_answer(
    algorithm: str, cards: CardStore, sign: Callable[..., dict]
) -> None:
    card = cards.issue("12345675", "測試有限公司")
    cards.insert(card.card_id)
    answer = sign(hashAlgorithm=algorithm, withCardSN="true")
    assert (answer["func"], answer["ret_code"], answer["cardSN"]) == ("sign", 0, card.card_number)
    assert len(answer["cardSN"]) == 16
    verify(answer, TBS, getattr(hashes, algorithm)())


def test_sign_raw_takes_a_digest_and_text_is_taken_as_utf8(
    cards: CardStore, sign: Callable[..., dict]
) -> None:
    cards.insert(cards.issue("12345675", "測試有限公司").card_id)
    digest = base64.b64encode(hashlib.sha256(TBS).digest()).decode()
    verify(sign(signatureType="RAW", tbs=digest, hashAlgorithm=None), TBS, hashes.SHA256())
    verify(sign(tbsEncoding="NONE", tbs="甲&乙=丙+丁"), "甲&乙=丙+丁".encode(), hashes.SHA256())


def test_sign_pkcs7_carries_content_nonce_card_number_and_time(
    cards: CardStore, sign: Callable[..., dict]
) -> None:
    card = cards.issue("12345675", "測試有限公司")
    cards.insert(card.card_id)
    answer = sign(signatureType="PKCS7", nonce=NONCE, withCardSN="true")
    signed = cms.ContentInfo.load(base64.b64decode(answer["signature"]))["content"]
    signer = signed["signer_infos"][0]
    attributes = {item["type"].dotted: item["values"][0].native for item in signer["signed_attrs"]}

    assert signed["encap_content_info"]["content"].native == TBS
    assert attributes.keys() == {
        "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5",
        "1.2.840.113549.1.9.25.3", "2.16.886.1.100.2.204",
    }  # fmt: skip
    assert attributes["1.2.840.113549.1.9.4"] == hashlib.sha256(TBS).digest()
    assert attributes["1.2.840.113549.1.9.25.3"] == bytes.fromhex(NONCE)
    assert attributes["2.16.886.1.100.2.204"] == card.card_number
    assert abs(attributes["1.2.840.113549.1.9.5"] - cards.pki.now()) < dt.timedelta(minutes=1)
    included = [x509.load_der_x509_certificate(item.chosen.dump()) for item in signed["certificates"]]
    assert set(included) == {card.sign_certificate, cards.pki.certificate("issuing")}
    card.sign_certificate.public_key().verify(
        signer["signature"].native, signer["signed_attrs"].untag().dump(), padding.PKCS1v15(), hashes.SHA256()
    )


def test_umake_sig_nests_card_number_and_signature(cards: CardStore, sign: Callable[..., dict]) -> None:
    cards.insert(cards.issue("12345675", "測試有限公司").card_id)
    answer = sign(path="/umakeSig", withCardSN="true")
    assert answer["data"].keys() == {"cardSN", "signature"}
    assert "signature" not in answer


def test_sign_uses_the_named_reader_among_several(cards: CardStore, sign: Callable[..., dict]) -> None:
    first, second = cards.issue("12345675", "甲有限公司"), cards.issue("04595252", "乙有限公司")
    cards.insert(first.card_id)
    cards.insert(second.card_id, "第二台")
    assert sign(withCardSN="true")["cardSN"] == first.card_number
    assert sign(withCardSN="true", slotDescription="第二台")["cardSN"] == second.card_number
    cards.insert(second.card_id)
    assert cards.get(first.card_id).reader is None
    assert sign(slotDescription="第二台")["ret_code"] == 0x76000006


@pytest.mark.parametrize(
    "headers", [{"X-Opener-Origin": "https://shop.example"}, {"Origin": "http://localhost:1"}]
)
def test_sign_refuses_a_site_not_trusted(
    headers: dict[str, str], cards: CardStore, agent: httpx.Client, sign: Callable[..., dict]
) -> None:
    card_id = cards.issue("12345675", "測試有限公司").card_id
    cards.insert(card_id)
    assert sign(headers=headers, pin="87654321")["ret_code"] == 0x76000031
    assert cards.get(card_id).tries_left == 3


def test_add_domain_asks_before_it_trusts(
    cards: CardStore, agent: httpx.Client, sign: Callable[..., dict]
) -> None:
    cards.insert(cards.issue("12345675", "測試有限公司").card_id)
    site = {"X-Opener-Origin": "https://shop.example:8443"}

    assert "shop.example" in agent.get("/addDomain?domain=shop.example").text
    assert sign(headers=site)["ret_code"] == 0x76000031
    assert agent.post("/addDomain", data={"domain": "shop.example"}).json()["ret_code"] == 0
    assert sign(headers=site)["ret_code"] == 0


def test_p11_image_holds_the_environment_without_certificates(cards: CardStore, agent: httpx.Client) -> None:
    card = cards.issue("12345675", "測試有限公司")
    cards.insert(card.card_id)
    answer = agent.get("/p11Image.bmp?_=1")
    picture = answer.content
    offset, width, height, depth = (
        struct.unpack_from("<I", picture, 10)[0],
        *struct.unpack_from("<ii", picture, 18),
        struct.unpack_from("<H", picture, 28)[0],
    )

    assert (picture[:2], offset, width, height, depth, len(picture)) == (b"BM", 54, 2000, 1, 24, 6054)
    info = json.loads(picture[54:].split(b"\0", 1)[0])
    assert info == agent.get("/pkcs11info").json()
    assert info["slots"] == [{"slotDescription": "沙盒讀卡機 1", "token": {"serialNumber": card.card_number}}]


def test_p11_image_of_very_many_readers_still_reads(cards: CardStore, agent: httpx.Client) -> None:
    card_id = cards.issue("12345675", "測試有限公司").card_id
    for number in range(120):
        cards.insert(card_id, f"沙盒讀卡機 {number}")
    info = json.loads(agent.get("/p11Image.bmp").content[54:].split(b"\0", 1)[0])
    assert 20 < len(info["slots"]) < 120


def test_pkcs11info_lists_certificates_by_usage_and_allows_no_other_origin(
    cards: CardStore, agent: httpx.Client
) -> None:
    card = cards.issue("12345675", "測試有限公司", rank="secondary")
    cards.insert(card.card_id)
    answer = agent.post("/pkcs11info?withcert=true", headers={"X-Opener-Origin": "http://localhost:8000"})
    token = answer.json()["slots"][0]["token"]

    assert [(item["label"], item["usage"]) for item in token["certs"]] == [
        ("CA Cert", "keyCertSign|cRLSign"),
        ("cert1", "digitalSignature"),
        ("cert2", "keyEncipherment|dataEncipherment"),
    ]
    sign_certificate = token["certs"][1]
    assert sign_certificate["subjectDN"] == "C=TW,O=測試有限公司,serialNumber=12345675"
    assert sign_certificate["holderRank"] == "secondary"
    assert (
        x509.load_der_x509_certificate(base64.b64decode(sign_certificate["certb64"])) == card.sign_certificate
    )
    for path in ("/pkcs11info", "/popupForm", "/selfTest.htm", "/sandbox/state.json"):
        assert not [name for name in agent.get(path).headers if name.startswith("access-control")]


def test_console_inserts_locks_revokes_and_removes(cards: CardStore, agent: httpx.Client) -> None:
    issued = agent.post(
        "/sandbox/issue", json={"ubn": "12345675", "name": "<b>甲</b>有限公司", "card_id": "console-card"}
    ).json()["card"]
    card = {"card_id": issued["card_id"]}
    inserted = agent.post("/sandbox/insert", json={**card, "reader": "櫃台"}).json()["card"]
    revoked = agent.post("/sandbox/revoke", json=card).json()["card"]
    page = agent.get("/sandbox/").text

    assert (inserted["reader"], inserted["revoked"], revoked["revoked"]) == ("櫃台", False, True)
    assert {"reader": "櫃台", "card_id": "console-card"} in agent.get("/sandbox/state.json").json()["readers"]
    assert "&lt;b&gt;甲" in page
    assert "已廢止" in page
    assert agent.post("/sandbox/remove", data={"reader": "櫃台"}).headers["location"] == "/sandbox/"
    assert cards.get("console-card").reader is None
    refused = agent.post("/sandbox/insert", json={"card_id": "none"})
    assert (refused.status_code, list(refused.json())) == (400, ["error"])
    foreign = agent.post("/sandbox/unlock", json=card, headers={"Origin": "http://shop.example"})
    assert foreign.status_code == 403


def test_switch_stops_the_component_but_not_its_console(cards: CardStore) -> None:
    switches = Switches()
    switches.set("card_agent", "fail")
    with (
        served(create_app(cards, switches)) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as agent,
    ):
        assert agent.get("/popupForm").status_code == 503
        assert agent.get("/sandbox/state.json").status_code == 200


def verify(answer: dict, content: bytes, algorithm: hashes.HashAlgorithm) -> None:
    certificate = x509.load_der_x509_certificate(base64.b64decode(answer["certb64"]))
    signature = base64.b64decode(answer["signature"])
    certificate.public_key().verify(signature, content, padding.PKCS1v15(), algorithm)
    with pytest.raises(InvalidSignature):
        certificate.public_key().verify(signature, content + b"x", padding.PKCS1v15(), algorithm)
