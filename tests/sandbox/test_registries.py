"""The registries answer as the real ones do, pitfalls included (PROTOCOLS §3)."""

import csv
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from sandbox import companies as store
from sandbox.agency import AGENCY_KEY, insured_months
from sandbox.clock import TAIPEI, Clock, roc_date
from sandbox.companies import Companies, ubn_is_valid
from sandbox.database import Database
from sandbox.world import World

BASIC = "5F64D864-61CB-4D0D-8AD9-492047CC1EA6"
ITEMS = "236EE382-4942-41A9-BD03-CA0709025E7C"
KINDS = "673F0FC0-B3A7-429F-9041-E9866836B66D"
BUSINESS = "7E6AFA72-AD6A-46D3-8681-ED77951D912D"
BUSINESS_BY_NUMBER = "426D5542-5F05-43EB-83F9-F1300F14E1F1"
NAME = "9D17AE0D-09B5-4732-A8F4-81ADED04B679"

ROWS = {row["name"].removesuffix("（示範）"): row for row in store.read_table("synthetic_companies.csv")}
KEY = {"Authorization": f"Bearer {AGENCY_KEY}", "X-Authorisation-Reference": "AUTH-1"}


def ubn(name: str) -> str:
    return ROWS[name]["ubn"]


def gcis(http: httpx.Client, data_set: str, wanted: str, **more: str) -> httpx.Response:
    return http.get(f"/gcis/od/data/api/{data_set}", params={"$format": "json", "$filter": wanted, **more})


def company(http: httpx.Client, name: str) -> dict[str, object]:
    return gcis(http, BASIC, f"Business_Accounting_NO eq {ubn(name)}").json()[0]


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("04595257", True),
        ("04595252", True),
        ("10458575", True),
        ("10458576", False),
        ("22099131", True),
        ("12345678", False),
        ("00000000", False),
        ("1234567", False),
    ],
)
def test_ubn_is_valid_by_the_rule_of_2023(number: str, valid: bool) -> None:
    assert ubn_is_valid(number) is valid


def test_every_number_in_the_tables_is_valid_and_no_invented_one_is_real() -> None:
    real = {row["ubn"] for row in store.read_table("real_companies.csv")}
    invented = [row["ubn"] for row in ROWS.values()]
    assert all(map(ubn_is_valid, [*real, *invented]))
    assert len(set(invented)) == len(invented) >= 36
    assert not real & set(invented)
    assert all(row["name"].endswith("（示範）") for row in ROWS.values())


def test_gcis_answers_a_real_company_in_the_real_shape(http: httpx.Client) -> None:
    response = gcis(http, BASIC, "Business_Accounting_NO eq 22099131")
    row = response.json()[0]
    assert row["Company_Name"] == "台灣積體電路製造股份有限公司"
    assert row["Company_Setup_Date"] == "0760221"
    assert (row["Capital_Stock_Amount"], row["Company_Status_Desc"]) == (280_500_000_000, "核准設立")
    assert row["Sus_Beg_Date"] == " " * 7


def test_gcis_answers_an_unknown_number_with_an_empty_body(http: httpx.Client) -> None:
    response = gcis(http, BASIC, "Business_Accounting_NO eq 99999999")
    assert (response.status_code, response.content) == (200, b"")
    hidden = gcis(http, BASIC, f"Business_Accounting_NO eq {ubn('查無此號商行有限公司')}")
    assert hidden.content == b""


@pytest.mark.parametrize(
    ("path", "params", "sentence"),
    [
        (BASIC, {"$format": "json", "$filter": "Nonsense eq 1"}, "$filter參數有誤，請查明後繼續。"),
        (BASIC, {"$format": "json"}, "$filter參數有誤，請查明後繼續。"),
        ("0" * 8, {"$format": "json"}, "此API不存在，請查明後繼續。"),
    ],
)
def test_gcis_says_errors_as_plain_sentences_with_status_200(
    http: httpx.Client, path: str, params: dict[str, str], sentence: str
) -> None:
    response = http.get(f"/gcis/od/data/api/{path}", params=params)
    assert (response.status_code, response.text) == (200, sentence)
    assert response.headers["content-type"].startswith("text/plain")


