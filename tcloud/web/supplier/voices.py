"""What companies ask a supplier and say about its plans, and its answers."""

from collections.abc import Callable
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
from tcloud.choosing.models import Question
from tcloud.choosing.operations.common import LONGEST, SHORTEST
from tcloud.choosing.queries import voices
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.web.supplier.access import Desk

PER_PAGE = 20
METHODS = ["GET", "HEAD", "POST"]


class AnswerForm(forms.Form):
    """An answer that will stand on the plan's page."""

    text = forms.CharField(
        label=gettext_lazy("回覆"),
        max_length=2 * LONGEST,
        help_text=gettext_lazy("請不要寫姓名、電話、信箱等聯絡方式；請具體回答，不要只請對方來電。"),
        widget=forms.Textarea(attrs={"rows": 6, "minlength": SHORTEST, "maxlength": LONGEST}),
        error_messages={"required": gettext_lazy("請填寫回覆。")},
    )


@require_safe
def question_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Questions that wait first, the longest waiting on top."""
    now = clock.now()
    page = Paginator(voices.questions_for_supplier(desk.supplier), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {"question": each, "due_at": voices.answer_due(each), "late": voices.is_late(each, at=now)}
        for each in page
    ]
    return render(request, "supplier/questions.html", {"page": page, "rows": rows})


@require_http_methods(METHODS)
def question_page(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """One question; answered once, and published with its answer unless the company keeps it private."""
    question = get_object_or_404(voices.questions_for_supplier(desk.supplier), pk=pk)
    waits = question.state == Question.State.ASKED
    form, status = AnswerForm(request.POST if request.method == "POST" else None), 200
    if request.method == "POST":

        def act(text: str) -> None:
            operations.answer_question(question, text, by=desk.actor, at=clock.now())

        if _answered(request, form, act, _("已回覆，我們已通知企業。")):
            return redirect("supplier_questions")
        status = 422
    context: dict[str, Any] = {
        "question": question,
        "form": form if waits else None,
        "due_at": voices.answer_due(question),
        "late": voices.is_late(question, at=clock.now()),
    }
    return render(request, "supplier/question.html", context, status=status)


def _answered(request: HttpRequest, form: AnswerForm, act: Callable[[str], None], done: str) -> bool:
    """Whether the answer was taken; what is wrong with the text stands at its field, anything else is raised."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data["text"])
    except Refusal as refusal:
        if not refusal.code.startswith("text."):
            raise
        form.add_error("text", refusal.text())
        return False
    messages.success(request, done)
    return True


@require_safe
def review_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Published reviews of the supplier's plans, newest first."""
    page = Paginator(voices.reviews_for_supplier(desk.supplier), PER_PAGE).get_page(request.GET.get("page"))
    rows = [voices.wording(review) for review in page]
    return render(request, "supplier/reviews.html", {"page": page, "rows": rows})


@require_http_methods(METHODS)
def review_page(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """One review, and the supplier's answer to it, which it may put differently later."""
    review = get_object_or_404(voices.reviews_for_supplier(desk.supplier), pk=pk)
    row = voices.wording(review)
    initial = {"text": row.answer.text} if row.answer else {}
    form, status = AnswerForm(request.POST) if request.method == "POST" else AnswerForm(initial=initial), 200
    if request.method == "POST":

        def act(text: str) -> None:
            operations.answer_review(review, text, by=desk.actor, at=clock.now())

        if _answered(request, form, act, _("回覆已公開。")):
            return redirect("supplier_reviews")
        status = 422
    return render(request, "supplier/review.html", {"row": row, "form": form}, status=status)
