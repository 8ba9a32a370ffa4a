"""The self-assessment over a small questionnaire, and over the one shipped."""

import json
from pathlib import Path

import pytest

from tcloud.assessment import rules
from tcloud.assessment.rules import profiling

SHIPPED = json.loads(
    (Path(rules.__file__).parents[1] / "data" / "questionnaire_v1.json").read_text(encoding="utf-8")
)


def question(code, kind="single", area="work", **more):
    return {
        "code": code,
        "area": area,
        "kind": kind,
        "zh": code,
        "en": code,
        "help_zh": "",
        "help_en": "",
    } | more


def option(code, *, exclusive=False, leads_to=(), **need):
    made = {"code": code, "zh": code, "en": code, "need": need, "leads_to": dict(leads_to)}
    made |= {"reason_zh": f"您{code}", "reason_en": f"you {code}"} if need else {}
    return made | ({"exclusive": True} if exclusive else {})


def content():
    return {
        "zh": "自評表", "en": "Assessment", "minutes": 5, "similar_by": ["staff"],
        "areas": [
            {"code": "work", "zh": "工作", "en": "Work", "intro_zh": "工", "intro_en": "W"},
            {"code": "safety", "zh": "安全", "en": "Safety", "intro_zh": "安", "intro_en": "S"},
        ],
        "questions": [
            question("staff", options=[option("few", work=1), option("many", work=3)]),
            question("makes", "yes_no", options=[option("yes", work=2), option("no")]),
            question("how", show_if={"question": "makes", "any_of": ["yes"]}, options=[
                option("paper", work=4, leads_to={"plan-b": 3, "y": 1}), option("system"),
            ]),
            question("why_paper", show_if={"question": "how", "any_of": ["paper"]}, options=[option("habit", work=1), option("other")]),
            question("gaps", "multi", area="safety", options=[
                option("a", safety=2, leads_to={"x": 1, "y": 2}), option("b", safety=2, leads_to={"y": 1}), option("c", safety=2),
                option("none", exclusive=True),
            ]),
        ],
        "scoring": {"question_cap": 4, "category_full": 4, "levels": [
            {"code": "low", "from_percent": 0, "zh": "低", "en": "Low"},
            {"code": "medium", "from_percent": 34, "zh": "中", "en": "Medium"},
            {"code": "high", "from_percent": 67, "zh": "高", "en": "High"},
        ]},
    }  # fmt: skip


CONTENT = content()
CATEGORIES = {"plan-b", "x", "y"}
ALL = {"staff": "few", "makes": "yes", "how": "system", "gaps": ["none"]}


def codes(answers):
    return [q["code"] for q in rules.shown(CONTENT, answers)]


@pytest.mark.parametrize(
    ("answers", "conditional"),
    [
        ({}, []),
        ({"makes": "no"}, []),
        ({"makes": "yes"}, ["how"]),
        ({"makes": "yes", "how": "paper"}, ["how", "why_paper"]),
        ({"makes": "no", "how": "paper"}, []),  # a hidden question's old answer opens nothing
    ],
)
def test_shown_follows_conditions_through_their_own_conditions(answers, conditional):
    assert codes(answers) == ["staff", "makes", *conditional, "gaps"]


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({}, []),
        ({"staff": ""}, [("staff", "missing")]),
        ({"staff": None}, [("staff", "missing")]),
        ({"makes": "perhaps"}, [("makes", "unknown_option")]),
        ({"makes": ["yes", "no"]}, [("makes", "unknown_option")]),
        ({"how": ""}, [("how", "missing")]),
        ({"makes": "no", "how": "nonsense"}, []),
        ({"how": "paper"}, [("why_paper", "missing")]),
        ({"gaps": []}, [("gaps", "missing")]),
        ({"gaps": ["a", "none"]}, [("gaps", "not_alone")]),
        ({"gaps": ["a", "z"]}, [("gaps", "unknown_option")]),
    ],
)
def test_problems_names_each_answer_that_cannot_be_taken(change, wrong):
    assert [(p.question, p.why) for p in rules.problems(CONTENT, ALL | change)] == wrong


def test_problems_of_one_area_leaves_the_others_alone():
    assert [p.question for p in rules.problems(CONTENT, {}, area="safety")] == ["gaps"]


