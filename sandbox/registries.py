"""The company, business and tax registries at their real URL shapes, with the pitfalls of the real ones (PROTOCOLS §3).

GCIS answers 200 to everything: an error is a plain sentence, "not found" an empty body. Blanks are "" or seven spaces.
"""

import functools
import json
import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route, Router

from sandbox.clock import roc_date
from sandbox.companies import Companies, Company, business_item_names, read_table

BLANK = " " * 7
WRONG_FILTER = "$filter參數有誤，請查明後繼續。"
NO_SUCH_API = "此API不存在，請查明後繼續。"
CONDITION = re.compile(r"^\s*(\w+)\s+(eq|like)\s+(.+?)\s*$")
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")

COMPANY_STATUS = {row["code"]: row["description"] for row in read_table("gcis_company_status.csv")}
BUSINESS_STATUS = {row["code"]: row["description"] for row in read_table("gcis_business_status.csv")}
AGENCIES = {row["county"]: (row["code"], row["name"]) for row in read_table("agencies.csv")}

Row = dict[str, Any]
Filter = dict[str, str]


def _county(company: Company) -> str:
    return company.county.replace("台", "臺")


def _agency(company: Company) -> tuple[str, str]:
    return AGENCIES.get(_county(company), ("379100000G", "臺北市商業處"))


def company_basic(company: Company) -> Row:
    """公司登記基本資料-應用一."""
    shares = company.organisation == "股份有限公司"
    return {
        "Business_Accounting_NO": company.ubn,
        "Company_Status_Desc": COMPANY_STATUS[company.status_code],
        "Company_Name": company.name,
        "Capital_Stock_Amount": company.capital,
        "Paid_In_Capital_Amount": company.paid_in,
        "Share_Val": 10 if shares else 0,
        "Equity_Amt": company.paid_in // 10 if shares else 0,
        "Responsible_Name": company.responsible,
        "Company_Location": company.address,
        "Register_Organization_Desc": _agency(company)[1] if company.county else "經濟部商業發展署",
        "Company_Setup_Date": roc_date(company.setup_date),
        "Change_Of_Approval_Data": roc_date(company.setup_date),
        "Revoke_App_Date": BLANK,
        "Case_Status": "",
        "Case_Status_Desc": "",
        "Sus_App_Date": roc_date(company.suspended_begin) or BLANK,
        "Sus_Beg_Date": roc_date(company.suspended_begin) or BLANK,
        "Sus_End_Date": roc_date(company.suspended_end) or BLANK,
    }


def company_with_status(company: Company) -> Row:
    """公司登記基本資料-應用二: the basics and the status as a code."""
    return {**company_basic(company), "Company_Status": company.status_code}


def company_with_items(company: Company) -> Row:
    """公司登記基本資料-應用三: no capital and no address here; the last item is free text without a code."""
    return {
        "Business_Accounting_NO": company.ubn,
        "Company_Name": company.name,
        "Company_Status": company.status_code,
        "Company_Status_Desc": COMPANY_STATUS[company.status_code],
        "Company_Setup_Date": roc_date(company.setup_date),
        "Cmp_Business": [
            {"Business_Seq_NO": f"{number:04d}", "Business_Item": code, "Business_Item_Desc": text}
            for number, (code, text) in enumerate(_items(company), 1)
        ],
    }


def _items(company: Company) -> list[tuple[str, str]]:
    names = business_item_names()
    items = [(code, names.get(code, "")) for code in company.business_items]
    return [*items, (BLANK, "１．前各項業務之經營及轉投資。")] if items else []


def company_name(company: Company) -> Row:
    return {"Business_Accounting_NO": company.ubn, "Company_Name": company.name}


