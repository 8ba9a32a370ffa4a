"""數位需求自評表 (flyer step 2): one area a page, save and return, check answers, send, result and points (R-11)."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from tcloud.assessment import operations as assessments
from tcloud.assessment import queries, rules
from tcloud.assessment.models import Assessment
from tcloud.catalogue.models import Category
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.points import queries as points
from tcloud.recommendations import queries as advice
from tcloud.recommendations.rules import FEWEST
from tcloud.web.member import recommendations
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.ui.needs import needs, similar_words
from tcloud.web.ui.questionnaire import AreaForm, answer_words, drawn, read, sentence, words
from tcloud.web.ui.templatetags.ui import local

MOST_CATEGORIES = 6


def _running(request: MemberRequest) -> Assessment | None:
    """The assessment begun and not yet sent."""
    found = queries.of_company(request.programme, request.company)
    return found if found and not found.completed_at else None


def _due(request: MemberRequest) -> HttpResponseRedirect:
    """To the page that this company's assessment waits on."""
    found = queries.of_company(request.programme, request.company)
    return redirect("assessment_result" if found and found.completed_at else "assessment")


@member_page
def intro(request: MemberRequest) -> HttpResponse:
    """What it is, how long it takes, what comes of it; a POST begins, or goes on at the first area not yet complete."""
    found = queries.of_company(request.programme, request.company)
    if found and found.completed_at:
        return redirect("assessment_result")
    if request.method == "POST":
        begun = assessments.start(request.programme, request.company, by=request.actor, at=clock.now())
        return redirect(_first_open(begun))
    takes_part = points.is_participant(request.programme, request.company)
    rows = _areas(found) if found else []
    content = (found.questionnaire if found else queries.latest_published()).content
    context = {
        "assessment": found,
        "areas": rows,
        "takes_part": takes_part,
        "programme": request.programme,
        "minutes": content["minutes"],
        "topics": _("、").join(words(row) for row in content["areas"]),
    }
    return render(request, "member/assessment/intro.html", context)


def _areas(assessment: Assessment) -> list[dict[str, Any]]:
    """Each area with its address and whether it is complete."""
    content = assessment.questionnaire.content
    complete = queries.complete_areas(assessment)
    rows = []
    for area_row in content["areas"]:
        asked = [q for q in rules.shown(content, assessment.answers) if q["area"] == area_row["code"]]
        rows.append(
            {
                "code": area_row["code"],
                "title": words(area_row),
                "url": reverse("assessment_area", args=[area_row["code"]]),
                "complete": area_row["code"] in complete,
                "questions": asked,
            }
        )
    return rows


def _first_open(assessment: Assessment) -> str:
    return next(
        (row["url"] for row in _areas(assessment) if not row["complete"]), reverse("assessment_answers")
    )


@member_page
def area(request: MemberRequest, area: str) -> HttpResponse:
    """The questions of one area. A POST keeps what was answered, right or wrong, and goes on when nothing is missing."""
    assessment = _running(request)
    if assessment is None:
        return _due(request)
    content = assessment.questionnaire.content
    codes = [row["code"] for row in content["areas"]]
    if area not in codes:
        raise Http404
    place = codes.index(area)
    changing = "change" in (request.POST if request.method == "POST" else request.GET)
    problems: list[rules.Problem] | None = None
    if request.method == "POST":
        before = {question["code"] for question in _asked(assessment, area)}
        every = [question for question in content["questions"] if question["area"] == area]
        typed, told = read(every, request.POST), drawn(every, request.POST)
        _tell_of_another_device(request, assessment, told)
        problems = assessments.save_answers(
            assessment, area, typed, drawn=told, by=request.actor, at=clock.now()
        )
        assessment.refresh_from_db()
        answer = _after_saving(request, assessment, area, problems, before, changing=changing)
        if answer:
            return answer
    form = AreaForm(_asked(assessment, area), assessment.answers, problems)
    context = {
        "form": form,
        "area": content["areas"][place],
        "title": words(content["areas"][place]),
        "intro": words(content["areas"][place], "intro"),
        "number": place + 1,
        "total": len(codes),
        "back": reverse("assessment_area", args=[codes[place - 1]]) if place else reverse("assessment"),
        "changing": changing,
        "assessment": assessment,
    }
    return render(request, "member/assessment/area.html", context)


