"""GCIS 商工行政資料開放平臺: companies, branches and businesses by 統一編號 (PROTOCOLS §3).

Its manners, each handled here: errors are HTTP 200 with plain text; nothing found is HTTP 200 with an empty body, which a question
asked wrongly gets too; blanks are "" or seven spaces; dates are ROC `yyyMMdd`; a business is found only with its agency's code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

import httpx

from tcloud.adapters.registries import gcis_codes as codes
from tcloud.adapters.registries.http import Budget, Limits, Reply, ask
from tcloud.adapters.registries.port import (
    Answer,
    BusinessItem,
    CompanyRecord,
    Evidence,
    Kind,
    RegistryUnavailable,
    Source,
    Why,
    as_facts,
)
from tcloud.adapters.registries.text import (
    blank,
    foreign_branch,
    plain_name,
    roc_date,
    roc_date_or_none,
    whole_number,
)

Row = dict[str, Any]
T = TypeVar("T")

_KINDS = {
    "公司": Kind.COMPANY,
    "分公司": Kind.BRANCH,
    "商業": Kind.BUSINESS,
    "有限合夥": Kind.LIMITED_PARTNERSHIP,
}
_UBN = re.compile(r"\d{8}")


class GcisClient:
    """`CompanyRegistry` over GCIS's open-data API.

    `base_url` is the host (and prefix), without `/od/data/api`. `agencies` are tried in order when the register does not name a
    business's agency itself.
    """

    def __init__(
        self,
        http: httpx.Client,
        base_url: str,
        *,
        limits: Limits | None = None,
        agencies: Sequence[str] = codes.AGENCY_CODES,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._limits = limits or Limits()
        self._agencies = tuple(agencies)

    def company(self, ubn: str, *, at: datetime) -> Answer[CompanyRecord | None]:
        """What is registered under `ubn`; None when the register holds nothing.

        Raises RegistryUnavailable, also when its data sets contradict each other, and ValueError when `ubn` is not eight digits.
        """
        look_up = self._look_up(ubn, at)
        rows = look_up.rows(codes.COMPANY, f"Business_Accounting_NO eq {ubn}", "Business_Accounting_NO")
        if rows:
            return look_up.answer(look_up.parse(_company, rows[0]))
        kinds = look_up.kinds()
        if not kinds:
            return look_up.answer(None)
        if Kind.BUSINESS in kinds:
            return look_up.answer(self._business(look_up))
        if Kind.BRANCH in kinds:
            return look_up.answer(_branch(look_up))
        if Kind.LIMITED_PARTNERSHIP in kinds:
            return look_up.answer(_named_only(ubn, Kind.LIMITED_PARTNERSHIP))
        raise look_up.refuse(Why.CONTRADICTION, "a company by kind, without a record")

    def business_items(self, ubn: str, *, at: datetime) -> Answer[tuple[BusinessItem, ...]]:
        """The registered lines of business of a company or business (R-31); empty when nothing is registered.

        Raises RegistryUnavailable and ValueError as `company`.
        """
        look_up = self._look_up(ubn, at)
        rows = look_up.rows(codes.COMPANY_ITEMS, f"Business_Accounting_NO eq {ubn}", "Business_Accounting_NO")
        field = "Cmp_Business"
        if not rows:
            rows = look_up.rows(codes.BUSINESS_ITEMS, f"President_No eq {ubn}", "President_No")
            field = "Business_Item_Old"
        items = tuple(item for row in rows for item in look_up.parse(_items, row.get(field)))
        return look_up.answer(tuple(dict.fromkeys(items)))

    def _look_up(self, ubn: str, at: datetime) -> _LookUp:
        if not _UBN.fullmatch(ubn) or not ubn.isascii():
            raise ValueError("a 統一編號 is eight digits")
        return _LookUp(self._http, f"{self._base_url}/od/data/api", ubn, at, Budget(self._limits))

    def _business(self, look_up: _LookUp) -> CompanyRecord:
        """The business's record at the agency where it is now: it has a row in each county it was ever registered in."""
        agencies = self._agencies_of(look_up)
        rows = [row for agency in agencies for row in look_up.business_rows(agency)]
        if not rows:
            for agency in self._agencies:
                if agency not in agencies and (rows := look_up.business_rows(agency)):
                    break
        if not rows:
            raise look_up.refuse(Why.CONTRADICTION, "a business by kind, at no known agency")
        records = [look_up.parse(_business, row) for row in rows]
        here = [record for record in records if record.status_code != codes.MOVED_TO_ANOTHER_COUNTY]
        return max(here or records, key=lambda record: record.last_change_date or date.min)

    def _agencies_of(self, look_up: _LookUp) -> tuple[str, ...]:
        """The agencies named by the data set that needs none; empty when it is silent (its answer is only a short cut)."""
        try:
            rows = look_up.rows(codes.BUSINESS_ITEMS, f"President_No eq {look_up.ubn}", "President_No")
        except RegistryUnavailable as error:
            look_up.evidence = list(error.evidence)
            return ()
        return tuple(dict.fromkeys(code for row in rows if (code := blank(row.get("Agency")))))