def test_gcis_shows_the_traps_of_the_register(http: httpx.Client) -> None:
    suspended = company(http, "暫歇茶行有限公司")
    assert (suspended["Company_Status_Desc"], suspended["Sus_Beg_Date"]) == ("核准設立", "1150701")
    assert company(http, "實收零元水電有限公司")["Paid_In_Capital_Amount"] == 0
    assert "斗六巿" in str(company(http, "禾田小農商店有限公司")["Company_Location"])
    assert str(company(http, "木日設計有限公司")["Company_Location"]).startswith("台北市")
    assert company(http, "散場劇場有限公司")["Company_Status_Desc"] == "核准設立，但已命令解散"


def test_gcis_gives_business_items_without_capital_and_with_a_blank_code(http: httpx.Client) -> None:
    row = gcis(http, ITEMS, f"Business_Accounting_NO eq {ubn('雲端進銷存軟體股份有限公司')}").json()[0]
    codes = [item["Business_Item"] for item in row["Cmp_Business"]]
    assert codes == ["I301010", "I301020", "I301030", " " * 7]
    assert row["Cmp_Business"][0]["Business_Item_Desc"] == "資訊軟體服務業"
    assert row["Company_Status"] == "01"
    assert "Capital_Stock_Amount" not in row


def test_gcis_finds_a_business_only_by_number_and_agency(http: httpx.Client) -> None:
    number = ubn("永利五金行")
    assert gcis(http, BASIC, f"Business_Accounting_NO eq {number}").content == b""
    kinds = gcis(http, KINDS, f"No eq {number}").json()
    assert [row["exist"] for row in kinds if row["TYPE"] == "商業"] == ["Y"]
    assert gcis(http, BUSINESS, f"President_No eq {number}").text == "$filter參數有誤，請查明後繼續。"
    assert gcis(http, BUSINESS, f"President_No eq {number} and Agency eq 376410000A").content == b""
    row = gcis(http, BUSINESS, f"President_No eq {number} and Agency eq 376610000A").json()[0]
    assert (row["Business_Current_Status"], row["Business_Organization_Type_Desc"]) == ("01", "獨資")
    assert gcis(http, BUSINESS_BY_NUMBER, f"President_No eq {number}").json()[0]["Agency"] == "376610000A"


def test_gcis_gives_only_the_name_by_the_name_set(http: httpx.Client) -> None:
    rows = gcis(http, NAME, f"Business_Accounting_NO eq {ubn('晨光烘焙坊有限公司')}").json()
    assert rows == [
        {"Business_Accounting_NO": ubn("晨光烘焙坊有限公司"), "Company_Name": "晨光烘焙坊有限公司（示範）"}
    ]


def test_the_tax_registry_answers_404_for_none_and_full_width_addresses(http: httpx.Client) -> None:
    row = http.get(f"/fia/OAI/api/businessRegistration/{ubn('晨光烘焙坊有限公司')}").json()
    assert (row["businessNm"], row["businessSetupDate"]) == ("晨光烘焙坊有限公司（示範）", "1040312")
    assert "１０號" in row["businessAddress"]
    assert http.get("/fia/OAI/api/businessRegistration/99999999").status_code == 404
    assert http.get(f"/fia/OAI/api/businessRegistration/{ubn('已解散貿易有限公司')}").status_code == 404


def test_the_agencies_want_a_key_and_an_authorisation(http: httpx.Client) -> None:
    path = f"/agency/v1/tax-arrears/{ubn('晨光烘焙坊有限公司')}"
    assert http.get(path).status_code == 401
    assert http.get(path, headers={"Authorization": KEY["Authorization"]}).status_code == 400
    assert http.get(path, headers={**KEY, "Authorization": "Bearer other"}).status_code == 401
    assert http.get(path, headers=KEY).json()["arrears"] is False


@pytest.mark.parametrize(
    ("what", "name", "field", "value"),
    [
        ("tax-arrears", "欠稅餐飲有限公司", "arrears", True),
        ("prc-investment", "海峽投資科技有限公司", "listed", True),
        ("prc-investment", "晨光烘焙坊有限公司", "listed", False),
        ("law-breaches", "晨光烘焙坊有限公司", "records", []),
        ("subsidies", "晨光烘焙坊有限公司", "records", []),
    ],
)
def test_the_agencies_tell_what_the_company_is_for(
    http: httpx.Client, what: str, name: str, field: str, value: object
) -> None:
    assert http.get(f"/agency/v1/{what}/{ubn(name)}", headers=KEY).json()[field] == value


