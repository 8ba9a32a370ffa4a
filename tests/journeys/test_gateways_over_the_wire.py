"""Our clients against the sandbox's gateways over HTTP: checkout, codes, notices, query, refund, statement (PROTOCOLS §5)."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest

from sandbox import newebpay
from sandbox.world import World
from tcloud.adapters.ecpay.client import EcpayClient
from tcloud.adapters.ecpay.settlement import EcpayStatements
from tcloud.adapters.gateway_http import http_client
from tcloud.adapters.gateway_port import ChargeRequest, Method, PaymentGateway, RefundRefused, TradeStatus
from tcloud.adapters.merchant import Credentials
from tcloud.adapters.newebpay.client import NewebpayClient
from tcloud.core.clock import TAIPEI

ECPAY = Credentials("3002607", "pwFHCqoQZGmho4w6", "EkRm7iFT261dpevs")
NEWEBPAY = Credentials(newebpay.MERCHANT_ID, newebpay.HASH_KEY, newebpay.HASH_IV)


class Shop:
    """Takes the gateway's messages."""

    def __init__(self) -> None:
        self.received: list[dict[str, str]] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                shop.received.append(dict(parse_qsl(body, keep_blank_values=True)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"1|OK")

            def log_message(self, *_args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(tmp_path_factory.mktemp("wire"), issue_cards=False) as running:
        yield running


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    running = Shop()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with http_client(timeout_seconds=10) as client:
        yield client


def client_of(world: World, kind: str, http: httpx.Client) -> PaymentGateway:
    if kind == "ecpay":
        return EcpayClient(http, f"{world.base_url}/ecpay", ECPAY)
    return NewebpayClient(http, f"{world.base_url}/newebpay", NEWEBPAY)


def opened(world: World, shop: Shop, client: PaymentGateway, number: str, method: Method) -> None:
    now = datetime.now(TAIPEI)
    form = client.checkout_form(
        ChargeRequest(
            number,
            5_000,
            now,
            "雲市集",
            ("方案",),
            shop.url,
            payment_info_url=shop.url,
            method=method,
            pay_before=now + timedelta(days=2),
        )
    )
    answer = httpx.post(form.url, data=form.fields, trust_env=False)
    assert answer.status_code == 303, answer.text
    shop.received.clear()


def payer(world: World, kind: str, number: str, method: str, *, codes: bool = False) -> dict[str, Any]:
    """The payer's part, by the sandbox's controls."""
    if kind == "ecpay":
        path, body = ("codes" if codes else "pay"), {"MerchantTradeNo": number, "method": method}
        answer = httpx.post(f"{world.base_url}/control/gateway/{path}", json=body, trust_env=False)
    else:
        body = {"MerchantOrderNo": number, "method": method, "codes": codes}
        answer = httpx.post(f"{world.base_url}/control/newebpay/pay", json=body, trust_env=False)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


@pytest.mark.parametrize(("kind", "card"), [("ecpay", "Credit"), ("newebpay", "CREDIT")])
def test_card_is_paid_asked_about_and_given_back_in_parts(
    world: World, shop: Shop, http: httpx.Client, kind: str, card: str
) -> None:
    client, number = client_of(world, kind, http), f"CARD{kind}1"
    assert client.query(number, amount_twd=5_000, at=datetime.now(TAIPEI)).status is TradeStatus.NOT_FOUND
    opened(world, shop, client, number, Method.CARD)
    assert client.query(number, amount_twd=5_000, at=datetime.now(TAIPEI)).status is TradeStatus.UNPAID
    payer(world, kind, number, card)
    notice = client.parse_callback(shop.received[-1])
    assert (notice.paid, notice.trade_no, notice.amount_twd) == (True, number, 5_000)
    answer = client.query(number, amount_twd=5_000, at=datetime.now(TAIPEI))
    assert (answer.paid, answer.gateway_trade_no) == (True, notice.gateway_trade_no)
    part = {
        "trade_no": number,
        "gateway_trade_no": notice.gateway_trade_no,
        "payment_type": notice.payment_type,
    }
    client.refund(amount_twd=2_000, **part)
    client.refund(amount_twd=3_000, **part)
    with pytest.raises(RefundRefused):
        client.refund(amount_twd=1, **part)


@pytest.mark.parametrize(
    ("kind", "name", "method"),
    [("ecpay", "ATM", Method.ATM), ("ecpay", "BARCODE", Method.BARCODE), ("newebpay", "VACC", Method.ATM),
     ("newebpay", "CVS", Method.CVS), ("newebpay", "BARCODE", Method.BARCODE)],
)  # fmt: skip
def test_codes_are_given_out_and_paid_later(
    world: World, shop: Shop, http: httpx.Client, kind: str, name: str, method: Method
) -> None:
    client, number = client_of(world, kind, http), f"CODE{kind}{name}"
    opened(world, shop, client, number, method)
    issued = payer(world, kind, number, name, codes=True)
    said = client.parse_codes(shop.received[-1] if kind == "ecpay" else issued)
    assert (said.issued, said.method, said.trade_no, said.amount_twd) == (True, method, number, 5_000)
    assert said.number or len(said.barcodes) == 3
    assert said.expires_at is not None
    assert said.expires_at <= datetime.now(TAIPEI) + timedelta(days=3)
    payer(world, kind, number, name)
    assert client.parse_callback(shop.received[-1]).paid


def test_statement_of_the_day_has_what_was_paid(world: World, shop: Shop, http: httpx.Client) -> None:
    client, number = client_of(world, "ecpay", http), "STATEMENT1"
    opened(world, shop, client, number, Method.CARD)
    payer(world, "ecpay", number, "Credit")
    statements = EcpayStatements(http, f"{world.base_url}/ecpay-vendor", ECPAY)
    _content, trades = statements.of_day(world.clock.now().date())
    [mine] = [trade for trade in trades if trade.trade_no == number]
    assert (mine.amount_twd, mine.fee_twd, mine.net_twd) == (5_000, 138, 4_862)
    assert statements.of_day(world.clock.now().date() - timedelta(days=400))[1] == ()


def test_forged_and_doubled_newebpay_notices(world: World, shop: Shop, http: httpx.Client) -> None:
    client, number = client_of(world, "newebpay", http), "SWITCHED1"
    opened(world, shop, client, number, Method.CARD)
    world.switches.set("gateway_callback", "duplicate", n=2)
    try:
        payer(world, "newebpay", number, "CREDIT")
    finally:
        world.switches.reset()
    assert [client.parse_callback(each).paid for each in shop.received] == [True, True]
