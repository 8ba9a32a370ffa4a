"""What a questionnaire must be to be published, what changed between two, and how a draft is edited."""

import copy

import pytest

from tcloud.assessment import rules
from tcloud.assessment.rules import Fault
from tests.assessment.test_rules import CATEGORIES, content, option, question


def changed(at, value):
    """The good questionnaire with the thing at a path replaced; (…, None) takes it away, a list index adds at the end when it is new."""
    made = content()
    thing = made
    for step in at[:-1]:
        thing = thing[step]
    if value is None:
        del thing[at[-1]]
    elif isinstance(thing, list) and at[-1] == len(thing):
        thing.append(value)
    else:
        thing[at[-1]] = value
    return made


Q = "questions"
# the good questionnaire's questions: 0 staff, 1 makes, 2 how (if makes=yes), 3 why_paper (if how=paper), 4 gaps (multi)
BAD = [
    (("scoring", "question_cap"), 3, "cap_out_of_range"),
    (("scoring", "question_cap"), 13, "cap_out_of_range"),
    (("scoring", "category_full"), 0, "cap_out_of_range"),
    (("scoring", "levels"), [], "levels_out_of_order"),
    (("scoring", "levels", 0, "from_percent"), 1, "levels_out_of_order"),
    (("scoring", "levels", 1, "from_percent"), 67, "levels_out_of_order"),
    (("scoring", "levels", 2, "from_percent"), 101, "levels_out_of_order"),
    (("similar_by",), ["nobody"], "not_for_comparing"),
    (("similar_by",), ["gaps"], "not_for_comparing"),
    (("similar_by",), ["how"], "not_for_comparing"),
    (("areas", 1, "zh"), "", "no_text"),
    (("areas", 0, "intro_en"), " ", "no_text"),
    (("areas", 2), {"code": "work", "zh": "又", "en": "Again", "intro_zh": "又", "intro_en": "A"}, "area_twice"),
    (
        ("areas", 2),
        {"code": "idle", "zh": "閒", "en": "Idle", "intro_zh": "閒", "intro_en": "I"},
        "area_without_questions",
    ),
    ((Q, 4, "options", 0, "need"), {}, "category_without_need"),
    ((Q, 0, "code"), "Staff", "code_malformed"),
    ((Q, 0, "code"), "later", "code_reserved"),
    ((Q, 1, "code"), "staff", "code_twice"),
    ((Q, 4, "code"), "how", "code_twice"),
    ((Q, 0, "area"), "nowhere", "unknown_area"),
    ((Q, 0, "area"), "safety", "areas_mixed"),
    ((Q, 0, "en"), "", "no_text"),
    ((Q, 0, "help_zh"), "只有中文", "help_in_one_language"),
    ((Q, 0, "kind"), "number", "unknown_kind"),
    ((Q, 1, "options"), [option("yes"), option("maybe")], "not_yes_and_no"),
    ((Q, 0, "options"), [option("few", work=1)], "options_too_few_or_many"),
    ((Q, 0, "options"), [option(f"o{n}") for n in range(13)], "options_too_few_or_many"),
    ((Q, 0, "options", 1, "code"), "few", "option_twice"),
    ((Q, 0, "options", 1, "code"), "Many people", "code_malformed"),
    ((Q, 0, "options", 1, "zh"), "", "no_text"),
    ((Q, 0, "options", 1, "exclusive"), True, "none_only_in_multi"),
    ((Q, 4, "options", 3), None, "no_way_to_say_none"),
    ((Q, 4, "options", 2, "exclusive"), True, "no_way_to_say_none"),
    ((Q, 4, "options", 3, "need"), {"safety": 1}, "none_raises_a_need"),
    ((Q, 2, "show_if", "question"), "nobody", "condition_not_earlier"),
    ((Q, 2, "show_if", "question"), "how", "condition_not_earlier"),  # itself
    ((Q, 0, "show_if"), {"question": "gaps", "any_of": ["a"]}, "condition_not_earlier"),  # later
    ((Q, 1, "show_if"), {"question": "how", "any_of": ["paper"]}, "condition_not_earlier"),  # a circle
    ((Q, 2, "show_if", "any_of"), [], "condition_of_unknown_option"),
    ((Q, 2, "show_if", "any_of"), ["perhaps"], "condition_of_unknown_option"),
    ((Q, 2, "show_if", "any_of"), ["yes", "no"], "condition_always_true"),
    ((Q, 2, "options", 0, "need"), {"work": 0}, "weight_out_of_range"),
    ((Q, 2, "options", 0, "need"), {"work": 5}, "weight_out_of_range"),
    ((Q, 2, "options", 0, "need"), {"work": 1.5}, "weight_out_of_range"),
    ((Q, 2, "options", 0, "need"), {"nowhere": 1}, "unknown_area"),
    ((Q, 2, "options", 0, "leads_to"), {"y": 9}, "weight_out_of_range"),
    ((Q, 2, "options", 0, "leads_to"), {"gone": 1}, "unknown_category"),
    ((Q, 2, "options", 0, "reason_zh"), None, "no_reason"),
    ((Q, 2, "options", 0, "reason_en"), "", "no_reason"),
]  # fmt: skip


