"""The registers' ways of writing."""

from datetime import date

import pytest

from tcloud.adapters.registries import gcis_codes as codes
from tcloud.adapters.registries.text import (
    blank,
    foreign_branch,
    is_private_limited,
    normalise,
    roc_date,
    whole_number,
)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("台北巿中山區１２號", "臺北市 中山區12號"),
        ("潤德設計工程(股)公司", "潤德設計工程股份有限公司"),
        ("潤德設計工程（股）公司", "潤德設計工程股份有限公司"),
        ("ＡＢＣ　科技", "ABC 科技"),
    ],
)
def test_normalise_makes_the_same_name_equal(left, right):
    assert normalise(left) == normalise(right)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("0760221", date(1987, 2, 21)),
        ("1150618", date(2026, 6, 18)),
        ("990101", date(2010, 1, 1)),
        ("", None),
        (" " * 7, None),
        (None, None),
        ("0000000", None),
    ],
)
def test_roc_date_reads_days_and_blanks(text, day):
    assert roc_date(text) == day


@pytest.mark.parametrize("text", ["1151332", "20260618", "115", "一一五"])
def test_roc_date_refuses_anything_else(text):
    with pytest.raises(ValueError):
        roc_date(text)


def test_whole_number_reads_what_json_may_carry():
    assert [whole_number(value) for value in (0, 5.0, "1,000", " ", None)] == [0, 5, 1000, None, None]
    for value in (True, 1.5, "1e6", "x", [1]):
        with pytest.raises(ValueError):
            whole_number(value)


def test_blank_knows_the_seven_spaces():
    assert [blank(value) for value in (None, "", " " * 7, "\u3000x ", 3)] == ["", "", "", "x", "3"]


@pytest.mark.parametrize(
    ("name", "private"),
    [
        ("甲有限公司", True),
        ("甲有限公司（示範）", True),
        ("甲股份有限公司", False),
        ("甲(股)公司", False),
        ("甲商行", False),
    ],
)
def test_is_private_limited_tells_the_two_forms_apart(name, private):
    assert is_private_limited(name) is private


@pytest.mark.parametrize(
    ("name", "is_branch", "foreign"),
    [
        ("英屬維京群島商測試科技有限公司台灣分公司（示範）", True, True),
        ("美商測試股份有限公司台灣分公司", False, True),
        ("香港商測試有限公司臺北分公司", True, True),
        ("測試有限公司在台分公司", True, True),
        ("台灣測試股份有限公司台北分公司", True, False),
        ("測試商行", False, False),
        ("甲測試股份有限公司", False, False),
        ("日商測試股份有限公司", False, None),
    ],
)
def test_foreign_branch_needs_a_pattern_and_a_branch(name, is_branch, foreign):
    assert foreign_branch(name, is_branch=is_branch) is foreign


@pytest.mark.rule("R-02")
@pytest.mark.parametrize(
    ("table", "code", "text", "expected"),
    [
        (codes.COMPANY_STATUSES, "", "核准設立", ("01", True)),
        (codes.COMPANY_STATUSES, "", "核准設立,但已命令解散", ("02", False)),
        (codes.COMPANY_STATUSES, "8", "", ("08", False)),
        (codes.COMPANY_STATUSES, "", "撤銷認許", ("17", False)),
        (codes.COMPANY_STATUSES, "", "新的狀態", (None, None)),
        (codes.COMPANY_STATUSES, "01", "解散", (None, None)),
        (codes.BUSINESS_STATUSES, "01", "核准登記", ("01", True)),
        (codes.BUSINESS_STATUSES, "", "停業", ("02", False)),
    ],
)
def test_status_of_never_guesses(table, code, text, expected):
    assert codes.status_of(table, code=code, text=text) == expected


def test_status_tables_hold_every_code_and_agencies_every_county():
    assert [status.code for status in codes.COMPANY_STATUSES] == [f"{n:02d}" for n in range(1, 34)]
    assert [status.code for status in codes.BUSINESS_STATUSES] == [f"{n:02d}" for n in range(1, 10)]
    assert len(set(codes.AGENCY_CODES)) == len({county for _, county in codes.AGENCIES}) == 22
