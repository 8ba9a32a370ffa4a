"""GCIS's manners, one by one (PROTOCOLS §3)."""

import json
from datetime import UTC, date, datetime

import httpx
import pytest

from tcloud.adapters.registries import gcis_codes as codes
from tcloud.adapters.registries.gcis import GcisClient
from tcloud.adapters.registries.http import Limits, http_client
from tcloud.adapters.registries.port import EXCERPT_CHARS, BusinessItem, Kind, RegistryUnavailable, Why

AT = datetime(2026, 11, 22, tzinfo=UTC)
UBN = "04595257"
BLANK = " " * 7
COMPANY_ROW = {
    "Business_Accounting_NO": UBN,
    "Company_Status_Desc": "核准設立",
    "Company_Name": "測試茶行有限公司",
    "Capital_Stock_Amount": 1000000,
    "Paid_In_Capital_Amount": 0,
    "Responsible_Name": "測試人",
    "Company_Location": "臺北巿測試路1號",
    "Company_Setup_Date": "1040706",
    "Change_Of_Approval_Data": "1091216",
    "Revoke_App_Date": BLANK,
    "Sus_App_Date": "",
    "Sus_Beg_Date": BLANK,
    "Sus_End_Date": "",
}
BUSINESS_ROW = {
    "President_No": UBN,
    "Business_Name": "測試商行",
    "Business_Current_Status": "01",
    "Business_Current_Status_Desc": "核准設立",
    "Business_Register_Funds": 200000,
    "Business_Organization_Type_Desc": "獨資",
    "Agency": "376610000A",
    "Business_Last_Change_Date": "1100525",
    "Business_Item_Old": [
        {"Business_Seq_No": "1", "Business_Item": "F206010", "Business_Item_Desc": "五金零售業"}
    ],
}


def kinds(*present):
    return [
        {"Year": "115", "exist": "Y" if kind in present else "N", "TYPE": kind}
        for kind in ("公司", "分公司", "商業")
    ]