def _tell_of_another_device(request: MemberRequest, assessment: Assessment, told: dict[str, Any]) -> None:
    """A page drawn before another device saved: both devices' answers are kept, and the person hears of it."""
    if any(assessment.answers.get(code) != answer for code, answer in told.items()):
        text = _("您在別的裝置或分頁儲存過這一頁的答案，兩邊的答案都已保留。送出前請在確認頁看一次。")
        messages.info(request, text)


def _asked(assessment: Assessment, area: str) -> list[dict[str, Any]]:
    shown = rules.shown(assessment.questionnaire.content, assessment.answers)
    return [question for question in shown if question["area"] == area]


def _after_saving(
    request: MemberRequest,
    assessment: Assessment,
    area: str,
    problems: list[rules.Problem],
    before: set[str],
    *,
    changing: bool,
) -> HttpResponseRedirect | None:
    """Where to go now; None: show the page again with its problems."""
    if "later" in request.POST:
        saved = clock.taipei(assessment.saved_at).strftime("%H:%M")
        messages.success(request, _("自評表已儲存（%(time)s），隨時可以回來繼續。") % {"time": saved})
        return redirect("member_home")
    appeared = [problem for problem in problems if problem.question not in before]
    if problems and len(appeared) == len(problems):
        text = ngettext(
            "依您的回答，還有%(count)d題請您回答。",
            "依您的回答，還有%(count)d題請您回答。",
            len(appeared),
        )
        messages.info(request, text % {"count": len(appeared)})
        here = reverse("assessment_area", args=[area])
        return redirect(f"{here}?change=1" if changing else here)
    if problems:
        return None
    rows = _areas(assessment)
    following = [row["code"] for row in rows].index(area) + 1
    if changing or following == len(rows):
        return redirect("assessment_answers")
    return redirect(rows[following]["url"])


@member_page
@require_safe
def answers(request: MemberRequest) -> HttpResponse:
    """Every answer once more, with a link to change it."""
    assessment = _running(request)
    return _answers(request, assessment) if assessment else _due(request)


def _answers(request: MemberRequest, assessment: Assessment, error: str = "") -> HttpResponse:
    found = rules.problems(assessment.questionnaire.content, assessment.answers)
    wrong = {problem.question: problem.why for problem in found}
    missing = []
    areas = _areas(assessment)
    for row in areas:
        change = f"{row['url']}?change=1"
        row["rows"] = [
            {
                "label": words(question),
                "value": answer_words(question, assessment.answers.get(question["code"])) or _("還沒有回答"),
                "url": f"{change}#id_{question['code']}_0",
            }
            for question in row["questions"]
        ]
        missing += [
            {"href": change, "text": sentence(question, wrong[question["code"]])}
            for question in row["questions"]
            if question["code"] in wrong
        ]
    context = {"areas": areas, "missing": missing, "error": error, "programme": request.programme}
    return render(request, "member/assessment/answers.html", context, status=409 if error else 200)


@member_page
@require_POST
def submission(request: MemberRequest) -> HttpResponse:
    """R-11: send it and receive the points; sent twice, it leads to the same result."""
    found = queries.of_company(request.programme, request.company)
    if found is None:
        return redirect("assessment")
    try:
        assessments.complete(found, user=request.user, by=request.actor, at=clock.now())
    except Refusal as refusal:
        return _answers(request, found, refusal.text())
    return redirect("assessment_result")


@member_page
@require_safe
def result(request: MemberRequest) -> HttpResponse:
    """The needs as radar, table and sentences with reasons; the points with both their dates, or the place on the waiting list (R-12)."""
    assessment = queries.of_company(request.programme, request.company)
    if assessment is None or not assessment.completed_at:
        return redirect("assessment")
    content = assessment.questionnaire.content
    names = {row.code: local(row, "name") for row in Category.objects.all()}
    lines = points.statement(request.programme, request.company, at=clock.now()).lines
    called = [need.category for need in queries.needs(assessment) if need.category in names]
    context = {
        "assessment": assessment,
        "needs": needs(content, assessment.profile, names),
        "wanted": f"?{urlencode({'category': called[:MOST_CATEGORIES]}, doseq=True)}" if called else "",
        "alike": similar_words(content, assessment.profile["similar"]),
        "chosen": [
            {"code": code, "name": names[code]}
            for code in advice.chosen_by_similar(assessment, at=clock.now())[:MOST_CATEGORIES]
        ],
        "at_least": FEWEST,
        "line": next((line for line in lines if line.grant.admission == assessment.admission), None),
        "place": points.place_in_line(request.programme, request.company),
        "programme": request.programme,
        **recommendations.block(request),
        "company": request.company,
    }
    return render(request, "member/assessment/result.html", context)
