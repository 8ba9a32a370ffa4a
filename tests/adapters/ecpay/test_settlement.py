"""The statement of a day: columns by their names, in either encoding, and nothing taken for one that is none."""

from datetime import date
from urllib.parse import parse_qsl

import httpx
import pytest

from tcloud.adapters.ecpay.mac import mac_is_right
from tcloud.adapters.ecpay.settlement import EcpayStatements, SettledTrade
from tcloud.adapters.gateway_http import http_client
from tcloud.adapters.gateway_port import GatewayUnavailable
from tcloud.adapters.merchant import Credentials

KEYS = Credentials("3002607", "test-hash-key-16", "test-hash-iv--16")
DAY = date(2027, 1, 15)
NEW = '="訂單日期",="廠商訂單編號",="綠界訂單編號",="付款方式",="付款狀態",="交易金額",="交易手續費",="應收款項(淨額)"\r\n'
ROWS = (
    '="2027/01/15 10:00:00",="CE000000000101",="2701",="信用卡",="已付款",="30,000",="825",="29175"\r\n'
    '="2027/01/15 10:00:00",="CE000000000201",="2702",="ATM",="未付款",="30000",="0",="0"\r\n'
    '="",="",="",="合計",="",="30000",="825",="29175"\r\n'
)
OLD = "交易日期,綠界交易編號,特店訂單編號,交易金額,付款方式,付款結果,交易服務費金額,應收款項(淨額)\n2027/01/15,2701,CE000000000101,30000,信用卡,已付款,825.4,29175\n"


def statements(answer):
    return EcpayStatements(http_client(transport=httpx.MockTransport(answer)), "https://vendor.test/", KEYS)


@pytest.mark.parametrize(
    "body", [(NEW + ROWS).encode("big5"), ("\ufeff" + NEW + ROWS).encode(), OLD.encode("big5")]
)
def test_paid_trades_in_whole_dollars(body):
    asked = []

    def answer(request):
        asked.append((request.url.path, dict(parse_qsl(request.content.decode()))))
        return httpx.Response(200, content=body)

    content, trades = statements(answer).of_day(DAY)
    assert content == body
    assert trades == (SettledTrade("CE000000000101", "2701", 30_000, 825, 29_175),)
    [(path, fields)] = asked
    assert path == "/PaymentMedia/TradeNoAio"
    assert (fields["DateType"], fields["BeginDate"], fields["EndDate"]) == ("2", "2027-01-15", "2027-01-15")
    assert mac_is_right(fields, KEYS.hash_key, KEYS.hash_iv)


def test_day_without_a_payment_is_a_statement_too():
    assert statements(lambda _: httpx.Response(200, content=NEW.encode("big5"))).of_day(DAY)[1] == ()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"CheckMacValue Error",
        b"\xff\xfe\x00",
        NEW.encode() + b'="d",="CE1",="1",="x",="\xe5\xb7\xb2\xe4\xbb\x98\xe6\xac\xbe",="many",="1",="1"',
    ],
)
def test_anything_else_is_no_statement(body):
    with pytest.raises(GatewayUnavailable):
        statements(lambda _: httpx.Response(200, content=body)).of_day(DAY)
