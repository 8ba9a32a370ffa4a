"""Officers write the self-assessment page by page: draft, edit, look at it, publish after a second look, put aside."""

import pytest
from django.urls import reverse

from tcloud.assessment import operations as questionnaires
from tcloud.assessment import rules
from tcloud.assessment.models import Assessment, Questionnaire
from tcloud.catalogue import operations as catalogue
from tcloud.core.models import Event
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-37")]


def browser(role):
    return factories.signed_in(factories.user(staff_role=role))


@pytest.fixture
def first(outside, edition):
    catalogue.import_categories()
    return questionnaires.publish_first(at=factories.NOW)


@pytest.fixture
def officer(first):
    return browser("officer")


@pytest.fixture
def draft(officer):
    answer = officer.post(reverse("office_questionnaires"))
    found = Questionnaire.objects.get(state="DRAFT")
    assert answer.url == page("office_questionnaire", found)
    return found


def page(name, draft, *args):
    return reverse(name, args=[draft.pk, *args])


def text(answer):
    return answer.content.decode()


def question(draft, code):
    draft.refresh_from_db()
    return rules.question_of(draft.content, code)


def post(client, url, draft, **values):
    draft.refresh_from_db()
    return client.post(url, {"version": draft.version} | values)


TEXTS = {"zh": "您多久盤點一次？", "en": "How often do you count stock?", "help_zh": "", "help_en": ""}


def test_writes_a_question_with_options_and_a_condition_then_publishes_it(officer, draft, first):
    new = page("office_question_new", draft, "sales_channels")
    asked = post(officer, new, draft, code="count_frequency", kind="single", **TEXTS)
    assert asked.url == page("office_question", draft, "count_frequency")
    option = page("office_option_new", draft, "count_frequency")
    post(officer, option, draft, code="yearly", zh="一年一次", en="Once a year", need_sales_channels="3",
         category_1="stock", weight_1="3", reason_zh="您一年才盤點一次", reason_en="you count stock once a year")  # fmt: skip
    post(officer, option, draft, code="monthly", zh="每個月", en="Monthly")
    condition = page("office_question_condition", draft, "count_frequency")
    assert "您需要管理庫存嗎？" in text(officer.get(condition))
    post(officer, condition, draft, earlier="keeps_stock", any_of=["yes"])
    assert question(draft, "count_frequency") == {
        "code": "count_frequency", "area": "sales_channels", "kind": "single", **TEXTS,
        "show_if": {"question": "keeps_stock", "any_of": ["yes"]},
        "options": [
            {
                "code": "yearly", "zh": "一年一次", "en": "Once a year", "need": {"sales_channels": 3}, "leads_to": {"stock": 3},
                "reason_zh": "您一年才盤點一次", "reason_en": "you count stock once a year",
            },
            {"code": "monthly", "zh": "每個月", "en": "Monthly", "need": {}},
        ],
    }  # fmt: skip
    look = page("office_questionnaire_publication", draft)
    second = text(officer.get(look))
    assert "您多久盤點一次？" in second
    assert "公布這個版本" in second
    assert "選項・yearly・需求值・銷售管理與通路" in second
    assert "選項・yearly・對應的方案類別・進貨銷貨與庫存" in second
    assert post(officer, look, draft).status_code == 302
    draft.refresh_from_db()
    assert (draft.number, draft.state) == (2, "PUBLISHED")
    first.refresh_from_db()
    assert rules.question_of(first.content, "count_frequency") is None
    assert "自評表第2版" in text(officer.get(reverse("office_questionnaires")))
    assert page("office_questionnaire", draft) in text(officer.get(reverse("office_events")))


def test_changes_texts_order_kind_and_options(officer, draft):
    area = page("office_questionnaire_area", draft, "remote_work")
    post(officer, area, draft, zh="在外工作", en="Work away", intro_zh="引言", intro_en="Intro")
    url = page("office_question", draft, "online_meetings")
    post(officer, url, draft, act="up")
    post(officer, url, draft, zh="開會？", en="Meet?", help_zh="", help_en="", kind="multi")
    draft.refresh_from_db()
    assert draft.content["areas"][2]["zh"] == "在外工作"
    own = [q["code"] for q in draft.content["questions"] if q["area"] == "remote_work"]
    assert own == ["works_away", "away_obstacles", "online_meetings", "away_devices"]
    assert [(o["code"], o.get("exclusive")) for o in question(draft, "online_meetings")["options"]] == [
        ("yes", None), ("no", None), ("none", True),
    ]  # fmt: skip
    post(officer, url, draft, act="remove", option="no")
    post(officer, url, draft, act="down", option="yes")
    assert [o["code"] for o in question(draft, "online_meetings")["options"]] == ["none", "yes"]
    option = page("office_option", draft, "online_meetings", "yes")
    assert 'value="您常和外地的人開會"' in text(officer.get(option))
    post(
        officer,
        option,
        draft,
        zh="常常",
        en="Often",
        need_remote_work="2",
        reason_zh="您常開會",
        reason_en="you meet",
    )
    assert question(draft, "online_meetings")["options"][1]["need"] == {"remote_work": 2}
    post(officer, page("office_question", draft, "away_devices"), draft, act="always")
    assert "show_if" not in question(draft, "away_devices")
    post(officer, url, draft, act="remove")
    assert question(draft, "online_meetings") is None


