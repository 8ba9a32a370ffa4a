"""What the registers can be asked, and the plain data they answer with (PROTOCOLS §3).

Every look-up returns an `Answer`, whose `value` is a fact (also the fact that nothing is registered: None), or raises
`RegistryUnavailable`. Nothing in between: a source that was not understood has not answered (R-07).
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar

EXCERPT_CHARS = 2_000

T = TypeVar("T")


class Source(StrEnum):
    """Who was asked; the value is stored with the evidence."""

    GCIS = "gcis"
    TAX_REGISTRY = "tax_registry"
    LABOUR_INSURANCE = "labour_insurance"
    TAX_ARREARS = "tax_arrears"
    LAW_BREACHES = "law_breaches"
    PROJECT_DEFAULTS = "project_defaults"
    PRC_INVESTMENT = "prc_investment"
    SUBSIDIES = "subsidies"


SOURCE_NAMES_ZH: dict[Source, str] = {
    Source.GCIS: "經濟部商工登記資料",
    Source.TAX_REGISTRY: "財政部稅籍登記資料",
    Source.LABOUR_INSURANCE: "勞動部勞工保險局投保人數",
    Source.TAX_ARREARS: "稅捐稽徵機關欠稅資料",
    Source.LAW_BREACHES: "主管機關重大違法紀錄",
    Source.PROJECT_DEFAULTS: "政府計畫重大違約紀錄",
    Source.PRC_INVESTMENT: "陸資來臺投資事業名錄",
    Source.SUBSIDIES: "數位轉型補助及輔導紀錄",
}


class Why(StrEnum):
    """Why a source gave no usable answer."""

    TIMEOUT = "timeout"
    CONNECTION = "connection"
    HTTP_STATUS = "http_status"
    NOT_AUTHORISED = "not_authorised"
    REFUSED = "refused"
    GARBAGE = "garbage"
    TOO_LARGE = "too_large"
    CONTRADICTION = "contradiction"
    NO_AUTHORISATION = "no_authorisation"
    NOT_PUBLISHED = "not_published"


WHY_ZH: dict[Why, str] = {
    Why.TIMEOUT: "逾時未回應",
    Why.CONNECTION: "無法連線",
    Why.HTTP_STATUS: "回應錯誤狀態",
    Why.NOT_AUTHORISED: "未授權本平台查詢",
    Why.REFUSED: "拒絕查詢",
    Why.GARBAGE: "回應內容無法辨識",
    Why.TOO_LARGE: "回應內容過大",
    Why.CONTRADICTION: "回應內容前後不一致",
    Why.NO_AUTHORISATION: "尚未取得企業的查詢授權",
    Why.NOT_PUBLISHED: "未公開此項資料",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """One question put to one source and what it said, for the evidence table (R-07).

    `url` carries no credentials; `excerpt` is at most `EXCERPT_CHARS` characters of the raw body; `http_status` is None when no
    answer arrived; `facts` is what was understood, `failure` why nothing was.
    """

    source: Source
    url: str
    asked_at: datetime
    http_status: int | None = None
    excerpt: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    failure: Why | None = None
    authorisation_reference: str = ""

    def as_json(self) -> dict[str, Any]:
        """The same as JSON types; moments as ISO 8601 with their offset."""
        return {
            "source": self.source.value,
            "url": self.url,
            "asked_at": self.asked_at.isoformat(),
            "http_status": self.http_status,
            "excerpt": self.excerpt,
            "facts": self.facts,
            "failure": self.failure.value if self.failure else None,
            "authorisation_reference": self.authorisation_reference,
        }


def as_facts(value: Any) -> Any:
    """A fact as JSON types: dataclasses by field, days as ISO 8601, tuples as lists."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: as_facts(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, (tuple, list)):
        return [as_facts(item) for item in value]
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """A fact and the evidence it rests on, in the order the questions were asked."""

    value: T
    evidence: tuple[Evidence, ...]


class RegistryUnavailable(Exception):
    """The source did not answer, or not in a way that can be relied on; try again later, conclude nothing (R-07)."""

    def __init__(
        self, source: Source, why: Why, detail: str = "", evidence: tuple[Evidence, ...] = ()
    ) -> None:
        super().__init__(f"{source.value}: {why.value}{f' ({detail})' if detail else ''}")
        self.source = source
        self.why = why
        self.detail = detail
        self.evidence = evidence

    @property
    def sentence_zh(self) -> str:
        return f"{SOURCE_NAMES_ZH[self.source]}{WHY_ZH[self.why]}"


