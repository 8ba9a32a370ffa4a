"""Who may apply (R-01…R-07): pure functions over what the registers said.

Each rule answers pass, fail or unknown with the evidence it rests on. Sentences are Traditional Chinese with their numbers filled in; a
fail names the rule, the evidence and the way to appeal. Nothing here is refused or granted on an unknown (R-07).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tcloud.adapters.registries.facts import RegistryFacts, Unknown
from tcloud.adapters.registries.port import (
    KIND_NAMES_ZH,
    SOURCE_NAMES_ZH,
    Breaches,
    CompanyRecord,
    Evidence,
    Kind,
    LabourInsurance,
    PrcInvestment,
    Source,
    Subsidies,
    TaxArrears,
)
from tcloud.adapters.registries.text import is_private_limited

MONTHS = 12
APPEAL_ZH = "如登記或紀錄有誤，或您不同意這項判定，請洽客服專線，或於本平台提出申覆。"
REGISTERS = (Source.GCIS, Source.TAX_REGISTRY)


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105  an outcome, no password
    FAIL = "fail"
    UNKNOWN = "unknown"


class Decision(StrEnum):
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    IN_REVIEW = "in_review"


class PriorGrant(StrEnum):
    """What this edition has granted the company before (asked of our own books, so never unknown)."""

    NONE = "none"
    TAKEN_BACK_UNACTIVATED = "taken_back_unactivated"  # the company may apply again
    HELD = "held"


@dataclass(frozen=True, slots=True)
class EligibilityNumbers:
    """The edition's numbers: paid-in capital at most (NT$), average insured employees below."""

    max_paid_in_capital_twd: int
    insured_employees_below: int


