"""The self-assessment over a small questionnaire, and over the one shipped."""

import json
from pathlib import Path

import pytest

from tcloud.assessment import rules

SHIPPED = json.loads(
    (Path(rules.__file__).parent / "data" / "questionnaire_v1.json").read_text(encoding="utf-8")
)


def question(code, kind="single", area="work", **more):
    return {"code": code, "area": area, "kind": kind, "required": True} | more


def option(code, *, exclusive=False, leads_to=(), **need):
    return {"code": code, "need": need, "exclusive": exclusive, "leads_to": list(leads_to)}


CONTENT = {
    "areas": [{"code": "work"}, {"code": "safety"}],
    "questions": [
        question("staff", "number", minimum=1, maximum=99, bands=[
            {"min": 1, "max": 4, "need": {"work": 1}}, {"min": 5, "max": 99, "need": {"work": 3}},
        ]),
        question("makes", options=[option("yes", work=2), option("no")]),
        question("how", show_if={"question": "makes", "any_of": ["yes"]}, options=[
            option("paper", work=4, leads_to=["plan-b"]), option("system"),
        ]),
        question("why_paper", required=False, show_if={"question": "how", "any_of": ["paper"]}, options=[option("habit", work=1)]),
        question("gaps", "multi", area="safety", options=[
            option("a", safety=2, leads_to=["x", "y"]), option("b", safety=2, leads_to=["y"]), option("c", safety=2),
            option("none", exclusive=True),
        ]),
    ],
    "scoring": {"question_cap": 4, "levels": [
        {"code": "low", "from_percent": 0}, {"code": "medium", "from_percent": 34}, {"code": "high", "from_percent": 67},
    ]},
}  # fmt: skip
ALL = {"staff": "3", "makes": "yes", "how": "system", "gaps": ["none"]}


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
        ({"staff": "0"}, [("staff", "out_of_range")]),
        ({"staff": "100"}, [("staff", "out_of_range")]),
        ({"staff": "3.5"}, [("staff", "out_of_range")]),
        ({"staff": "-3"}, [("staff", "out_of_range")]),
        ({"staff": "三"}, [("staff", "out_of_range")]),
        ({"makes": "perhaps"}, [("makes", "unknown_option")]),
        ({"makes": ["yes", "no"]}, [("makes", "unknown_option")]),
        ({"how": ""}, [("how", "missing")]),
        ({"makes": "no", "how": "nonsense"}, []),
        ({"how": "paper"}, []),  # why_paper is not required
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
        ({"staff": "5"}, 56, 0),  # 5 of 9, rounded half up
        ({"how": "paper"}, 70, 0),  # 7 of 10: the optional question, seen and blank, counts on one side
        ({"how": "paper", "why_paper": "habit"}, 80, 0),
        ({"makes": "no"}, 20, 0),  # 1 of 5: what is not shown counts on neither side
        ({"makes": "no", "how": "paper"}, 20, 0),
        ({"gaps": ["a"]}, 33, 50),
        ({"gaps": ["a", "b"]}, 33, 100),
        ({"gaps": ["a", "b", "c"]}, 33, 100),  # a question gives an area at most the cap
    ],
)
def test_profile_is_given_over_possible(change, work, safety):
    assert {need.area: need.percent for need in rules.profile(CONTENT, ALL | change)} == {
        "work": work,
        "safety": safety,
    }


def test_profile_puts_the_highest_first_with_its_level_and_where_it_leads():
    first, second = rules.profile(CONTENT, ALL | {"gaps": ["a", "b"]})
    assert (first.area, first.level, first.leads_to) == ("safety", "high", ("y", "x"))
    assert (second.area, second.level) == ("work", "low")


@pytest.mark.parametrize(
    ("percent", "level"),
    [(0, "low"), (33, "low"), (34, "medium"), (66, "medium"), (67, "high"), (100, "high")],
)
def test_level_begins_at_its_percentage(percent, level):
    assert rules._level(CONTENT, percent) == level


def everything(pick):
    """Answers to every question of the shipped questionnaire that shows, by `pick(question)`."""
    answers = {}
    while left := [q for q in rules.shown(SHIPPED, answers) if q["code"] not in answers]:
        answers[left[0]["code"]] = pick(left[0])
    return answers


def most_needy(q):
    if q["kind"] == "number":
        return str(q["maximum"])
    needs = {o["code"]: sum(o["need"].values()) for o in q["options"]}
    worst = max(needs, key=needs.__getitem__)
    return [o["code"] for o in q["options"] if not o.get("exclusive")] if q["kind"] == "multi" else worst


def test_shipped_questionnaire_can_be_answered_and_reaches_every_area():
    answers = everything(most_needy)
    assert rules.problems(SHIPPED, answers) == []
    needs = rules.profile(SHIPPED, answers)
    assert {need.area for need in needs} == {area["code"] for area in SHIPPED["areas"]}
    assert len(needs) == 7
    assert all(67 <= need.percent <= 100 and need.level == "high" and need.leads_to for need in needs)


def test_shipped_questionnaire_points_only_at_existing_things():
    categories = json.loads(
        (Path(rules.__file__).parents[1] / "catalogue" / "data" / "categories.json").read_text(
            encoding="utf-8"
        )
    )
    known, areas = {row["code"] for row in categories}, {row["code"] for row in SHIPPED["areas"]}
    by_code = {q["code"]: q for q in SHIPPED["questions"]}
    for q in SHIPPED["questions"]:
        assert q["area"] in areas
        for o in rules._givers(q):
            assert set(o["need"]) <= areas
            assert set(o.get("leads_to", [])) <= known
        if condition := q.get("show_if"):
            assert set(condition["any_of"]) <= {o["code"] for o in by_code[condition["question"]]["options"]}
