"""Rendering the contract (R-20): what it says, that it is the same each time, that nobody's text becomes markup."""

import re
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from io import BytesIO

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from tcloud.contracts.document import render
from tcloud.contracts.terms import ContractTerms, in_financial_characters, in_roc_calendar
from tests.contracts.sample import FIRST, drawn_up, terms

needs_pdftotext = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed"
)


def text_of(pdf: bytes, tmp_path) -> str:
    path = tmp_path / "contract.pdf"
    path.write_bytes(pdf)
    said = subprocess.run(
        ["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True
    ).stdout.decode()
    return re.sub(r"\s+", "", said)


@needs_pdftotext
@pytest.mark.rule("R-20")
def test_contract_says_what_the_order_says(tmp_path):
    said = text_of(drawn_up(), tmp_path)
    for expected in (
        "雲端解決方案買賣契約",
        "契約編號CT-2027-0000012345",
        "訂單編號CE4820193756",
        "和光小吃有限公司",
        "統一編號：04595252",
        "雲帆資訊股份有限公司",
        "統一編號：10458575",
        "中華民國116年2月3日（西元2027年）",
        "新臺幣陸萬元整（NT$60,000）",
        "新臺幣參萬元整（NT$30,000）",
        "30,000點",
        "使用期間為12個月",
        "7個工作天內",
        "72小時內",
        "60日內",
        "雲端收銀帳號2組",
        "臺灣臺北地方法院為第一審管轄法院",
        "第1頁，共6頁",
    ):
        assert expected in said, expected


@pytest.mark.rule("R-20")
def test_same_terms_give_the_same_bytes_and_others_do_not():
    assert drawn_up() == drawn_up()
    assert drawn_up() != drawn_up(price_twd=60_002, cash_twd=30_002)


def test_contract_is_pdf_a_2b_and_small():
    pdf = drawn_up()
    metadata = PdfFileReader(BytesIO(pdf)).root["/Metadata"].data.decode()
    assert re.search(r"pdfaid:part>?(=\")?2", metadata)
    assert re.search(r"pdfaid:conformance>?(=\")?B", metadata)
    assert len(pdf) < 300_000


@needs_pdftotext
def test_text_of_users_is_never_read_as_markup(tmp_path):
    hostile = '#panic("x") *粗* $x^2$ @ref <label> \\ #sys.inputs ] "}'
    said = text_of(drawn_up(plan_name=hostile, specification=(hostile,)), tmp_path)
    assert '#panic("x")*粗*$x^2$@ref<label>\\#sys.inputs]"}' in said


@needs_pdftotext
def test_characters_the_typeface_lacks_are_marked_not_fatal(tmp_path):
    said = text_of(drawn_up(buyer_contact="王😀 سلام \x00\u200b㈱𠀋"), tmp_path)
    assert "聯絡人：王〓" in said
    assert "㈱𠀋" in said


def test_long_specification_keeps_the_signatures_on_the_last_page():
    pdf = PdfFileReader(BytesIO(drawn_up(specification=tuple(f"規格第 {n} 項" * 8 for n in range(80)))))
    assert pdf.root["/Pages"]["/Count"] > 7


def test_wording_that_names_an_unknown_value_is_refused():
    with pytest.raises(KeyError):
        render(terms(), replace(FIRST, preamble="茲因{nobody}"))


@needs_pdftotext
@pytest.mark.rule("R-20")
def test_contract_says_where_it_can_be_verified(tmp_path):
    url = "https://www.tcloud.example/contracts/verify/?contract=T-CE4820193756"
    assert url in text_of(drawn_up(verify_url=url), tmp_path)
    assert "驗證簽章：" not in text_of(drawn_up(), tmp_path)


def test_terms_survive_being_stored():
    assert ContractTerms.from_json(terms().to_json()) == terms()


@pytest.mark.parametrize(
    "wrong",
    [{"cash_twd": 29_999}, {"amount_points": -1, "cash_twd": 60_001}, {"term_months": 0}, {"buyer_ubn": " "}],
)
def test_terms_that_do_not_add_up_are_refused(wrong):
    with pytest.raises(ValueError):
        terms(**wrong)


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (0, "零"),
        (8, "捌"),
        (10, "壹拾"),
        (105, "壹佰零伍"),
        (1_010, "壹仟零壹拾"),
        (30_000, "參萬"),
        (59_999, "伍萬玖仟玖佰玖拾玖"),
        (100_050, "壹拾萬零伍拾"),
        (1_000_001, "壹佰萬零壹"),
        (20_300_000, "貳仟零參拾萬"),
        (100_000_000, "壹億"),
        (100_010_000, "壹億零壹萬"),
        (1_200_000_034, "壹拾貳億零參拾肆"),
        (50_001_000, "伍仟萬壹仟"),
    ],
)
def test_amounts_are_written_as_on_a_cheque(amount, written):
    assert in_financial_characters(amount) == f"新臺幣{written}元整"


def test_dates_are_written_in_both_calendars():
    assert in_roc_calendar(date(2027, 12, 31)) == "中華民國 116 年 12 月 31 日（西元 2027 年）"
