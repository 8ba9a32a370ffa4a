"""The shared layer of the pages: values as people read them, deadlines, refusals, and files that must fit together."""

import re
from datetime import date, datetime
from pathlib import Path

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from tcloud.core import clock
from tcloud.core.clock import TAIPEI
from tcloud.core.refusals import Refusal
from tcloud.web.ui.dates import DateBoxesField
from tcloud.web.ui.middleware import RefusalMiddleware, way_back
from tcloud.web.ui.templatetags import tracing, ui

UI = Path(ui.__file__).parent.parent
TEMPLATES = [*UI.glob("templates/**/*.html"), *(UI.parent / "public/templates").glob("**/*.html")]
FRIDAY = date(2026, 11, 27)
MORNING = datetime(2026, 11, 23, 9, 5, tzinfo=TAIPEI)


def render(source: str, **values: object) -> str:
    return Template("{% load ui %}" + source).render(Context(values))


def test_tdate_carries_the_weekday_and_the_machine_date() -> None:
    assert ui.tdate(FRIDAY) == '<time datetime="2026-11-27">2026年11月27日（五）</time>'


def test_tdate_speaks_english_under_en() -> None:
    with translation.override("en"):
        assert ui.tdate(FRIDAY) == '<time datetime="2026-11-27">Fri 27 Nov 2026</time>'


def test_tdt_reads_taipei_time_whatever_the_zone() -> None:
    assert "2026年11月23日（一）09:05</time>" in ui.tdt(MORNING.astimezone(tz=None))


def test_roc_shows_both_calendars() -> None:
    assert "民國115年11月27日（2026年11月27日）" in ui.roc(FRIDAY)


def test_money_and_points_use_a_true_minus_and_separators() -> None:
    assert (ui.ntd(-24000), ui.points(18000), ui.ntd(None)) == ("−NT$24,000", "18,000 點", "")


@pytest.mark.parametrize(
    ("due_day", "words", "tone"),
    [
        (date(2026, 11, 27), "剩 4 個工作天", ""),
        (date(2026, 11, 23), "今天到期", "err"),
        (date(2026, 11, 22), "已逾期", "err"),
    ],
)
@pytest.mark.rule("R-28")
@pytest.mark.django_db
def test_deadline_says_how_many_working_days_are_left(due_day: date, words: str, tone: str) -> None:
    with clock.moved_to(MORNING):
        due_at = clock.end_of(due_day)
        assert ui.working_days(due_at) == words
        assert ui.due_tone(due_at) == tone
        assert f'datetime="{due_day}"' in ui.deadline(due_at)


@pytest.mark.rule("R-28")
@pytest.mark.django_db
def test_deadline_without_a_calendar_shows_the_day_and_no_guess() -> None:
    shown = ui.deadline(datetime(2031, 1, 8, tzinfo=TAIPEI))
    assert shown == '<time datetime="2031-01-07">2031年1月7日（二）</time>'


@pytest.mark.parametrize(
    ("last_day", "words"),
    [
        (date(2026, 12, 24), "還有 31 天"),
        (date(2026, 11, 25), "還有 2 天"),
        (date(2026, 11, 24), "明天是最後一天"),
        (date(2026, 11, 23), "今天是最後一天"),
        (date(2026, 11, 22), ""),
    ],
)
def test_days_left_counts_down_to_the_last_day(last_day: date, words: str) -> None:
    with clock.moved_to(MORNING):
        assert tracing.days_left(clock.end_of(last_day)) == words


