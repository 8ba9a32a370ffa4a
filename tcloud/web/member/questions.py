"""我的提問: questions of the company to suppliers."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.catalogue import queries as plans
from tcloud.choosing import operations
from tcloud.choosing.queries import voices
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.choosing_forms import QuestionForm
from tcloud.web.ui.limits import too_many

PER_PAGE = 20


@member_page
@require_safe
def question_list(request: MemberRequest) -> HttpResponse:
    """The company's questions; one that waits too long says so."""
    now = clock.now()
    page = Paginator(voices.questions_of_company(request.company), PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {"question": each, "due_at": voices.answer_due(each), "late": voices.is_late(each, at=now)}
        for each in page
    ]
    return render(request, "member/choosing/questions.html", {"page": page, "rows": rows, "tab": "questions"})


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def question_ask(request: MemberRequest, code: str) -> HttpResponse:
    """Ask the supplier of a plan."""
    plan = plans.by_code(code)
    if plan is None or plan.current is None or not plan.solution.supplier.takes_orders:
        raise Http404
    form, status = QuestionForm(request.POST if request.method == "POST" else None), 200
    days = request.programme.accept_working_days
    if request.method == "POST":
        if limited := too_many(request, "question", key=str(request.company.pk)):
            return limited
        status = 422
        if form.is_valid():
            try:
                operations.ask(
                    request.company,
                    plan,
                    form.cleaned_data["text"],
                    is_private=form.cleaned_data["is_private"],
                    working_days=days,
                    user=request.user,
                    by=request.actor,
                    at=clock.now(),
                )
            except Refusal as refusal:
                form.add_error("text" if refusal.code.startswith("text.") else None, refusal.text())
                status = 409
            else:
                messages.success(request, _("已送出提問，供應商回覆時會寄信通知您。"))
                return redirect("question_list")
    context = {"plan": plan, "v": plan.current, "form": form, "days": days}
    return render(request, "member/choosing/question_ask.html", context, status=status)


@member_page
@require_POST
def withdrawal(request: MemberRequest, pk: int) -> HttpResponse:
    """The company needs no answer any more."""
    question = get_object_or_404(voices.questions_of_company(request.company), pk=pk)
    operations.withdraw_question(question, by=request.actor, at=clock.now())
    messages.success(request, _("已收回提問。"))
    return redirect("question_list")