def business_basic(company: Company) -> Row:
    """商業登記基本資料-應用一."""
    code, agency = _agency(company)
    return {
        "President_No": company.ubn,
        "Business_Name": company.name,
        "Business_Current_Status": company.status_code,
        "Business_Current_Status_Desc": BUSINESS_STATUS.get(company.status_code, ""),
        "Business_Register_Funds": company.capital,
        "Responsible_Name": company.responsible,
        "Business_Organization_Type": "06",
        "Business_Organization_Type_Desc": company.organisation,
        "Agency": code,
        "Agency_Desc": agency,
        "Business_Address": company.address,
        "Business_Setup_Approve_Date": roc_date(company.setup_date),
        "Business_Last_Change_Date": roc_date(company.setup_date) or BLANK,
    }


def business_full(company: Company) -> Row:
    """商業登記基本資料-應用二/三: with directors and business items."""
    return {
        **business_basic(company),
        "Business_Director": [{"Name": company.responsible}] if company.responsible else [],
        "Business_Item_Old": [
            {"Business_Seq_No": str(number), "Business_Item": code, "Business_Item_Desc": text}
            for number, (code, text) in enumerate(_items(company), 1)
        ],
    }


class Gcis:
    """商工行政資料開放平臺: one data set per UUID."""

    def __init__(self, companies: Companies) -> None:
        self._companies = companies
        self._sets: dict[str, Callable[[Filter], list[Row] | None]] = {
            "5F64D864-61CB-4D0D-8AD9-492047CC1EA6": self._one_company(company_basic),
            "F05D1060-7D57-4763-BDCE-0DAF5975AFE0": self._one_company(company_with_status),
            "236EE382-4942-41A9-BD03-CA0709025E7C": self._one_company(company_with_items),
            "9D17AE0D-09B5-4732-A8F4-81ADED04B679": self._one_company(company_name),
            "6BBA2268-1367-4B42-9CCA-BC17499EBE8C": self._by_keyword,
            "673F0FC0-B3A7-429F-9041-E9866836B66D": self._kinds,
            "7E6AFA72-AD6A-46D3-8681-ED77951D912D": self._one_business(business_basic, needs_agency=True),
            "F570BC9A-DA4C-4813-8087-FB9CE95F9D38": self._one_business(business_full, needs_agency=True),
            "426D5542-5F05-43EB-83F9-F1300F14E1F1": self._one_business(business_full, needs_agency=False),
        }

    def _find(self, ubn: str) -> Company | None:
        company = self._companies.get(ubn)
        if company is not None and company.silent_at("gcis"):
            raise Silent
        return company if company is not None and company.registered else None

    def _one_company(self, shape: Callable[[Company], Row]) -> Callable[[Filter], list[Row] | None]:
        def answer(wanted: Filter) -> list[Row] | None:
            if set(wanted) != {"Business_Accounting_NO"}:
                return None
            company = self._find(wanted["Business_Accounting_NO"])
            return [shape(company)] if company and company.kind == "公司" else []

        return answer

    def _one_business(
        self, shape: Callable[[Company], Row], *, needs_agency: bool
    ) -> Callable[[Filter], list[Row] | None]:
        fields = {"President_No", "Agency"} if needs_agency else {"President_No"}

        def answer(wanted: Filter) -> list[Row] | None:
            if set(wanted) != fields:
                return None
            company = self._find(wanted["President_No"])
            if company is None or not company.is_business:
                return []
            if needs_agency and wanted["Agency"] != _agency(company)[0]:
                return []
            return [shape(company)]

        return answer

    def _kinds(self, wanted: Filter) -> list[Row] | None:
        """統編查是否為公司、分公司及商業: always three rows, "Y" or "N"."""
        if len(wanted) != 1 or not set(wanted) <= {"No", "NO", "Business_Accounting_NO"}:
            return None
        company = self._find(next(iter(wanted.values())))
        return [
            {"Year": "115", "exist": "Y" if company and company.kind == kind else "N", "TYPE": kind}
            for kind in ("公司", "分公司", "商業")
        ]

    def _by_keyword(self, wanted: Filter) -> list[Row] | None:
        """公司登記關鍵字查詢: needs the status too."""
        if set(wanted) != {"Company_Name", "Company_Status"}:
            return None
        found = self._companies.listing(search=wanted["Company_Name"])
        return [
            company_basic(company)
            for company, _ in found
            if company.kind == "公司"
            and company.registered
            and company.status_code == wanted["Company_Status"]
        ]

    async def __call__(self, request: Request) -> Response:
        data_set = self._sets.get(request.path_params["uuid"].upper())
        if data_set is None:
            return _sentence(NO_SUCH_API)
        if request.query_params.get("$format", "").lower() != "json":
            return _sentence("$format參數有誤，請查明後繼續。")
        wanted = parse_filter(request.query_params.get("$filter", ""))
        page = _page(request)
        if wanted is None or page is None:
            return _sentence(WRONG_FILTER if wanted is None else "$skip或$top參數有誤，請查明後繼續。")
        try:
            rows = data_set(wanted)
        except Silent:
            return PlainTextResponse("Service Unavailable", 503)
        if rows is None:
            return _sentence(WRONG_FILTER)
        rows = rows[page]
        text = json.dumps(rows, ensure_ascii=False) if rows else ""
        return Response(text, media_type="application/json;charset=UTF-8")


