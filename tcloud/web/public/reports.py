"""檢舉: anybody signed in may say that a review or an answer should not stand there."""

from collections.abc import Callable
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tcloud.choosing import operations
from tcloud.choosing.models import Question, Report, Review
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.members import queries as members
from tcloud.members.models import User
from tcloud.web.ui.acting import company_on_show
from tcloud.web.ui.limits import too_many


class ReportForm(forms.Form):
    """Why it should not stand there."""

    why = forms.ChoiceField(
        label=gettext_lazy("原因"),
        choices=Report.Why.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("請選擇原因。")},
    )
    note = forms.CharField(
        label=gettext_lazy("補充說明"),
        help_text=gettext_lazy("只有承辦人員看得到，最多300字。"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a published review."""
    shown = Review.objects.filter(state=Review.State.PUBLISHED).select_related("plan__current")
    found = get_object_or_404(shown, pk=pk)
    text = found.texts.filter(rating__isnull=False).last()
    return _page(request, found, text.text if text else "", operations.report_review, "plan_reviews")


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """Report a published question or its answer."""
    shown = Question.objects.filter(state=Question.State.ANSWERED, is_private=False)
    found = get_object_or_404(shown.select_related("plan__current"), pk=pk)
    return _page(request, found, found.text, operations.report_question, "plan_questions")


def _page(
    request: HttpRequest,
    found: Review | Question,
    text: str,
    act: Callable[..., Any],
    back_name: str,
) -> HttpResponse:
    user = cast("User", request.user)  # login_required
    back = reverse(back_name, args=[found.plan.code])
    form = ReportForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if limited := too_many(request, "report", key=str(user.pk)):
            return limited
        status = 422
        if form.is_valid():
            try:
                act(found, user=user, by=_actor(request, user), at=clock.now(), **form.cleaned_data)
                messages.success(request, _("已收到您的檢舉，承辦人員會查看。"))
                return redirect(back)
            except Refusal as refusal:
                form.add_error(None, refusal.text())
                status = 409
    context = {"form": form, "plan": found.plan, "v": found.plan.current, "text": text, "back": back}
    return render(request, "public/report.html", context, status=status)


def _actor(request: HttpRequest, user: User) -> Any:
    return members.actor_for(user, company=company_on_show(request))
