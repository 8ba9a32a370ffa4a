"""數位需求自評表: its versions; drafting, looking at it as companies will, publishing after a second look, putting aside."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.assessment import operations as questionnaires
from tcloud.assessment import queries, rules
from tcloud.assessment.models import Questionnaire
from tcloud.catalogue.models import Category
from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.web.office.access import may_act
from tcloud.web.office.forms import VersionForm
from tcloud.web.office.questionnaire_words import KINDS, change_rows, fault_row
from tcloud.web.ui import order_progress
from tcloud.web.ui.needs import needs
from tcloud.web.ui.questionnaire import AreaForm, read, words
from tcloud.web.ui.templatetags.ui import local

METHODS = ["GET", "HEAD", "POST"]
PER_PAGE = 20
LATEST = 30  # events shown of a draft


def category_codes() -> list[str]:
    """The codes of the plan categories there are."""
    return list(Category.objects.values_list("code", flat=True))


def category_names() -> dict[str, str]:
    """Every plan category's name in the language shown, by its code."""
    return {row.code: local(row, "name") for row in Category.objects.all()}


def faults_of(questionnaire: Questionnaire) -> list[dict[str, Any]]:
    """What keeps it from being published or looked at, in words."""
    content = questionnaire.content
    return [fault_row(content, fault) for fault in rules.faults(content, category_codes())]


@require_http_methods(METHODS)
def questionnaire_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Every version and draft; a POST begins a draft, or goes on with the one there is."""
    if request.method == "POST":
        begun = questionnaires.begin_draft(by=by, at=clock.now())
        return redirect("office_questionnaire", pk=begun.pk)
    page = Paginator(queries.questionnaires().defer("content"), PER_PAGE).get_page(request.GET.get("page"))
    draft = Questionnaire.objects.filter(state="DRAFT").defer("content").first()
    context = {"page": page, "draft": draft, "may_act": may_act(by)}
    return render(request, "office/questionnaires/list.html", context)


@require_safe
def questionnaire_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One version: its questions with their conditions, options, weights and reasons; what is wrong with a draft; what happened."""
    questionnaire = get_object_or_404(queries.questionnaires(), pk=pk)
    context = {
        "questionnaire": questionnaire,
        "areas": _areas(questionnaire),
        "faults": faults_of(questionnaire) if questionnaire.state == "DRAFT" else [],
        "editable": questionnaire.state == "DRAFT" and may_act(by),
        "entries": _entries(questionnaire),
    }
    return render(request, "office/questionnaires/page.html", context)


def _entries(questionnaire: Questionnaire) -> list[dict[str, Any]]:
    """The latest of what happened to it, oldest first; a revision with the question or area it was about."""
    recorded = list(events.of_case(questionnaire.case).order_by("-id")[:LATEST])[::-1]
    entries = order_progress.entries(recorded)
    areas = {row["code"]: words(row) for row in questionnaire.content["areas"]}
    for event, entry in zip(recorded, entries, strict=True):
        part = event.data.get("part", "")
        question = rules.question_of(questionnaire.content, part)
        entry["text"] = words(question) if question else areas.get(part, part)
    return entries


def _areas(questionnaire: Questionnaire) -> list[dict[str, Any]]:
    """The areas with their questions, in words."""
    content = questionnaire.content
    categories = category_names()
    areas = {row["code"]: words(row) for row in content["areas"]}
    number, rows = 0, []
    for area in content["areas"]:
        asked = [question for question in content["questions"] if question["area"] == area["code"]]
        questions = []
        for question in asked:
            number += 1
            questions.append(
                {
                    "number": number,
                    "code": question["code"],
                    "title": words(question),
                    "help": words(question, "help"),
                    "kind": KINDS.get(question["kind"], question["kind"]),
                    "condition": condition_words(content, question),
                    "options": [option_row(option, areas, categories) for option in question["options"]],
                }
            )
        rows.append(
            {
                "code": area["code"],
                "title": words(area),
                "intro": words(area, "intro"),
                "questions": questions,
            }
        )
    return rows


def condition_words(content: dict[str, Any], question: dict[str, Any]) -> str:
    """「您需要管理庫存嗎？」選「是」才顯示; empty when it always shows."""
    condition = question.get("show_if")
    if not condition:
        return ""
    earlier = rules.question_of(content, condition["question"])
    if earlier is None:
        return _("條件所指的題目已移除")
    names = {option["code"]: words(option) for option in earlier["options"]}
    chosen = _("、").join(names.get(code, code) for code in condition["any_of"])
    return _("「%(question)s」選了%(chosen)s才顯示") % {"question": words(earlier), "chosen": chosen}


def option_row(option: dict[str, Any], areas: dict[str, str], categories: dict[str, str]) -> dict[str, Any]:
    """An option in words: what it raises and why."""
    return {
        "code": option["code"],
        "title": words(option),
        "needs": [
            {"name": areas.get(code, code), "weight": weight} for code, weight in option["need"].items()
        ],
        "leads": [
            {"name": categories.get(code, code), "weight": weight}
            for code, weight in option.get("leads_to", {}).items()
        ],
        "reason": words(option, "reason"),
        "exclusive": option.get("exclusive", False),
    }


