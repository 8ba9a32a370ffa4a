"""評價與提問: what was reported, hiding with a reason, showing again. Officers never change a text; auditors read."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.choosing import operations
from tcloud.choosing.models import Question, Review
from tcloud.choosing.queries import voices
from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.web.office.access import may_act, same_version
from tcloud.web.ui import order_progress

PER_PAGE = 20
METHODS = ["GET", "HEAD", "POST"]


class ModerationForm(forms.Form):
    """What becomes of it, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    decision = forms.ChoiceField(choices=[("hide", ""), ("show", ""), ("stand", "")])
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        help_text=gettext_lazy("隱藏時會寄給作者，請寫明違反哪一項規定。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("請填寫理由。")},
    )


@require_safe
def voice_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Reviews or questions, reported ones first; all, hidden ones alone, or questions whose answer is overdue."""
    shows_questions = request.GET.get("kind") == "questions"
    hidden = request.GET.get("state") == "HIDDEN"
    late = shows_questions and request.GET.get("state") == "LATE"
    late_ids = voices.late_ids(at=clock.now()) if shows_questions else []
    found: Any = voices.all_questions() if shows_questions else voices.all_reviews()
    if hidden:
        found = found.filter(state="HIDDEN")
    if late:
        found = found.filter(pk__in=late_ids)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = list(page) if shows_questions else [voices.wording(review) for review in page]
    context = {
        "page": page,
        "rows": rows,
        "questions": shows_questions,
        "hidden": hidden,
        "late": late,
        "late_ids": late_ids,
        "open_reports": voices.open_reports(),
    }
    return render(request, "office/voices.html", context)


@require_http_methods(METHODS)
def review_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One review with every wording, its reports, and what an officer may do."""
    review = get_object_or_404(voices.all_reviews(), pk=pk)
    acts = {
        "hide": operations.hide_review,
        "show": operations.restore_review,
        "stand": operations.let_stand,
    }
    return _page(request, by, review, acts, {"row": voices.wording(review), "texts": review.texts.all()})


@require_http_methods(METHODS)
def question_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One question with its answer, its reports, and what an officer may do."""
    question = get_object_or_404(voices.all_questions(), pk=pk)
    acts = {
        "hide": operations.hide_question,
        "show": operations.show_question,
        "stand": operations.let_stand,
    }
    return _page(request, by, question, acts, {"question": question})


def _page(
    request: HttpRequest, by: Actor, thing: Review | Question, acts: dict[str, Any], more: dict[str, Any]
) -> HttpResponse:
    kind = "review" if isinstance(thing, Review) else "question"
    form, status = ModerationForm(initial={"version": thing.version}), 200
    if request.method == "POST":
        form = ModerationForm(request.POST)
        if form.is_valid():
            said = form.cleaned_data
            same_version(said["version"], thing.version)
            acts[said["decision"]](thing, reason=said["reason"], by=by, at=clock.now())
            messages.success(request, _("已記錄您的決定。"))
            return redirect("office_review" if kind == "review" else "office_plan_question", pk=thing.pk)
        status = 422
    context = {
        "thing": thing,
        "form": form if may_act(by) and thing.state != "WITHDRAWN" else None,
        "reports": voices.reports_of(thing),
        "entries": order_progress.entries(list(events.of_case(thing.case))),
        **more,
    }
    return render(request, "office/voice.html", context, status=status)
