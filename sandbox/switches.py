"""Switches that make each outside service misbehave on purpose, for tests and demonstrations.

`Switches` is plain memory and safe to read from any thread. `Switched` wraps an ASGI application, so that a service
itself knows nothing of its switch. The gateway's callbacks and the mailbox read their own modes (sandbox/README.md).
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

SERVICES = {
    "gcis": "商工登記公示資料 (GCIS)",
    "fia": "稅籍登記 (財政部)",
    "agency": "機關查詢（勞保、欠稅、違法、陸資…）",
    "ocsp": "憑證狀態查詢 (OCSP)",
    "crl": "憑證廢止清冊 (CRL)",
    "tsa": "時戳服務 (TSA)",
    "gateway_callback": "金流付款通知",
    "gateway_query": "金流查詢",
    "gateway_refund": "金流退款",
    "einvoice": "電子發票加值中心（亂碼＝辦了但回覆遺失）",
    "mail": "郵件收信",
    "card_agent": "讀卡元件 (localhost:61161)",
}
MODES = {
    "ok": "正常",
    "fail": "失敗 (503)",
    "delay": "延遲",
    "garbage": "亂碼",
    "silent": "沒有回應",
    "duplicate": "重複送出",
    "forge": "偽造",
    "late": "遲到",
}
GARBAGE = b"\x00\xff<html>\xe4\xb8\xad{not json"
DEFAULT_SECONDS = {"delay": 3.0, "late": 30.0, "silent": 60.0}


@dataclass(frozen=True)
class Setting:
    """What one service does now: a mode and its options (`seconds`, `n`, `concurrent`, `what`, …)."""

    mode: str = "ok"
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return float(self.options.get("seconds", DEFAULT_SECONDS.get(self.mode, 0.0)))


class Switches:
    """The modes of all services. Unknown services or modes raise `ValueError` with a sentence."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._settings: dict[str, Setting] = {}

    def _known(self, service: str) -> None:
        if service not in SERVICES:
            raise ValueError(f"沒有「{service}」這個服務。可用的有：{'、'.join(SERVICES)}")

    def setting(self, service: str) -> Setting:
        self._known(service)
        with self._lock:
            return self._settings.get(service, Setting())

    def mode(self, service: str) -> str:
        return self.setting(service).mode

    def options(self, service: str) -> dict[str, Any]:
        return dict(self.setting(service).options)

    def set(self, service: str, mode: str, **options: Any) -> None:
        self._known(service)
        if mode not in MODES:
            raise ValueError(f"沒有「{mode}」這個模式。可用的有：{'、'.join(MODES)}")
        for name in ("seconds", "n", "status", "retry_seconds"):
            if name in options and not isinstance(options[name], int | float):
                raise ValueError(f"{name} 必須是數字。")
        with self._lock:
            self._settings[service] = Setting(mode, options)

    def reset(self) -> None:
        with self._lock:
            self._settings.clear()

    def as_json(self) -> dict[str, dict[str, Any]]:
        return {
            service: {"mode": setting.mode, **setting.options}
            for service in SERVICES
            for setting in [self.setting(service)]
        }


class Switched:
    """ASGI middleware: applies a service's mode before the application sees the request.

    `service` is a name or a function of the path that returns a name (None = no switch). `duplicate` and `forge` have no
    meaning for a service that only answers; they pass through.
    """

    def __init__(self, app: ASGIApp, switches: Switches, service: str | Callable[[str], str | None]) -> None:
        self.app = app
        self.switches = switches
        self.service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = self.service if isinstance(self.service, str) else self.service(scope.get("path", ""))
        if scope["type"] != "http" or name is None:
            await self.app(scope, receive, send)
            return
        setting = self.switches.setting(name)
        answer: Response | None = None
        if setting.mode in ("delay", "late") and not await _wait(setting.seconds):
            answer = PlainTextResponse("", 503)
        elif setting.mode == "silent":
            await _hang(receive, setting.seconds)
            answer = PlainTextResponse("", 503)  # for the rare client that waited
        elif setting.mode == "fail":
            answer = PlainTextResponse("Service Unavailable", int(setting.options.get("status", 503)))
        elif setting.mode == "garbage":
            answer = Response(GARBAGE, media_type="application/octet-stream")
        await (answer or self.app)(scope, receive, send)


async def _wait(seconds: float) -> bool:
    """False when the server is stopping: its cancellation ends the wait, and the answer with it, without a fuss."""
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        return False
    return True


async def _hang(receive: Receive, seconds: float) -> None:
    """Say nothing until the client gives up, `seconds` have passed or the server is stopping."""

    async def until_disconnect() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with contextlib.suppress(TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(until_disconnect(), seconds)


def number_or_text(value: str) -> Any:
    """A form's text as a number or a truth value where it reads as one."""
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    try:
        return float(value) if "." in value else int(value)
    except ValueError:
        return value


def routes(switches: Switches, page: Callable[..., Response]) -> list[Route]:
    """The switches over HTTP; `page(request, template, **context)` renders the human one."""

    async def show(request: Request) -> Response:
        if request.method == "DELETE":
            switches.reset()
        return JSONResponse(switches.as_json())

    async def put(request: Request) -> Response:
        service = request.path_params["service"]
        try:
            body = await request.json()
            mode = body.pop("mode")
            switches.set(service, mode, **body)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise HTTPException(400, str(error) or "請以 JSON 給出 mode。") from error
        return JSONResponse({service: switches.as_json()[service]})

    async def human(request: Request) -> Response:
        if request.method == "POST":
            form = {key: str(value).strip() for key, value in (await request.form()).items()}
            if form.get("reset"):
                switches.reset()
            else:
                options = {
                    k: number_or_text(v) for k, v in form.items() if k not in ("service", "mode") and v
                }
                try:
                    switches.set(form.get("service", ""), form.get("mode", ""), **options)
                except ValueError as error:
                    raise HTTPException(400, str(error)) from error
            return RedirectResponse("/switches", 303)
        settings = {service: switches.setting(service) for service in SERVICES}
        return page(request, "switches.html", services=SERVICES, modes=MODES, settings=settings)

    return [
        Route("/control/switches", show, methods=["GET", "DELETE"]),
        Route("/control/switches/{service}", put, methods=["PUT"]),
        Route("/switches", human, methods=["GET", "POST"]),
    ]
