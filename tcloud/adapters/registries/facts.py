"""Everything the eligibility rules need, asked of all sources at once (R-01…R-07)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from tcloud.adapters.registries.port import (
    SOURCE_NAMES_ZH,
    WHY_ZH,
    Answer,
    Breaches,
    CompanyRecord,
    Evidence,
    Kind,
    LabourInsurance,
    PrcInvestment,
    Registries,
    RegistryUnavailable,
    Source,
    Subsidies,
    TaxArrears,
    TaxRecord,
    Why,
)
from tcloud.adapters.registries.text import foreign_branch, normalise

T = TypeVar("T")
TOTAL_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact no source told: which source, and why."""

    source: Source
    why: Why
    detail: str = ""

    @property
    def sentence_zh(self) -> str:
        return f"{SOURCE_NAMES_ZH[self.source]}{WHY_ZH[self.why]}"


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """What the registers said of one 統一編號 at one time; each member a value or `Unknown`.

    `company` and `tax` are None when the register definitely holds nothing.
    """

    ubn: str
    asked_at: datetime
    company: CompanyRecord | Unknown | None
    tax: TaxRecord | Unknown | None
    labour: LabourInsurance | Unknown
    tax_arrears: TaxArrears | Unknown
    law_breaches: Breaches | Unknown
    project_defaults: Breaches | Unknown
    prc_investment: PrcInvestment | Unknown
    subsidies: Subsidies | Unknown
    evidence: tuple[Evidence, ...] = ()

    def evidence_of(self, *sources: Source) -> tuple[Evidence, ...]:
        """The evidence from these sources, in the order of asking."""
        return tuple(item for item in self.evidence if item.source in sources)

    @property
    def unknown(self) -> tuple[Unknown, ...]:
        """The silent sources' facts, for the retry and the officer (R-07)."""
        members = (
            self.company,
            self.tax,
            self.labour,
            self.tax_arrears,
            self.law_breaches,
            self.project_defaults,
            self.prc_investment,
            self.subsidies,
        )
        return tuple(member for member in members if isinstance(member, Unknown))


def gather(
    ubn: str,
    *,
    clients: Registries,
    authorisation_reference: str,
    at: datetime,
    total_seconds: float = TOTAL_SECONDS,
) -> RegistryFacts:
    """Ask every source at the same time, in about the slowest one's time and at most `total_seconds`.

    A source that fails or is late leaves only its own facts `Unknown`; nothing is raised for it (R-07). A mistake in our own code is
    raised. `ubn` is eight digits, else ValueError.
    """
    if len(ubn) != 8 or not (ubn.isascii() and ubn.isdigit()):
        raise ValueError("a 統一編號 is eight digits")
    questions = _questions(ubn, clients, authorisation_reference, at)
    pool = ThreadPoolExecutor(max_workers=len(questions), thread_name_prefix="registries")
    try:
        futures = {source: pool.submit(question) for source, question in questions.items()}
        wait(futures.values(), timeout=total_seconds)
        told = {source: _result(source, future, at) for source, future in futures.items()}
    finally:
        pool.shutdown(
            wait=False, cancel_futures=True
        )  # a late source ends by its own time-out; nobody waits for it
    values = {source: value for source, (value, _) in told.items()}
    company = _completed(values[Source.GCIS], values[Source.TAX_REGISTRY])
    return RegistryFacts(
        ubn=ubn,
        asked_at=at,
        company=company,
        tax=values[Source.TAX_REGISTRY],
        labour=values[Source.LABOUR_INSURANCE],
        tax_arrears=values[Source.TAX_ARREARS],
        law_breaches=values[Source.LAW_BREACHES],
        project_defaults=values[Source.PROJECT_DEFAULTS],
        prc_investment=values[Source.PRC_INVESTMENT],
        subsidies=values[Source.SUBSIDIES],
        evidence=tuple(item for _, trail in told.values() for item in trail),
    )


def _questions(
    ubn: str, clients: Registries, reference: str, at: datetime
) -> dict[Source, Callable[[], Answer[Any]]]:
    agencies = clients.agencies
    return {
        Source.GCIS: lambda: clients.companies.company(ubn, at=at),
        Source.TAX_REGISTRY: lambda: clients.taxes.tax_registration(ubn, at=at),
        Source.LABOUR_INSURANCE: lambda: agencies.labour_insurance(ubn, reference=reference, at=at),
        Source.TAX_ARREARS: lambda: agencies.tax_arrears(ubn, reference=reference, at=at),
        Source.LAW_BREACHES: lambda: agencies.law_breaches(ubn, reference=reference, at=at),
        Source.PROJECT_DEFAULTS: lambda: agencies.project_defaults(ubn, reference=reference, at=at),
        Source.PRC_INVESTMENT: lambda: agencies.prc_investment(ubn, reference=reference, at=at),
        Source.SUBSIDIES: lambda: agencies.subsidies(ubn, reference=reference, at=at),
    }


def _result(source: Source, future: Future[Answer[Any]], at: datetime) -> tuple[Any, tuple[Evidence, ...]]:
    if not future.done():
        return Unknown(source, Why.TIMEOUT), (Evidence(source, "", at, failure=Why.TIMEOUT),)
    try:
        answer = future.result()
    except RegistryUnavailable as error:
        trail = error.evidence or (Evidence(source, "", at, failure=error.why),)
        return Unknown(source, error.why, error.detail), trail
    return answer.value, answer.evidence


def _completed(
    company: CompanyRecord | Unknown | None, tax: TaxRecord | Unknown | None
) -> CompanyRecord | Unknown | None:
    """GCIS's record, with what only the tax registration shows: limited partnerships, and the name of a bare branch."""
    if isinstance(tax, Unknown):
        # GCIS holds no limited partnerships: its "nothing" is final only when the tax registry has spoken too.
        return tax if company is None else company
    if tax is None:
        return company
    if company is None and "有限合夥" in normalise(tax.organisation_type + tax.name):
        return CompanyRecord(tax.ubn, Kind.LIMITED_PARTNERSHIP, tax.name, "", None, None, address=tax.address)
    if isinstance(company, CompanyRecord) and not company.name:
        is_branch = company.kind is Kind.BRANCH
        return replace(
            company,
            name=tax.name,
            address=company.address or tax.address,
            foreign_branch=foreign_branch(tax.name, is_branch=is_branch),
        )
    return company
