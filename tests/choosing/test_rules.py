"""Rules of choosing: what may not stand in public, whose review counts, from when a record says something."""

import pytest

from tcloud.choosing import rules


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("請寄到 owner@example.tw", "email"),
        ("請打0912-345-678", "phone"),
        ("請打 ０９１２３４５６７８", "phone"),
        ("公司電話(02)2345-6789", "phone"),
        ("02-23456789 分機12", "phone"),
        ("+886 2 2345 6789", "phone"),
        ("+886-912-345-678", "phone"),
        ("身分證A123456789", "id_number"),
        ("LINE ID：cloud_stock", "messenger"),
    ],
)
def test_personal_hint_finds_contacts_in_whatever_width(text: str, kind: str) -> None:
    assert rules.personal_hint(f"很好用，{text}，推薦。") == kind


@pytest.mark.parametrize(
    "text",
    [
        "每月省下NT$12,000，一年144,000元。",
        "3天開通，2027年1月15日上線，10人使用。",
        "版本2.10.3，統編輸入一次就好，可以匯出5,000筆。",
        "客服在LINE上回覆很快。",
        "盤點10000000筆也不會慢。",
    ],
)
def test_personal_hint_leaves_figures_alone(text: str) -> None:
    assert rules.personal_hint(text) == ""


@pytest.mark.rule("R-29")
@pytest.mark.parametrize(
    ("kept", "ended", "percent"),
    [(4, 4, None), (5, 5, 100), (4, 5, 80), (2, 3, None), (199, 200, 99), (0, 9, 0)],
)
def test_percent_on_time_says_nothing_of_few_and_never_rounds_up(
    kept: int, ended: int, percent: int | None
) -> None:
    assert rules.percent_on_time(kept, ended) == percent


@pytest.mark.parametrize(
    ("ratings", "words"), [([], ""), ([5], "5.0"), ([4, 5], "4.5"), ([4, 4, 5], "4.3"), ([1, 2, 2, 2], "1.8")]
)
def test_average_has_one_digit_half_up(ratings: list[int], words: str) -> None:
    assert rules.average(ratings) == words


@pytest.mark.rule("R-39")
def test_related_are_one_company_or_one_representative() -> None:
    assert rules.related(("12345675", ""), ("12345675", ""))
    assert rules.related(("12345675", "王大明"), ("87654321", " 王大明 "))
    assert not rules.related(("12345675", ""), ("87654321", ""))
    assert not rules.related(("12345675", "王大明"), ("87654321", "陳小華"))