def test_says_what_is_wrong_and_does_not_publish_it(officer, draft):
    post(officer, page("office_question", draft, "keeps_stock"), draft, act="remove")
    shown = text(officer.get(page("office_questionnaire", draft)))
    assert "條件所指的題目不在這一題之前" in shown
    assert "怎麼知道還剩多少庫存？" in shown
    look = page("office_questionnaire_publication", draft)
    assert "公布這個版本" not in text(officer.get(look))
    refused = post(officer, look, draft)
    assert refused.status_code == 409
    assert "還有1個地方要修正" in text(refused)
    preview = officer.get(page("office_questionnaire_preview", draft, "daily_operations"))
    assert preview.url == page("office_questionnaire", draft)
    draft.refresh_from_db()
    assert draft.state == "DRAFT"


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"code": "Yearly"}, "代碼只能用小寫英文字母"),
        ({"code": "later"}, "這個代碼已經使用"),
        ({"code": "industry"}, "這個代碼已經使用"),
        ({"code": "fine", "zh": ""}, "請填寫「題目（中文）」"),
        ({"code": "fine", "kind": "number"}, "請選擇題型"),
    ],
)
def test_a_bad_question_is_said_and_not_kept(officer, draft, values, wrong):
    url = page("office_question_new", draft, "remote_work")
    answer = post(officer, url, draft, **{"kind": "single"} | TEXTS | values)
    assert answer.status_code == 200
    assert wrong in text(answer)
    draft.refresh_from_db()
    assert draft.version == 1


def test_a_stale_form_is_refused_and_nothing_is_overwritten(officer, draft):
    url = page("office_questionnaire_area", draft, "remote_work")
    texts = {"zh": "甲", "en": "A", "intro_zh": "甲", "intro_en": "A"}
    assert officer.post(url, texts | {"version": 1}).status_code == 302
    assert browser("officer").post(url, texts | {"version": 1, "zh": "乙"}).status_code == 409
    draft.refresh_from_db()
    assert draft.content["areas"][2]["zh"] == "甲"
    for name in ("office_questionnaire_publication", "office_questionnaire_discarding"):
        assert officer.post(page(name, draft), {"version": 1}).status_code == 409
    draft.refresh_from_db()
    assert draft.state == "DRAFT"


def test_preview_is_the_company_s_page_and_keeps_nothing(officer, draft):
    before = Event.objects.count()
    url = page("office_questionnaire_preview", draft, "remote_work")
    asked = officer.get(url, {"industry": "health", "works_away": "often", "online_meetings": "no", "go": "1", "asked": ["works_away", "online_meetings"]})  # fmt: skip
    assert "還有2題請您回答" in text(asked)
    assert 'name="industry" value="health"' in text(asked)
    done = officer.get(url, {"industry": "health", "works_away": "never", "online_meetings": "no", "go": "1"})
    assert done.url.startswith(
        page("office_questionnaire_preview", draft, "online_collaboration") + "?industry=health"
    )
    answers, content = {}, draft.content
    while left := [q for q in rules.shown(content, answers) if q["code"] not in answers]:
        codes = [o["code"] for o in left[0]["options"] if not o.get("exclusive")]
        answers[left[0]["code"]] = codes if left[0]["kind"] == "multi" else codes[0]
    result = text(officer.get(page("office_questionnaire_result", draft), answers))
    assert "radar-shape" in result
    assert "您用紙本排班" not in text(officer.get(page("office_questionnaire_result", draft)))
    assert (Assessment.objects.count(), Event.objects.count()) == (0, before)


def test_discard_asks_first(officer, draft):
    url = page("office_questionnaire_discarding", draft)
    assert "捨棄後不能再編輯" in text(officer.get(url))
    assert post(officer, url, draft).url == reverse("office_questionnaires")
    draft.refresh_from_db()
    assert draft.state == "DISCARDED"


def test_auditor_reads_and_changes_nothing(officer, draft):
    auditor = browser("auditor")
    for name in (
        "office_questionnaire",
        "office_questionnaire_publication",
        "office_questionnaire_discarding",
    ):
        shown = auditor.get(page(name, draft))
        assert shown.status_code == 200
        assert f'name="version" value="{draft.version}"' not in text(shown)
    assert auditor.get(page("office_question", draft, "industry")).url == page("office_questionnaire", draft)
    assert (
        auditor.post(page("office_question", draft, "industry"), {"act": "remove", "version": 1}).status_code
        == 403
    )
    assert question(draft, "industry")


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("office_questionnaire_area", ["nowhere"]),
        ("office_question_new", ["nowhere"]),
        ("office_question", ["nobody"]),
        ("office_option", ["industry", "nobody"]),
        ("office_questionnaire_preview", ["nowhere"]),
    ],
)
def test_what_is_not_there_is_not_found(officer, draft, name, args):
    assert officer.get(page(name, draft, *args)).status_code == 404


def test_a_published_version_is_only_shown(officer, first):
    assert officer.get(page("office_question", first, "industry")).url == page("office_questionnaire", first)
    texts = {"zh": "甲", "en": "A", "intro_zh": "甲", "intro_en": "A", "version": first.version}
    assert officer.post(page("office_questionnaire_area", first, "remote_work"), texts).status_code == 409
    shown = text(officer.get(page("office_questionnaire", first)))
    assert "修改名稱與引言" not in shown
    assert "您用紙本排班" in shown


def test_list_takes_the_same_number_of_queries_however_many_there_are(
    officer, first, draft, django_assert_num_queries
):
    url = reverse("office_questionnaires")
    officer.get(url)
    with django_assert_num_queries(8):
        officer.get(url)
    for _time in range(5):
        draft.refresh_from_db()
        questionnaires.discard(draft, drawn_from=draft.version, by=factories.officer(), at=factories.NOW)
        draft = questionnaires.begin_draft(by=factories.officer(), at=factories.NOW)
    with django_assert_num_queries(8):
        officer.get(url)
