"""R-20: the wording of a contract template, pure: what it may name, what it must, and how its places are filled."""

import re
from dataclasses import asdict, dataclass
from typing import Any, Final

PLACE: Final = re.compile(r"\{([^{}]*)\}")
PAYMENT_TABLE: Final = "payment_table"
# What a contract without it would leave open, and rules of the programme that its text must state (R-17, R-20, R-22…R-26).
NEEDED: Final = (
    "solution_name", "plan_name", "plan_version", "term_months", "price", PAYMENT_TABLE, "acceptance_working_days",
    "payment_working_days", "invoice_working_days", "delivery_working_days", "confirmation_working_days",
)  # fmt: skip
KNOWN: Final = frozenset(
    (*NEEDED, "quantity", "unit", "points", "points_money", "cash", "date", "court", "data_export_days", "breach_notice_hours",
     "contract_number", "order_number", "programme_name", "buyer_name", "buyer_ubn", "supplier_name", "supplier_ubn")
)  # fmt: skip
MOST_ARTICLES: Final = 60
MOST_CLAUSES: Final = 30
LONGEST_TITLE: Final = 40
LONGEST_CLAUSE: Final = 1_500


@dataclass(frozen=True, slots=True)
class Article:
    """條: a title and its clauses (款), in order."""

    title: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a contract. `{places}` in preamble and clauses are filled from the terms of each contract."""

    preamble: str
    articles: tuple[Article, ...]

    def to_json(self) -> dict[str, Any]:
        """As kept beside the template; `from_json` is the way back."""
        return {
            "preamble": self.preamble,
            "articles": [asdict(article) | {"clauses": list(article.clauses)} for article in self.articles],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Wording":
        """A wording from `to_json`. Raises KeyError, TypeError for anything else."""
        return cls(
            values["preamble"],
            tuple(Article(each["title"], tuple(each["clauses"])) for each in values["articles"]),
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a wording: `article` counts from 1, 0 for the whole; a code, and a sentence in Chinese."""

    article: int
    code: str
    sentence: str


def places(text: str) -> list[str]:
    """The names of the places to fill in `text`, in order."""
    return PLACE.findall(text)


def fill(text: str, values: dict[str, Any]) -> str:
    """`text` with its places filled; the payment table stays, as the document draws it. Raises KeyError for an unknown place."""
    return PLACE.sub(lambda match: match[0] if match[1] == PAYMENT_TABLE else str(values[match[1]]), text)


def faults(wording: Wording) -> list[Fault]:
    """R-20: why this wording can't be published; empty when it can."""
    found = [*_of_the_whole(wording)]
    for number, article in enumerate(wording.articles, 1):
        found += _of_an_article(number, article)
    return found


def _of_the_whole(wording: Wording) -> list[Fault]:
    found = []
    if not wording.articles or len(wording.articles) > MOST_ARTICLES:
        found.append(Fault(0, "articles", f"契約需要1到{MOST_ARTICLES}條。"))
    named = [name for article in wording.articles for clause in article.clauses for name in places(clause)]
    found += [
        Fault(0, f"needs.{name}", f"條文裡缺少必要的欄位{{{name}}}，請放回去。")
        for name in NEEDED
        if name not in named
    ]
    if named.count(PAYMENT_TABLE) > 1:
        found.append(Fault(0, "payment_table", f"{{{PAYMENT_TABLE}}}只能出現一次。"))
    found += _unknown(0, wording.preamble)
    if PAYMENT_TABLE in places(wording.preamble):
        found.append(Fault(0, "payment_table", f"{{{PAYMENT_TABLE}}}要放在條文的末尾，不能放在前言。"))
    return found


def _of_an_article(number: int, article: Article) -> list[Fault]:
    found = []
    if not article.title.strip() or len(article.title) > LONGEST_TITLE:
        found.append(Fault(number, "title", f"第{number}條的標題需要1到{LONGEST_TITLE}個字。"))
    if not article.clauses or len(article.clauses) > MOST_CLAUSES:
        found.append(Fault(number, "clauses", f"第{number}條需要1到{MOST_CLAUSES}款。"))
    for clause in article.clauses:
        if not clause.strip() or len(clause) > LONGEST_CLAUSE:
            found.append(Fault(number, "clause", f"第{number}條每一款需要1到{LONGEST_CLAUSE:,}個字。"))
        if PAYMENT_TABLE in places(clause) and not clause.endswith(f"{{{PAYMENT_TABLE}}}"):
            found.append(Fault(number, "payment_table", f"{{{PAYMENT_TABLE}}}要放在該款的末尾。"))
        found += _unknown(number, clause)
    return found


def _unknown(number: int, text: str) -> list[Fault]:
    where = f"第{number}條" if number else "前言"
    found = [
        Fault(number, "unknown", f"{where}的{{{name}}}不是契約的欄位，請改用下方列出的名稱。")
        for name in places(text)
        if name not in KNOWN
    ]
    if any(mark in PLACE.sub("", text) for mark in "{}"):
        found.append(Fault(number, "braces", f"{where}的大括號沒有成對。"))
    return found
