"""The tax registry, the agencies, and all sources at once."""

import json
import threading
from datetime import UTC, date, datetime

import httpx
import pytest

from tcloud.adapters.registries import gcis_codes as codes
from tcloud.adapters.registries.clients import RegistryConfig, connect
from tcloud.adapters.registries.facts import Unknown, gather
from tcloud.adapters.registries.port import InsuredMonth, Kind, RegistryUnavailable, Source, Why

AT = datetime(2026, 11, 22, tzinfo=UTC)
UBN = "04595257"
KEY = "agency-key-never-shown"
CONFIG = RegistryConfig("https://gcis.test", "https://fia.test", "https://agency.test/agency/v1", KEY)
MONTHS = [{"month": f"2026-{n:02d}", "insured": n} for n in range(12, 0, -1)]
WORLD = {
    f"/od/data/api/{codes.COMPANY}": [
        {
            "Business_Accounting_NO": UBN,
            "Company_Name": "測試茶行有限公司",
            "Company_Status_Desc": "核准設立",
            "Capital_Stock_Amount": 1000000,
            "Paid_In_Capital_Amount": 0,
        }
    ],
    f"/OAI/api/businessRegistration/{UBN}": {
        "ban": UBN,
        "businessNm": "測試茶行有限公司",
        "businessAddress": "臺北市測試路１號",
        "businessType": "有限公司",
        "businessSetupDate": "1040706",
        "isUseInvoice": "Y",
        "industryCd": "472913",
        "industryNm": "茶葉零售",
        "industryCd1": "",
        "industryNm1": "",
    },
    f"/agency/v1/labour-insurance/{UBN}": {"ubn": UBN, "months": MONTHS},
    f"/agency/v1/tax-arrears/{UBN}": {"ubn": UBN, "arrears": False, "as_of": "2026-11-20"},
    f"/agency/v1/law-breaches/{UBN}": {
        "ubn": UBN,
        "records": [{"law": "廢棄物清理法", "date": "2026-03-18", "summary": "裁罰確定"}],
    },
    f"/agency/v1/project-defaults/{UBN}": {"ubn": UBN, "records": []},
    f"/agency/v1/prc-investment/{UBN}": {"ubn": UBN, "listed": False, "as_of": "2026-11-20"},
    f"/agency/v1/subsidies/{UBN}": {
        "ubn": UBN,
        "records": [{"programme": "某補助", "year": 2024, "amount": 30000}],
    },
}
FIA, LABOUR, ARREARS = (
    f"{path}/{UBN}"
    for path in ("/OAI/api/businessRegistration", "/agency/v1/labour-insurance", "/agency/v1/tax-arrears")
)


def registries(changes=None, seen=None):
    world = WORLD | (changes or {})

    def answer(request):
        if seen is not None:
            seen.append(request)
        found = world.get(request.url.path, "")
        if callable(found):
            found = found(request)
        if isinstance(found, httpx.Response):
            return found
        return httpx.Response(200, text=found if isinstance(found, str) else json.dumps(found))

    return connect(CONFIG, transport=httpx.MockTransport(answer))


def asked(changes=None, seen=None, **options):
    clients = registries(changes, seen)
    return gather(UBN, clients=clients, authorisation_reference="AUTH-1", at=AT, **options)


def test_gather_collects_every_fact_with_its_evidence():
    facts = asked()
    assert facts.unknown == ()
    assert facts.company.name == facts.tax.name == "測試茶行有限公司"
    assert facts.tax.industries == (("472913", "茶葉零售"),)
    assert (facts.tax.uses_invoices, facts.tax.setup_date) == (True, date(2015, 7, 6))
    assert (facts.labour.months[0], len(facts.labour.months)) == (InsuredMonth("2026-01", 1), 12)
    assert facts.tax_arrears.in_arrears is facts.prc_investment.listed is False
    assert facts.law_breaches.records[0].day == date(2026, 3, 18)
    assert facts.subsidies.records[0].amount_twd == 30_000
    assert {item.source for item in facts.evidence} == set(Source)
    json.dumps([item.as_json() for item in facts.evidence])


@pytest.mark.rule("R-36")
def test_gather_shows_key_and_authorisation_to_the_agencies_only():
    seen = []
    facts = asked(seen=seen)
    for request in seen:
        at_agency = request.url.host == "agency.test"
        assert (request.headers.get("Authorization") == f"Bearer {KEY}") is at_agency
        assert (request.headers.get("X-Authorisation-Reference") == "AUTH-1") is at_agency
    assert KEY not in json.dumps([item.as_json() for item in facts.evidence]) + repr(CONFIG)
    assert {item.authorisation_reference for item in facts.evidence_of(Source.TAX_ARREARS)} == {"AUTH-1"}


@pytest.mark.rule("R-36")
@pytest.mark.parametrize("reference", ["", "a\nb", "雲"])
def test_gather_asks_no_agency_without_an_authorisation(reference):
    seen = []
    facts = gather(UBN, clients=registries(seen=seen), authorisation_reference=reference, at=AT)
    assert "agency.test" not in {request.url.host for request in seen}
    assert {item.why for item in facts.unknown} == {Why.NO_AUTHORISATION}
    assert len(facts.unknown) == 6


