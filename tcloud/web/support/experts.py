"""An expert's own cases: times, visits, notes, reports (R-35). Somebody else's case does not exist here (R-37)."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.support.models import ExpertRequest
from tcloud.support.operations import expert_profiles, expert_visits
from tcloud.support.operations import experts as operations
from tcloud.support.queries import experts as queries
from tcloud.support.states import ENDED
from tcloud.web.support.experts_forms import MissedForm, ReportForm, SlotsForm
from tcloud.web.ui import expert_case, expert_words
from tcloud.web.ui.expert_forms import NoteForm, ProfileForm, ReasonForm, profile_values

PER_PAGE: Final = 20
METHODS = ["GET", "HEAD", "POST"]


def find(by: Actor, number: str) -> ExpertRequest:
    """The expert's own case. Raises Http404 for any other (R-37)."""
    found = queries.of_expert(by.user_id or 0).filter(reference=number).first()
    if found is None:
        raise Http404
    return found


@require_safe
def case_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Open cases, or with ?ended=1 those that are over."""
    ended = request.GET.get("ended") == "1"
    found = queries.of_expert(by.user_id or 0)
    found = (
        found.filter(state__in=ENDED)
        if ended
        else found.exclude(state__in=ENDED).order_by("owed_due_at", "id")
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    cases = list(page)
    visits, at = queries.visits_of(cases), clock.now()
    rows = [
        {
            "case": case,
            "visit": visits.get(case.pk),
            "tone": expert_words.TONES.get(ExpertRequest.State(case.state), "soft"),
            "owing": expert_words.owing(case) if case.owed else "",
            "late": case.is_late(at),
        }
        for case in cases
    ]
    context = {
        "page": page,
        "rows": rows,
        "ended": ended,
        "has_profile": hasattr(request.user, "expert_profile"),
    }
    return render(request, "support/visits.html", context)


@require_safe
def case_page(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """One case with what can be done now."""
    return _page(request, find(by, number))


def _page(request: HttpRequest, case: ExpertRequest, *, status: int = 200, **bad: Form) -> HttpResponse:
    fresh = {"version": case.version}
    context = expert_case.context(case, staff=True)
    forms: dict[str, Any] = {"note_form": NoteForm(prefix="note")}
    if case.state in ("ASSIGNED", "PROPOSED"):
        forms["slots_form"] = SlotsForm(initial={"meeting": case.meeting})
    if case.state in ("ASSIGNED", "PROPOSED", "AGREED", "VISITED"):
        forms["return_form"] = ReasonForm(initial=fresh, prefix="return")
    if case.state == "AGREED":
        forms["postpone_form"] = ReasonForm(initial=fresh, prefix="postpone")
        if context["visit_begun"]:
            forms["missed_form"] = MissedForm(initial=fresh, prefix="missed")
    if case.state in ("VISITED", "REPORTED"):
        forms["report_form"] = ReportForm(initial=fresh | _reported(context["report"]), prefix="report")
    context |= forms | bad | {
        "staff": True,
        "note_url": reverse("support_visit_note", args=[case.reference]),
        "bad_form": next(iter(bad.values()), None),
        "choices": expert_case.slot_choices(case, at=clock.now()) if case.state == "PROPOSED" else [],
    }  # fmt: skip
    return render(request, "support/visit.html", context, status=status)


def _reported(report: Any) -> dict[str, Any]:
    names = ("findings", "advice", "next_steps")
    return {name: getattr(report, name) for name in names} if report else {}


def _acted(
    request: HttpRequest, by: Actor, number: str, name: str, form: Form, act: Callable[[ExpertRequest], object], done: str
) -> HttpResponse:  # fmt: skip
    """Check the form, act once, back to the case; a refusal stands beside the form with all that was typed."""
    case, status = find(by, number), 422
    if form.is_valid():
        if form.cleaned_data.get("version", case.version) != case.version:
            raise Stale()
        try:
            act(case)
        except Refusal as refusal:
            if refusal.code == "stale":
                raise
            form.add_error(None, refusal.text())
            status = 409
        else:
            messages.success(request, done)
            return redirect("support_visit", number)
    return _page(request, find(by, number), status=status, **{name: form})


@require_POST
def proposal(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """Times for the company to choose from."""
    form = SlotsForm(request.POST)

    def act(case: ExpertRequest) -> None:
        data = form.cleaned_data
        operations.propose(case, data["slots"], meeting=data["meeting"], by=by, at=clock.now())

    return _acted(request, by, number, "slots_form", form, act, _("已提出時間，企業會收到通知。"))


@require_POST
def handing_back(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """She can't take the case; afterwards it is no longer hers."""
    form = ReasonForm(request.POST, prefix="return")
    act = lambda case: operations.hand_back(case, reason=form.cleaned_data["reason"], by=by, at=clock.now())  # noqa: E731
    answer = _acted(request, by, number, "return_form", form, act, _("已退回執行單位，由承辦人員改派。"))
    return redirect("support_visits") if answer.status_code == 302 else answer


