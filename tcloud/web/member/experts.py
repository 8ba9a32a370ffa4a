"""專家服務: the company asks for an expert, chooses a time, reads the report, says how it was (R-35)."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.assessment import queries as assessments
from tcloud.core import clock
from tcloud.core.counties import county_of
from tcloud.core.refusals import Refusal
from tcloud.support.models import ExpertRequest
from tcloud.support.operations import expert_visits
from tcloud.support.operations import experts as operations
from tcloud.support.operations.experts import WANTED
from tcloud.support.queries import experts as queries
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.experts_forms import FeedbackForm, RequestForm, SlotForm, WordsForm
from tcloud.web.ui import expert_case, expert_words
from tcloud.web.ui.limits import too_many

PER_PAGE: Final = 20
METHODS = ["GET", "HEAD", "POST"]
NEED_PERCENT: Final = 50  # an area is ticked beforehand when the assessment found at least this need


def find(request: MemberRequest, number: str) -> ExpertRequest:
    """The company's own case. Raises Http404 for anybody else's (R-37)."""
    found = queries.of_company(request.company).filter(reference=number).first()
    if found is None:
        raise Http404
    return found


@member_page
@require_safe
def request_list(request: MemberRequest) -> HttpResponse:
    """Every case of the company, and what the service is."""
    page = Paginator(queries.of_company(request.company), PER_PAGE).get_page(request.GET.get("page"))
    visits = queries.visits_of(list(page))
    rows = [
        {"case": case, "visit": visits.get(case.pk), "tone": expert_words.TONES.get(ExpertRequest.State(case.state), "soft")}
        for case in page
    ]  # fmt: skip
    context = {
        "page": page,
        "rows": rows,
        "open": queries.open_of(request.programme, request.company),
        "steps": expert_words.STEPS,
    }
    return render(request, "member/experts/list.html", context)


@member_page
@require_http_methods(METHODS)
def request_new(request: MemberRequest) -> HttpResponse:
    """The form; a company with an open case is led to it, so a second press finds the first one's."""
    if found := queries.open_of(request.programme, request.company):
        messages.info(request, _("貴公司已有一件專家服務申請正在辦理。"))
        return redirect("expert_request", found.reference)
    status, form = 200, RequestForm(request.POST or None, initial=_first_values(request))
    if request.method == "POST":
        if limited := too_many(request, "expert_request", key=str(request.company.pk)):
            return limited
        status = 422
        if form.is_valid():
            try:
                return _ask(request, form)
            except Refusal as refusal:
                if refusal.code == "expert.open_already":
                    return redirect("expert_requests")
                form.add_error(None, refusal.text())
                status = 409
    context = {"form": form, "days": request.programme.expert_assign_working_days}
    return render(request, "member/experts/new.html", context, status=status)


def _ask(request: MemberRequest, form: RequestForm) -> HttpResponse:
    wanted = {name: form.cleaned_data[name] for name in WANTED}
    made = operations.ask(
        request.programme, request.company, wanted, contact=form.contact, by=request.actor, at=clock.now()
    )
    return redirect(f"{reverse('expert_request', args=[made.reference])}?sent=1")


def _first_values(request: MemberRequest) -> dict[str, Any]:
    """The needs that the assessment found, the registered county and address, the person who is signed in."""
    assessment = assessments.of_company(request.programme, request.company)
    needs = assessment.profile.get("areas", []) if assessment else []
    address, county = request.company.address, county_of(request.company.address)
    return {
        "areas": [need["area"] for need in needs if need["strength"] >= NEED_PERCENT],
        "mode": ExpertRequest.Mode.ONSITE,
        "county": county,
        "place": address.removeprefix(county),
        "contact_name": request.user.name,
        "contact_email": request.user.email,
        "contact_phone": request.user.phone,
    }


@member_page
@require_safe
def request_page(request: MemberRequest, number: str) -> HttpResponse:
    """Where the case stands, what to do next, everything that happened."""
    return _page(request, find(request, number))