def test_labour_insurance_404_means_no_employees():
    facts = asked({LABOUR: httpx.Response(404, json={"ubn": UBN, "error": "查無投保單位"})})
    assert facts.labour.months == ()


def test_tax_registration_404_means_none():
    facts = asked({FIA: httpx.Response(404, json={"status": 404})})
    assert facts.tax is None
    assert facts.company is not None


@pytest.mark.rule("R-07")
@pytest.mark.parametrize(
    ("path", "answer", "member", "why"),
    [
        (FIA, httpx.Response(500), "tax", Why.HTTP_STATUS),
        (FIA, httpx.Response(404, text="<html>no such page</html>"), "tax", Why.GARBAGE),
        (FIA, {"ban": "10458575", "businessNm": "別家"}, "tax", Why.CONTRADICTION),
        (FIA, {"ban": UBN}, "tax", Why.GARBAGE),
        (LABOUR, httpx.Response(401), "labour", Why.NOT_AUTHORISED),
        (LABOUR, "", "labour", Why.GARBAGE),
        (LABOUR, {"ubn": UBN, "months": []}, "labour", Why.GARBAGE),
        (LABOUR, {"ubn": UBN, "months": [{"month": "2026-13", "insured": 1}]}, "labour", Why.GARBAGE),
        (LABOUR, {"ubn": UBN, "months": [{"month": "2026-01", "insured": -1}]}, "labour", Why.GARBAGE),
        (LABOUR, {"ubn": UBN, "months": MONTHS[:1] * 2}, "labour", Why.GARBAGE),
        (ARREARS, httpx.Response(404, json={}), "tax_arrears", Why.HTTP_STATUS),
        (LABOUR, httpx.Response(404, json={"error": "no such page"}), "labour", Why.CONTRADICTION),
        (LABOUR, httpx.Response(404, text="<html>no such page</html>"), "labour", Why.GARBAGE),
        (ARREARS, {"ubn": UBN, "arrears": "no", "as_of": "2026-11-20"}, "tax_arrears", Why.GARBAGE),
        (
            ARREARS,
            {"ubn": "10458575", "arrears": False, "as_of": "2026-11-20"},
            "tax_arrears",
            Why.CONTRADICTION,
        ),
    ],
)
def test_gather_leaves_only_the_bad_source_unknown(path, answer, member, why):
    facts = asked({path: answer})
    unknown = getattr(facts, member)
    assert isinstance(unknown, Unknown)
    assert unknown.why is why
    assert facts.unknown == (unknown,)
    assert [item.failure for item in facts.evidence_of(unknown.source)] == [why]


@pytest.mark.rule("R-07")
def test_gather_waits_for_no_silent_source():
    release = threading.Event()

    def silent(request):
        release.wait(20)
        return httpx.Response(500)

    try:
        facts = asked({ARREARS: silent}, total_seconds=0.5)
        assert not release.is_set()
        assert [(item.source, item.why) for item in facts.unknown] == [(Source.TAX_ARREARS, Why.TIMEOUT)]
        assert facts.evidence_of(Source.TAX_ARREARS)[0].failure is Why.TIMEOUT
    finally:
        release.set()


def test_gather_asks_all_sources_at_the_same_time():
    together = threading.Barrier(8, timeout=10)

    def meet(body):
        def answer(request):
            together.wait()
            return httpx.Response(200, json=body)

        return answer

    assert asked({path: meet(body) for path, body in WORLD.items()}).unknown == ()


NO_COMPANY = {f"/od/data/api/{codes.COMPANY}": ""}


def test_gather_takes_limited_partnerships_from_the_tax_registry():
    partnership = WORLD[FIA] | {"businessNm": "測試攝影有限合夥", "businessType": "有限合夥"}
    company = asked(NO_COMPANY | {FIA: partnership}).company
    assert (company.kind, company.name, company.active) == (
        Kind.LIMITED_PARTNERSHIP,
        "測試攝影有限合夥",
        None,
    )


def test_gather_believes_in_no_company_only_when_both_registers_say_so():
    assert asked(NO_COMPANY).company is None
    facts = asked(NO_COMPANY | {FIA: httpx.Response(503)})
    assert isinstance(facts.company, Unknown)


def test_gather_names_a_bare_branch_by_its_tax_registration():
    kinds = [{"Year": "115", "exist": "Y", "TYPE": "分公司"}]
    tax = WORLD[FIA] | {"businessNm": "英屬維京群島商測試有限公司台灣分公司"}
    company = asked(NO_COMPANY | {f"/od/data/api/{codes.KIND_OF_UBN}": kinds, FIA: tax}).company
    assert (company.kind, company.foreign_branch) == (Kind.BRANCH, True)


def test_gather_raises_our_own_mistakes():
    with pytest.raises(ValueError):
        gather("x", clients=registries(), authorisation_reference="A", at=AT)


def test_registry_unavailable_speaks_chinese():
    error = RegistryUnavailable(Source.TAX_ARREARS, Why.TIMEOUT)
    assert error.sentence_zh == "稅捐稽徵機關欠稅資料逾時未回應"