@pytest.mark.parametrize(
    ("boxes", "day"),
    [
        (("", "", ""), None),
        (("2027", "2", "3"), date(2027, 2, 3)),
        (("116", "2", "3"), date(2027, 2, 3)),
    ],
)
def test_day_in_boxes_may_be_left_out(boxes: tuple[str, str, str], day: date | None) -> None:
    assert DateBoxesField(required=False).clean(list(boxes)) == day


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        (("2027", "", "3"), "請填寫完整的年、月、日。"),
        (("2027", "2", "29"), "沒有這一天，請確認年、月、日。"),
    ],
)
def test_day_in_boxes_is_whole_and_in_the_calendar(boxes: tuple[str, str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        DateBoxesField(required=False).clean(list(boxes))


def test_local_falls_back_to_chinese_where_english_is_missing() -> None:
    thing = {"name": "雲倉", "name_en": "", "zh": "盤點", "en": "Count"}
    with translation.override("en"):
        assert (ui.local(thing, "name"), ui.local(thing)) == ("雲倉", "Count")


@pytest.mark.rule("R-17")
def test_receipt_shows_points_and_cash_that_add_up() -> None:
    shown = render("{% receipt 59999 29999 %}")
    assert "−29,999 點" in shown
    assert "NT$30,000" in shown
    assert "點數50%，自付50%" in shown


def test_stepper_says_in_words_what_is_done_and_where_one_is() -> None:
    shown = render("{% stepper 2 %}")
    assert shown.count("已完成：") == 1
    assert 'aria-current="step"><span class="vh">目前步驟：</span>獲得點數' in shown


class _Form(forms.Form):
    email = forms.EmailField(label="電子郵件")
    size = forms.ChoiceField(label="規模", choices=[("a", "小")], widget=forms.RadioSelect)


def test_error_summary_links_each_error_to_something_on_the_page() -> None:
    form = _Form({})
    shown = render("{% error_summary form %}{% fields form %}", form=form)
    targets = re.findall(r'<a href="#([^"]+)"', shown)
    assert targets == ["id_email", "id_size_0"]
    assert all(f'id="{target}"' in shown for target in targets)
    assert "請填寫「電子郵件」" in shown


def test_error_summary_is_silent_for_a_fresh_form() -> None:
    assert "errsum" not in render("{% error_summary form %}", form=_Form())


# Refusals


def _refuse(request: HttpRequest, **headers: str) -> HttpResponse:
    middleware = RefusalMiddleware(lambda _request: HttpResponse())
    request.user = None  # type: ignore[assignment]
    answer = middleware.process_exception(
        request, Refusal("points.insufficient", _("點數不足，還差%(short)s點。"), short=5)
    )
    assert answer is not None
    return answer


@pytest.mark.django_db
def test_refusal_becomes_a_page_with_the_sentence_and_the_way_back(rf: RequestFactory) -> None:
    request = rf.post("/x/", HTTP_REFERER="http://testserver/plans/?page=2")
    answer = _refuse(request)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "點數不足，還差5點。" in page
    assert 'href="/plans/?page=2"' in page


def test_refusal_becomes_json_for_those_who_ask_for_it(rf: RequestFactory) -> None:
    answer = _refuse(rf.post("/x/", HTTP_ACCEPT="application/json"))
    assert answer.status_code == 409
    assert b'"points.insufficient"' in answer.content


@pytest.mark.parametrize(
    "referer", ["https://evil.example/plans/", "", "javascript:alert(1)", "//evil.example/"]
)
def test_way_back_never_leads_to_another_site(rf: RequestFactory, referer: str) -> None:
    assert way_back(rf.post("/x/", HTTP_REFERER=referer)) == "/"


def test_way_back_takes_no_path_for_another_site(rf: RequestFactory) -> None:
    assert way_back(rf.post("/x/", HTTP_REFERER="http://testserver//evil.example/x")) == "/evil.example/x"


def test_other_exceptions_are_not_refusals(rf: RequestFactory) -> None:
    assert (
        RefusalMiddleware(lambda _request: HttpResponse()).process_exception(rf.get("/"), ValueError())
        is None
    )


# Files that must fit together


def test_every_icon_named_in_a_template_is_in_the_sprite() -> None:
    known = set(re.findall(r'<symbol id="([^"]+)"', (UI / "static/icons.svg").read_text()))
    used = {
        name
        for file in UI.parent.glob("*/templates/**/*.html")
        for name in re.findall(r'{% icon "([^"]+)"', file.read_text())
    }
    assert used
    assert used <= known


def test_no_template_carries_inline_style_or_script() -> None:
    for file in UI.parent.glob("*/templates/**/*.html"):
        found = re.findall(r'\sstyle="|<style|\son[a-z]+="|<script(?![^>]*\ssrc=)|hx-on', file.read_text())
        assert not found, f"{file.name}: {found}"


def test_raw_colours_stand_in_the_tokens_only() -> None:
    for name in ("core.css", "components.css", "console.css"):
        assert not re.findall(r"#[0-9a-f]{3,8}\b(?=[;\s,)])", (UI / "static" / name).read_text()), name


def test_every_code_the_card_client_can_show_has_a_sentence() -> None:
    script = (UI / "static/card.js").read_text()
    sentences = (UI / "templates/components/card_sentences.html").read_text()
    codes = set(re.findall(r'(?:CardError|fail|tell)\([^")]*"([a-z_]+)"', script))
    codes |= set(re.findall(r'(?:0x[0-9a-f]{8}|\d{3}|"-\d+"): "([a-z_]+)"', script))
    assert len(codes) > 25
    assert not {code for code in codes if f'data-code="{code}"' not in sentences}


def test_the_pin_has_no_name_so_no_form_can_carry_it() -> None:
    form = (UI / "templates/components/card_form.html").read_text()
    (pin,) = re.findall(r"<input[^>]*data-card-pin[^>]*>", form)
    assert " name=" not in pin
