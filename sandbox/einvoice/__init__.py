"""An ECPay-compatible provider of B2B e-invoices over its real wire protocol: AES-JSON (PROTOCOLS §5-6)."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.einvoice import cipher
from sandbox.einvoice.books import Books, Refused
from sandbox.switches import GARBAGE, Switches

__all__ = ["Einvoice", "cipher"]
STAMP_SECONDS = 600


class Einvoice:
    """The service and its books. Mode `garbage` does what was asked and loses the answer; the others act before."""

    def __init__(self, database: Database, switches: Switches, clock: Clock) -> None:
        self.books, self.switches = Books(database, clock), switches
        acts: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "Issue": self.books.issue,
            "GetIssue": self.books.get,
            "Invalid": self.books.void,
            "Allowance": self.books.allow,
        }
        self.router = Router(
            [
                Route(f"/B2BInvoice/{name}", self._answering(act), methods=["POST"])
                for name, act in acts.items()
            ]
        )
        self.control = [Route("/control/einvoice/invoices", self._listing)]

    def _answering(self, act: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            setting = self.switches.setting("einvoice")
            if setting.mode == "fail":
                return PlainTextResponse("Service Unavailable", 503)
            if setting.mode in ("delay", "late", "silent"):
                await asyncio.sleep(setting.seconds)
            try:
                body = await request.json()
                said = cipher.opened(body["Data"])
                fresh = abs(time.time() - int(body["RqHeader"]["Timestamp"])) <= STAMP_SECONDS
            except (ValueError, KeyError, TypeError):
                return JSONResponse({"MerchantID": "", "TransCode": 0, "TransMsg": "解密失敗", "Data": ""})
            if body.get("MerchantID") != cipher.MERCHANT_ID or not fresh:
                return JSONResponse(
                    {"MerchantID": "", "TransCode": 0, "TransMsg": "MerchantID或Timestamp有誤", "Data": ""}
                )
            try:
                data = {"RtnCode": 1, "RtnMsg": "成功"} | act(said)
            except Refused as refused:
                data = {"RtnCode": refused.code, "RtnMsg": refused.message}
            if setting.mode == "garbage":
                return Response(GARBAGE, media_type="application/octet-stream")
            answer = {"MerchantID": cipher.MERCHANT_ID, "RpHeader": {"Timestamp": int(time.time())}}
            return JSONResponse(answer | {"TransCode": 1, "TransMsg": "Success", "Data": cipher.closed(data)})

        return answer

    async def _listing(self, request: Request) -> Response:
        return JSONResponse(self.books.listing())
