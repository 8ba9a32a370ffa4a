import pytest

from tcloud.catalogue import answers

YES_NO = {"code": "api", "zh": "開放API", "en": "Open API", "kind": "yes_no"}
NUMBER = {"code": "sites", "zh": "據點", "en": "Sites", "kind": "number", "unit_zh": "處", "unit_en": "sites"}
NO_LIMIT = NUMBER | {"unlimited": True}
CHOICE = {
    "code": "mobile", "zh": "手機", "en": "Phone", "kind": "choice",
    "choices": [{"code": "app", "zh": "有App", "en": "App"}, {"code": "none", "zh": "沒有", "en": "None"}],
}  # fmt: skip
TEXT = {"code": "without", "zh": "不包含", "en": "Not included", "kind": "text", "optional": True}


@pytest.mark.rule("R-32")
@pytest.mark.parametrize(
    ("question", "answer", "fits"),
    [
        (YES_NO, True, True), (YES_NO, False, True), (YES_NO, 1, False), (YES_NO, "yes", False), (YES_NO, None, False),
        (NUMBER, 0, True), (NUMBER, 12, True), (NUMBER, -1, False), (NUMBER, True, False), (NUMBER, 1.5, False),
        (NUMBER, "12", False), (NUMBER, "unlimited", False), (NUMBER, 10**9, False), (NO_LIMIT, "unlimited", True),
        (CHOICE, "app", True), (CHOICE, "App", False), (CHOICE, None, False),
        (TEXT, {"zh": "硬體"}, True), (TEXT, {"zh": "硬體", "en": "Hardware"}, True), (TEXT, {"en": "Hardware"}, False),
        (TEXT, {"zh": " "}, False), (TEXT, "硬體", False), (TEXT, {"zh": "長" * 201}, False), (TEXT, {"zh": "硬", "x": "y"}, False),
        (YES_NO | {"kind": "other"}, True, False),
    ],
)  # fmt: skip
def test_fits_knows_each_kind(question, answer, fits):
    assert answers.fits(question, answer) is fits


@pytest.mark.rule("R-32")
def test_open_questions_and_misfits_are_named():
    template = [YES_NO, NUMBER, TEXT]
    assert answers.open_questions(template, {"api": True}) == ["sites"]
    assert answers.misfits(template, {"api": "no", "sites": 3, "colour": "red"}) == ["api", "colour"]


@pytest.mark.parametrize(
    ("question", "answer", "zh", "en"),
    [
        (YES_NO, True, "有", "Yes"), (YES_NO, False, "沒有", "No"), (NUMBER, 1200, "1,200處", "1,200 sites"),
        (NO_LIMIT, "unlimited", "不限", "Unlimited"), (CHOICE, "app", "有App", "App"), (CHOICE, "gone", "", ""),
        (TEXT, {"zh": "硬體", "en": "Hardware"}, "硬體", "Hardware"), (TEXT, {"zh": "硬體"}, "硬體", "硬體"), (YES_NO, None, "", ""),
    ],
)  # fmt: skip
def test_words_speak_both_languages(question, answer, zh, en):
    assert (answers.words(question, answer), answers.words(question, answer, english=True)) == (zh, en)
