"""The payer's side: the checkout form is received, the payer chooses and pays, the browser goes back to the shop."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.gateway.callbacks import Callbacks
from sandbox.gateway.trades import METHODS, PAID, UNPAID, GatewayError, Trade, Trades
from sandbox.pages import Page

TEST_CARD = "4311-9522-2222-2222"  # the public test card number
DECLINED_ENDING = "0002"
PATIENCE_SECONDS = 3.0  # the payer is not kept waiting for a slow shop


class Cashier:
    """Everything that happens when somebody pays; pages and scripts share it."""

    def __init__(self, trades: Trades, callbacks: Callbacks) -> None:
        self.trades = trades
        self.callbacks = callbacks
        self._sending: set[asyncio.Task[dict[str, Any]]] = set()

    async def pay(
        self, trade: Trade, *, method: str = "", simulated: bool = False, declined: bool = False
    ) -> tuple[Trade, asyncio.Task[dict[str, Any]]]:
        """Pay a trade and start its callback. The method chosen before stands, else `method`, else card or the first offered."""
        if trade.status != UNPAID:
            raise GatewayError("0", "這筆交易已經結束，不能再付款。")
        if method or not trade.payment_type:
            offered = trade.allowed_methods
            trade = self.trades.choose(
                trade, method or ("Credit" if "Credit" in offered else next(iter(offered), ""))
            )
        paid = self.trades.pay(trade, simulated=simulated, declined=declined)
        return paid, self._send(paid, paid.params["ReturnURL"], paid.payment_message())

    async def issue_codes(self, trade: Trade, method: str) -> Trade:
        """Give out the code of a later payment, telling the merchant by PaymentInfoURL when there is one."""
        already = (
            trade.payment_type == METHODS[method][1] and bool(trade.codes) if method in METHODS else False
        )
        trade = self.trades.choose(trade, method)
        if trade.params.get("PaymentInfoURL") and not already:
            await patiently(self._send(trade, trade.params["PaymentInfoURL"], trade.codes_message()))
        return trade

    def _send(self, trade: Trade, url: str, params: dict[str, str]) -> asyncio.Task[dict[str, Any]]:
        task = asyncio.create_task(self.callbacks.send(trade.merchant_trade_no, url, params))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return task

    async def stop(self) -> None:
        for task in tuple(self._sending):
            task.cancel()
        await asyncio.gather(*self._sending, return_exceptions=True)


async def patiently(task: asyncio.Task[dict[str, Any]]) -> None:
    """Wait for a callback a moment, never longer; it goes on without us."""
    await asyncio.wait({task}, timeout=PATIENCE_SECONDS)


def form_text(form: Any) -> dict[str, str]:
    return {str(name): str(value) for name, value in form.items()}


def routes(cashier: Cashier, page: Page) -> list[Route]:
    def refuse(request: Request, error: GatewayError) -> Response:
        headers = {"X-Sandbox-Error": error.code}
        return page(request, "gateway_error.html", headers=headers, code=error.code, message=error.message)

    async def check_out(request: Request) -> Response:
        """AioCheckOut/V5; like the real one it answers refusals with a page and status 200."""
        try:
            trade = cashier.trades.open(form_text(await request.form()))
        except GatewayError as error:
            return refuse(request, error)
        return RedirectResponse(f"/ecpay/Cashier/Checkout/{trade.token}", 303)

    async def checkout_page(request: Request) -> Response:
        try:
            trade = cashier.trades.by_token(request.path_params["token"])
            if request.method == "POST":
                return await submit(request, trade, form_text(await request.form()))
        except GatewayError as error:
            return refuse(request, error)
        if trade.status != UNPAID:
            return back_to_shop(request, trade)
        return page(
            request, "gateway_checkout.html", trade=trade, test_card=TEST_CARD, ending=DECLINED_ENDING
        )

    async def submit(request: Request, trade: Trade, form: dict[str, str]) -> Response:
        if form.get("paid_elsewhere"):
            trade, task = await cashier.pay(trade)
            await patiently(task)
            return back_to_shop(request, trade)
        method = form.get("method", "")
        if method in METHODS and METHODS[method][2]:
            trade = await cashier.issue_codes(trade, method)
            return page(request, "gateway_codes.html", trade=trade, method=METHODS[method][0])
        declined = form.get("card", "").replace("-", "").replace(" ", "").endswith(DECLINED_ENDING)
        trade, task = await cashier.pay(trade, method=method, declined=declined)
        await patiently(task)
        return back_to_shop(request, trade)

    def back_to_shop(request: Request, trade: Trade) -> Response:
        """By OrderResultURL the result is posted by the browser itself (cards only); by ClientBackURL there is a link."""
        url = trade.params.get("OrderResultURL", "") if trade.payment_type.startswith("Credit") else ""
        policy = {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:"
        }
        return page(
            request,
            "gateway_result.html",
            headers=policy,
            trade=trade,
            paid=trade.status == PAID,
            result_url=url,
            result=trade.payment_message() if url else {},
            back_url=trade.params.get("ClientBackURL", ""),
        )

    return [
        Route("/Cashier/AioCheckOut/V5", check_out, methods=["POST"]),
        Route("/Cashier/Checkout/{token}", checkout_page, methods=["GET", "POST"]),
    ]
