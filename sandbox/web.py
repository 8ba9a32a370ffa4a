"""All services of the sandbox as one ASGI application."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from sandbox import agency, control, registries, switches
from sandbox.cards import CardStore
from sandbox.clock import Clock
from sandbox.companies import Companies
from sandbox.einvoice import Einvoice
from sandbox.gateway import Gateway
from sandbox.mailbox import Mailbox
from sandbox.newebpay import Newebpay
from sandbox.pages import TEMPLATES, Page, wants_html
from sandbox.switches import MODES, Switched, Switches

Lifespan = Callable[[], AbstractAsyncContextManager[None]]
ASSETS = {"sandbox.css": "text/css; charset=utf-8", "submit.js": "text/javascript; charset=utf-8"}

# title, what it is, links, switch
SERVICES: list[dict[str, Any]] = [
    {
        "title": "讀卡元件",
        "text": "插卡、拔卡、簽章，如同真的 HiPKI LocalSignServer。",
        "links": [("{agent}/sandbox/", "讀卡機與卡片")],
        "switch": "card_agent",
    },
    {
        "title": "信箱",
        "text": "平臺寄出的信：驗證碼、點數通知、訂單進度。",
        "links": [("/mail/", "讀信"), ("/mail/messages.json", "messages.json")],
        "switch": "mail",
    },
    {
        "title": "金流",
        "text": "綠界與藍新相容的付款頁、付款通知、取號、查詢與退款。",
        "links": [("/ecpay/merchant/", "特店後台"), ("/control/gateway/trades", "交易 (JSON)")],
        "switch": "gateway_callback",
    },
    {
        "title": "電子發票",
        "text": "綠界相容的B2B電子發票：開立、作廢、折讓、查詢。",
        "links": [("/control/einvoice/invoices", "發票 (JSON)")],
        "switch": "einvoice",
    },
    {
        "title": "商工登記",
        "text": "公司、商業與營業項目，資料格式與怪癖都和真的一樣。",
        "links": [
            (
                "/gcis/od/data/api/5F64D864-61CB-4D0D-8AD9-492047CC1EA6?$format=json&$filter=Business_Accounting_NO%20eq%2022099131",
                "範例：22099131",
            )
        ],
        "switch": "gcis",
    },
    {
        "title": "稅籍登記",
        "text": "以統一編號查營業人。",
        "links": [("/fia/OAI/api/businessRegistration/22099131", "範例：22099131")],
        "switch": "fia",
    },
    {
        "title": "機關查詢",
        "text": "勞保人數、欠稅、違法、專案違約、陸資、補助（需金鑰與授權書編號）。",
        "links": [],
        "switch": "agency",
    },
    {
        "title": "憑證管理中心",
        "text": "OCSP、CRL 與時戳。",
        "links": [("/pki/issuing/complete.crl", "CRL"), ("/pki/issuing/IssuedToThisCA.p7b", "簽發憑證")],
        "switch": "ocsp",
    },
    {
        "title": "企業與卡片",
        "text": "示範企業、它們的卡片與 PIN；也可以產生新的。",
        "links": [("/companies", "全部企業")],
        "switch": "",
    },
]


def build(
    *,
    companies: Companies,
    cards: CardStore,
    gateway: Gateway,
    einvoice: Einvoice,
    newebpay: Newebpay,
    mailbox: Mailbox,
    pki: ASGIApp,
    switch_board: Switches,
    clock: Clock,
    page: Page,
    agent_url: str,
    lifespan: Lifespan,
) -> Starlette:
    """Mount every service; `lifespan` starts and stops what needs the event loop."""

    async def home(request: Request) -> Response:
        shown = [
            {
                **service,
                "links": [
                    (url.format(agent=agent_url), label)
                    for url, label in service["links"]
                    if agent_url or "{agent}" not in url
                ],
                "mode": service["switch"] and switch_board.mode(service["switch"]),
                "mode_label": service["switch"] and MODES[switch_board.mode(service["switch"])],
            }
            for service in SERVICES
        ]
        first = companies.listing(origin="synthetic", limit=3)
        first += [pair for pair in companies.listing(origin="synthetic") if pair[0].role == "supplier"][:1]
        return page(request, "home.html", services=shown, cards=first, offset=round(clock.offset_seconds))

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in ASSETS:
            raise HTTPException(404)
        return FileResponse(TEMPLATES / name, media_type=ASSETS[name])

    async def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        sentence = error.detail if isinstance(error, HTTPException) else "沙盒內部錯誤。"
        if wants_html(request):
            return page(request, "gateway_error.html", status, code=str(status), message=sentence)
        return JSONResponse({"error": sentence}, status)

    @asynccontextmanager
    async def whole_life(_app: Starlette) -> AsyncIterator[None]:
        async with lifespan():
            yield

    routes: list[BaseRoute] = [
        Route("/", home),
        Route("/assets/{name}", asset),
        *switches.routes(switch_board, page),
        *control.routes(companies, cards, clock, page),
        *gateway.control,
        *einvoice.control,
        *newebpay.control,
        Mount("/gcis", Switched(registries.gcis_router(companies), switch_board, "gcis")),
        Mount("/fia", Switched(registries.fia_router(companies), switch_board, "fia")),
        Mount("/agency", Switched(agency.router(companies, clock), switch_board, "agency")),
        Mount("/ecpay", gateway.router),
        Mount("/einvoice", einvoice.router),
        Mount("/ecpay-vendor", gateway.vendor),
        Mount("/newebpay", newebpay.router),
        Mount("/mail", mailbox.router),
        Mount("/pki", pki),
    ]
    return Starlette(routes=routes, lifespan=whole_life, exception_handlers={HTTPException: refused})
