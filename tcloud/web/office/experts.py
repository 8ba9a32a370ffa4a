"""The office's part of the expert service: the queue, assigning, declining, who the experts are (R-35)."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Q, QuerySet, Value, When
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.support import words
from tcloud.support.models import ExpertRequest
from tcloud.support.operations import expert_profiles, expert_visits
from tcloud.support.operations import experts as operations
from tcloud.support.queries import experts as queries
from tcloud.support.states import ENDED
from tcloud.web.office.access import may_act, same_version
from tcloud.web.office.experts_forms import AssignForm, RequestFilter
from tcloud.web.ui import expert_case, expert_words
from tcloud.web.ui.expert_forms import NoteForm, ProfileForm, ReasonForm, profile_values

PER_PAGE: Final = 20
METHODS = ["GET", "HEAD", "POST"]


@require_safe
def request_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """The queue: what waits for an officer first, then by deadline."""
    form = RequestFilter(request.GET)
    page = Paginator(_found(form), PER_PAGE).get_page(request.GET.get("page"))
    cases, at = list(page), clock.now()
    visits = queries.visits_of(cases)
    rows = [
        {
            "case": case,
            "visit": visits.get(case.pk),
            "tone": expert_words.TONES.get(ExpertRequest.State(case.state), "soft"),
            "owing": expert_words.owing(case) if case.owed else "",
            "late": case.is_late(at),
            "days": (at - case.created_at).days,
        }
        for case in cases
    ]
    return render(request, "office/experts/list.html", {"form": form, "page": page, "rows": rows})


def _found(form: RequestFilter) -> QuerySet[ExpertRequest]:
    found = queries.everything()
    data = form.cleaned_data if form.is_valid() else {"q": "", "state": ""}
    if typed := data["q"].strip():
        found = found.filter(
            Q(reference=typed.upper()) | Q(company__ubn=typed) | Q(company__name__icontains=typed)
        )
    if data["state"] == "":
        found = found.exclude(state__in=ENDED)
    elif data["state"] != "all":
        found = found.filter(state=data["state"])
    waits = Case(
        When(state="REQUESTED", then=Value(0)), When(state__in=ENDED, then=Value(2)), default=Value(1)
    )
    return found.order_by(waits, "owed_due_at", "-created_at", "-id")


def find(number: str) -> ExpertRequest:
    """The case. Raises Http404."""
    found = queries.everything().filter(reference=number).first()
    if found is None:
        raise Http404
    return found


@require_safe
def request_page(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """One case: what was asked for, who could take it, everything that happened."""
    return _page(request, by, find(number))


def _page(
    request: HttpRequest, by: Actor, case: ExpertRequest, *, status: int = 200, **bad: Form
) -> HttpResponse:
    fresh = {"version": case.version}
    forms: dict[str, Form] = {}
    context = expert_case.context(case, staff=True)
    may_assign = case.state in ("REQUESTED", "ASSIGNED", "PROPOSED", "AGREED", "VISITED")
    if may_act(by):
        forms["note_form"] = NoteForm(prefix="note")
        if may_assign:
            forms["assign_form"] = AssignForm(initial=fresh, prefix="assign", anew=case.state != "REQUESTED")
        if case.state in ("REQUESTED", "ASSIGNED"):
            forms["decline_form"] = ReasonForm(initial=fresh, prefix="decline")
        if case.state == "VISITED":
            forms["closure_form"] = ReasonForm(initial=fresh, prefix="closure")
    context |= forms | bad | {
        "staff": True,
        "note_url": reverse("office_expert_note", args=[case.reference]),
        "bad_form": next(iter(bad.values()), None),
        "candidates": queries.candidates(case) if may_assign else [],
        "choices": expert_case.slot_choices(case, at=clock.now()) if case.state == "PROPOSED" else [],
    }  # fmt: skip
    return render(request, "office/experts/request.html", context, status=status)


def _acted(
    request: HttpRequest, by: Actor, number: str, name: str, form: Form, act: Callable[[ExpertRequest], object], done: str
) -> HttpResponse:  # fmt: skip
    """Check the form and its version, act once, back to the case; a refusal stands beside the form."""
    case, status = find(number), 422
    if form.is_valid():
        same_version(form.cleaned_data.get("version", case.version), case.version)
        try:
            act(case)
        except Refusal as refusal:
            if refusal.code == "stale":
                raise
            form.add_error(None, refusal.text())
            status = 409
        else:
            messages.success(request, done)
            return redirect("office_expert_request", number)
    return _page(request, by, find(number), status=status, **{name: form})


@require_POST
def assignment(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """Give the case to an expert, or to another one."""
    anew = find(number).state != "REQUESTED"
    form = AssignForm(request.POST, prefix="assign", anew=anew)

    def act(case: ExpertRequest) -> None:
        data = form.cleaned_data
        expert = queries.experts().filter(pk=data["expert"]).first()
        if expert is None:
            raise Refusal("expert.not_an_expert", _("這位專家目前不接案，請改選其他專家。"))
        if anew:
            operations.reassign(case, expert, reason=data["reason"], by=by, at=clock.now())
        else:
            operations.assign(case, expert, by=by, at=clock.now())

    return _acted(request, by, number, "assign_form", form, act, _("已指派，企業與專家會收到通知。"))


@require_POST
def declining(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """The case is not taken, and why."""
    form = ReasonForm(request.POST, prefix="decline")
    act = lambda case: operations.decline(case, reason=form.cleaned_data["reason"], by=by, at=clock.now())  # noqa: E731
    return _acted(request, by, number, "decline_form", form, act, _("已不受理，企業會收到通知與原因。"))


@require_POST
def closure(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """A visited case is closed without the report that will not come, and why."""
    form = ReasonForm(request.POST, prefix="closure")

    def act(case: ExpertRequest) -> None:
        operations.close_unreported(case, reason=form.cleaned_data["reason"], by=by, at=clock.now())

    done = _("已無報告結案，企業與專家會收到通知與原因。")
    return _acted(request, by, number, "closure_form", form, act, done)


@require_POST
def note(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """A note for the expert and the officers."""
    form = NoteForm(request.POST, prefix="note")
    act = lambda case: expert_visits.add_note(case, form.cleaned_data["text"], by=by, at=clock.now())  # noqa: E731
    return _acted(request, by, number, "note_form", form, act, _("已加上紀錄。"))


@require_safe
def attachment(request: HttpRequest, by: Actor, number: str, pk: int) -> HttpResponse:
    """A file of the report."""
    return expert_case.file(find(number), pk)


# The experts


@require_safe
def expert_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Every expert with what she advises on, where, and how many cases she has."""
    page = Paginator(queries.experts(), PER_PAGE).get_page(request.GET.get("page"))
    for one in page:
        profile = getattr(one, "expert_profile", None)
        one.areas_words = words.areas(profile.areas) if profile else ""  # type: ignore[attr-defined]
        one.places_words = words.reach(profile) if profile else ""  # type: ignore[attr-defined]
    return render(request, "office/experts/people.html", {"page": page})


@require_http_methods(METHODS)
def expert_profile(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """An expert's profile, to see and to change."""
    expert = queries.experts().filter(pk=pk).first()
    if expert is None:
        raise Http404
    status, form = 200, ProfileForm(request.POST or None, initial=profile_values(expert))
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data: dict[str, Any] = dict(form.cleaned_data)
            version = data.pop("version")
            try:
                expert_profiles.save_profile(expert, data, version=version, by=by, at=clock.now())
            except Refusal as refusal:
                if refusal.code == "stale":
                    raise
                form.add_error(None, refusal.text())
            else:
                messages.success(request, _("已儲存，之後的指派依新的資料。"))
                return redirect("office_experts")
    for field in form.fields.values():
        field.disabled = not may_act(by)
    context = {"form": form, "expert": expert, "may_act": may_act(by)}
    return render(request, "office/experts/profile.html", context, status=status)
