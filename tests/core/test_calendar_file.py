"""The official CSV of a year: read in every encoding it comes in, and everything that is wrong is said by line."""

from datetime import date

import pytest

from tcloud.core import calendar
from tcloud.core.calendar_file import WEEKDAYS, read
from tcloud.core.workdays import days_of
from tests.core.official import official_csv


@pytest.mark.rule("R-28")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp950"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_read_takes_the_official_file_as_it_comes(encoding: str, line_end: str) -> None:
    for year in (2024, 2025, 2027):
        file = read(official_csv(year, line_end=line_end).encode(encoding))
        assert file.wrong == ()
        assert (file.year, file.data) == (year, calendar.shipped().years[year])


def test_read_counts_what_the_preview_shows() -> None:
    file = read(official_csv(2024).encode())
    assert (file.working_days, file.make_up_days) == (251, [date(2024, 2, 17)])
    assert date(2024, 10, 10) in file.holidays
    assert len(file.holidays) == 12


def lines_of(text: str) -> list[tuple[int, str]]:
    return [(wrong.line, wrong.sentence) for wrong in read(text.encode()).wrong]


@pytest.mark.rule("R-28")
def test_read_names_every_error_with_its_line() -> None:
    rows = official_csv(2027).splitlines()
    rows[1] = "20270101,四,2,開國紀念日"
    rows[2] = "20270102,六,1,"
    rows[3] = "20270132,日,2,"
    rows[4] = "2027/1/4,一,0,"
    rows[5] = "20270105,二,0"
    rows[6] = "20260106,二,0,"
    rows[7] = rows[8]
    found = lines_of("\n".join(rows))
    assert [line for line, _ in found] == [2, 3, 4, 5, 6, 7, 9, 0]
    sentences = [sentence for _, sentence in found]
    assert "星期五" in sentences[0]
    assert "「四」" in sentences[0]
    assert "「1」" in sentences[1]
    assert "「20270132」不是日期" in sentences[2]
    assert "「2027/1/4」不是日期" in sentences[3]
    assert "這一列有3欄" in sentences[4]
    assert "2027年" in sentences[5]
    assert "第8列" in sentences[6]
    assert "2027-01-03–2027-01-07" in sentences[7]


@pytest.mark.rule("R-28")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "第一列須為欄名"),
        ("Subject,Start Date\n", "第一列須為欄名"),
        ("西元日期,星期,是否放假,備註\n", "沒有任何日期"),
        ("\n".join(official_csv(2027).splitlines()[:-1]), "缺少2027-12-31"),
        (official_csv(2027) + official_csv(2026).split("\n", 1)[1], "一個檔案只能有一年"),
        (official_csv(2028).replace("20280229,二,0,\r\n", ""), "缺少2028-02-29"),
        (official_csv(2027).replace("20270301", "20270229"), "「20270229」不是日期"),
    ],
)
def test_read_refuses_what_is_no_whole_year(text: str, said: str) -> None:
    assert any(said in sentence for _, sentence in lines_of(text))


@pytest.mark.parametrize("content", [b"\xff\xfe\x00\x01", b"\x00" * 100, b"a" * 300_000, b"\x81\x30\x81\x30"])
def test_read_refuses_what_is_no_text(content: bytes) -> None:
    (wrong,) = read(content).wrong
    assert "無法讀取" in wrong.sentence


def test_read_of_anything_never_raises() -> None:
    for text in (
        '"' * 1000,
        "西元日期,星期,是否放假,備註\n" + '"' * 9,
        "西元日期,星期,是否放假,備註\n99991301,一,0,\n",
    ):
        assert read(text.encode()).wrong


def test_leap_year_has_its_day() -> None:
    file = read(official_csv(2028).encode())
    assert len(days_of(2028)) == 366
    assert (file.wrong, file.working_days) == ((), sum(day.weekday() < 5 for day in days_of(2028)))
    assert WEEKDAYS[date(2028, 2, 29).weekday()] == "二"