@dataclass(frozen=True, slots=True)
class RuleResult:
    """One rule's answer; `code` is stable for tests and statistics, `sentence_zh` is for the company."""

    rule: str
    outcome: Outcome
    code: str
    sentence_zh: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision over all rules, and each rule's answer in the rules' order."""

    decision: Decision
    results: tuple[RuleResult, ...]

    @property
    def fails(self) -> tuple[RuleResult, ...]:
        return tuple(result for result in self.results if result.outcome is Outcome.FAIL)

    @property
    def unknowns(self) -> tuple[RuleResult, ...]:
        return tuple(result for result in self.results if result.outcome is Outcome.UNKNOWN)


def judge(
    facts: RegistryFacts,
    numbers: EligibilityNumbers,
    *,
    prior_grant: PriorGrant = PriorGrant.NONE,
    today: date,
) -> Verdict:
    """R-07: the decision over R-01…R-06. A definite fail wins over an unknown; an unknown over passes.

    `today` is the Taipei day of the check (R-02).
    """
    results = (
        sme(facts, numbers),
        registration_active(facts, today=today),
        no_arrears_or_breach(facts),
        no_project_default(facts),
        not_prc_or_foreign(facts),
        no_earlier_subsidy(facts, prior_grant),
    )
    outcomes = {result.outcome for result in results}
    if Outcome.FAIL in outcomes:
        return Verdict(Decision.INELIGIBLE, results)
    return Verdict(Decision.IN_REVIEW if Outcome.UNKNOWN in outcomes else Decision.ELIGIBLE, results)


def sme(facts: RegistryFacts, numbers: EligibilityNumbers) -> RuleResult:
    """R-01: a registered company, business or limited partnership, small by capital **or** by employees.

    Either count suffices, also while the other is unknown; too large is only who is so on both.
    """
    evidence = facts.evidence_of(*REGISTERS, Source.LABOUR_INSURANCE)
    company = facts.company
    if isinstance(company, Unknown):
        return _unknown("R-01", company, evidence)
    if company is None:
        return _fail(
            "R-01", "not_registered", "查無這個統一編號的公司、商業或有限合夥登記", REGISTERS, evidence
        )
    if company.kind is Kind.BRANCH:
        text = "這個統一編號登記為分公司，不是公司、商業或有限合夥"
        if company.foreign_branch is False:
            text += "，請改以總公司的統一編號及工商憑證申請"
        return _fail("R-01", "branch", text, REGISTERS, evidence)
    capital, employees = _capital(company), _average_insured(facts.labour)
    by_capital = _small_by_capital(company, numbers.max_paid_in_capital_twd)
    by_employees = (
        None
        if isinstance(facts.labour, Unknown)
        else _insured_below(facts.labour, numbers.insured_employees_below)
    )
    what = f"登記為{KIND_NAMES_ZH[company.kind]}，{capital}，{employees}"
    if by_capital or by_employees:
        return RuleResult("R-01", Outcome.PASS, "sme", f"{what}，符合中小企業認定標準。", evidence)
    if by_capital is False and by_employees is False:
        limits = f"實收資本額 {numbers.max_paid_in_capital_twd:,} 元以下或員工未滿 {numbers.insured_employees_below} 人"
        sources = (Source.GCIS, Source.LABOUR_INSURANCE)
        return _fail("R-01", "too_large", f"{what}，都超過標準（{limits}，符合一項即可）", sources, evidence)
    return RuleResult(
        "R-01", Outcome.UNKNOWN, "size_unknown", f"{what}，尚無法認定規模，將再次查詢。", evidence
    )


def registration_active(facts: RegistryFacts, *, today: date) -> RuleResult:
    """R-02: the registration is plainly active (status 01) and not suspended (停業) on the day of the check."""
    evidence = facts.evidence_of(*REGISTERS)
    company = facts.company
    if isinstance(company, Unknown):
        return _unknown("R-02", company, evidence)
    if company is None:
        return _fail("R-02", "not_registered", "查無登記資料", REGISTERS, evidence)
    if company.active is None:
        text = f"登記現況「{company.status_text}」無法辨識" if company.status_text else "登記現況未公開"
        return RuleResult("R-02", Outcome.UNKNOWN, "status_unknown", f"{text}，將由專人查核。", evidence)
    if not company.active:
        text = f"登記現況為「{company.status_text}」，須為核准設立"
        return _fail("R-02", "not_active", text, (Source.GCIS,), evidence)
    if _suspended(company, today):
        until = f"至 {company.suspended_until:%Y-%m-%d}" if company.suspended_until else "，未載明期滿日"
        text = f"登記停業中（自 {company.suspended_from:%Y-%m-%d} {until}）"
        return _fail("R-02", "suspended", text, (Source.GCIS,), evidence)
    text = f"登記現況為「{company.status_text}」，查核日未停業。"
    return RuleResult("R-02", Outcome.PASS, "active", text, evidence)


def no_arrears_or_breach(facts: RegistryFacts) -> RuleResult:
    """R-03: no tax arrears and no serious breach of law; one of them found is enough to fail."""
    evidence = facts.evidence_of(Source.TAX_ARREARS, Source.LAW_BREACHES)
    arrears, breaches = facts.tax_arrears, facts.law_breaches
    found: dict[Source, tuple[str, str]] = {}
    if isinstance(arrears, TaxArrears) and arrears.in_arrears:
        found[Source.TAX_ARREARS] = ("tax_arrears", f"截至 {arrears.as_of:%Y-%m-%d} 有欠繳稅捐")
    if isinstance(breaches, Breaches) and breaches.records:
        found[Source.LAW_BREACHES] = ("law_breach", f"有重大違法紀錄：{_listed(breaches)}")
    if found:
        codes, texts = zip(*found.values(), strict=True)
        return _fail("R-03", codes[0], "；".join(texts), tuple(found), evidence)
    if isinstance(arrears, Unknown) or isinstance(breaches, Unknown):
        return _unknown("R-03", arrears if isinstance(arrears, Unknown) else breaches, evidence)
    return RuleResult("R-03", Outcome.PASS, "clean", "無欠稅，也無重大違法紀錄。", evidence)


def no_project_default(facts: RegistryFacts) -> RuleResult:
    """R-04: no gross default on a government project."""
    evidence = facts.evidence_of(Source.PROJECT_DEFAULTS)
    defaults = facts.project_defaults
    if isinstance(defaults, Unknown):
        return _unknown("R-04", defaults, evidence)
    if defaults.records:
        text = f"有政府計畫重大違約紀錄：{_listed(defaults)}"
        return _fail("R-04", "project_default", text, (Source.PROJECT_DEFAULTS,), evidence)
    return RuleResult("R-04", Outcome.PASS, "clean", "無政府計畫重大違約紀錄。", evidence)


def not_prc_or_foreign(facts: RegistryFacts) -> RuleResult:
    """R-05: not PRC-invested (陸資), not the Taiwan branch of a foreign for-profit enterprise."""
    evidence = facts.evidence_of(*REGISTERS, Source.PRC_INVESTMENT)
    company, prc = facts.company, facts.prc_investment
    if isinstance(company, CompanyRecord) and company.foreign_branch:
        text = f"登記名稱「{company.name}」為外國營利事業在臺分公司"
        return _fail("R-05", "foreign_branch", text, REGISTERS, evidence)
    if isinstance(prc, PrcInvestment) and prc.listed:
        text = f"列名陸資來臺投資事業（{prc.as_of:%Y-%m-%d} 資料）"
        return _fail("R-05", "prc_invested", text, (Source.PRC_INVESTMENT,), evidence)
    if isinstance(prc, Unknown) or isinstance(company, Unknown):
        return _unknown("R-05", prc if isinstance(prc, Unknown) else company, evidence)
    if company is not None and company.foreign_branch is None:
        text = f"登記名稱「{company.name}」疑似外國公司，將由專人查核是否為在臺分公司。"
        return RuleResult("R-05", Outcome.UNKNOWN, "perhaps_foreign", text, evidence)
    return RuleResult("R-05", Outcome.PASS, "domestic", "非陸資，也非外國營利事業在臺分公司。", evidence)


def no_earlier_subsidy(facts: RegistryFacts, prior_grant: PriorGrant = PriorGrant.NONE) -> RuleResult:
    """R-06: no digital-transformation subsidy or guidance of the ministry, and no grant of this edition (except R-13)."""
    evidence = facts.evidence_of(Source.SUBSIDIES)
    subsidies = facts.subsidies
    if prior_grant is PriorGrant.HELD:
        text = f"已獲得過本方案的點數。依據：本平台點數紀錄。{APPEAL_ZH}"
        return RuleResult("R-06", Outcome.FAIL, "grant_held", f"不符合 R-06：{text}", evidence)
    if isinstance(subsidies, Unknown):
        return _unknown("R-06", subsidies, evidence)
    if subsidies.records:
        text = f"曾獲數位轉型補助或輔導：{_programmes(subsidies)}"
        return _fail("R-06", "subsidised", text, (Source.SUBSIDIES,), evidence)
    return RuleResult("R-06", Outcome.PASS, "first_time", "未曾獲得數位轉型補助或輔導。", evidence)


def paid_in_capital_twd(company: CompanyRecord) -> int | None:
    """The paid-in capital that counts for R-01, in NT$; None when the register tells none.

    0 (or nothing) paid in of a 有限公司, and the capital of a business or partnership, means: the registered capital.
    """
    if company.paid_in_capital_twd:
        return company.paid_in_capital_twd
    if company.kind is not Kind.COMPANY or is_private_limited(company.name):
        return company.registered_capital_twd or None
    return None


def average_insured(labour: LabourInsurance) -> float:
    """For R-01, the average of the latest 12 months told (all of them for a younger company); 0 without an insured unit."""
    months = labour.months[-MONTHS:]
    return sum(entry.insured for entry in months) / len(months) if months else 0.0


def _insured_below(labour: LabourInsurance, limit: int) -> bool:
    months = labour.months[-MONTHS:]
    return sum(entry.insured for entry in months) < limit * max(
        len(months), 1
    )  # whole numbers: no rounding at the limit


def _small_by_capital(company: CompanyRecord, limit: int) -> bool | None:
    capital = paid_in_capital_twd(company)
    if capital is not None:
        return capital <= limit
    registered = company.registered_capital_twd
    # Never more is paid in than is registered: a small registered capital settles it.
    return True if registered and registered <= limit else None


def _capital(company: CompanyRecord) -> str:
    capital = paid_in_capital_twd(company)
    if capital is None:
        return "實收資本額不明"
    name = "實收資本額" if company.paid_in_capital_twd else "登記資本額"
    return f"{name} {capital:,} 元"


def _average_insured(labour: LabourInsurance | Unknown) -> str:
    if isinstance(labour, Unknown):
        return f"投保人數不明（{labour.sentence_zh}）"
    months = labour.months[-MONTHS:]
    if not months:
        return "無勞保投保單位（員工 0 人）"
    return f"{months[0].month} 至 {months[-1].month} 平均投保 {average_insured(labour):.1f} 人"


def _suspended(company: CompanyRecord, today: date) -> bool:
    begins, ends = company.suspended_from, company.suspended_until
    return begins is not None and begins <= today and (ends is None or today <= ends)


def _listed(breaches: Breaches) -> str:
    return "、".join(f"{item.day:%Y-%m-%d} {item.law}（{item.summary}）" for item in breaches.records)


def _programmes(subsidies: Subsidies) -> str:
    return "、".join(f"{item.year} 年 {item.programme}" for item in subsidies.records)


def _fail(
    rule: str, code: str, what: str, sources: tuple[Source, ...], evidence: tuple[Evidence, ...]
) -> RuleResult:
    told = "、".join(SOURCE_NAMES_ZH[source] for source in sources)
    return RuleResult(rule, Outcome.FAIL, code, f"不符合 {rule}：{what}。依據：{told}。{APPEAL_ZH}", evidence)


def _unknown(rule: str, fact: object, evidence: tuple[Evidence, ...]) -> RuleResult:
    why = fact.sentence_zh if isinstance(fact, Unknown) else "資料不足"
    text = f"{why}，{rule} 暫時無法認定；系統會再查詢，逾期由專人處理，您不需要重新申請。"
    return RuleResult(rule, Outcome.UNKNOWN, "source_silent", text, evidence)
