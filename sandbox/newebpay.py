"""A NewebPay-compatible gateway (MPG 2.0, PROTOCOLS §5): checkout, notices, codes, queries, refunds.

What travels is encrypted as the real one does it: AES-256-CBC in hexadecimal under the merchant's key, and a SHA-256 over that. Notices go
out once; the switch `gateway_callback` loses, doubles or forges them, `gateway_query` and `gateway_refund` disturb the rest.
"""

import asyncio
import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, Router

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.pages import Page
from sandbox.switches import Switched, Switches

MERCHANT_ID = "MS000000001"
HASH_KEY = "SandboxNewebpayHashKey0123456789"
HASH_IV = "SandboxHashIv012"
MOMENT = "%Y-%m-%d %H:%M:%S"
METHODS = {"CREDIT": "信用卡", "VACC": "ATM 轉帳", "CVS": "超商代碼", "BARCODE": "超商條碼"}
PATIENCE_SECONDS = 3.0
TIMEOUT_SECONDS = 10.0


def _cipher() -> Cipher[modes.CBC]:
    return Cipher(algorithms.AES(HASH_KEY.encode()), modes.CBC(HASH_IV.encode()))


def encrypted(text: str) -> str:
    padder, encryptor = padding.PKCS7(128).padder(), _cipher().encryptor()
    padded = padder.update(text.encode()) + padder.finalize()
    return (encryptor.update(padded) + encryptor.finalize()).hex()


def decrypted(text: str) -> str:
    decryptor, unpadder = _cipher().decryptor(), padding.PKCS7(128).unpadder()
    padded = decryptor.update(bytes.fromhex(text)) + decryptor.finalize()
    return (unpadder.update(padded) + unpadder.finalize()).decode()


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest().upper()


def trade_sha(info: str) -> str:
    return digest(f"HashKey={HASH_KEY}&{info}&HashIV={HASH_IV}")


