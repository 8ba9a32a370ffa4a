"""Authorised look-ups at other agencies: what no open data tells (PROTOCOLS §3, "not derivable").

The interface is ours: GET `<base>/<kind>/<統編>`, `Authorization: Bearer`, and the company's authorisation in
`X-Authorisation-Reference`. An adapter of an agency's own system implements `AgencyRegistry` in its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import httpx

from tcloud.adapters.registries.http import Budget, Limits, Reply, ask
from tcloud.adapters.registries.port import (
    Answer,
    Breach,
    Breaches,
    Evidence,
    InsuredMonth,
    LabourInsurance,
    PrcInvestment,
    RegistryUnavailable,
    Source,
    Subsidies,
    Subsidy,
    TaxArrears,
    Why,
    as_facts,
)
from tcloud.adapters.registries.text import blank

Row = dict[str, Any]
T = TypeVar("T")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])")
_REFERENCE = re.compile(r"[!-~]{1,200}")


class AgencyClient:
    """`AgencyRegistry` over one gateway. `base_url` includes its path, e.g. `https://…/agency/v1`."""

    def __init__(
        self, http: httpx.Client, base_url: str, api_key: str, *, limits: Limits | None = None
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._limits = limits or Limits()

    def __repr__(self) -> str:
        return f"AgencyClient({self._base_url!r}, api_key=…)"

    def labour_insurance(self, ubn: str, *, reference: str, at: datetime) -> Answer[LabourInsurance]:
        """Insured employees by month; none at all when there is no insured unit (404). Raises RegistryUnavailable."""
        return self._look_up(
            Source.LABOUR_INSURANCE,
            f"labour-insurance/{ubn}",
            ubn,
            reference,
            at,
            _labour_insurance,
            missing=LabourInsurance(ubn, ()),
        )

    def tax_arrears(self, ubn: str, *, reference: str, at: datetime) -> Answer[TaxArrears]:
        """Whether taxes are owed, as of which day. Raises RegistryUnavailable."""
        return self._look_up(Source.TAX_ARREARS, f"tax-arrears/{ubn}", ubn, reference, at, _tax_arrears)

    def law_breaches(self, ubn: str, *, reference: str, at: datetime) -> Answer[Breaches]:
        """Serious breaches of law on record. Raises RegistryUnavailable."""
        return self._look_up(Source.LAW_BREACHES, f"law-breaches/{ubn}", ubn, reference, at, _breaches)

    def project_defaults(self, ubn: str, *, reference: str, at: datetime) -> Answer[Breaches]:
        """Gross defaults on government projects on record. Raises RegistryUnavailable."""
        return self._look_up(
            Source.PROJECT_DEFAULTS, f"project-defaults/{ubn}", ubn, reference, at, _breaches
        )

    def prc_investment(self, ubn: str, *, reference: str, at: datetime) -> Answer[PrcInvestment]:
        """Whether the company stands in the list of PRC-invested enterprises. Raises RegistryUnavailable."""
        return self._look_up(
            Source.PRC_INVESTMENT, f"prc-investment/{ubn}", ubn, reference, at, _prc_investment
        )

    def subsidies(self, ubn: str, *, reference: str, at: datetime) -> Answer[Subsidies]:
        """The ministry's digital-transformation subsidies and guidance received. Raises RegistryUnavailable."""
        return self._look_up(Source.SUBSIDIES, f"subsidies/{ubn}", ubn, reference, at, _subsidies)

    def _look_up(
        self,
        source: Source,
        path: str,
        ubn: str,
        reference: str,
        at: datetime,
        read: Callable[[Row], T],
        *,
        missing: T | None = None,
    ) -> Answer[T]:
        url = f"{self._base_url}/{path}"
        if not _REFERENCE.fullmatch(reference):
            # Without the company's authorisation nothing is asked at all.
            unasked = Evidence(source, url, at, failure=Why.NO_AUTHORISATION)
            raise RegistryUnavailable(source, Why.NO_AUTHORISATION, evidence=(unasked,))
        headers = {"Authorization": f"Bearer {self._api_key}", "X-Authorisation-Reference": reference}
        reply = ask(
            self._http,
            source,
            url,
            at=at,
            budget=Budget(self._limits),
            headers=headers,
            reference=reference,
        )
        if reply.status == 404:
            if missing is None:
                raise reply.refuse(Why.HTTP_STATUS, "HTTP 404")
            # only an answer that names the company says that it has none; a wrong address answers 404 too
            _read(reply, ubn, dict)
            return Answer(missing, (reply.understood(found=False),))
        value = _read(reply, ubn, read)
        return Answer(value, (reply.understood(found=True, concluded=as_facts(value)),))


def _read(reply: Reply, ubn: str, read: Callable[[Row], T]) -> T:
    row = reply.parsed()
    if not isinstance(row, dict):
        raise reply.refuse(Why.GARBAGE, "not an object")
    if row.get("ubn") != ubn:
        raise reply.refuse(Why.CONTRADICTION, "about another number")
    try:
        return read(row)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise reply.refuse(Why.GARBAGE, str(error)[:100]) from error


def _labour_insurance(row: Row) -> LabourInsurance:
    months = sorted(
        (InsuredMonth(_month(item["month"]), _count(item["insured"])) for item in row["months"]),
        key=lambda entry: entry.month,
    )
    if not months or len({entry.month for entry in months}) != len(months):
        raise ValueError("no months, or a month twice")
    return LabourInsurance(row["ubn"], tuple(months))


def _tax_arrears(row: Row) -> TaxArrears:
    return TaxArrears(row["ubn"], _truth(row["arrears"]), _day(row["as_of"]))


def _prc_investment(row: Row) -> PrcInvestment:
    return PrcInvestment(row["ubn"], _truth(row["listed"]), _day(row["as_of"]))


def _breaches(row: Row) -> Breaches:
    return Breaches(
        row["ubn"],
        tuple(
            Breach(blank(item["law"]), _day(item["date"]), blank(item["summary"]))
            for item in _list(row["records"])
        ),
    )


def _subsidies(row: Row) -> Subsidies:
    return Subsidies(
        row["ubn"],
        tuple(
            Subsidy(blank(item["programme"]), _count(item["year"]), _count(item["amount"]))
            for item in _list(row["records"])
        ),
    )


def _list(value: Any) -> list[Row]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("not true or false")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("not a count")
    return value


def _month(value: Any) -> str:
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        raise ValueError("not a month")
    return value


def _day(value: Any) -> date:
    """A day; a full moment counts by its own day."""
    return datetime.fromisoformat(value).date()