def _page(request: MemberRequest, case: ExpertRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    feedback = forms.get("feedback_form") or FeedbackForm(prefix="feedback")
    context = expert_case.context(case) | {
        "sent": request.GET.get("sent") == "1" and case.state == "REQUESTED",
        "step": expert_words.step_of(case),
        "steps": expert_words.STEPS,
        "choices": expert_case.slot_choices(case, at=clock.now()) if case.state == "PROPOSED" else [],
        "other_form": forms.get("other_form") or _other_form(None),
        "feedback_form": feedback if case.state in ("REPORTED", "CLOSED") else None,
        "bad_form": forms.get("bad_form"),
        "may_withdraw": case.state in ("REQUESTED", "ASSIGNED", "PROPOSED", "AGREED"),
    }
    return render(request, "member/experts/request.html", context, status=status)


def _other_form(data: Any) -> WordsForm:
    return WordsForm(
        data,
        prefix="other",
        label=_("什麼時候方便？"),
        hint=_("專家會依您寫的時間再提出。"),
        missing=_("請寫下什麼時候方便，專家才能再提出時間。"),
    )


@member_page
@require_POST
def agreement(request: MemberRequest, number: str) -> HttpResponse:
    """One of the times is chosen."""
    case, form = find(request, number), SlotForm(request.POST)
    if not form.is_valid():
        return _page(request, case, status=422, bad_form=form)
    try:
        operations.agree(case, form.cleaned_data["slot"], by=request.actor, at=clock.now())
    except Refusal as refusal:
        if refusal.code not in ("expert.slot_gone", "expert.slot_taken"):
            raise
        form.add_error("slot", refusal.text())
        return _page(request, find(request, number), status=409, bad_form=form)
    messages.success(request, _("已約定訪視時間，專家也收到通知。"))
    return redirect("expert_request", number)


@member_page
@require_POST
def other_times(request: MemberRequest, number: str) -> HttpResponse:
    """None of the times suits."""
    case, form = find(request, number), _other_form(request.POST)
    if not form.is_valid():
        return _page(request, case, status=422, other_form=form, bad_form=form)
    operations.ask_other_times(case, words=form.cleaned_data["words"], by=request.actor, at=clock.now())
    messages.success(request, _("已請專家另提時間。"))
    return redirect("expert_request", number)


@member_page
@require_http_methods(METHODS)
def postponement(request: MemberRequest, number: str) -> HttpResponse:
    """The agreed time can't be kept."""
    case = find(request, number)
    if case.state != "AGREED":
        return _too_late(request, number)
    missing = _("請說明原因與方便的時間，專家會看到。")
    form = WordsForm(
        request.POST or None, label=_("原因與方便的時間"), hint=_("專家會看到。"), missing=missing
    )
    if request.method == "POST" and form.is_valid():
        operations.postpone(case, reason=form.cleaned_data["words"], by=request.actor, at=clock.now())
        messages.success(request, _("已取消原訂時間，專家會再提出時間。"))
        return redirect("expert_request", number)
    effects = [_("原訂的訪視時間取消，專家會收到通知。"), _("專家再提出時間，由您選一個。")]
    return _act(request, case, form, title=_("訪視改期"), effects=effects, button=_("取消原訂時間並改期"))


@member_page
@require_http_methods(METHODS)
def withdrawal(request: MemberRequest, number: str) -> HttpResponse:
    """The company no longer wants a visit."""
    case = find(request, number)
    if case.state not in ("REQUESTED", "ASSIGNED", "PROPOSED", "AGREED"):
        return _too_late(request, number)
    form = WordsForm(request.POST or None, label=_("撤回原因"), hint=_("執行單位與專家會看到。"))
    if request.method == "POST" and form.is_valid():
        operations.withdraw(case, reason=form.cleaned_data["words"], by=request.actor, at=clock.now())
        messages.success(request, _("已撤回專家服務申請。"))
        return redirect("expert_request", number)
    effects = [_("這件申請結束，已約定的訪視取消。"), _("之後仍可以重新申請。")]
    return _act(request, case, form, title=_("撤回申請"), effects=effects, button=_("確定撤回"), danger=True)


def _too_late(request: MemberRequest, number: str) -> HttpResponse:
    messages.warning(request, _("案件的狀態已不能執行這個動作，請看最新進度。"))
    return redirect("expert_request", number)


def _act(request: MemberRequest, case: ExpertRequest, form: WordsForm, **words: Any) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "member/experts/act.html", {"case": case, "form": form, **words}, status=status)


@member_page
@require_POST
def feedback(request: MemberRequest, number: str) -> HttpResponse:
    """How it was, once."""
    case, form = find(request, number), FeedbackForm(request.POST, prefix="feedback")
    if not form.is_valid():
        return _page(request, case, status=422, feedback_form=form, bad_form=form)
    data = form.cleaned_data
    expert_visits.give_feedback(case, data["score"], data["words"], by=request.actor, at=clock.now())
    messages.success(request, _("謝謝您的回饋，案件已結案。"))
    return redirect("expert_request", number)


@member_page
@require_safe
def calendar_file(request: MemberRequest, number: str) -> HttpResponse:
    """The times and the visit for the company's calendar."""
    case = find(request, number)
    return expert_case.calendar(request, case, url=reverse("expert_request", args=[number]))


@member_page
@require_safe
def attachment(request: MemberRequest, number: str, pk: int) -> HttpResponse:
    """A file of the report."""
    return expert_case.file(find(request, number), pk)
