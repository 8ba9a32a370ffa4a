"""R-01…R-07 as tables over what the registers may say."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tcloud.adapters.registries.facts import RegistryFacts, Unknown
from tcloud.adapters.registries.port import (
    Breach,
    Breaches,
    CompanyRecord,
    Evidence,
    InsuredMonth,
    Kind,
    LabourInsurance,
    PrcInvestment,
    Source,
    Subsidies,
    Subsidy,
    TaxArrears,
    Why,
)
from tcloud.eligibility.rules import (
    Decision,
    EligibilityNumbers,
    Outcome,
    PriorGrant,
    judge,
    no_arrears_or_breach,
    no_earlier_subsidy,
    no_project_default,
    not_prc_or_foreign,
    registration_active,
    sme,
)

UBN = "04595257"
AT = datetime(2026, 11, 22, 2, tzinfo=UTC)
TODAY = date(2026, 11, 22)
NUMBERS = EligibilityNumbers(max_paid_in_capital_twd=100_000_000, insured_employees_below=200)
PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN


def insured(*counts):
    months = [f"{2025 + n // 12}-{n % 12 + 1:02d}" for n in range(len(counts))]
    return LabourInsurance(UBN, tuple(InsuredMonth(m, c) for m, c in zip(months, counts, strict=True)))


def silent(source):
    return Unknown(source, Why.TIMEOUT)


COMPANY = CompanyRecord(
    ubn=UBN,
    kind=Kind.COMPANY,
    name="測試茶行股份有限公司",
    status_text="核准設立",
    status_code="01",
    active=True,
    registered_capital_twd=5_000_000,
    paid_in_capital_twd=5_000_000,
)
DAY = date(2026, 3, 18)
ONE_BREACH = Breaches(UBN, (Breach("廢棄物清理法", DAY, "裁罰確定"),))
FACTS = RegistryFacts(
    ubn=UBN,
    asked_at=AT,
    company=COMPANY,
    tax=None,
    labour=insured(*[12] * 12),
    tax_arrears=TaxArrears(UBN, False, DAY),
    law_breaches=Breaches(UBN, ()),
    project_defaults=Breaches(UBN, ()),
    prc_investment=PrcInvestment(UBN, False, DAY),
    subsidies=Subsidies(UBN, ()),
    evidence=tuple(Evidence(source, f"https://{source}.test", AT, 200) for source in Source),
)
SILENT_LABOUR = silent(Source.LABOUR_INSURANCE)
SILENT_GCIS = silent(Source.GCIS)


def capital(paid_in, registered, name=COMPANY.name, kind=Kind.COMPANY):
    return replace(
        COMPANY, paid_in_capital_twd=paid_in, registered_capital_twd=registered, name=name, kind=kind
    )


LIMIT = 100_000_000
LARGE = capital(LIMIT + 1, 2 * LIMIT)


@pytest.mark.rule("R-01")
@pytest.mark.parametrize(
    ("company", "labour", "outcome"),
    [
        (COMPANY, insured(*[12] * 12), PASS),
        (capital(LIMIT, LIMIT), insured(*[500] * 12), PASS),
        (LARGE, insured(*[199] * 12), PASS),
        (LARGE, insured(*[200] * 12), FAIL),
        (LARGE, insured(*[200] * 11, 199), PASS),
        (LARGE, insured(5000, *[199] * 12), PASS),
        (LARGE, insured(1, *[200] * 12), FAIL),
        (LARGE, insured(), PASS),
        (LARGE, insured(150, 260), FAIL),
        (LARGE, SILENT_LABOUR, UNKNOWN),
        (COMPANY, SILENT_LABOUR, PASS),
        (capital(0, LIMIT, "某某有限公司"), SILENT_LABOUR, PASS),
        (capital(0, LIMIT + 1, "某某有限公司（示範）"), insured(*[300] * 12), FAIL),
        (capital(0, LIMIT + 1, "某某(股)公司"), insured(*[300] * 12), UNKNOWN),
        (capital(0, LIMIT, "某某股份有限公司"), insured(*[300] * 12), PASS),
        (capital(0, 0, "某某有限公司"), insured(*[300] * 12), UNKNOWN),
        (capital(0, 0, "某某有限公司"), insured(*[3] * 12), PASS),
        (capital(None, 200_000, "某某商行", Kind.BUSINESS), SILENT_LABOUR, PASS),
        (capital(None, None, "某某有限合夥", Kind.LIMITED_PARTNERSHIP), insured(3), PASS),
        (capital(None, None, "某某有限合夥", Kind.LIMITED_PARTNERSHIP), SILENT_LABOUR, UNKNOWN),
        (replace(COMPANY, kind=Kind.BRANCH), insured(3), FAIL),
        (None, insured(3), FAIL),
        (SILENT_GCIS, insured(3), UNKNOWN),
    ],
)
def test_sme_needs_one_of_two_counts(company, labour, outcome):
    result = sme(replace(FACTS, company=company, labour=labour), NUMBERS)
    assert result.outcome is outcome
    assert [item.source for item in result.evidence] == [
        Source.GCIS,
        Source.TAX_REGISTRY,
        Source.LABOUR_INSURANCE,
    ]


@pytest.mark.rule("R-01")
def test_sme_takes_its_limits_from_the_edition():
    facts = replace(FACTS, company=LARGE, labour=insured(*[30] * 12))
    assert sme(facts, NUMBERS).outcome is PASS
    assert sme(facts, EligibilityNumbers(LIMIT, 30)).outcome is FAIL
    assert sme(facts, EligibilityNumbers(LIMIT + 1, 30)).outcome is PASS


def status(active, code, text):
    return replace(COMPANY, active=active, status_code=code, status_text=text)


def suspended(begins, ends):
    return replace(COMPANY, suspended_from=begins, suspended_until=ends)


@pytest.mark.rule("R-02")
@pytest.mark.parametrize(
    ("company", "outcome", "code"),
    [
        (COMPANY, PASS, "active"),
        (status(False, "02", "核准設立，但已命令解散"), FAIL, "not_active"),
        (status(False, "04", "解散"), FAIL, "not_active"),
        (status(None, None, "新的狀態"), UNKNOWN, "status_unknown"),
        (status(None, None, ""), UNKNOWN, "status_unknown"),
        (suspended(TODAY, date(2027, 11, 21)), FAIL, "suspended"),
        (suspended(date(2025, 1, 1), TODAY), FAIL, "suspended"),
        (suspended(date(2025, 1, 1), None), FAIL, "suspended"),
        (suspended(date(2025, 1, 1), date(2026, 11, 21)), PASS, "active"),
        (suspended(date(2026, 11, 23), None), PASS, "active"),
        (None, FAIL, "not_registered"),
        (SILENT_GCIS, UNKNOWN, "source_silent"),
    ],
)
def test_registration_active_looks_at_the_day_of_the_check(company, outcome, code):
    result = registration_active(replace(FACTS, company=company), today=TODAY)
    assert (result.outcome, result.code) == (outcome, code)


ARREARS = TaxArrears(UBN, True, DAY)
SILENT_ARREARS, SILENT_BREACHES = silent(Source.TAX_ARREARS), silent(Source.LAW_BREACHES)


@pytest.mark.rule("R-03")
@pytest.mark.parametrize(
    ("arrears", "breaches", "outcome"),
    [
        (FACTS.tax_arrears, FACTS.law_breaches, PASS),
        (ARREARS, FACTS.law_breaches, FAIL),
        (FACTS.tax_arrears, ONE_BREACH, FAIL),
        (ARREARS, SILENT_BREACHES, FAIL),
        (SILENT_ARREARS, ONE_BREACH, FAIL),
        (SILENT_ARREARS, FACTS.law_breaches, UNKNOWN),
        (FACTS.tax_arrears, SILENT_BREACHES, UNKNOWN),
    ],
)
def test_no_arrears_or_breach_fails_on_either(arrears, breaches, outcome):
    facts = replace(FACTS, tax_arrears=arrears, law_breaches=breaches)
    assert no_arrears_or_breach(facts).outcome is outcome


@pytest.mark.rule("R-04")
@pytest.mark.parametrize(
    ("defaults", "outcome"),
    [(FACTS.project_defaults, PASS), (ONE_BREACH, FAIL), (silent(Source.PROJECT_DEFAULTS), UNKNOWN)],
)
def test_no_project_default_reads_the_record(defaults, outcome):
    assert no_project_default(replace(FACTS, project_defaults=defaults)).outcome is outcome


FOREIGN = replace(COMPANY, kind=Kind.BRANCH, foreign_branch=True)
PERHAPS = replace(COMPANY, foreign_branch=None)
LISTED = PrcInvestment(UBN, True, DAY)
SILENT_PRC = silent(Source.PRC_INVESTMENT)


@pytest.mark.rule("R-05")
@pytest.mark.parametrize(
    ("company", "prc", "outcome", "code"),
    [
        (COMPANY, FACTS.prc_investment, PASS, "domestic"),
        (COMPANY, LISTED, FAIL, "prc_invested"),
        (FOREIGN, FACTS.prc_investment, FAIL, "foreign_branch"),
        (FOREIGN, SILENT_PRC, FAIL, "foreign_branch"),
        (SILENT_GCIS, LISTED, FAIL, "prc_invested"),
        (PERHAPS, LISTED, FAIL, "prc_invested"),
        (PERHAPS, FACTS.prc_investment, UNKNOWN, "perhaps_foreign"),
        (COMPANY, SILENT_PRC, UNKNOWN, "source_silent"),
        (SILENT_GCIS, FACTS.prc_investment, UNKNOWN, "source_silent"),
    ],
)
def test_not_prc_or_foreign_fails_on_either(company, prc, outcome, code):
    result = not_prc_or_foreign(replace(FACTS, company=company, prc_investment=prc))
    assert (result.outcome, result.code) == (outcome, code)


SUBSIDISED = Subsidies(UBN, (Subsidy("某補助", 2024, 30_000),))
SILENT_SUBSIDIES = silent(Source.SUBSIDIES)


@pytest.mark.rule("R-06")
@pytest.mark.parametrize(
    ("subsidies", "prior", "outcome"),
    [
        (FACTS.subsidies, PriorGrant.NONE, PASS),
        (FACTS.subsidies, PriorGrant.TAKEN_BACK_UNACTIVATED, PASS),
        (FACTS.subsidies, PriorGrant.HELD, FAIL),
        (SUBSIDISED, PriorGrant.NONE, FAIL),
        (SUBSIDISED, PriorGrant.TAKEN_BACK_UNACTIVATED, FAIL),
        (SILENT_SUBSIDIES, PriorGrant.HELD, FAIL),
        (SILENT_SUBSIDIES, PriorGrant.NONE, UNKNOWN),
    ],
)
def test_no_earlier_subsidy_counts_others_and_ours(subsidies, prior, outcome):
    assert no_earlier_subsidy(replace(FACTS, subsidies=subsidies), prior).outcome is outcome


@pytest.mark.rule("R-07")
@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        ({}, Decision.ELIGIBLE),
        ({"subsidies": SILENT_SUBSIDIES}, Decision.IN_REVIEW),
        ({"subsidies": SILENT_SUBSIDIES, "tax_arrears": ARREARS}, Decision.INELIGIBLE),
        ({"tax_arrears": ARREARS}, Decision.INELIGIBLE),
        ({"labour": SILENT_LABOUR}, Decision.ELIGIBLE),
        ({"labour": SILENT_LABOUR, "company": LARGE}, Decision.IN_REVIEW),
        ({"company": SILENT_GCIS}, Decision.IN_REVIEW),
    ],
)
def test_judge_refuses_and_grants_nothing_on_an_unknown(changes, decision):
    verdict = judge(replace(FACTS, **changes), NUMBERS, today=TODAY)
    assert verdict.decision is decision
    assert [result.rule for result in verdict.results] == [f"R-0{n}" for n in range(1, 7)]


@pytest.mark.rule("R-07")
def test_judge_says_which_rule_failed_on_what_evidence_and_how_to_appeal():
    everything = {
        "company": FOREIGN,
        "tax_arrears": ARREARS,
        "project_defaults": ONE_BREACH,
        "subsidies": SUBSIDISED,
    }
    verdict = judge(replace(FACTS, **everything), NUMBERS, today=TODAY)
    assert [result.rule for result in verdict.fails] == ["R-01", "R-03", "R-04", "R-05", "R-06"]
    for result in verdict.fails:
        assert result.rule in result.sentence_zh
        assert "依據：" in result.sentence_zh
        assert "申覆" in result.sentence_zh
        assert result.evidence
