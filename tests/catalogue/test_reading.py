"""How words are read, alike in the database and in the application, and cut into what is meant."""

import pytest
from django.db import connection

from tcloud.catalogue import asking, text
from tcloud.catalogue import operations as catalogue

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("ＰＯＳ 收銀", "pos 收銀"),  # full width
        ("开发票", "開發票"),  # simplified
        ("网络安全", text.fold("網絡安全")),
        ("台灣", text.fold("臺灣")),  # variants
        ("理发", text.fold("理髮")),  # one simplified character for two
        ("鐘錶", text.fold("鍾表")),
    ],
)
def test_fold_makes_one_writing_of_many(typed, folded):
    assert text.fold(typed) == folded


@pytest.mark.parametrize(
    ("words", "grams"),
    [
        ("打卡機POS 365", ["打卡", "卡機", "機", "pos", "365"]),
        ("倉", ["倉"]),
        ("!?。", []),
        ("", []),
        ("e-mail", ["e", "mail"]),
    ],
)
def test_grams_are_pairs_of_han_and_latin_words(words, grams):
    assert text.grams(words) == grams


def _sql(call, *values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {call}", list(values))
        return cursor.fetchone()[0]


def test_database_and_application_read_every_shipped_text_alike():
    for row in catalogue.shipped("plans"):
        for name in ("solution_zh", "description_zh", "description_en", "blurb_zh"):
            said = row[name]
            assert _sql("catalogue_fold(%s)", said) == text.fold(said)
            assert _sql("catalogue_grams(%s)", said) == text.grams(said)
            assert _sql("catalogue_word(%s)", said) == text.word_of(said)


def test_database_merges_exactly_the_variants_of_the_table():
    everything = "".join(sorted({*text._han()["merged"], *text._han()["merged"].values()}))
    assert _sql("catalogue_fold(%s)", everything) == text.fold(everything)


KNOWN = {
    "打卡": (["出勤"], []), "員工": ([], []), "電子發票": (["發票"], []), "line pay": ([], []), "pos": (["收銀"], []), "pos系統": ([], []),
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "concepts"),
    [
        ("員工打卡要用什麼", ["員工", "打卡"]),  # a question
        ("開電子發票", ["電子發票"]),  # a single leftover character says nothing
        ("LINE Pay", ["line pay"]),
        ("pos系統", ["pos系統"]),  # the longest known word
        ("pos 系統", ["pos"]),  # what fits every plan is left out
        ("系統", ["系統"]),  # unless nothing else was said
        ("貓咪打卡", ["貓咪", "打卡"]),
        ("打卡,排班", ["打卡", "排班"]),
        ("我想要", []),
        ("倉", ["倉"]),
    ],
)
def test_words_are_cut_into_what_is_meant(words, concepts):
    assert [concept.word for concept in asking.concepts(asking.units(words), KNOWN)] == concepts


def test_ladder_goes_from_all_to_any_without_repeating_itself():
    meant = asking.concepts(asking.units("員工打卡 貓咪 收據"), KNOWN)
    rungs = asking.ladder(meant)
    assert len({rung.queries for rung in rungs}) == len(rungs)
    assert rungs[0].strict
    assert not rungs[-1].strict
    assert set(rungs[-1].queries) >= {"'打卡'", "'出勤'", "'收據'"}
    assert "'^打卡'" in rungs[-1].about
    assert rungs[0].about == ["(('^員工')) & (('^打卡') | ('^出勤')) & (('^貓咪')) & (('^收據'))"]