class _LookUp:
    """The questions of one look-up: one time budget, one trail of evidence."""

    def __init__(self, http: httpx.Client, url: str, ubn: str, at: datetime, budget: Budget) -> None:
        self.http, self.url, self.ubn, self.at, self.budget = http, url, ubn, at, budget
        self.evidence: list[Evidence] = []
        self.last: Reply | None = None

    def rows(self, data_set: str, condition: str, key: str = "") -> list[Row]:
        """The rows of a data set; [] for the empty body. With `key`, every row must be about this 統編."""
        try:
            reply = ask(
                self.http,
                Source.GCIS,
                f"{self.url}/{data_set}",
                params={"$format": "json", "$filter": condition, "$skip": "0", "$top": "50"},
                at=self.at,
                budget=self.budget,
            )
            rows = _rows(reply)
            if key and any(blank(row.get(key)) != self.ubn for row in rows):
                raise reply.refuse(Why.CONTRADICTION, "rows about another number")
        except RegistryUnavailable as error:
            raise RegistryUnavailable(
                error.source, error.why, error.detail, (*self.evidence, *error.evidence)
            ) from error
        self.last = reply
        self.evidence.append(reply.understood(rows=len(rows)))
        return rows

    def business_rows(self, agency: str) -> list[Row]:
        return self.rows(codes.BUSINESS, f"President_No eq {self.ubn} and Agency eq {agency}", "President_No")

    def kinds(self) -> frozenset[Kind]:
        """What the number is registered as, by the look-up of kinds (three rows, each "Y" or "N")."""
        found: set[Kind] = set()
        for row in self.rows(codes.KIND_OF_UBN, f"No eq {self.ubn}"):
            label, exists = blank(row.get("TYPE")), blank(row.get("exist")).upper()
            if exists not in {"Y", "N"} or (exists == "Y" and label not in _KINDS):
                raise self.refuse(Why.GARBAGE, "an unknown kind")
            if exists == "Y":
                found.add(_KINDS[label])
        return frozenset(found)

    def parse(self, reader: Callable[[Any], T], row: Any) -> T:
        """`reader(row)`, its complaints turned into RegistryUnavailable."""
        try:
            return reader(row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise self.refuse(Why.GARBAGE, str(error)[:100]) from error

    def refuse(self, why: Why, detail: str) -> RegistryUnavailable:
        """The exception for an answer that was read but can't be relied on."""
        assert self.last is not None  # noqa: S101  rows() ran before
        return self.last.refuse(why, detail, before=tuple(self.evidence[:-1]))

    def answer(self, value: T) -> Answer[T]:
        """The value with the trail; the last question's evidence says what was concluded."""
        last = self.evidence[-1]
        self.evidence[-1] = replace(last, facts={**last.facts, "concluded": as_facts(value)})
        return Answer(value, tuple(self.evidence))


def _rows(reply: Reply) -> list[Row]:
    text = reply.text.strip()
    if reply.status != 200:
        raise reply.refuse(Why.HTTP_STATUS, f"HTTP {reply.status}")
    if not text:
        return []
    if text.startswith("非授權"):
        raise reply.refuse(Why.NOT_AUTHORISED, text[:60])
    if text[0] not in "[{":
        raise reply.refuse(Why.REFUSED, text[:60])
    rows = reply.parsed()
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise reply.refuse(Why.GARBAGE, "not a list of rows")
    return rows


def _company(row: Row) -> CompanyRecord:
    name = _name(row, "Company_Name")
    kind = _kind_by_name(name)
    text = blank(row.get("Company_Status_Desc"))
    code, active = codes.status_of(codes.COMPANY_STATUSES, code=blank(row.get("Company_Status")), text=text)
    return CompanyRecord(
        ubn=blank(row["Business_Accounting_NO"]),
        kind=kind,
        name=name,
        status_text=text,
        status_code=code,
        active=active,
        registered_capital_twd=whole_number(row.get("Capital_Stock_Amount")),
        paid_in_capital_twd=whole_number(row.get("Paid_In_Capital_Amount")),
        representative=blank(row.get("Responsible_Name")),
        address=blank(row.get("Company_Location")),
        register_office=blank(row.get("Register_Organization_Desc")),
        setup_date=roc_date_or_none(row.get("Company_Setup_Date")),
        last_change_date=roc_date_or_none(row.get("Change_Of_Approval_Data")),
        suspended_from=roc_date(row.get("Sus_Beg_Date")) or roc_date(row.get("Sus_App_Date")),
        suspended_until=roc_date(row.get("Sus_End_Date")),
        foreign_branch=foreign_branch(name, is_branch=kind is Kind.BRANCH),
    )


def _kind_by_name(name: str) -> Kind:
    name = plain_name(name)
    if name.endswith("分公司"):
        return Kind.BRANCH
    return Kind.LIMITED_PARTNERSHIP if name.endswith("有限合夥") else Kind.COMPANY


def _business(row: Row) -> CompanyRecord:
    text = blank(row.get("Business_Current_Status_Desc"))
    code, active = codes.status_of(
        codes.BUSINESS_STATUSES, code=blank(row.get("Business_Current_Status")), text=text
    )
    return CompanyRecord(
        ubn=blank(row["President_No"]),
        kind=Kind.BUSINESS,
        name=_name(row, "Business_Name"),
        status_text=text,
        status_code=code,
        active=active,
        registered_capital_twd=whole_number(row.get("Business_Register_Funds")),
        representative=blank(row.get("Responsible_Name")),
        address=blank(row.get("Business_Address")),
        organisation_type=blank(row.get("Business_Organization_Type_Desc")),
        register_office=blank(row.get("Agency_Desc")),
        agency_code=blank(row.get("Agency")),
        setup_date=roc_date_or_none(row.get("Business_Setup_Approve_Date")),
        last_change_date=roc_date_or_none(row.get("Business_Last_Change_Date")),
    )


def _branch(look_up: _LookUp) -> CompanyRecord:
    """A branch's own record; only its kind when the branch data set is silent (the kind is already known)."""
    key = "Branch_Office_Business_Accounting_NO"
    try:
        rows = look_up.rows(codes.BRANCH, f"{key} eq {look_up.ubn}", key)
    except RegistryUnavailable as error:
        look_up.evidence = list(error.evidence)
        rows = []
    if not rows:
        return _named_only(look_up.ubn, Kind.BRANCH)
    return look_up.parse(_branch_record, rows[0])


def _branch_record(row: Row) -> CompanyRecord:
    name = _name(row, "Branch_Office_Name")
    text = blank(row.get("Branch_Office_Status_Desc"))
    code, active = codes.status_of(
        codes.COMPANY_STATUSES, code=blank(row.get("Branch_Office_Status")), text=text
    )
    return CompanyRecord(
        ubn=blank(row["Branch_Office_Business_Accounting_NO"]),
        kind=Kind.BRANCH,
        name=name,
        status_text=text,
        status_code=code,
        active=active,
        representative=blank(row.get("Branch_Office_Manager_Name")),
        address=blank(row.get("Branch_Office_Location")),
        setup_date=roc_date_or_none(row.get("BR_ESTAB_DATE")),
        last_change_date=roc_date_or_none(row.get("CHG_APP_DATE")),
        parent_ubn=blank(row.get("Business_Accounting_NO")),
        foreign_branch=foreign_branch(name, is_branch=True),
    )


def _named_only(ubn: str, kind: Kind) -> CompanyRecord:
    """A number whose kind is known and nothing else (GCIS publishes no limited partnerships)."""
    unknown = None if kind is Kind.BRANCH else False
    return CompanyRecord(ubn, kind, "", "", None, None, foreign_branch=unknown)


def _name(row: Row, field: str) -> str:
    if not (name := blank(row.get(field))):
        raise ValueError(f"a record without {field}")
    return name


def _items(rows: Iterable[Row] | None) -> list[BusinessItem]:
    """Lines of business; one written in words has seven spaces for its code."""
    items = []
    for row in rows or ():
        item = BusinessItem(blank(row.get("Business_Item")), blank(row.get("Business_Item_Desc")))
        if item.code or item.name:
            items.append(item)
    return items