class Kind(StrEnum):
    """What a 統一編號 is registered as."""

    COMPANY = "company"
    BRANCH = "branch"
    BUSINESS = "business"
    LIMITED_PARTNERSHIP = "limited_partnership"


KIND_NAMES_ZH: dict[Kind, str] = {
    Kind.COMPANY: "公司",
    Kind.BRANCH: "分公司",
    Kind.BUSINESS: "商業",
    Kind.LIMITED_PARTNERSHIP: "有限合夥",
}


@dataclass(frozen=True, slots=True)
class BusinessItem:
    """A registered line of business; `code` is a letter or two and digits, empty for free text."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class CompanyRecord:
    """The registration of a company, branch, business or limited partnership.

    Amounts in NT$. `paid_in_capital_twd` is what the register says: 0 is usual for a 有限公司 and stays 0; None where the register has no
    such field. `active` is None when the register's wording is not known to us. `foreign_branch` is None when the name suggests a
    foreign company but does not prove a branch.
    """

    ubn: str
    kind: Kind
    name: str
    status_text: str
    status_code: str | None
    active: bool | None
    registered_capital_twd: int | None = None
    paid_in_capital_twd: int | None = None
    representative: str = ""
    address: str = ""
    organisation_type: str = ""
    register_office: str = ""
    agency_code: str = ""
    setup_date: date | None = None
    last_change_date: date | None = None
    suspended_from: date | None = None
    suspended_until: date | None = None
    parent_ubn: str = ""
    foreign_branch: bool | None = False


@dataclass(frozen=True, slots=True)
class TaxRecord:
    """A business tax registration (稅籍)."""

    ubn: str
    name: str
    address: str
    organisation_type: str
    setup_date: date | None
    uses_invoices: bool | None
    industries: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class InsuredMonth:
    """Insured employees of one month; `month` is "YYYY-MM"."""

    month: str
    insured: int


@dataclass(frozen=True, slots=True)
class LabourInsurance:
    """Insured employees month by month, oldest first; empty when no insured unit exists (no employees)."""

    ubn: str
    months: tuple[InsuredMonth, ...]


@dataclass(frozen=True, slots=True)
class TaxArrears:
    ubn: str
    in_arrears: bool
    as_of: date


@dataclass(frozen=True, slots=True)
class Breach:
    """An entry of a list of breaches or defaults: the law or contract, the day, what happened."""

    law: str
    day: date
    summary: str


@dataclass(frozen=True, slots=True)
class Breaches:
    ubn: str
    records: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class PrcInvestment:
    ubn: str
    listed: bool
    as_of: date


@dataclass(frozen=True, slots=True)
class Subsidy:
    """A digital-transformation subsidy or guidance programme received; `year` AD, amount in NT$ (0 for guidance)."""

    programme: str
    year: int
    amount_twd: int


@dataclass(frozen=True, slots=True)
class Subsidies:
    ubn: str
    records: tuple[Subsidy, ...]


class CompanyRegistry(Protocol):
    """GCIS 商工登記."""

    def company(self, ubn: str, *, at: datetime) -> Answer[CompanyRecord | None]: ...

    def business_items(self, ubn: str, *, at: datetime) -> Answer[tuple[BusinessItem, ...]]: ...


class TaxRegistry(Protocol):
    """The tax registration of the Fiscal Information Agency."""

    def tax_registration(self, ubn: str, *, at: datetime) -> Answer[TaxRecord | None]: ...


class AgencyRegistry(Protocol):
    """What only an authorised look-up can tell; `reference` is the company's authorisation (R-36)."""

    def labour_insurance(self, ubn: str, *, reference: str, at: datetime) -> Answer[LabourInsurance]: ...

    def tax_arrears(self, ubn: str, *, reference: str, at: datetime) -> Answer[TaxArrears]: ...

    def law_breaches(self, ubn: str, *, reference: str, at: datetime) -> Answer[Breaches]: ...

    def project_defaults(self, ubn: str, *, reference: str, at: datetime) -> Answer[Breaches]: ...

    def prc_investment(self, ubn: str, *, reference: str, at: datetime) -> Answer[PrcInvestment]: ...

    def subsidies(self, ubn: str, *, reference: str, at: datetime) -> Answer[Subsidies]: ...


@dataclass(frozen=True, slots=True)
class Registries:
    """The three kinds of source together."""

    companies: CompanyRegistry
    taxes: TaxRegistry
    agencies: AgencyRegistry