class Register:
    """A GCIS of given answers by data set and condition; anything else is the empty body."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def __call__(self, request):
        data_set, condition = request.url.path.rsplit("/", 1)[1], request.url.params["$filter"]
        self.asked.append((data_set, condition))
        answer = self.answers.get((data_set, condition), self.answers.get(data_set, ""))
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return answer
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return httpx.Response(200, text=text, headers={"content-type": "text/html"} if not text else {})


def gcis(answers, **options):
    register = Register(answers)
    http = http_client(transport=httpx.MockTransport(register))
    return GcisClient(http, "https://user:secret@gcis.test/x", **options), register


def test_company_reads_a_record_in_one_question():
    client, register = gcis({codes.COMPANY: [COMPANY_ROW]})
    answer = client.company(UBN, at=AT)
    record = answer.value
    assert (record.kind, record.name, record.active, record.status_code) == (
        Kind.COMPANY,
        "測試茶行有限公司",
        True,
        "01",
    )
    assert (record.registered_capital_twd, record.paid_in_capital_twd) == (1_000_000, 0)
    assert (record.setup_date, record.suspended_from, record.foreign_branch) == (
        date(2015, 7, 6),
        None,
        False,
    )
    assert register.asked == [(codes.COMPANY, f"Business_Accounting_NO eq {UBN}")]


def test_company_keeps_evidence_as_json_without_secrets():
    client, _ = gcis({codes.COMPANY: [COMPANY_ROW | {"Company_Location": "x" * 5_000}]})
    [evidence] = client.company(UBN, at=AT).evidence
    stored = json.loads(json.dumps(evidence.as_json()))
    assert stored["facts"]["concluded"]["setup_date"] == "2015-07-06"
    assert (stored["http_status"], stored["asked_at"]) == (200, AT.isoformat())
    assert len(stored["excerpt"]) == EXCERPT_CHARS
    assert "secret" not in json.dumps(stored)


def test_company_reads_suspension_and_old_wordings():
    row = COMPANY_ROW | {
        "Sus_Beg_Date": "1150701",
        "Sus_End_Date": "1160630",
        "Company_Status_Desc": "撤銷認許",
    }
    record = gcis({codes.COMPANY: [row]})[0].company(UBN, at=AT).value
    assert (record.suspended_from, record.suspended_until) == (date(2026, 7, 1), date(2027, 6, 30))
    assert (record.status_code, record.active) == ("17", False)


def test_company_not_found_is_none_by_two_answers():
    for nothing in ("", kinds()):
        client, register = gcis({codes.KIND_OF_UBN: nothing})
        answer = client.company(UBN, at=AT)
        assert answer.value is None
        assert [data_set for data_set, _ in register.asked] == [codes.COMPANY, codes.KIND_OF_UBN]
        assert len(answer.evidence) == 2


def test_company_finds_a_business_where_it_is_now():
    old = BUSINESS_ROW | {"Business_Current_Status": "05", "Business_Current_Status_Desc": "遷他縣市"}
    new = BUSINESS_ROW | {"Agency": "376410000A", "Business_Last_Change_Date": "1090101"}
    question = f"President_No eq {UBN} and Agency eq "
    client, _ = gcis(
        {
            codes.KIND_OF_UBN: kinds("商業"),
            codes.BUSINESS_ITEMS: [old, new],
            (codes.BUSINESS, question + "376610000A"): [old],
            (codes.BUSINESS, question + "376410000A"): [new],
        }
    )
    record = client.company(UBN, at=AT).value
    assert (record.kind, record.agency_code, record.active) == (Kind.BUSINESS, "376410000A", True)
    assert (record.registered_capital_twd, record.paid_in_capital_twd) == (200_000, None)


@pytest.mark.parametrize("short_cut", ["", "此API不存在，請查明後繼續。"])
def test_company_tries_every_agency_for_a_business(short_cut):
    client, register = gcis(
        {
            codes.KIND_OF_UBN: kinds("商業"),
            codes.BUSINESS_ITEMS: short_cut,
            (codes.BUSINESS, f"President_No eq {UBN} and Agency eq 376610000A"): [BUSINESS_ROW],
        },
        agencies=("376410000A", "376610000A", "379100000G"),
    )
    answer = client.company(UBN, at=AT)
    assert answer.value.name == "測試商行"
    assert len(answer.evidence) == len(register.asked) == 5


def test_company_knows_branches():
    row = {
        "Business_Accounting_NO": "10458575",
        "Branch_Office_Business_Accounting_NO": UBN,
        "Branch_Office_Status": "01",
        "Branch_Office_Status_Desc": "核准設立",
        "Branch_Office_Name": "台灣分公司",
    }
    record = gcis({codes.KIND_OF_UBN: kinds("分公司"), codes.BRANCH: [row]})[0].company(UBN, at=AT).value
    assert (record.kind, record.parent_ubn, record.foreign_branch) == (Kind.BRANCH, "10458575", True)
    silent = gcis({codes.KIND_OF_UBN: kinds("分公司"), codes.BRANCH: "此API不存在，請查明後繼續。"})[0]
    record = silent.company(UBN, at=AT).value
    assert (record.kind, record.name, record.foreign_branch) == (Kind.BRANCH, "", None)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("$filter參數有誤，請查明後繼續。", Why.REFUSED),
        ("此API不存在，請查明後繼續。", Why.REFUSED),
        ("非授權的IP位址", Why.NOT_AUTHORISED),
        ("<html>維護中</html>", Why.GARBAGE),
        ("[{", Why.GARBAGE),
        ('{"a": 1}', Why.GARBAGE),
        ("[1]", Why.GARBAGE),
        ("[" * 100_000, Why.GARBAGE),
        (httpx.Response(200, content=b'[{"a":"\xff"}]'), Why.GARBAGE),
        (httpx.Response(503), Why.HTTP_STATUS),
        (httpx.Response(302, headers={"location": "https://elsewhere.test"}), Why.HTTP_STATUS),
        (httpx.Response(403), Why.NOT_AUTHORISED),
        (httpx.Response(404), Why.HTTP_STATUS),
        (httpx.Response(200, content=b"[" + b" " * 1_000_001), Why.TOO_LARGE),
        ([COMPANY_ROW | {"Business_Accounting_NO": "10458575"}], Why.CONTRADICTION),
        ([COMPANY_ROW | {"Company_Name": BLANK}], Why.GARBAGE),
        ([COMPANY_ROW | {"Capital_Stock_Amount": "many"}], Why.GARBAGE),
        ([COMPANY_ROW | {"Sus_Beg_Date": "?"}], Why.GARBAGE),
    ],
)
def test_company_concludes_nothing_from_a_bad_answer(answer, why):
    client, _ = gcis({codes.COMPANY: answer})
    with pytest.raises(RegistryUnavailable) as caught:
        client.company(UBN, at=AT)
    assert caught.value.why is why
    assert caught.value.evidence[-1].failure is why
    assert len(caught.value.evidence) == 1


@pytest.mark.parametrize("kind", ["公司", "商業"])
def test_company_refuses_data_sets_that_contradict_each_other(kind):
    client, _ = gcis({codes.KIND_OF_UBN: kinds(kind)}, agencies=("376410000A",))
    with pytest.raises(RegistryUnavailable) as caught:
        client.company(UBN, at=AT)
    assert caught.value.why is Why.CONTRADICTION
    assert [item.failure for item in caught.value.evidence][-1] is Why.CONTRADICTION


def test_company_keeps_the_trail_when_a_later_question_fails():
    client, _ = gcis({codes.KIND_OF_UBN: httpx.Response(500)})
    with pytest.raises(RegistryUnavailable) as caught:
        client.company(UBN, at=AT)
    assert [item.failure for item in caught.value.evidence] == [None, Why.HTTP_STATUS]


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (httpx.ReadTimeout, Why.TIMEOUT),
        (httpx.ConnectTimeout, Why.TIMEOUT),
        (httpx.ConnectError, Why.CONNECTION),
    ],
)
def test_company_says_who_was_silent(error, why):
    def silent(request):
        raise error("…", request=request)

    client, _ = gcis({codes.COMPANY: silent})
    with pytest.raises(RegistryUnavailable) as caught:
        client.company(UBN, at=AT)
    assert caught.value.why is why


def test_company_stops_when_its_time_is_used_up():
    client, register = gcis({codes.COMPANY: [COMPANY_ROW]}, limits=Limits(total_seconds=0.0))
    with pytest.raises(RegistryUnavailable) as caught:
        client.company(UBN, at=AT)
    assert caught.value.why is Why.TIMEOUT


@pytest.mark.parametrize("ubn", ["", "1234567", "0459525７", "04595257 or 1 eq 1"])
def test_company_asks_only_about_eight_digits(ubn):
    client, register = gcis({})
    with pytest.raises(ValueError):
        client.company(ubn, at=AT)
    assert register.asked == []


@pytest.mark.rule("R-31")
def test_business_items_of_companies_and_businesses():
    rows = [
        {"Business_Seq_NO": "0001", "Business_Item": "I301010", "Business_Item_Desc": "資訊軟體服務業"},
        {"Business_Seq_NO": "0002", "Business_Item": BLANK, "Business_Item_Desc": "自由文字"},
    ]
    company = {"Business_Accounting_NO": UBN, "Company_Status": "01", "Cmp_Business": rows}
    items = gcis({codes.COMPANY_ITEMS: [company]})[0].business_items(UBN, at=AT).value
    assert items == (BusinessItem("I301010", "資訊軟體服務業"), BusinessItem("", "自由文字"))
    items = gcis({codes.BUSINESS_ITEMS: [BUSINESS_ROW]})[0].business_items(UBN, at=AT).value
    assert items == (BusinessItem("F206010", "五金零售業"),)
    assert gcis({})[0].business_items(UBN, at=AT).value == ()