@require_http_methods(METHODS)
def publication(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """The second look: everything that differs from the published version, then publishing."""
    draft = get_object_or_404(Questionnaire.objects.select_related("copied_from"), pk=pk)
    if draft.state != "DRAFT" or draft.copied_from is None:
        return redirect("office_questionnaire", pk=pk)
    error = ""
    if request.method == "POST":
        form = VersionForm(request.POST)
        drawn_from = form.cleaned_data["version"] if form.is_valid() else -1
        try:
            questionnaires.publish(
                draft, categories=category_codes(), drawn_from=drawn_from, by=by, at=clock.now()
            )
            messages.success(request, _("已公布。從現在起開始自評的企業填寫新版本，已開始的企業照舊版填完。"))
            return redirect("office_questionnaire", pk=pk)
        except Refusal as refusal:
            if refusal.code == "stale":
                raise
            error = refusal.text()
    context = {
        "draft": draft,
        "changes": change_rows(draft.copied_from.content, draft.content, category_names()),
        "faults": faults_of(draft),
        "running": queries.being_answered(),
        "may_act": may_act(by),
        "error": error,
    }
    return render(request, "office/questionnaires/publication.html", context, status=409 if error else 200)


@require_http_methods(METHODS)
def discarding(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Put a draft aside, after being asked."""
    draft = get_object_or_404(Questionnaire, pk=pk)
    if request.method == "POST":
        form = VersionForm(request.POST)
        drawn_from = form.cleaned_data["version"] if form.is_valid() else -1
        questionnaires.discard(draft, drawn_from=drawn_from, by=by, at=clock.now())
        messages.success(request, _("草稿已捨棄，公布中的版本沒有改變。"))
        return redirect("office_questionnaires")
    if draft.state != "DRAFT":
        return redirect("office_questionnaire", pk=pk)
    return render(request, "office/questionnaires/discarding.html", {"draft": draft, "may_act": may_act(by)})


# As companies will see it; the answers travel in the address and are kept nowhere


def _viewed(request: HttpRequest, pk: int) -> Questionnaire | None:
    """The questionnaire, when it is sound enough to be answered."""
    questionnaire = get_object_or_404(Questionnaire, pk=pk)
    if rules.faults(questionnaire.content, category_codes()):
        messages.error(request, _("草稿還有要修正的地方，修正後才能預覽。"))
        return None
    return questionnaire


@require_safe
def preview(request: HttpRequest, by: Actor, pk: int, area: str) -> HttpResponse:
    """One area as the company sees it, with what the answers before it open and close."""
    questionnaire = _viewed(request, pk)
    if questionnaire is None:
        return redirect("office_questionnaire", pk=pk)
    content = questionnaire.content
    codes = [row["code"] for row in content["areas"]]
    if area not in codes:
        raise Http404
    place = codes.index(area)
    answers = read(content["questions"], request.GET)
    asked = [question for question in rules.shown(content, answers) if question["area"] == area]
    went = "go" in request.GET
    problems = rules.problems(content, answers, area=area) if went else None
    if problems == []:
        return redirect(f"{_following(pk, codes, place)}?{_query(answers)}")
    appeared = [row for row in problems or () if row.question not in request.GET.getlist("asked")]
    if problems and len(appeared) == len(problems):
        problems = None
    own = {question["code"] for question in asked}
    context = {
        "questionnaire": questionnaire,
        "form": AreaForm(asked, answers, problems),
        "title": words(content["areas"][place]),
        "intro": words(content["areas"][place], "intro"),
        "number": place + 1,
        "total": len(codes),
        "asked": sorted(own),
        "appeared": len(appeared) if went and problems is None else 0,
        "carried": [
            (code, value)
            for code, answer in answers.items()
            if code not in own
            for value in rules.chosen(answer)
        ],
    }
    return render(request, "office/questionnaires/preview.html", context)


def _following(pk: int, codes: list[str], place: int) -> str:
    if place + 1 == len(codes):
        return reverse("office_questionnaire_result", args=[pk])
    return reverse("office_questionnaire_preview", args=[pk, codes[place + 1]])


def _query(answers: dict[str, Any]) -> str:
    return urlencode([(code, value) for code, answer in answers.items() for value in rules.chosen(answer)])


@require_safe
def preview_result(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """The result these answers would give."""
    questionnaire = _viewed(request, pk)
    if questionnaire is None:
        return redirect("office_questionnaire", pk=pk)
    content = questionnaire.content
    answers = read(content["questions"], request.GET)
    wrong = rules.problems(content, answers)
    context: dict[str, Any] = {"questionnaire": questionnaire, "missing": len(wrong)}
    if not wrong:
        context["needs"] = needs(content, asdict(rules.profile(content, answers)), category_names())
    return render(request, "office/questionnaires/preview_result.html", context)
