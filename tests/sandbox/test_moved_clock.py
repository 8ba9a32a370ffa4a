"""With the clock moved, every stamp of the outside world is of the moved time: none betrays the machine's."""

import base64
import datetime as dt
import hashlib
import smtplib
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from sandbox.card_agent import sign_cms
from sandbox.gateway import mac
from sandbox.world import World

UBN = "99990004"


@pytest.fixture(params=[100, -40], ids=["ahead", "behind"])
def moved(request: pytest.FixtureRequest, world: World, http: httpx.Client) -> dt.datetime:
    """The present of the sandbox, moved by so many days."""
    offset = request.param * 86_400
    assert http.put("/control/clock", json={"offset_seconds": offset}).json()["offset_seconds"] == offset
    return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=offset)


def near(moment: dt.datetime, expected: dt.datetime) -> bool:
    return abs(moment.astimezone(dt.UTC) - expected) < dt.timedelta(minutes=1)


def test_authorities_speak_of_the_moved_time(world: World, http: httpx.Client, moved: dt.datetime) -> None:
    card = world.cards.issue(UBN, "晨光烘焙坊（示範）").sign_certificate
    assert card is not None
    issuer = world.pki.certificate("issuing")
    asked = ocsp.OCSPRequestBuilder().add_certificate(card, issuer, hashes.SHA1()).build()
    answer = http.post("/pki/issuing/ocsp", content=asked.public_bytes(Encoding.DER)).content
    assert near(ocsp.load_der_ocsp_response(answer).this_update_utc, moved)
    listed = x509.load_der_x509_crl(http.get("/pki/issuing/complete.crl").content)
    assert near(listed.last_update_utc, moved)
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(b"x").digest()}
    wanted = tsp.TimeStampReq({"version": "v1", "message_imprint": imprint, "cert_req": True})
    stamped = tsp.TimeStampResp.load(http.post("/pki/tsa", content=wanted.dump()).content)
    info = stamped["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
    assert near(info["gen_time"].native, moved)


def test_cards_sign_at_the_moved_time(world: World, moved: dt.datetime) -> None:
    card = world.cards.issue(UBN, "晨光烘焙坊（示範）")
    signed = sign_cms(
        world.cards.sign_key(card.card_id), card.sign_certificate, b"text", signing_time=world.pki.now()
    )
    attributes = cms.ContentInfo.load(signed)["content"]["signer_infos"][0]["signed_attrs"]
    (said,) = [item["values"][0].native for item in attributes if item["type"].native == "signing_time"]
    assert near(said, moved)


def test_gateway_dates_and_asks_by_the_moved_time(
    world: World, http: httpx.Client, shop: Any, moved: dt.datetime
) -> None:
    taipei = moved.astimezone(dt.timezone(dt.timedelta(hours=8)))
    order = {
        "MerchantID": mac.MERCHANT_ID, "MerchantTradeNo": f"MOVED{base64.b16encode(str(moved.timestamp()).encode())[-12:].decode()}",
        "MerchantTradeDate": f"{taipei:%Y/%m/%d %H:%M:%S}", "PaymentType": "aio", "TotalAmount": "30000",
        "TradeDesc": "x", "ItemName": "y", "ReturnURL": shop.url, "ChoosePayment": "Credit", "EncryptType": "1",
    }  # fmt: skip
    assert http.post("/ecpay/Cashier/AioCheckOut/V5", data=mac.signed(order)).status_code == 303
    http.post("/control/gateway/pay", json={"MerchantTradeNo": order["MerchantTradeNo"]})
    (paid,) = shop.wait_for(1)
    assert paid["PaymentDate"][:10] == paid["TradeDate"][:10] == f"{taipei:%Y/%m/%d}"
    question = {
        "MerchantID": mac.MERCHANT_ID, "MerchantTradeNo": order["MerchantTradeNo"],
        "TimeStamp": str(int(moved.timestamp())),
    }  # fmt: skip
    assert "TradeStatus=1" in http.post("/ecpay/Cashier/QueryTradeInfo/V5", data=mac.signed(question)).text


def test_agencies_and_letters_are_of_the_moved_day(
    world: World, http: httpx.Client, moved: dt.datetime
) -> None:
    day = moved.astimezone(dt.timezone(dt.timedelta(hours=8))).date().isoformat()
    headers = {"Authorization": "Bearer sandbox-agency-key", "X-Authorisation-Reference": "A1"}
    assert http.get(f"/agency/v1/tax-arrears/{UBN}", headers=headers).json()["as_of"] == day
    letter = EmailMessage()
    letter["To"], letter["From"], letter["Subject"] = "moved@example.tw", "a@example.tw", "x"
    letter.set_content("x")
    with smtplib.SMTP("127.0.0.1", world.smtp_port) as server:
        server.send_message(letter)
    (received,) = http.get("/mail/messages.json", params={"to": "moved@example.tw"}).json()[-1:]
    assert received["date"].startswith(day)
