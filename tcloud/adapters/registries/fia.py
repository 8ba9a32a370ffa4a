"""The tax registration (稅籍登記) of the Fiscal Information Agency (PROTOCOLS §3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx

from tcloud.adapters.registries.http import Budget, Limits, Reply, ask
from tcloud.adapters.registries.port import Answer, Source, TaxRecord, Why, as_facts
from tcloud.adapters.registries.text import blank, roc_date_or_none

_INDUSTRY_SUFFIXES = ("", "1", "2", "3")


class FiaClient:
    """`TaxRegistry` over the agency's open API. `base_url` is the host (and prefix), without `/OAI/api`."""

    def __init__(self, http: httpx.Client, base_url: str, *, limits: Limits | None = None) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._limits = limits or Limits()

    def tax_registration(self, ubn: str, *, at: datetime) -> Answer[TaxRecord | None]:
        """The tax registration of `ubn`; None when there is none (HTTP 404). Raises RegistryUnavailable."""
        url = f"{self._base_url}/OAI/api/businessRegistration/{ubn}"
        reply = ask(self._http, Source.TAX_REGISTRY, url, at=at, budget=Budget(self._limits))
        if reply.status == 404:
            return Answer(None, (reply.understood(registered=False),))
        record = _record(reply, ubn)
        return Answer(record, (reply.understood(registered=True, concluded=as_facts(record)),))


def _record(reply: Reply, ubn: str) -> TaxRecord:
    row = reply.parsed()
    if not isinstance(row, dict) or not blank(row.get("businessNm")):
        raise reply.refuse(Why.GARBAGE, "not a tax registration")
    if blank(row.get("ban")) != ubn:
        raise reply.refuse(Why.CONTRADICTION, "about another number")
    return TaxRecord(
        ubn=ubn,
        name=blank(row.get("businessNm")),
        address=blank(row.get("businessAddress")),
        organisation_type=blank(row.get("businessType")),
        setup_date=roc_date_or_none(row.get("businessSetupDate")),
        uses_invoices={"Y": True, "N": False}.get(blank(row.get("isUseInvoice")).upper()),
        industries=tuple(_industries(row)),
    )


def _industries(row: dict[str, Any]) -> list[tuple[str, str]]:
    pairs = [(blank(row.get(f"industryCd{n}")), blank(row.get(f"industryNm{n}"))) for n in _INDUSTRY_SUFFIXES]
    return [pair for pair in pairs if any(pair)]
