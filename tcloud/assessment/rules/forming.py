"""What keeps a questionnaire from being published: every company must be able to answer it, and every need be able to show."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tcloud.assessment.rules.answering import Content, Question

KINDS: Final = ("single", "multi", "yes_no")
YES_NO: Final = ("yes", "no")
MOST_WEIGHT: Final = 4
MOST_OPTIONS: Final = 12
MOST_CAP: Final = 12  # per question and area, or for a full category
RESERVED: Final = (
    "drawn",
    "later",
    "change",
    "go",
    "asked",
    "csrfmiddlewaretoken",
)  # names the pages' own fields have
_CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Fault:
    """What is wrong (`why`) and where: codes of the area, question and option, empty where it is about the whole."""

    why: str
    area: str = ""
    question: str = ""
    option: str = ""


def faults(content: Content, categories: Collection[str]) -> list[Fault]:
    """Everything that is wrong with a questionnaire, in its order; `categories` are the codes of the plan categories there are.

    Codes are unique and well made; every text is there in both languages; a condition names options of an earlier question (so there
    are no circles, and every question can come to be shown); weights are 1 to 4; what raises a need says why; a multiple choice has
    one option for "none of these"; every area has questions and can be reached; the scoring's caps and levels are sane.
    """
    areas = [row["code"] for row in content["areas"]]
    found = [*_scoring(content["scoring"]), *_similar(content)]
    found += [Fault("area_twice", area=code) for code, count in Counter(areas).items() if count > 1]
    found += [Fault("no_text", area=row["code"]) for row in content["areas"] if not _texts(row, "", "intro_")]
    found += [
        Fault("code_twice", question=code)
        for code, count in Counter(question["code"] for question in content["questions"]).items()
        if count > 1
    ]
    if [areas.index(q["area"]) for q in content["questions"] if q["area"] in areas] != sorted(
        areas.index(q["area"]) for q in content["questions"] if q["area"] in areas
    ):
        found.append(Fault("areas_mixed"))
    earlier: dict[str, Question] = {}
    for question in content["questions"]:
        found += _question(question, areas)
        found += _condition(question, earlier)
        for option in question["options"]:
            found += _option(question, option, areas, categories)
        earlier.setdefault(question["code"], question)
    return found + _reach(content, areas)


def _texts(thing: Mapping[str, Any], *parts: str) -> bool:
    """Whether the texts are there in both languages."""
    return all(str(thing.get(f"{part}{language}", "")).strip() for part in parts for language in ("zh", "en"))


def _scoring(scoring: Mapping[str, Any]) -> Iterator[Fault]:
    caps = (scoring["question_cap"], scoring["category_full"])
    if not all(isinstance(cap, int) and MOST_WEIGHT <= cap <= MOST_CAP for cap in caps):
        yield Fault("cap_out_of_range")
    starts = [level["from_percent"] for level in scoring["levels"]]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)) or starts[-1] > 100:
        yield Fault("levels_out_of_order")


def _similar(content: Content) -> Iterator[Fault]:
    by_code = {question["code"]: question for question in content["questions"]}
    for code in content["similar_by"]:
        question = by_code.get(code)
        if question is None or question["kind"] == "multi" or question.get("show_if"):
            yield Fault("not_for_comparing", question=code)


def _question(question: Question, areas: list[str]) -> Iterator[Fault]:
    at = {"area": question["area"], "question": question["code"]}
    options = question["options"]
    if not _CODE.fullmatch(question["code"]):
        yield Fault("code_malformed", **at)
    if question["code"] in RESERVED:
        yield Fault("code_reserved", **at)
    if question["area"] not in areas:
        yield Fault("unknown_area", **at)
    if not _texts(question, ""):
        yield Fault("no_text", **at)
    if bool(question.get("help_zh")) != bool(question.get("help_en")):
        yield Fault("help_in_one_language", **at)
    if question["kind"] not in KINDS:
        yield Fault("unknown_kind", **at)
    if question["kind"] == "yes_no" and tuple(option["code"] for option in options) != YES_NO:
        yield Fault("not_yes_and_no", **at)
    if not 2 <= len(options) <= MOST_OPTIONS:
        yield Fault("options_too_few_or_many", **at)
    exclusive = sum(bool(option.get("exclusive")) for option in options)
    if question["kind"] == "multi" and exclusive != 1:
        yield Fault("no_way_to_say_none", **at)
    if question["kind"] != "multi" and exclusive:
        yield Fault("none_only_in_multi", **at)
    for code, count in Counter(option["code"] for option in options).items():
        if count > 1:
            yield Fault("option_twice", **at, option=code)


def _condition(question: Question, earlier: Mapping[str, Question]) -> Iterator[Fault]:
    condition, at = question.get("show_if"), {"area": question["area"], "question": question["code"]}
    if not condition:
        return
    asked = earlier.get(condition["question"])
    if asked is None:
        yield Fault("condition_not_earlier", **at)
        return
    known = {option["code"] for option in asked["options"]}
    if not condition["any_of"] or set(condition["any_of"]) - known:
        yield Fault("condition_of_unknown_option", **at)
    elif set(condition["any_of"]) == known:
        yield Fault("condition_always_true", **at)


def _option(
    question: Question, option: Mapping[str, Any], areas: list[str], categories: Collection[str]
) -> Iterator[Fault]:
    at = {"area": question["area"], "question": question["code"], "option": option["code"]}
    need, leads = option["need"], option.get("leads_to", {})
    if not _CODE.fullmatch(option["code"]):
        yield Fault("code_malformed", **at)
    if not _texts(option, ""):
        yield Fault("no_text", **at)
    if set(need) - set(areas):
        yield Fault("unknown_area", **at)
    if set(leads) - set(categories):
        yield Fault("unknown_category", **at)
    if not all(isinstance(w, int) and 1 <= w <= MOST_WEIGHT for w in (*need.values(), *leads.values())):
        yield Fault("weight_out_of_range", **at)
    if leads and not need:
        yield Fault("category_without_need", **at)
    if need and not _texts(option, "reason_"):
        yield Fault("no_reason", **at)
    if option.get("exclusive") and need:
        yield Fault("none_raises_a_need", **at)


def _reach(content: Content, areas: list[str]) -> list[Fault]:
    asked = Counter(question["area"] for question in content["questions"])
    raised = {
        area for question in content["questions"] for option in question["options"] for area in option["need"]
    }
    missing = [Fault("area_without_questions", area=area) for area in areas if not asked[area]]
    return missing + [Fault("need_out_of_reach", area=area) for area in areas if area not in raised]
