"""What a plan in the making holds (`PlanChange.content`), what is still wrong with it, and the version it becomes (R-32)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from tcloud.catalogue import answers, industries, rules
from tcloud.core import clock

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from tcloud.catalogue.models import PlanVersion, Supplier

Content = dict[str, Any]
# text → (most characters, whether it must be there); each has its English under the same name with _en, which may be missing
TEXTS: Final[dict[str, tuple[int, bool]]] = {
    "name": (80, True),
    "blurb": (200, True),
    "description": (4000, True),
    "included": (1000, True),
    "data_location": (60, True),
    "support": (200, True),
    "export": (300, True),
}
MOST_EN: Final = {"name": 80, "blurb": 300, "data_location": 60, "support": 300, "export": 400}
NUMBERS: Final[dict[str, tuple[int, int, bool]]] = {  # least, most, whether it must be there
    "price_twd": (2, 9_999_999, True),
    "term_months": (1, 60, True),
    "seats": (1, 1_000_000, False),
    "employees_from": (1, 1_000_000, False),
    "employees_to": (1, 1_000_000, False),
}
LISTS: Final[dict[str, tuple[int, int]]] = {  # most entries, most characters of each
    "features": (20, 120),
    "integrations": (20, 80),
    "integrations_en": (20, 120),
    "certifications": (10, 40),
    "keywords": (30, 30),
    "industries": (90, 2),
}
MOST_PICTURES: Final = 6
MOST_DOCUMENTS: Final = 4
WRITTEN: Final = frozenset(
    [*TEXTS, *(f"{name}_en" for name in TEXTS), *NUMBERS, *LISTS, "has_trial", "answers"]
)
FIELDS: Final = WRITTEN | {"files"}  # files come and go by operations of their own
NEW_PLAN_FIELDS: Final = frozenset(["solution", "solution_name", "solution_name_en", "category"])
_REQUIRED: Final = _("請填寫這一項。")


def empty(supplier: "Supplier") -> Content:
    """What a new plan begins with: the supplier's support hours."""
    return {"support": supplier.support_hours, "support_en": supplier.support_hours_en}


def of_version(version: "PlanVersion") -> Content:
    """The content that would make this version again."""
    kept = [*TEXTS, *(f"{name}_en" for name in TEXTS), *NUMBERS, *LISTS, "has_trial", "answers"]
    content = {name: getattr(version, name) for name in kept if name != "keywords"}
    content["keywords"] = version.search_words.split()[: LISTS["keywords"][0]]
    content["files"] = [
        {"file": row.file_id, "title": row.title, "title_en": row.title_en} for row in version.files.all()
    ]
    return content


def columns(content: Content, supplier: "Supplier", *, at: datetime) -> Content:
    """The columns of the version that a faultless content becomes."""
    taken = {name: content.get(name) or "" for name in [*TEXTS, *(f"{name}_en" for name in TEXTS)]}
    taken |= {name: content.get(name) for name in NUMBERS}
    taken |= {name: content.get(name) or [] for name in LISTS if name != "keywords"}
    words = dict.fromkeys([*(content.get("keywords") or []), *taken["name_en"].split()])
    return taken | {
        "has_trial": bool(content.get("has_trial")),
        "answers": content.get("answers") or {},
        "search_words": " ".join(words),
        "source": {
            "kind": "demo" if supplier.is_demo else "supplier",
            "name": "示範資料" if supplier.is_demo else "供應商提供",
            "date": clock.taipei(at).date().isoformat(),
        },
    }


def problems(
    content: Content, template: Sequence[answers.Question], *, new: bool
) -> dict[str, "StrOrPromise"]:
    """Field → sentence that says how to mend it; answers as "answers.<code>". Empty: it may be sent for review."""
    found: dict[str, StrOrPromise] = {}
    if new:
        found |= _of_solution(content)
    found |= _of_texts(content) | _of_numbers(content) | _of_lists(content)
    given = content.get("answers") or {}
    for code in answers.open_questions(template, given):
        found[f"answers.{code}"] = _("請回答這一題。")
    for code in answers.misfits(template, given):
        found[f"answers.{code}"] = _("這個回答不符合題目的格式，請重新回答。")
    return found


def _of_solution(content: Content) -> dict[str, "StrOrPromise"]:
    if content.get("solution"):
        return {}
    found: dict[str, StrOrPromise] = {}
    name = str(content.get("solution_name") or "").strip()
    if not name or len(name) > 80:
        found["solution_name"] = _("請選擇既有的解決方案，或填寫新的名稱（80個字以內）。")
    if not content.get("category"):
        found["category"] = _("請選擇類別。")
    return found


def _of_texts(content: Content) -> dict[str, "StrOrPromise"]:
    found: dict[str, StrOrPromise] = {}
    for name, (most, required) in TEXTS.items():
        text, english = str(content.get(name) or ""), str(content.get(f"{name}_en") or "")
        if required and not text.strip():
            found[name] = _REQUIRED
        elif len(text) > most:
            found[name] = too_long(most)
        if len(english) > MOST_EN.get(name, most):
            found[f"{name}_en"] = too_long(MOST_EN.get(name, most))
    return found


def too_long(most: int) -> "StrOrPromise":
    """「最多200個字。」"""
    return ngettext_lazy("最多%(most)d個字。", "最多%(most)d個字。", most) % {"most": most}


def _of_numbers(content: Content) -> dict[str, "StrOrPromise"]:
    found: dict[str, StrOrPromise] = {}
    for name, (least, most, required) in NUMBERS.items():
        number = content.get(name)
        if number is None:
            if required:
                found[name] = _REQUIRED
        elif not isinstance(number, int) or not least <= number <= most:
            found[name] = _("請填寫%(least)d到%(most)d之間的整數。") % {"least": least, "most": most}
    price = content.get("price_twd")
    if "price_twd" not in found and isinstance(price, int) and not rules.invoiceable(price):
        found["price_twd"] = price_without_invoice(price)
    smallest, largest = content.get("employees_from"), content.get("employees_to")
    if smallest and largest and smallest > largest:
        found["employees_to"] = _("人數上限不能小於下限。")
    return found


def price_without_invoice(price_twd: int) -> "StrOrPromise":
    """R-24: why this price can't be listed, and the nearest that can."""
    return _("含稅價 NT$%(price)s 無法開出稅額正確的發票，請調整 1 元。") % {"price": f"{price_twd:,}"}


def _of_lists(content: Content) -> dict[str, "StrOrPromise"]:
    found: dict[str, StrOrPromise] = {}
    for name, (most, chars) in LISTS.items():
        entries = content.get(name) or []
        texts = [
            text for entry in entries for text in (entry.values() if isinstance(entry, Mapping) else [entry])
        ]
        if len(entries) > most:
            found[name] = _("最多%(most)d項，請刪減。") % {"most": most}
        elif any(len(str(text)) > chars for text in texts):
            found[name] = _("每一項最多%(chars)d個字。") % {"chars": chars}
    if not content.get("features"):
        found["features"] = _("請至少寫一項功能。")
    if content.get("integrations_en") and len(content["integrations_en"]) != len(
        content.get("integrations") or []
    ):
        found["integrations_en"] = _("英文的項數要與中文相同，或全部留白。")
    if not set(content.get("industries") or []) <= set(industries.divisions()):
        found["industries"] = _("請從清單選擇行業。")
    return found
