"""Rows of many plans for measuring at scale: the shipped ones taken apart and put together anew, with trades, places and names. Pure.

Not random letters: every word comes from the shipped texts, from 行業統計分類 or from the counties, so that an index meets the words, the
lengths and the repetitions of a real catalogue. The same numbers give the same rows each time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from tcloud.catalogue import industries, rules, shipped
from tcloud.core.counties import COUNTIES

PREFIX: Final = "scale-"
PLANS_A_SUPPLIER: Final = 250
_FIRST: Final = "雲晨宏家優立安智恆信大同新永鼎華泰力旭昇捷冠群聯海山禾豐光遠景明嘉正誠合盛億晶達飛樂友東南北中元啟揚美康頂百萬金銀青"
_SECOND: Final = "數通務易能算達聚網帆流域享橋點格時力匯雲界科訊程捷圖思行得利豐創維視能碼鏈倉客店櫃單票帳班簿管家手師坊社站台窗鑰盒"
_SURNAMES: Final = "王林陳張李吳劉蔡楊許鄭謝郭洪邱曾廖賴周葉蘇莊呂江何羅高潘簡朱鍾游詹胡施沈余趙盧梁"


@dataclass(frozen=True)
class _Pool:
    """What the plans of one category say, in pieces."""

    solutions: list[shipped.Row]
    sentences: list[tuple[str, str]]
    features: list[dict[str, str]]
    keywords: list[str]


def _dice(seed: str) -> Random:
    return Random(seed)  # noqa: S311  no secret: the same rows each time


def _pools() -> dict[str, _Pool]:
    made: dict[str, _Pool] = {}
    for row in shipped.rows("plans"):
        if row["source"]["kind"] != "demo":
            continue
        pool = made.setdefault(row["category"], _Pool([], [], [], []))
        pool.solutions.append(row)
        zh = [part + "。" for part in row["description_zh"].split("。") if part]
        en = [part.strip().rstrip(".") + "." for part in row["description_en"].split(". ") if part]
        pool.sentences.extend(pair for pair in zip(zh, en, strict=False) if pair not in pool.sentences)
        pool.features.extend(feature for feature in row["features"] if feature not in pool.features)
        pool.keywords.extend(row["keywords_zh"])
    return made


def supplier_rows(plans: int) -> list[shipped.Row]:
    """Suppliers enough for this many plans; invented, marked so, and taking no orders."""
    made = []
    for number in range(-(-plans // PLANS_A_SUPPLIER)):
        rnd = _dice(f"supplier {number}")
        name = f"{rnd.choice(_FIRST)}{rnd.choice(_SECOND)}{rnd.choice(_SECOND)}資訊{number + 1}號有限公司（示範）"
        made.append(
            {
                "slug": f"{PREFIX}{number + 1}", "name_zh": name, "name_en": f"Scale Supplier {number + 1} (demo)", "kind": "demo",
                "intro_zh": f"量測用的示範供應商，設在{rnd.choice(COUNTIES)}。", "intro_en": "Demo supplier for measuring.",
                "website": None, "support_hours_zh": "週一至週五09:00–18:00", "support_hours_en": "Mon–Fri 09:00–18:00",
                "orderable": False, "not_orderable_reason_zh": "這是量測用的示範供應商，不接受訂單。",
                "not_orderable_reason_en": "A demo supplier for measuring; it takes no orders.",
            }
        )  # fmt: skip
    return made


def plan_rows(first: int, last: int) -> Iterator[shipped.Row]:
    """The plans numbered `first` to `last`, both included, counted from 1."""
    pools = _pools()
    categories = sorted(pools)
    trades = sorted(industries.classes().items())
    for number in range(first, last + 1):
        rnd = _dice(f"plan {number}")
        category = categories[number // 3 % len(categories)]
        yield _row(number, pools[category], trades[rnd.randrange(len(trades))], rnd)


def _row(number: int, pool: _Pool, trade: tuple[str, tuple[str, str]], rnd: Random) -> shipped.Row:
    base, other = rnd.choice(pool.solutions), rnd.choice(pool.solutions)
    # three plans to a solution, which has its own name
    own = _dice(f"solution {number // 3}")
    brand = own.choice(_FIRST) + own.choice(_SECOND) + own.choice(_SURNAMES)
    code, (trade_zh, trade_en) = trade
    division = industries.division_of(code)
    county = rnd.choice(COUNTIES)
    sentences = rnd.sample(pool.sentences, min(3, len(pool.sentences)))
    seats = rnd.choice([1, 2, 3, 5, 8, 10, 15, 20, 30, 50, 80, 100, 150])
    price = max(500, round(other["price_twd"] * rnd.uniform(0.5, 1.8) / 10) * 10)
    low = max(1, seats // 3)
    return base | {
        "code": f"{PREFIX}{number:07d}",
        "supplier": f"{PREFIX}{(number - 1) // PLANS_A_SUPPLIER + 1}",
        "solution_zh": f"{brand}{_noun(own.choice(pool.solutions))[:30]}{number // 3}（示範）",
        "solution_en": f"{_english(own.choice(pool.solutions))[:50]} {number // 3} (demo)",
        "plan_zh": f"{seats}人版",
        "plan_en": f"{seats} seats",
        "blurb_zh": other["blurb_zh"],
        "blurb_en": other["blurb_en"],
        "description_zh": "".join(zh for zh, _ in sentences) + f"適合{county}的{trade_zh}。",
        "description_en": " ".join(en for _, en in sentences) + f" For {trade_en or 'firms'}.",
        "features": rnd.sample(pool.features, min(5, len(pool.features))),
        "included_zh": other["included_zh"],
        "included_en": other["included_en"],
        "keywords_zh": [*rnd.sample(sorted(set(pool.keywords)), 6), trade_zh],
        "price_twd": price if rules.invoiceable(price) else price + 1,
        "term_months": rnd.choice([1, 3, 6, 12, 12, 12, 24, 36]),
        "seats": seats,
        "trial": rnd.random() < 0.5,
        "industries": [division.code] if division and rnd.random() < 0.6 else [],
        "employees_from": low,
        "employees_to": max(low, seats * 2),
        "answers": {**base["answers"], **(other["answers"] if rnd.random() < 0.5 else {})},
        "source": {"kind": "demo", "name": "量測用示範資料", "date": "2026-11-28"},
    }


def _noun(row: shipped.Row) -> str:
    return str(row["solution_zh"]).removesuffix("（示範）")


def _english(row: shipped.Row) -> str:
    return str(row["solution_en"]).removesuffix(" (demo)")
