"""What is wrong with a draft questionnaire, and what changed in it, in words."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from tcloud.assessment import rules
from tcloud.assessment.rules import Change, Fault
from tcloud.web.ui.questionnaire import words

FAULTS: Final[dict[str, str | Promise]] = {
    "cap_out_of_range": _lazy("計分上限須為4到12的整數。"),
    "levels_out_of_order": _lazy("程度須從0分開始，由低到高。"),
    "not_for_comparing": _lazy("用來比較同類企業的題目必須存在、只能選一項，而且總是顯示。"),
    "area_twice": _lazy("同一個領域出現兩次。"),
    "no_text": _lazy("中文與英文的文字都要填寫。"),
    "code_twice": _lazy("同一個代碼用在兩題。"),
    "areas_mixed": _lazy("題目沒有依領域排在一起。"),
    "code_malformed": _lazy("代碼只能用小寫英文字母、數字和底線，以字母開頭。"),
    "code_reserved": _lazy("這個代碼是系統保留的，請換一個。"),
    "unknown_area": _lazy("用到了不存在的領域。"),
    "help_in_one_language": _lazy("說明文字只有一種語言。"),
    "unknown_kind": _lazy("題型不明。"),
    "not_yes_and_no": _lazy("是非題只能有「是」和「否」兩個選項。"),
    "options_too_few_or_many": _lazy("選項須有2到12個。"),
    "no_way_to_say_none": _lazy("複選題需要剛好一個「不能與其他項目同時選」的選項，例如「都沒有」。"),
    "none_only_in_multi": _lazy("只有複選題可以有「不能與其他項目同時選」的選項。"),
    "option_twice": _lazy("同一個代碼用在兩個選項。"),
    "condition_not_earlier": _lazy("顯示條件只能看前面的題目；條件所指的題目不在這一題之前，或已移除。"),
    "condition_of_unknown_option": _lazy("顯示條件沒有選擇答案，或所指的選項已移除。"),
    "condition_always_true": _lazy("顯示條件包含所有答案，請改為總是顯示。"),
    "unknown_category": _lazy("對應到不存在的方案類別。"),
    "weight_out_of_range": _lazy("需求值與類別的權重須為1到4的整數。"),
    "category_without_need": _lazy("對應方案類別的選項，至少要加一個領域的需求值。"),
    "no_reason": _lazy("加需求值的選項，要寫出中文與英文的理由。"),
    "none_raises_a_need": _lazy("「都沒有」這一類的選項不能加需求值。"),
    "area_without_questions": _lazy("這個領域沒有題目。"),
    "need_out_of_reach": _lazy("沒有任何選項會加這個領域的需求值。"),
}
KINDS: Final[dict[str, str | Promise]] = {
    "single": _lazy("單選"),
    "multi": _lazy("複選"),
    "yes_no": _lazy("是非"),
}
_PARTS: Final[dict[str, str | Promise]] = {
    "zh": _lazy("中文"),
    "en": _lazy("英文"),
    "help_zh": _lazy("中文說明"),
    "help_en": _lazy("英文說明"),
    "intro_zh": _lazy("中文引言"),
    "intro_en": _lazy("英文引言"),
    "reason_zh": _lazy("中文理由"),
    "reason_en": _lazy("英文理由"),
    "kind": _lazy("題型"),
    "show_if": _lazy("顯示條件"),
    "question": _lazy("看哪一題"),
    "any_of": _lazy("選了哪些答案"),
    "options": _lazy("選項"),
    "order": _lazy("順序"),
    "need": _lazy("需求值"),
    "leads_to": _lazy("對應的方案類別"),
    "exclusive": _lazy("不能與其他項目同時選"),
    "area": _lazy("領域"),
}
Path = tuple[str, ...]
_IN_THE_TITLE: Final = {("code",), ("area",)}
_DONE: Final[dict[str, str | Promise]] = {
    "added": _lazy("已新增"),
    "removed": _lazy("已移除"),
    "moved": _lazy("已移動位置"),
    "changed": _lazy("已修改"),
}


def fault_row(content: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    """A fault with the words of the question or area it is in."""
    question = rules.question_of(content, fault.question) if fault.question else None
    area = next((words(row) for row in content["areas"] if row["code"] == fault.area), "")
    where = words(question) if question else area
    return {"fault": fault, "where": where, "text": FAULTS[fault.why]}


def change_rows(
    before: Mapping[str, Any], after: Mapping[str, Any], categories: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Every change between two questionnaires, with what it said before and says now; `categories` are names by code."""
    names = {row["code"]: words(row) for row in [*before["areas"], *after["areas"]]} | dict(categories)
    return [_change_row(change, before, after, names) for change in rules.changes(before, after)]


def _change_row(
    change: Change, before: Mapping[str, Any], after: Mapping[str, Any], names: Mapping[str, str]
) -> dict[str, Any]:
    source = before if change.kind == "removed" else after
    if change.what == "question":
        thing = rules.question_of(source, change.code)
    else:
        thing = next((row for row in source["areas"] if row["code"] == change.code), None)
    return {
        "done": _DONE[change.kind],
        "kind": change.kind,
        "code": change.code,
        "title": words(thing) if thing else _("整份自評表"),
        "parts": [
            {"path": _path_words(path, names), "before": value_words(old), "after": value_words(new)}
            for path, old, new in _in_order(change.parts)
            if path not in _IN_THE_TITLE and (old or new)
        ],
    }


def _in_order(parts: tuple[tuple[Path, Any, Any], ...]) -> list[tuple[Path, Any, Any]]:
    """As a person reads a question: its text, its help, …; then option by option."""
    rank = {part: place for place, part in enumerate(_PARTS)}
    seen: dict[Path, int] = {}
    for path, _old, _new in parts:
        seen.setdefault(path[:2], len(seen))
    return sorted(
        parts, key=lambda part: (rank.get(part[0][0], 0), seen[part[0][:2]] if len(part[0]) > 2 else 0, rank.get(part[0][-1], 0))
    )  # fmt: skip


def _path_words(path: Path, names: Mapping[str, str]) -> str:
    """Where in a question a change is: 「選項・paper・中文」."""
    *above, last = path
    known = names if above and above[-1] in ("need", "leads_to") else _PARTS
    return "・".join([*(str(_PARTS.get(part, part)) for part in above), str(known.get(last, last))])


def value_words(value: Any) -> str:
    """What stood or stands there; 「（無）」 for nothing."""
    if value is None or value == "":
        return _("（無）")
    if isinstance(value, tuple):
        return _("、").join(str(part) for part in value)
    if value is True:
        return _("是")
    return str(KINDS.get(value, value)) if isinstance(value, str) else str(value)