@pytest.mark.parametrize(
    ("change", "work", "safety"),
    [
        ({}, 33, 0),  # 1 + 2 + 0 of 3 + 2 + 4
        ({"staff": "many"}, 56, 0),  # 5 of 9, rounded half up
        ({"how": "paper", "why_paper": "other"}, 70, 0),
        ({"how": "paper", "why_paper": "habit"}, 80, 0),
        ({"makes": "no"}, 20, 0),  # 1 of 5: what is not shown counts on neither side
        ({"makes": "no", "how": "paper"}, 20, 0),
        ({"gaps": ["a"]}, 33, 50),
        ({"gaps": ["a", "b"]}, 33, 100),
        ({"gaps": ["a", "b", "c"]}, 33, 100),  # a question gives an area at most the cap
    ],
)
def test_profile_of_an_area_is_given_over_possible(change, work, safety):
    found = rules.profile(CONTENT, ALL | change)
    assert {need.area: need.strength for need in found.areas} == {"work": work, "safety": safety}


PAPER, A, B = ("how", "paper"), ("gaps", "a"), ("gaps", "b")


@pytest.mark.parametrize(
    ("change", "categories"),
    [
        ({}, []),
        ({"how": "paper"}, [("plan-b", "work", 75, (PAPER,)), ("y", "work", 25, (PAPER,))]),
        ({"gaps": ["a"]}, [("y", "safety", 50, (A,)), ("x", "safety", 25, (A,))]),
        ({"gaps": ["b", "a"]}, [("y", "safety", 75, (A, B)), ("x", "safety", 25, (A,))]),
        (  # several answers together fill it, never above 100; the heaviest reason first and its area
            {"how": "paper", "gaps": ["a", "b"]},
            [
                ("y", "safety", 100, (A, PAPER, B)),
                ("plan-b", "work", 75, (PAPER,)),
                ("x", "safety", 25, (A,)),
            ],
        ),
        ({"makes": "no", "how": "paper"}, []),  # not shown, not counted
    ],
)
def test_profile_of_a_category_adds_up_what_points_at_it(change, categories):
    found = rules.profile(CONTENT, ALL | change)
    assert [(n.category, n.area, n.strength, n.because) for n in found.categories] == categories


def test_profile_puts_the_highest_first_and_keeps_what_makes_it_similar():
    found = rules.profile(CONTENT, ALL | {"gaps": ["a", "b"]})
    assert [(need.area, need.level) for need in found.areas] == [("safety", "high"), ("work", "low")]
    assert found.areas[0].because == (("gaps", "a"), ("gaps", "b"))
    assert found.areas[1].because == (("makes", "yes"), ("staff", "few"))
    assert found.similar == {"staff": "few"}


def test_reasons_are_the_phrases_of_the_options():
    assert rules.reasons(CONTENT, (PAPER, A)) == [("how", "您paper", "you paper"), ("gaps", "您a", "you a")]


@pytest.mark.parametrize(
    ("percent", "level"),
    [(0, "low"), (33, "low"), (34, "medium"), (66, "medium"), (67, "high"), (100, "high")],
)
def test_level_begins_at_its_percentage(percent, level):
    assert profiling._level(CONTENT, percent) == level


def everything(pick):
    """Answers to every question of the shipped questionnaire that shows, by `pick(question)`."""
    answers = {}
    while left := [q for q in rules.shown(SHIPPED, answers) if q["code"] not in answers]:
        answers[left[0]["code"]] = pick(left[0])
    return answers


def most_needy(q):
    needs = {o["code"]: sum(o["need"].values()) for o in q["options"]}
    worst = max(needs, key=needs.__getitem__)
    return [o["code"] for o in q["options"] if not o.get("exclusive")] if q["kind"] == "multi" else worst


def test_shipped_questionnaire_can_be_answered_and_reaches_every_area():
    answers = everything(most_needy)
    assert rules.problems(SHIPPED, answers) == []
    found = rules.profile(SHIPPED, answers)
    assert {need.area for need in found.areas} == {area["code"] for area in SHIPPED["areas"]}
    assert len(found.areas) == 7
    assert all(67 <= need.strength <= 100 and need.level == "high" for need in found.areas)
    assert set(found.similar) == {"industry", "staff_count"}


def test_shipped_questionnaire_is_well_formed_and_calls_for_every_kind_of_plan():
    rows = json.loads(
        (Path(rules.__file__).parents[2] / "catalogue" / "data" / "categories.json").read_text(
            encoding="utf-8"
        )
    )
    kinds = {row["code"] for row in rows if row["parent"]}
    assert rules.faults(SHIPPED, kinds) == []
    assert 25 <= len(SHIPPED["questions"]) <= 35
    assert all(q["help_zh"] for q in SHIPPED["questions"])
    led = {code for q in SHIPPED["questions"] for o in q["options"] for code in o.get("leads_to", {})}
    assert led == kinds
