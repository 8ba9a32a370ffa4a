"""The registers' ways of writing: blanks, ROC dates, amounts, names (PROTOCOLS §3, pitfalls)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from tcloud.core.counties import SAME_CHARACTERS

_ROC_DATE = re.compile(r"(\d{2,3})[/.\-]?(\d{2})[/.\-]?(\d{2})")
_REMARK = re.compile(r"(?:\([^()]*\))+$")
_WHOLE = re.compile(r"-?\d+")

# 「香港商…」「英屬開曼群島商…」: how the register names a foreign company by its country.
_COUNTRY_TRADER = re.compile(
    r"(?:大?英屬.{2,8}|美屬.{2,8}|.{1,6}群島|美國?|日本?|英國?|法國?|德國?|韓國?|南韓|大韓民國|荷蘭|香港|新加坡|馬來西亞|"
    r"澳門|澳大利亞|澳洲|加拿大|紐西蘭|瑞士|瑞典|丹麥|挪威|芬蘭|比利時|盧森堡|義大利|西班牙|愛爾蘭|奧地利|以色列|印度|"
    r"泰國?|越南|印尼|菲律賓|薩摩亞|貝里斯|塞席爾|模里西斯|百慕達|巴拿馬|安圭拉|賽普勒斯)商"
)
# 「…在臺分公司」「…台灣分公司」, but not 臺灣某某股份有限公司臺北分公司, a branch of a company of the country.
_TAIWAN_BRANCH = re.compile(r"(?:在臺|臺灣|中華民國)(?:地區|營業)?分公司$")


def blank(value: Any) -> str:
    """The text of a field without its padding; "" for an absent key, null, "" and the registers' seven spaces."""
    return "" if value is None else str(value).replace("\u3000", " ").strip()


def normalise(text: str) -> str:
    """A name or address in the one form two of them are compared in.

    NFKC, no white space, 台→臺, 巿→市, (股)公司→股份有限公司, (有)公司→有限公司 (PROTOCOLS §3, traps seen in real data). For comparing
    only: show what the register says.
    """
    text = "".join(unicodedata.normalize("NFKC", text).split()).translate(SAME_CHARACTERS)
    return text.replace("(股)", "股份有限").replace("(有)公司", "有限公司")


def plain_name(name: str) -> str:
    """A normalised name without remarks in brackets at its end, so that its legal form is its ending."""
    return _REMARK.sub("", normalise(name))


def roc_date(value: Any) -> date | None:
    """The day of a `yyyMMdd` ROC date ("0760221" is 1987-02-21); None for blank or all zeros.

    Raises ValueError for anything else.
    """
    text = blank(value)
    if not text.strip("0"):
        return None
    if not (found := _ROC_DATE.fullmatch(text)):
        raise ValueError(f"not a ROC date: {text[:20]!r}")
    year, month, day = (int(part) for part in found.groups())
    return date(year + 1911, month, day)


def roc_date_or_none(value: Any) -> date | None:
    """`roc_date` where a spoilt date must not spoil the record."""
    try:
        return roc_date(value)
    except ValueError:
        return None


def whole_number(value: Any) -> int | None:
    """A whole number however JSON carries it; None for blank. Raises ValueError for anything else."""
    if isinstance(value, bool):
        raise ValueError("a truth value is not a number")
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    text = blank(value).replace(",", "")
    if not text:
        return None
    if not _WHOLE.fullmatch(text) or len(text) > 18:
        raise ValueError(f"not a whole number: {text[:20]!r}")
    return int(text)


def is_private_limited(name: str) -> bool:
    """Whether a name is that of a 有限公司 (not a 股份有限公司), for which the register reports paid-in capital 0."""
    name = plain_name(name)
    return name.endswith("有限公司") and not name.endswith("股份有限公司")


def foreign_branch(name: str, *, is_branch: bool) -> bool | None:
    """Whether this is the Taiwan branch of a foreign enterprise (R-05), by name pattern and kind (PROTOCOLS §3).

    True needs both a branch and a pattern; None (a person must look) for a foreign company's name without the word branch.
    """
    name = plain_name(name)
    is_branch = is_branch or name.endswith("分公司")
    by_country = _COUNTRY_TRADER.match(name) is not None
    if is_branch and (by_country or _TAIWAN_BRANCH.search(name)):
        return True
    return None if by_country else False
