"""Control of the sandbox's world over HTTP: companies, cards and the clock; and the pages that show them."""

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.cards import CardError, CardStore
from sandbox.clock import Clock
from sandbox.companies import Companies, Company
from sandbox.pages import Page

if TYPE_CHECKING:
    from sandbox.cards import Card

MOST_AT_ONCE = 200
RANKS = {
    "secondary": ("company", "secondary"),
    "revoked": ("company", "primary"),
    "primary": ("company", "primary"),
}


def issue_card(companies: Companies, cards: CardStore, company: Company) -> "Card":
    """Give a company its card. `card_kind` is primary, secondary, revoked or any kind of `sandbox.cards.KINDS`."""
    kind, rank = RANKS.get(company.card_kind, (company.card_kind, "primary"))
    card = cards.issue(company.ubn, company.name, pin=company.pin, rank=rank, kind=kind)
    if company.card_kind == "revoked":
        cards.revoke(card.card_id)
    companies.remember_card(company.ubn, card.card_id)
    return card


def issue_missing(companies: Companies, cards: CardStore) -> int:
    """Issue a card to every invented company that has none in this PKI; returns how many were issued."""
    present = {(card.ubn, card.card_id) for card in cards.all()}
    missing = [
        company
        for origin in ("synthetic", "minted")
        for company, card_id in companies.listing(origin=origin)
        if company.card_kind and (company.ubn, card_id) not in present
    ]
    for company in missing:
        issue_card(companies, cards, company)
    if missing and not any(cards.readers().values()):
        cards.insert(companies.card_id(missing[0].ubn))
    return len(missing)


def as_json(company: Company, card_id: str) -> dict[str, Any]:
    return {
        "ubn": company.ubn,
        "name": company.name,
        "organisation": company.organisation,
        "origin": company.origin,
        "role": company.role,
        "note": company.note,
        "card_id": card_id,
        "card_kind": company.card_kind,
        "pin": company.pin,
    }


def routes(companies: Companies, cards: CardStore, clock: Clock, page: Page) -> list[Route]:
    def mint(count: int, card_kind: str, fields: dict[str, Any]) -> list[dict[str, Any]]:
        made = []
        for company in companies.mint(count):
            changed = companies.change(company.ubn, **{**fields, "card_kind": card_kind})
            made.append(as_json(changed, issue_card(companies, cards, changed).card_id))
        return made

    async def company_list(request: Request) -> Response:
        if request.method == "GET":
            origin = request.query_params.get("origin", "")
            return JSONResponse(
                [as_json(company, card) for company, card in companies.listing(origin=origin)]
            )
        body = await _body(request)
        count = body.get("count", 1)
        if not isinstance(count, int) or not 1 <= count <= MOST_AT_ONCE:
            raise HTTPException(400, f"count 應為 1 到 {MOST_AT_ONCE} 的整數。")
        try:
            made = await run_in_threadpool(
                mint, count, str(body.get("card_kind", "primary")), dict(body.get("fields", {}))
            )
        except (ValueError, TypeError, CardError) as error:
            raise HTTPException(400, str(error)) from error
        return JSONResponse(made, 201)

    async def one_company(request: Request) -> Response:
        ubn = request.path_params["ubn"]
        try:
            company = companies.change(ubn, **(await _body(request) if request.method == "PATCH" else {}))
        except LookupError as error:
            raise HTTPException(404, str(error)) from error
        except (ValueError, TypeError) as error:
            raise HTTPException(400, str(error)) from error
        details = {key: value for key, value in vars(company).items() if key not in ("pin", "origin")}
        return JSONResponse({**details, **as_json(company, companies.card_id(ubn))})

    async def revoke(request: Request) -> Response:
        try:
            await run_in_threadpool(cards.revoke, request.path_params["card_id"])
        except CardError as error:
            raise HTTPException(404, str(error)) from error
        return JSONResponse({"card_id": request.path_params["card_id"], "revoked": True})

    async def the_clock(request: Request) -> Response:
        if request.method == "PUT":
            _set_clock(clock, await _body(request))
        elif request.method == "DELETE":
            clock.shift(0)
        return JSONResponse({"now": clock.now().isoformat(), "offset_seconds": clock.offset_seconds})

    async def human(request: Request) -> Response:
        if request.method == "POST":
            made = await run_in_threadpool(mint, 1, "primary", {})
            return RedirectResponse(f"/companies?q={made[0]['ubn']}", 303)
        search = re.sub(r"[%_]", "", request.query_params.get("q", "")).strip()
        rows = companies.listing(search=search, limit=200)
        return page(request, "companies.html", rows=rows, search=search)

    return [
        Route("/control/companies", company_list, methods=["GET", "POST"]),
        Route("/control/companies/{ubn}", one_company, methods=["GET", "PATCH"]),
        Route("/control/cards/{card_id}/revoke", revoke, methods=["POST"]),
        Route("/control/clock", the_clock, methods=["GET", "PUT", "DELETE"]),
        Route("/companies", human, methods=["GET", "POST"]),
    ]


def _set_clock(clock: Clock, body: dict[str, Any]) -> None:
    try:
        if "at" in body:
            clock.move_to(datetime.fromisoformat(body["at"]))
        else:
            clock.shift(float(body["offset_seconds"]))
    except (KeyError, ValueError, TypeError, OverflowError) as error:
        raise HTTPException(400, "請給 at（ISO 時間）或 offset_seconds（秒）。") from error


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError as error:
        raise HTTPException(400, "內容不是 JSON。") from error
    if not isinstance(body, dict):
        raise HTTPException(400, "內容應為 JSON 物件。")
    return body
