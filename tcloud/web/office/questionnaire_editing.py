"""Writing a draft of the self-assessment, one thing a page: an area's texts, a question, its condition, an option.

Each page draws the draft's version into its form; another officer's change in between is not overwritten but refused (Stale).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tcloud.assessment import operations as questionnaires
from tcloud.assessment import rules
from tcloud.assessment.models import Questionnaire
from tcloud.catalogue.models import Category
from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.web.office.access import may_act
from tcloud.web.office.forms import VersionForm
from tcloud.web.office.questionnaire_forms import AreaTextForm, ConditionForm, OptionForm, QuestionForm
from tcloud.web.office.questionnaires import METHODS, category_names, condition_words, option_row
from tcloud.web.ui.questionnaire import words
from tcloud.web.ui.templatetags.ui import local

Part = dict[str, Any]
STEPS = {"up": -1, "down": 1}


def draft_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, called with the draft. What is not a draft, or an auditor, is led to the page that only shows it."""

    @require_http_methods(METHODS)
    @wraps(view)
    def page(request: HttpRequest, by: Actor, pk: int, *args: Any, **kwargs: Any) -> HttpResponse:
        draft = get_object_or_404(Questionnaire, pk=pk)
        if not may_act(by) or (draft.state != "DRAFT" and request.method != "POST"):
            return redirect("office_questionnaire", pk=pk)
        return view(request, by, draft, *args, **kwargs)

    return page


def _question(draft: Questionnaire, code: str) -> Part:
    found = rules.question_of(draft.content, code)
    if found is None:
        raise Http404
    return found


def _keep(draft: Questionnaire, content: Part, part: str, form: forms.Form, by: Actor) -> None:
    drawn_from = form.cleaned_data["version"]
    questionnaires.revise(draft, content, part=part, drawn_from=drawn_from, by=by, at=clock.now())


def _to_question(draft: Questionnaire, code: str) -> HttpResponseRedirect:
    return redirect("office_question", pk=draft.pk, code=code)


def _to_row(draft: Questionnaire, code: str) -> HttpResponseRedirect:
    return redirect(f"{reverse('office_questionnaire', args=[draft.pk])}#q-{code}")


@draft_page
def area_page(request: HttpRequest, by: Actor, draft: Questionnaire, area: str) -> HttpResponse:
    """The texts of an area."""
    row = next((row for row in draft.content["areas"] if row["code"] == area), None)
    if row is None:
        raise Http404
    form = AreaTextForm(request.POST or None, initial=row | {"version": draft.version})
    if form.is_valid():
        _keep(draft, rules.with_area(draft.content, area, form.texts()), area, form, by)
        messages.success(request, _("已儲存。"))
        return redirect("office_questionnaire", pk=draft.pk)
    context = {"draft": draft, "form": form, "title": words(row)}
    return render(request, "office/questionnaires/form.html", context)


@draft_page
def new_question(request: HttpRequest, by: Actor, draft: Questionnaire, area: str) -> HttpResponse:
    """Another question, the last of its area."""
    row = next((row for row in draft.content["areas"] if row["code"] == area), None)
    if row is None:
        raise Http404
    taken = [*rules.RESERVED, *(question["code"] for question in draft.content["questions"])]
    form = QuestionForm(
        request.POST or None, taken=taken, initial={"version": draft.version, "kind": "single"}
    )
    if form.is_valid():
        question = form.question({"code": form.cleaned_data["code"], "area": area})
        _keep(draft, rules.with_question(draft.content, question), question["code"], form, by)
        messages.success(request, _("已新增題目，接著新增選項。"))
        return _to_question(draft, question["code"])
    context = {"draft": draft, "form": form, "title": _("新增題目：%(area)s") % {"area": words(row)}}
    return render(request, "office/questionnaires/form.html", context)


@draft_page
def question_page(request: HttpRequest, by: Actor, draft: Questionnaire, code: str) -> HttpResponse:
    """A question: its texts and kind, its condition, its options. A POST with `act` moves or removes it or one of its options."""
    question = _question(draft, code)
    if "act" in request.POST:
        return _act(request, by, draft, question)
    form = QuestionForm(request.POST or None, initial=question | {"version": draft.version})
    if form.is_valid():
        _keep(draft, rules.with_question(draft.content, form.question(question)), code, form, by)
        messages.success(request, _("已儲存。"))
        return _to_question(draft, code)
    categories = category_names()
    areas = {row["code"]: words(row) for row in draft.content["areas"]}
    context = {
        "draft": draft,
        "form": form,
        "question": question,
        "title": words(question),
        "condition": condition_words(draft.content, question),
        "options": [option_row(option, areas, categories) for option in question["options"]],
        "fixed": question["kind"] == "yes_no",
        "full": len(question["options"]) >= rules.MOST_OPTIONS,
    }
    return render(request, "office/questionnaires/question.html", context)


