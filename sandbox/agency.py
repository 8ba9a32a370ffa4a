"""What open data can't tell: insured employees, tax arrears, breaches, PRC investment, earlier subsidies.

No public interface for these exists, so this one is ours, an assumption to be replaced by the agencies' real exchange
(sandbox/README.md). A caller shows the operator's key and the reference of the company's own authorisation.
"""

import hmac
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router

from sandbox.clock import Clock
from sandbox.companies import Companies, Company

AGENCY_KEY = "sandbox-agency-key"


def insured_months(average: int, now: datetime) -> list[dict[str, Any]]:
    """The 12 months before the present one, newest first, around `average` and averaging exactly to it."""
    months = []
    year, month = now.year, now.month
    for index in range(12):
        month -= 1
        if month == 0:
            year, month = year - 1, 12
        swing = (1 if index % 2 else -1) if average > 1 else 0
        months.append({"month": f"{year}-{month:02d}", "insured": average + swing})
    return months


def _labour(company: Company, now: datetime) -> dict[str, Any] | None:
    if company.employees is None:
        return None
    return {"ubn": company.ubn, "months": insured_months(company.employees, now)}


def _arrears(company: Company, now: datetime) -> dict[str, Any]:
    return {"ubn": company.ubn, "arrears": company.arrears, "as_of": now.date().isoformat()}


def _records(flag: str, record: dict[str, Any]) -> Callable[[Company, datetime], dict[str, Any]]:
    def answer(company: Company, now: datetime) -> dict[str, Any]:
        return {"ubn": company.ubn, "records": [dict(record)] if getattr(company, flag) else []}

    return answer


def _prc(company: Company, now: datetime) -> dict[str, Any]:
    return {"ubn": company.ubn, "listed": company.prc_invested, "as_of": now.date().isoformat()}


LOOKUPS: dict[str, Callable[[Company, datetime], dict[str, Any] | None]] = {
    "labour-insurance": _labour,
    "tax-arrears": _arrears,
    "law-breaches": _records(
        "law_breach",
        {"law": "廢棄物清理法", "date": "2026-03-18", "summary": "示範：重大違規，裁處停工並罰鍰確定"},
    ),
    "project-defaults": _records(
        "project_default",
        {"law": "政府採購法", "date": "2025-11-07", "summary": "示範：政府專案重大違約，停權三年"},
    ),
    "prc-investment": _prc,
    "subsidies": _records(
        "prior_subsidy", {"programme": "示範：小型店家數位轉型補助", "year": 2024, "amount": 30000}
    ),
}


def router(companies: Companies, clock: Clock) -> Router:
    """`/v1/{look-up}/{ubn}`: 401 without the key, 400 without an authorisation's reference, 404 without an insured unit."""

    async def look_up(request: Request) -> Response:
        refusal = _refusal(request)
        if refusal:
            return refusal
        answer = LOOKUPS.get(request.path_params["what"])
        company = companies.get(request.path_params["ubn"])
        if answer is None:
            return JSONResponse({"error": "沒有這項查詢。"}, 404)
        if company is not None and (company.silent_at("agency") or company.origin == "real"):
            # nothing is invented about real companies: of them the agencies say nothing at all
            return PlainTextResponse("Service Unavailable", 503)
        body = answer(company or _nobody(request.path_params["ubn"]), clock.now())
        ubn = request.path_params["ubn"]
        return JSONResponse(body) if body else JSONResponse({"ubn": ubn, "error": "查無投保單位。"}, 404)

    return Router([Route("/v1/{what}/{ubn}", look_up)])


def _nobody(ubn: str) -> Company:
    """A number the agencies have never heard of: nothing owed, nobody insured."""
    return Company(ubn=ubn, name="", organisation="", capital=0, paid_in=0)


def _refusal(request: Request) -> Response | None:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(key.encode(), AGENCY_KEY.encode()):
        return JSONResponse({"error": "金鑰不正確。"}, 401, headers={"WWW-Authenticate": "Bearer"})
    if not request.headers.get("x-authorisation-reference", "").strip():
        return JSONResponse({"error": "缺少 X-Authorisation-Reference（企業授權書編號）。"}, 400)
    return None