def test_faults_finds_none_in_a_good_questionnaire():
    assert rules.faults(content(), CATEGORIES) == []


@pytest.mark.parametrize(
    ("at", "value", "why"), BAD, ids=[f"{'.'.join(map(str, at))}-{why}" for at, _v, why in BAD]
)
def test_faults_finds_each_thing_that_keeps_it_from_being_published(at, value, why):
    assert why in {fault.why for fault in rules.faults(changed(at, value), CATEGORIES)}


def test_faults_finds_a_need_out_of_reach():
    made = content()
    for each in made["questions"][4]["options"]:
        each["need"], each["leads_to"] = {}, {}
    assert rules.faults(made, CATEGORIES) == [Fault("need_out_of_reach", area="safety")]


def test_faults_are_all_in_the_table():
    import inspect

    from tcloud.assessment.rules import forming
    from tcloud.web.office.questionnaire_words import FAULTS

    source = inspect.getsource(forming)
    assert {why for why in FAULTS if f'"{why}"' not in source} == set()
    assert set(FAULTS) == {why for _at, _value, why in BAD} | {"need_out_of_reach"}


def test_changes_are_none_between_equals():
    assert rules.changes(content(), copy.deepcopy(content())) == []


@pytest.mark.parametrize(
    ("edit", "kinds"),
    [
        (lambda c: rules.without_question(c, "why_paper"), [("removed", "why_paper")]),
        (lambda c: rules.with_question(c, question("new", options=[option("a"), option("b")])), [("added", "new")]),
        (lambda c: rules.question_moved(c, "makes", -1), [("moved", "makes")]),
        (lambda c: rules.question_moved(c, "staff", -1), []),
        (lambda c: rules.with_area(c, "work", {"zh": "新", "en": "New"}), [("changed", "work")]),
        (
            lambda c: rules.option_moved(c, rules.question_of(c, "gaps"), "a", 1),
            [("changed", "gaps")],
        ),
    ],
)  # fmt: skip
def test_changes_name_what_was_edited(edit, kinds):
    found = rules.changes(content(), edit(content()))
    assert [(change.kind, change.code) for change in found] == kinds


def test_changes_say_what_stood_and_what_stands():
    made = content()
    edited = option("paper", work=2, leads_to={"plan-b": 3})
    made = rules.with_option(made, rules.question_of(made, "how"), edited)
    (change,) = rules.changes(content(), made)
    assert {path: (old, new) for path, old, new in change.parts} == {
        ("options", "paper", "need", "work"): (4, 2),
        ("options", "paper", "leads_to", "y"): (1, None),
    }


def test_editing_leaves_what_it_was_given_and_keeps_areas_together():
    before = content()
    made = rules.with_question(before, question("new", options=[option("a"), option("b")]))
    assert before == content()
    assert [q["code"] for q in made["questions"]] == ["staff", "makes", "how", "why_paper", "new", "gaps"]
    made = rules.with_option(made, rules.question_of(made, "gaps"), option("d"))
    assert [o["code"] for o in rules.question_of(made, "gaps")["options"]] == ["a", "b", "c", "d", "none"]


@pytest.mark.parametrize(
    ("kept", "typed", "drawn", "asked", "left"),
    [
        ({}, {"a": "1"}, {}, ["a", "b"], {"a": "1"}),
        ({"a": "1"}, {"a": "2"}, {"a": "1"}, ["a"], {"a": "2"}),
        ({"b": "9"}, {"a": "1"}, {"a": None, "b": None}, ["a", "b"], {"a": "1", "b": "9"}),  # answered elsewhere meanwhile
        ({"a": "2"}, {"a": "1"}, {"a": "1"}, ["a"], {"a": "2"}),  # changed elsewhere, untouched here
        ({"a": "2"}, {"a": "3"}, {"a": "1"}, ["a"], {"a": "3"}),  # changed on both: the last saved
        ({"a": "1"}, {}, {"a": "1"}, ["a"], {}),  # emptied here
        ({"a": ["x"]}, {}, {"a": ["x", "y"]}, ["a"], {}),
        ({"z": "1"}, {"z": "2"}, {}, ["a"], {"z": "1"}),  # not asked on this page
    ],
)  # fmt: skip
def test_merged_lets_the_last_answer_saved_to_each_question_win(kept, typed, drawn, asked, left):
    assert rules.merged(kept, typed, drawn=drawn, asked=asked) == left


@pytest.mark.rule("R-13")
def test_carried_keeps_answers_to_questions_that_still_read_the_same():
    later = rules.without_question(content(), "makes")
    later = rules.with_question(later, rules.question_of(later, "staff") | {"zh": "別的問題"})
    answers = {"staff": "few", "makes": "yes", "gaps": ["a"]}
    assert rules.carried(content(), later, answers) == {"gaps": ["a"]}
    assert rules.carried(content(), content(), answers) == answers
