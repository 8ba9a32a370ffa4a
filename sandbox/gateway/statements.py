"""The vendor host: a merchant's statement of the trades paid from one day to another, as CSV in Big5 with cells written ="…"."""

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, Router

from sandbox.gateway import mac
from sandbox.gateway.cashier import form_text
from sandbox.gateway.trades import PAID, Trade, Trades

HEADER = (
    "訂單日期", "廠商訂單編號", "綠界訂單編號", "平台名稱", "付款方式", "費率(每筆)", "信用卡授權單號", "信用卡卡號末4碼",
    "超商資訊/ATM繳款帳號", "付款狀態", "交易金額", "退款日期", "退款金額", "交易手續費", "平台手續費", "應收款項(淨額)", "撥款狀態",
    "買家備註", "廠商備註",
)  # fmt: skip


def _row(trade: Trade) -> tuple[str, ...]:
    net = trade.amount - trade.refunded - trade.fee
    return (
        trade.trade_date, trade.merchant_trade_no, trade.trade_no, "", trade.payment_type.partition("_")[0], "2.75%", "", "",
        trade.codes.get("vAccount", trade.codes.get("PaymentNo", "")), "已付款", str(trade.amount), "", str(trade.refunded),
        str(trade.fee), "0", str(net), "未撥款", "", "",
    )  # fmt: skip


def _line(cells: tuple[str, ...]) -> str:
    return ",".join(f'="{cell}"' for cell in cells)


def router(trades: Trades) -> Router:
    async def statement(request: Request) -> Response:
        params = form_text(await request.form())
        if params.get("MerchantID") not in mac.MERCHANTS or not mac.is_signed(params):
            return PlainTextResponse("CheckMacValue Error")
        days = [params.get(name, "") for name in ("BeginDate", "EndDate")]
        if params.get("DateType") != "2" or not all(re.fullmatch(r"\d{4}-\d\d-\d\d", day) for day in days):
            return PlainTextResponse("參數錯誤")
        begin, end = (day.replace("-", "/") for day in days)
        paid = [
            trade
            for trade in trades.latest(100_000)
            if trade.status == PAID
            and not trade.simulated
            and trade.params["MerchantID"] == params["MerchantID"]
            and begin <= trade.payment_date[:10] <= end
        ]
        text = "\r\n".join([_line(HEADER), *(_line(_row(trade)) for trade in paid)]) + "\r\n"
        return Response(text.encode("big5", "replace"), media_type="text/csv; charset=big5")

    return Router([Route("/PaymentMedia/TradeNoAio", statement, methods=["POST"])])
