"""The merchant's back office and the same acts for scripts: pay, simulate, send again, forge."""

from dataclasses import asdict
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.gateway.cashier import Cashier, patiently
from sandbox.gateway.trades import METHODS, GatewayError, Trade
from sandbox.pages import Page


def as_json(cashier: Cashier, trade: Trade) -> dict[str, Any]:
    """A trade with its messages and refunds, as /control/gateway/trades shows it."""
    body = {name: value for name, value in asdict(trade).items() if name not in ("token", "params")}
    return {
        **body,
        "label": trade.label,
        "params": trade.params,
        "refunds": cashier.trades.refunds(trade.merchant_trade_no),
        "callbacks": cashier.callbacks.of_trade(trade.merchant_trade_no),
    }


async def send_again(cashier: Cashier, trade: Trade) -> dict[str, Any]:
    """The trade's latest message once more; with none sent yet, its present state."""
    sent = [
        report for report in cashier.callbacks.of_trade(trade.merchant_trade_no) if _is_result(trade, report)
    ]
    if sent:
        return await cashier.callbacks.again(sent[-1]["id"])
    if trade.status == "0":
        raise GatewayError("0", "這筆交易還沒有付款，沒有通知可送。")
    return await cashier.callbacks.send(
        trade.merchant_trade_no, trade.params["ReturnURL"], trade.payment_message()
    )


def _is_result(trade: Trade, report: dict[str, Any]) -> bool:
    forged = any(attempt["how"].startswith("forge") for attempt in report["attempts"])
    return report["url"] == trade.params["ReturnURL"] and not (forged and report["state"] == "given_up")


async def forge(cashier: Cashier, trade: Trade, what: str) -> dict[str, Any]:
    """Tell the merchant that the trade is paid, with a message it must not believe; the trade itself is unchanged."""
    if what not in ("mac", "amount", "merchant"):
        raise GatewayError("0", "what 只能是 mac、amount 或 merchant。")
    claim = {**trade.payment_message(), "RtnCode": "1", "RtnMsg": "交易成功"}
    return await cashier.callbacks.forge(trade.merchant_trade_no, trade.params["ReturnURL"], claim, what)


def page_routes(cashier: Cashier, page: Page) -> list[Route]:
    async def listing(request: Request) -> Response:
        return page(request, "gateway_trades.html", trades=cashier.trades.latest())

    async def detail(request: Request) -> Response:
        trade = _trade(cashier, request.path_params["number"])
        reports = cashier.callbacks.of_trade(trade.merchant_trade_no)
        refunds = cashier.trades.refunds(trade.merchant_trade_no)
        return page(
            request, "gateway_trade.html", trade=trade, reports=reports, refunds=refunds, methods=METHODS
        )

    async def act(request: Request) -> Response:
        trade = _trade(cashier, request.path_params["number"])
        action = request.path_params["action"]
        try:
            if action in ("payment", "simulation"):
                _, task = await cashier.pay(trade, simulated=action == "simulation")
                await patiently(task)
            elif action == "resending":
                await send_again(cashier, trade)
            else:
                await forge(cashier, trade, action.removeprefix("forgery-"))
        except GatewayError as error:
            return page(request, "gateway_error.html", 409, code=error.code, message=error.message)
        return RedirectResponse(f"/ecpay/merchant/{trade.merchant_trade_no}", 303)

    return [
        Route("/merchant/", listing),
        Route("/merchant/{number}", detail),
        Route("/merchant/{number}/{action}", act, methods=["POST"]),
    ]


def control_routes(cashier: Cashier) -> list[Route]:
    async def pay(request: Request) -> Response:
        """The payer's part: `{"MerchantTradeNo", "method"?, "simulated"?, "declined"?}` → trade, callback, way back."""
        body, trade = await _asked(cashier, request)
        try:
            trade, task = await cashier.pay(
                trade,
                method=str(body.get("method", "")),
                simulated=bool(body.get("simulated")),
                declined=bool(body.get("declined")),
            )
        except GatewayError as error:
            raise HTTPException(409, error.message) from error
        await task
        return JSONResponse(
            {
                "MerchantTradeNo": trade.merchant_trade_no,
                "TradeNo": trade.trade_no,
                "TradeStatus": trade.status,
                "TradeAmt": trade.amount,
                "PaymentType": trade.payment_type,
                "callback": task.result(),
                "back_url": trade.params.get("OrderResultURL") or trade.params.get("ClientBackURL", ""),
            }
        )

    async def codes(request: Request) -> Response:
        body, trade = await _asked(cashier, request)
        try:
            trade = await cashier.issue_codes(trade, str(body.get("method", "ATM")))
        except GatewayError as error:
            raise HTTPException(409, error.message) from error
        return JSONResponse(as_json(cashier, trade))

    async def resend(request: Request) -> Response:
        _, trade = await _asked(cashier, request)
        try:
            return JSONResponse(await send_again(cashier, trade))
        except GatewayError as error:
            raise HTTPException(409, error.message) from error

    async def forged(request: Request) -> Response:
        body, trade = await _asked(cashier, request)
        try:
            return JSONResponse(await forge(cashier, trade, str(body.get("what", "mac"))))
        except GatewayError as error:
            raise HTTPException(400, error.message) from error

    async def trades(request: Request) -> Response:
        return JSONResponse([as_json(cashier, trade) for trade in cashier.trades.latest(100_000)])

    async def one(request: Request) -> Response:
        return JSONResponse(as_json(cashier, _trade(cashier, request.path_params["number"])))

    return [
        Route("/control/gateway/pay", pay, methods=["POST"]),
        Route("/control/gateway/codes", codes, methods=["POST"]),
        Route("/control/gateway/resend", resend, methods=["POST"]),
        Route("/control/gateway/forge", forged, methods=["POST"]),
        Route("/control/gateway/trades", trades),
        Route("/control/gateway/trades/{number}", one),
    ]


def _trade(cashier: Cashier, number: str) -> Trade:
    try:
        return cashier.trades.get(number)
    except GatewayError as error:
        raise HTTPException(404, error.message) from error


async def _asked(cashier: Cashier, request: Request) -> tuple[dict[str, Any], Trade]:
    try:
        body = await request.json()
        number = str(body["MerchantTradeNo"])
    except (ValueError, KeyError, TypeError) as error:
        raise HTTPException(400, "請以 JSON 給出 MerchantTradeNo。") from error
    return body, _trade(cashier, number)
