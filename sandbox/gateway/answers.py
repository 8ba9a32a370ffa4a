"""Server-to-server questions of the merchant: QueryTradeInfo, QueryPaymentInfo, DoAction (PROTOCOLS §5)."""

import time
from urllib.parse import urlencode

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.gateway import mac
from sandbox.gateway.cashier import form_text
from sandbox.gateway.trades import GatewayError, Trades
from sandbox.switches import Switched, Switches

TIMESTAMP_SECONDS = 180


def urlencoded(message: dict[str, str]) -> Response:
    return Response(
        urlencode(message), media_type="text/html; charset=utf-8"
    )  # text/html is what the real one says


def _stamp_is_fresh(text: str, clock: Clock) -> bool:
    """Within three minutes of the machine's clock, or of the moved one."""
    if not text.isascii() or not text.isdigit():
        return False
    return any(abs(now - int(text)) <= TIMESTAMP_SECONDS for now in (time.time(), clock.now().timestamp()))


def routes(trades: Trades, switches: Switches, clock: Clock) -> list[Route]:
    def asked(params: dict[str, str]) -> None:
        if params.get("MerchantID") not in mac.MERCHANTS or not mac.is_signed(params):
            raise GatewayError("10200073", "CheckMacValue Error")
        if not _stamp_is_fresh(params.get("TimeStamp", ""), clock):
            raise GatewayError("0", "TimeStamp is expired")

    async def query(request: Request) -> Response:
        params = form_text(await request.form())
        try:
            asked(params)
            answer = trades.get(params.get("MerchantTradeNo", "")).query_answer()
        except GatewayError as error:
            if error.code != "10200047":
                return PlainTextResponse(f"{error.code}|{error.message}")
            unknown = {
                "MerchantID": params["MerchantID"],
                "MerchantTradeNo": params.get("MerchantTradeNo", ""),
            }
            answer = mac.signed({**unknown, "TradeAmt": "0", "TradeStatus": error.code})
        if switches.mode("gateway_query") == "forge":
            answer = mac.forged(answer, str(switches.options("gateway_query").get("what") or "mac"))
        return urlencoded(answer)

    async def payment_info(request: Request) -> Response:
        params = form_text(await request.form())
        try:
            asked(params)
            trade = trades.get(params.get("MerchantTradeNo", ""))
        except GatewayError as error:
            return PlainTextResponse(f"{error.code}|{error.message}")
        return urlencoded(trade.codes_message() if trade.codes else trade.query_answer())

    async def action(request: Request) -> Response:
        """A refund; the answer repeats the numbers and says RtnCode "1" when done. It carries no CheckMacValue."""
        params = form_text(await request.form())
        names = ("MerchantID", "MerchantTradeNo", "TradeNo")
        answer = {name: params.get(name, "") for name in names}
        try:
            if params.get("MerchantID") not in mac.MERCHANTS or not mac.is_signed(params):
                raise GatewayError("10200073", "CheckMacValue Error")
            trades.refund(params)
        except GatewayError as error:
            return urlencoded({**answer, "RtnCode": error.code, "RtnMsg": error.message})
        return urlencoded({**answer, "RtnCode": "1", "RtnMsg": "Succeeded."})

    asks, refunds = (
        Middleware(Switched, switches, "gateway_query"),
        Middleware(Switched, switches, "gateway_refund"),
    )
    return [
        Route("/Cashier/QueryTradeInfo/V5", query, methods=["POST"], middleware=[asks]),
        Route("/Cashier/QueryPaymentInfo", payment_info, methods=["POST"], middleware=[asks]),
        Route("/CreditDetail/DoAction", action, methods=["POST"], middleware=[refunds]),
    ]