def _act(request: HttpRequest, by: Actor, draft: Questionnaire, question: Part) -> HttpResponse:
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise Http404
    act, option = request.POST["act"], request.POST.get("option", "")
    code, content = question["code"], draft.content
    if option and rules.option_of(question, option) is None:
        raise Http404
    if act in STEPS and option:
        content = rules.option_moved(content, question, option, STEPS[act])
    elif act in STEPS:
        content = rules.question_moved(content, code, STEPS[act])
    elif act == "remove" and option:
        content = rules.without_option(content, question, option)
    elif act == "remove":
        content = rules.without_question(content, code)
    elif act == "always":
        bare = {key: value for key, value in question.items() if key != "show_if"}
        content = rules.with_question(content, bare)
    else:
        raise Http404
    _keep(draft, content, code, form, by)
    if option or act == "always":
        return _to_question(draft, code)
    if act == "remove":
        messages.success(request, _("已移除題目。"))
    return _to_row(draft, code)


@draft_page
def condition_page(request: HttpRequest, by: Actor, draft: Questionnaire, code: str) -> HttpResponse:
    """When a question shows: first which earlier question decides, then which of its answers."""
    question = _question(draft, code)
    place = draft.content["questions"].index(question)
    candidates = [(row["code"], words(row)) for row in draft.content["questions"][:place]]
    current = question.get("show_if") or {"question": "", "any_of": []}
    wanted = request.POST.get("earlier") or request.GET.get("earlier") or current["question"]
    earlier = rules.question_of(draft.content, wanted) if wanted in dict(candidates) else None
    form = None
    if earlier is not None:
        chosen = current["any_of"] if current["question"] == wanted else []
        initial = {"version": draft.version, "any_of": chosen}
        form = ConditionForm(request.POST or None, earlier=earlier, initial=initial)
        if form.is_valid():
            condition = {"question": wanted, "any_of": form.cleaned_data["any_of"]}
            _keep(
                draft, rules.with_question(draft.content, question | {"show_if": condition}), code, form, by
            )
            messages.success(request, _("已儲存顯示條件。"))
            return _to_question(draft, code)
    context = {
        "draft": draft,
        "question": question,
        "title": words(question),
        "candidates": candidates,
        "wanted": wanted,
        "earlier": words(earlier) if earlier else "",
        "form": form,
        "conditional": bool(question.get("show_if")),
    }
    return render(request, "office/questionnaires/condition.html", context)


@draft_page
def new_option(request: HttpRequest, by: Actor, draft: Questionnaire, code: str) -> HttpResponse:
    """Another option of a question."""
    return _option(request, by, draft, _question(draft, code), None)


@draft_page
def option_page(
    request: HttpRequest, by: Actor, draft: Questionnaire, code: str, option: str
) -> HttpResponse:
    """An option: texts, needs, plan categories, reason."""
    question = _question(draft, code)
    found = rules.option_of(question, option)
    if found is None:
        raise Http404
    return _option(request, by, draft, question, found)


def _option(
    request: HttpRequest, by: Actor, draft: Questionnaire, question: Part, option: Part | None
) -> HttpResponse:
    leaves = Category.objects.filter(parent__isnull=False).select_related("parent")
    taken = None if option else [row["code"] for row in question["options"]]
    form = OptionForm(
        request.POST or None,
        content=draft.content,
        multi=question["kind"] == "multi",
        categories=[(row.code, local(row, "name")) for row in leaves],
        taken=taken,
        initial={"version": draft.version} | (OptionForm.initial_of(option) if option else {}),
    )
    if form.is_valid():
        made = form.option(option["code"] if option else form.cleaned_data["code"])
        _keep(draft, rules.with_option(draft.content, question, made), question["code"], form, by)
        messages.success(request, _("已儲存選項。"))
        return _to_question(draft, question["code"])
    title = words(option) if option else _("新增選項")
    context = {
        "draft": draft,
        "form": form,
        "question": question,
        "question_title": words(question),
        "title": title,
    }
    return render(request, "office/questionnaires/option.html", context)
