"""The official CSV of a year (行政機關辦公日曆表 of the DGPA: 西元日期,星期,是否放假,備註), read and checked. Pure but for its sentences."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from django.utils.translation import gettext as _

from tcloud.core.workdays import DAY_OFF, WORKING, Year, days_of

COLUMNS: Final = ("西元日期", "星期", "是否放假", "備註")
WEEKDAYS: Final = "一二三四五六日"
MOST_BYTES: Final = 200_000  # a year has about 10,000
_DAY: Final = re.compile(r"\d{8}", re.ASCII)


@dataclass(frozen=True)
class Wrong:
    """What is wrong with the file: the line (from 1; 0 for the whole file) and a sentence in the language now active."""

    line: int
    sentence: str


@dataclass(frozen=True)
class YearFile:
    """A file that was read: its year, or everything that is wrong with it."""

    sha256: str
    year: int = 0
    data: Year = field(default_factory=lambda: Year(frozenset()))
    wrong: Sequence[Wrong] = ()

    @property
    def working_days(self) -> int:
        """How many days of the year are working days."""
        return len(days_of(self.year)) - len(self.data.off)

    @property
    def make_up_days(self) -> list[date]:
        """Saturdays and Sundays on which offices work (補行上班)."""
        return [day for day in days_of(self.year) if day.weekday() >= 5 and day not in self.data.off]

    @property
    def holidays(self) -> list[date]:
        """Days from Monday to Friday on which offices do not work."""
        return sorted(day for day in self.data.off if day.weekday() < 5)


def read(content: bytes) -> YearFile:
    """Read and check an official file, UTF-8 with or without BOM or Big5: every day of exactly one year once, 星期 as the date has it,
    是否放假 0 or 2. Never raises: what is wrong stands in `wrong`, by line, all of it.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    text = _decoded(content)
    if text is None:
        return YearFile(
            sha256, wrong=[Wrong(0, _("無法讀取，檔案須為 UTF-8 或 Big5 編碼的 CSV，小於 200 KB。"))]
        )
    rows = _rows(text)
    if not rows or tuple(cell.strip() for cell in rows[0][1]) != COLUMNS:
        return YearFile(
            sha256,
            wrong=[
                Wrong(
                    1,
                    _(
                        "第一列須為欄名「%(columns)s」，請使用行政院人事行政總處公布的辦公日曆表 CSV（不是 Google 行事曆專用的檔案）。"
                    )
                    % {"columns": ",".join(COLUMNS)},
                )
            ],
        )
    return _checked(sha256, rows[1:])


def _decoded(content: bytes) -> str | None:
    if len(content) > MOST_BYTES or b"\0" in content:
        return None
    for encoding in ("utf-8-sig", "cp950"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """The rows that hold anything, each with the number of its line."""
    reader = csv.reader(io.StringIO(text, newline=""))
    return [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]


def _checked(sha256: str, rows: list[tuple[int, list[str]]]) -> YearFile:
    wrong: list[Wrong] = []
    off: set[date] = set()
    names: dict[date, str] = {}
    seen: dict[date, int] = {}
    year = 0
    for line, row in rows:
        day, sentences = _day(row)
        if day is not None:
            year = year or day.year
            if day.year != year:
                sentences.append(_("日期不在%(year)s年，一個檔案只能有一年。") % {"year": year})
            elif day in seen:
                sentences.append(
                    _("%(day)s已在第%(line)s列出現過。") % {"day": day.isoformat(), "line": seen[day]}
                )
            else:
                seen[day] = line
                if row[2].strip() == DAY_OFF:
                    off.add(day)
                if row[3].strip():
                    names[day] = row[3].strip()
        wrong += [Wrong(line, sentence) for sentence in sentences]
    if year == 0:
        return YearFile(sha256, wrong=[*wrong, Wrong(0, _("檔案裡沒有任何日期。"))])
    wrong += [Wrong(0, _("缺少%(days)s。") % {"days": missing}) for missing in _gaps(year, seen)]
    return YearFile(sha256, year, Year(frozenset(off), names), tuple(wrong))


def _day(row: list[str]) -> tuple[date | None, list[str]]:
    """The date of a row, None when it has none; and what is wrong with the row."""
    if len(row) != len(COLUMNS):
        return None, [
            _("須有%(wanted)s欄，這一列有%(found)s欄。") % {"wanted": len(COLUMNS), "found": len(row)}
        ]
    written, weekday, off, _note = (cell.strip() for cell in row)
    sentences = []
    day = _date(written)
    if day is None:
        sentences.append(
            _("「%(written)s」不是日期，須為 8 碼西元日期，例如 20280101。") % {"written": written[:20]}
        )
    elif weekday != WEEKDAYS[day.weekday()]:
        sentences.append(
            _("%(day)s是星期%(right)s，檔案寫的是「%(written)s」。")
            % {"day": day.isoformat(), "right": WEEKDAYS[day.weekday()], "written": weekday[:20]}
        )
    if off not in (WORKING, DAY_OFF):
        sentences.append(
            _("是否放假須為 0（上班）或 2（放假），檔案寫的是「%(written)s」。") % {"written": off[:20]}
        )
    return day, sentences


def _date(written: str) -> date | None:
    if not _DAY.fullmatch(written) or not 1912 <= int(written[:4]) <= 2200:
        return None
    try:
        return date(int(written[:4]), int(written[4:6]), int(written[6:]))
    except ValueError:
        return None


def _gaps(year: int, seen: dict[date, int]) -> Iterator[str]:
    """The days that are missing, days in a row together: 2028-02-29, 2028-12-01–2028-12-31."""
    run: list[date] = []
    for day in [*days_of(year), None]:
        if day is not None and day not in seen and (not run or day - run[-1] == timedelta(days=1)):
            run.append(day)
            continue
        if run:
            yield run[0].isoformat() if len(run) == 1 else f"{run[0].isoformat()}–{run[-1].isoformat()}"
        run = [day] if day is not None and day not in seen else []