@require_POST
def postponement(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """She can't keep the agreed time."""
    form = ReasonForm(request.POST, prefix="postpone")
    act = lambda case: operations.postpone(case, reason=form.cleaned_data["reason"], by=by, at=clock.now())  # noqa: E731
    done = _("已取消原訂時間，請再提出可訪視的時間。")
    return _acted(request, by, number, "postpone_form", form, act, done)


@require_POST
def record(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """The visit took place."""
    expert_visits.record_visit(find(by, number), by=by, at=clock.now())
    messages.success(request, _("已登錄訪視完成，請在期限前提出報告。"))
    return redirect("support_visit", number)


@require_POST
def missed(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """Somebody did not come."""
    form = MissedForm(request.POST, prefix="missed")

    def act(case: ExpertRequest) -> None:
        data = form.cleaned_data
        expert_visits.record_missed(
            case, missed_by=data["missed_by"], words=data["reason"], by=by, at=clock.now()
        )

    return _acted(request, by, number, "missed_form", form, act, _("已登錄，請再提出可訪視的時間。"))


@require_POST
def note(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """A note for her and the officers."""
    form = NoteForm(request.POST, prefix="note")
    act = lambda case: expert_visits.add_note(case, form.cleaned_data["text"], by=by, at=clock.now())  # noqa: E731
    return _acted(request, by, number, "note_form", form, act, _("已加上紀錄。"))


@require_POST
def report(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """The report, or its correction."""
    form = ReportForm(request.POST, request.FILES, prefix="report")

    def act(case: ExpertRequest) -> None:
        data = form.cleaned_data
        said = {name: data[name] for name in ("findings", "advice", "next_steps")}
        expert_visits.write_report(case, said, data["attachments"], by=by, at=clock.now())

    return _acted(request, by, number, "report_form", form, act, _("報告已提出，企業會收到通知。"))


@require_safe
def calendar_file(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """The times and the visit for her calendar."""
    return expert_case.calendar(request, find(by, number), url=reverse("support_visit", args=[number]))


@require_safe
def attachment(request: HttpRequest, by: Actor, number: str, pk: int) -> HttpResponse:
    """A file of the report."""
    return expert_case.file(find(by, number), pk)


@require_http_methods(METHODS)
def profile(request: HttpRequest, by: Actor) -> HttpResponse:
    """What she advises on and where."""
    user, status = request.user, 200
    form = ProfileForm(request.POST or None, initial=profile_values(user))  # type: ignore[arg-type]
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            version = data.pop("version")
            try:
                expert_profiles.save_profile(user, data, version=version, by=by, at=clock.now())  # type: ignore[arg-type]
            except Refusal as refusal:
                if refusal.code == "stale":
                    raise
                form.add_error(None, refusal.text())
            else:
                messages.success(request, _("已儲存，之後的指派依新的資料。"))
                return redirect("support_profile")
    return render(request, "support/profile.html", {"form": form}, status=status)