def test_the_agencies_list_records_of_the_bad_cases(http: httpx.Client) -> None:
    for what, name in (
        ("law-breaches", "重大違規清潔有限公司"),
        ("project-defaults", "專案違約顧問有限公司"),
        ("subsidies", "補助前輩茶飲有限公司"),
    ):
        assert len(http.get(f"/agency/v1/{what}/{ubn(name)}", headers=KEY).json()["records"]) == 1


def test_insured_months_are_the_last_twelve_and_average_to_the_company(http: httpx.Client) -> None:
    months = insured_months(180, datetime(2027, 1, 15, tzinfo=TAIPEI))
    assert [months[0]["month"], months[-1]["month"]] == ["2026-12", "2026-01"]
    assert sum(month["insured"] for month in months) / 12 == 180
    answer = http.get(f"/agency/v1/labour-insurance/{ubn('北極星物流股份有限公司')}", headers=KEY).json()
    assert sum(month["insured"] for month in answer["months"]) / len(answer["months"]) == 180
    assert http.get(f"/agency/v1/labour-insurance/{ubn('阿芬早餐店')}", headers=KEY).status_code == 404


def test_silent_companies_and_real_ones_are_unknown_to_the_agencies(http: httpx.Client) -> None:
    for number in (ubn("系統沉默印刷股份有限公司"), "22099131"):
        assert http.get(f"/agency/v1/tax-arrears/{number}", headers=KEY).status_code == 503
    silent = gcis(http, BASIC, f"Business_Accounting_NO eq {ubn('登記沉默木業有限公司')}")
    assert silent.status_code == 503


def test_minted_numbers_never_repeat_even_past_the_block(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LAST_MINTED", store.FIRST_MINTED + 30)
    database = Database(var / "s.sqlite3")
    companies = Companies(database, Clock())
    first = companies.mint(4)
    again = Companies(database, Clock()).mint(12)
    numbers = [made.ubn for made in first + again]
    assert len(set(numbers)) == 16
    assert all(map(ubn_is_valid, numbers))
    assert numbers[-1].startswith("9998")
    database.close()


def test_a_minted_company_has_a_card_and_is_known_everywhere_at_once(
    world: World, http: httpx.Client
) -> None:
    made = http.post("/control/companies", json={"count": 2}).json()
    assert len({one["ubn"] for one in made}) == 2
    number = made[0]["ubn"]
    assert world.cards.get(made[0]["card_id"]).ubn == number
    assert (
        gcis(http, BASIC, f"Business_Accounting_NO eq {number}").json()[0]["Company_Name"] == made[0]["name"]
    )
    assert http.get(f"/fia/OAI/api/businessRegistration/{number}").status_code == 200
    assert http.get(f"/agency/v1/labour-insurance/{number}", headers=KEY).status_code == 200
    assert number in {
        one["ubn"] for one in http.get("/control/companies", params={"origin": "minted"}).json()
    }


def test_a_company_changes_in_every_source_at_once(http: httpx.Client) -> None:
    body = {"card_kind": "revoked", "fields": {"arrears": True}}
    number = http.post("/control/companies", json=body).json()[0]["ubn"]
    assert http.get(f"/agency/v1/tax-arrears/{number}", headers=KEY).json()["arrears"] is True
    assert http.patch(f"/control/companies/{number}", json={"status_code": "04"}).status_code == 200
    assert gcis(http, BASIC, f"Business_Accounting_NO eq {number}").json()[0]["Company_Status_Desc"] == "解散"
    assert http.patch(f"/control/companies/{number}", json={"nonsense": 1}).status_code == 400
    assert http.patch(f"/control/companies/{number}", json={"arrears": "no"}).status_code == 400
    assert http.patch("/control/companies/00000000", json={}).status_code == 404


def test_roc_date_writes_seven_digits() -> None:
    assert (roc_date("1987-02-21"), roc_date("2026-11-05"), roc_date("")) == ("0760221", "1151105", "")


def test_the_sources_page_counts_the_rows() -> None:
    text = (store.DATA / "SOURCES.md").read_text()
    for name in ("real_companies.csv", "synthetic_companies.csv", "agencies.csv", "business_items.csv"):
        with (store.DATA / name).open(encoding="utf-8", newline="") as file:
            rows = sum(1 for _ in csv.DictReader(file))
        assert f"| {name} | {rows:,} |" in text