class Refused(Exception):
    """A refusal in the gateway's own terms: its code and words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Newebpay:
    """Trades in SQLite, and the routes under /newebpay."""

    def __init__(self, database: Database, switches: Switches, clock: Clock, page: Page) -> None:
        self._database, self._switches, self._clock, self._page = database, switches, clock, page
        database.script(
            """
            CREATE TABLE IF NOT EXISTS newebpay_trade (
                number TEXT PRIMARY KEY, trade_no TEXT NOT NULL UNIQUE, token TEXT NOT NULL UNIQUE, params TEXT NOT NULL,
                amount INTEGER NOT NULL, status TEXT NOT NULL DEFAULT '0', kind TEXT NOT NULL DEFAULT '',
                paid_at TEXT NOT NULL DEFAULT '', codes TEXT NOT NULL DEFAULT '{}', refunded INTEGER NOT NULL DEFAULT 0);
            """
        )
        asks = Middleware(Switched, switches, "gateway_query")
        refunds = Middleware(Switched, switches, "gateway_refund")
        self.router = Router(
            [
                Route("/MPG/mpg_gateway", self.check_out, methods=["POST"]),
                Route("/MPG/pay/{token}", self.pay_page, methods=["GET", "POST"]),
                Route("/API/QueryTradeInfo", self.query, methods=["POST"], middleware=[asks]),
                Route("/API/CreditCard/Close", self.close, methods=["POST"], middleware=[refunds]),
            ]
        )
        self.control = [
            Route("/control/newebpay/pay", self.pay_by_script, methods=["POST"]),
            Route("/control/newebpay/trades/{number}", self.one),
        ]

    # Trades

    def _trade(self, column: str, value: str) -> dict[str, Any]:
        row = self._database.one(f"SELECT * FROM newebpay_trade WHERE {column} = ?", (value,))  # noqa: S608 - our own names
        if row is None:
            raise Refused("TRA10021", "查無該筆交易")
        found = dict(row)
        return {**found, "params": json.loads(found["params"]), "codes": json.loads(found["codes"])}

    def _open(self, form: Mapping[str, str]) -> dict[str, Any]:
        info = form.get("TradeInfo", "")
        if form.get("MerchantID") != MERCHANT_ID or form.get("TradeSha") != trade_sha(info):
            raise Refused("MPG03009", "交易資料 SHA 256 檢查不符合")
        params = dict(parse_qsl(decrypted(info), keep_blank_values=True))
        if params.get("MerchantID") != MERCHANT_ID or not params.get("Amt", "").isdecimal():
            raise Refused("MPG01002", "欄位缺漏")
        trade_no = f"{self._clock.now():%y%m%d%H%M%S}{secrets.randbelow(10**5):05d}"
        made = self._database.run(
            "INSERT INTO newebpay_trade (number, trade_no, token, params, amount) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (number) DO NOTHING",
            (
                params["MerchantOrderNo"],
                trade_no,
                secrets.token_urlsafe(16),
                json.dumps(params),
                int(params["Amt"]),
            ),
        )
        if made.rowcount == 0:
            raise Refused("MPG03008", "已存在相同的商店訂單編號")
        return self._trade("number", params["MerchantOrderNo"])

    def _issue(self, trade: dict[str, Any], kind: str) -> dict[str, Any]:
        day = datetime.strptime(trade["params"].get("ExpireDate") or "20990101", "%Y%m%d")  # noqa: DTZ007 - a day
        codes = {"ExpireDate": f"{day:%Y-%m-%d}", "ExpireTime": "23:59:59"}
        digits = f"{int(trade['trade_no']) % 10**14:014d}"
        if kind == "VACC":
            codes |= {"BankCode": "017", "CodeNo": digits}
        elif kind == "CVS":
            codes |= {"CodeNo": f"NWP{digits[:11]}"}
        else:
            codes |= {
                "Barcode_1": f"{day:%y%m%d}6NW",
                "Barcode_2": digits,
                "Barcode_3": f"{trade['amount']:015d}",
            }
        self._database.run(
            "UPDATE newebpay_trade SET kind = ?, codes = ? WHERE number = ? AND status = '0'",
            (kind, json.dumps(codes), trade["number"]),
        )
        return self._trade("number", trade["number"])

    def _pay(self, trade: dict[str, Any], kind: str) -> dict[str, Any]:
        now = self._clock.now()
        expires = trade["codes"].get("ExpireDate")
        if expires and f"{now:%Y-%m-%d}" > expires:
            raise Refused("TRA20001", "繳費期限已過")
        changed = self._database.run(
            "UPDATE newebpay_trade SET status = '1', kind = ?, paid_at = ? WHERE number = ? AND status = '0'",
            (trade["kind"] or kind, now.strftime(MOMENT), trade["number"]),
        )
        if changed.rowcount == 0:
            raise Refused("TRA20002", "這筆交易已經結束")
        return self._trade("number", trade["number"])

    # Messages

    def _message(self, trade: dict[str, Any], *, codes: bool = False) -> dict[str, str]:
        result = {
            "MerchantID": MERCHANT_ID, "Amt": trade["amount"], "TradeNo": trade["trade_no"],
            "MerchantOrderNo": trade["number"], "RespondType": "JSON", "PaymentType": trade["kind"],
        } | (trade["codes"] if codes else {"PayTime": trade["paid_at"], "IP": "127.0.0.1", "EscrowBank": "HNCB"})  # fmt: skip
        words = "取號成功" if codes else "授權成功"
        info = encrypted(
            json.dumps({"Status": "SUCCESS", "Message": words, "Result": result}, ensure_ascii=False)
        )
        return {"Status": "SUCCESS", "MerchantID": MERCHANT_ID, "Version": "2.0", "TradeInfo": info,
                "TradeSha": trade_sha(info), "EncryptType": "0"}  # fmt: skip

    async def _notify(self, trade: dict[str, Any]) -> list[int]:
        """Tell the merchant by NotifyURL, as the switch has it; the answers' statuses (0: none came)."""
        setting, message = self._switches.setting("gateway_callback"), self._message(trade)
        if setting.mode in ("silent", "fail", "late"):
            return []
        sent = [message] * (int(setting.options.get("n", 2)) if setting.mode == "duplicate" else 1)
        if setting.mode == "forge":
            sent.insert(0, {**message, "TradeSha": digest("forged")})
        answers = []
        async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as http:
            for each in sent:
                try:
                    answers.append((await http.post(trade["params"]["NotifyURL"], data=each)).status_code)
                except httpx.HTTPError:
                    answers.append(0)
        return answers

    # The payer's side

    def _refuse(self, request: Request, error: Refused) -> Response:
        return self._page(
            request,
            "gateway_error.html",
            headers={"X-Sandbox-Error": error.code},
            code=error.code,
            message=str(error),
        )

    async def check_out(self, request: Request) -> Response:
        try:
            trade = self._open({name: str(value) for name, value in (await request.form()).items()})
        except (Refused, ValueError) as error:
            return self._refuse(
                request, error if isinstance(error, Refused) else Refused("MPG03004", "解密失敗")
            )
        return RedirectResponse(f"/newebpay/MPG/pay/{trade['token']}", 303)

    async def pay_page(self, request: Request) -> Response:
        try:
            trade = self._trade("token", request.path_params["token"])
            offered = {name: label for name, label in METHODS.items() if trade["params"].get(name) == "1"}
            if request.method != "POST":
                return self._page(request, "newebpay_checkout.html", trade=trade, offered=offered)
            form = await request.form()
            kind = str(form.get("method", ""))
            if kind in offered and kind != "CREDIT" and not form.get("paid_elsewhere"):
                trade = self._issue(trade, kind)
                back = trade["params"].get("CustomerURL", "")
                message = self._message(trade, codes=True) if back else {}
                return self._result(request, trade, back, message)
            trade = self._pay(trade, kind if kind in offered else next(iter(offered), "CREDIT"))
        except Refused as error:
            return self._refuse(request, error)
        await asyncio.wait({asyncio.create_task(self._notify(trade))}, timeout=PATIENCE_SECONDS)
        return self._result(request, trade, "", {})

    def _result(self, request: Request, trade: dict[str, Any], url: str, message: dict[str, str]) -> Response:
        policy = {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:"
        }
        return self._page(
            request, "newebpay_result.html", headers=policy, trade=trade, url=url, message=message,
            back_url=trade["params"].get("ClientBackURL", ""),
        )  # fmt: skip

    # The merchant's questions

    async def query(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = f"Amt={form.get('Amt')}&MerchantID={form.get('MerchantID')}&MerchantOrderNo={form.get('MerchantOrderNo')}"
        if form.get("CheckValue") != digest(f"IV={HASH_IV}&{asked}&Key={HASH_KEY}"):
            return JSONResponse({"Status": "TRA10009", "Message": "CheckValue 錯誤", "Result": []})
        try:
            trade = self._trade("number", form.get("MerchantOrderNo", ""))
        except Refused as error:
            return JSONResponse({"Status": error.code, "Message": str(error), "Result": []})
        said = f"Amt={trade['amount']}&MerchantID={MERCHANT_ID}&MerchantOrderNo={trade['number']}&TradeNo={trade['trade_no']}"
        code = digest(f"HashIV={HASH_IV}&{said}&HashKey={HASH_KEY}")
        if self._switches.mode("gateway_query") == "forge":
            code = digest("forged")
        result = {
            "MerchantID": MERCHANT_ID, "Amt": trade["amount"], "TradeNo": trade["trade_no"],
            "MerchantOrderNo": trade["number"], "TradeStatus": trade["status"], "PaymentType": trade["kind"],
            "PayTime": trade["paid_at"] or "0000-00-00 00:00:00", "CheckCode": code,
        }  # fmt: skip
        return JSONResponse({"Status": "SUCCESS", "Message": "查詢成功", "Result": result})

    async def close(self, request: Request) -> Response:
        """CloseType 2: give back all or part of a card payment."""
        form = await request.form()
        try:
            params = dict(parse_qsl(decrypted(str(form.get("PostData_", "")))))
            trade = self._refunded(params, str(form.get("MerchantID_")))
        except (Refused, ValueError) as error:
            code = error.code if isinstance(error, Refused) else "TRA10004"
            return JSONResponse({"Status": code, "Message": str(error), "Result": []})
        result = {
            "MerchantID": MERCHANT_ID,
            "Amt": int(params["Amt"]),
            "MerchantOrderNo": trade["number"],
            "TradeNo": trade["trade_no"],
        }
        return JSONResponse({"Status": "SUCCESS", "Message": "退款資料新增成功", "Result": result})

    def _refunded(self, params: dict[str, str], merchant_id: str) -> dict[str, Any]:
        trade = self._trade("number", params.get("MerchantOrderNo", ""))
        amount = int(params.get("Amt") or 0)
        if (
            merchant_id != MERCHANT_ID
            or params.get("TradeNo") != trade["trade_no"]
            or params.get("CloseType") != "2"
        ):
            raise Refused("TRA10035", "資料不符")
        changed = self._database.run(
            "UPDATE newebpay_trade SET refunded = refunded + ? WHERE number = ? AND status = '1' AND kind = 'CREDIT'"
            " AND ? > 0 AND refunded + ? <= amount",
            (amount, trade["number"], amount, amount),
        )
        if changed.rowcount == 0:
            raise Refused("TRA10058", "此交易不可退款或金額超過")
        return trade

    # For scripts

    async def pay_by_script(self, request: Request) -> Response:
        """`{"MerchantOrderNo", "method"?, "codes"?}`: the payer's part; with `codes` only the code is issued."""
        body = await request.json()
        try:
            trade = self._trade("number", str(body["MerchantOrderNo"]))
            kind = str(body.get("method", "CREDIT"))
            if body.get("codes"):
                return JSONResponse(self._message(self._issue(trade, kind), codes=True))
            trade = self._pay(trade, kind)
        except Refused as error:
            raise HTTPException(409, str(error)) from error
        return JSONResponse({"statuses": await self._notify(trade), "message": self._message(trade)})

    async def one(self, request: Request) -> Response:
        try:
            return JSONResponse(self._trade("number", request.path_params["number"]))
        except Refused as error:
            raise HTTPException(404, str(error)) from error