class Silent(Exception):
    """This company's entry is one that the registry never delivers."""


def parse_filter(text: str) -> Filter | None:
    """`A eq 1 and B like 臺灣` as a mapping; None when it is no such expression. Values may stand in quotes."""
    wanted: Filter = {}
    for part in re.split(r"\s+and\s+", text):
        match = CONDITION.match(part)
        if match is None:
            return None
        wanted[match[1]] = match[3].strip("'")
    return wanted


def _page(request: Request) -> slice | None:
    try:
        skip, top = (
            int(request.query_params.get(name, text)) for name, text in (("$skip", "0"), ("$top", "50"))
        )
    except ValueError:
        return None
    return slice(skip, skip + top) if 0 <= skip <= 500_000 and 1 <= top <= 1000 else None


def _sentence(text: str) -> Response:
    return PlainTextResponse(text, 200)


@functools.cache
def industries_of_items() -> dict[str, tuple[str, str]]:
    """Business item → industry. The tax office's six-digit codes are not open to us: the four-digit class, "00" added."""
    return {
        row["code"]: (row["industry_class"] + "00", row["name"])
        for row in read_table("business_items.csv")
        if row["industry_class"]
    }


def tax_registration(company: Company) -> Row:
    """全國營業(稅籍)登記: the tax office writes addresses with full-width digits."""
    industries = [
        industry for code in company.business_items if (industry := industries_of_items().get(code))
    ][:4]
    industries += [("", "")] * (4 - len(industries))
    row: Row = {
        "ban": company.ubn,
        "businessNm": company.name,
        "businessAddress": company.address.translate(FULL_WIDTH),
        "headquartersBan": "",
        "capitalAmount": company.paid_in or company.capital,
        "businessSetupDate": roc_date(company.setup_date),
        "businessType": company.organisation,
        "isUseInvoice": "N" if company.is_business and company.capital < 200_000 else "Y",
    }
    for suffix, (code, name) in zip(("", "1", "2", "3"), industries, strict=True):
        row[f"industryCd{suffix}"] = code
        row[f"industryNm{suffix}"] = name
    return row


def gcis_router(companies: Companies) -> Router:
    return Router([Route("/od/data/api/{uuid}", Gcis(companies).__call__)])


def fia_router(companies: Companies) -> Router:
    async def registration(request: Request) -> Response:
        company = companies.get(request.path_params["ban"])
        if company is not None and company.silent_at("fia"):
            return PlainTextResponse("Service Unavailable", 503)
        if company is None or not company.registered or company.status_code != "01":
            return JSONResponse({"status": 404, "message": "Not Found"}, 404)
        return JSONResponse(tax_registration(company))

    return Router([Route("/OAI/api/businessRegistration/{ban}", registration)])
