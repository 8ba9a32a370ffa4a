"""The desk (R-34): tickets to answer, each with its thread, and mails that a person has to look at. Agents alone (R-37)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tcloud.core import clock
from tcloud.core.actors import COMPANY, VISITOR, Actor
from tcloud.core.refusals import Refusal
from tcloud.members.models import User
from tcloud.support.models import Ticket
from tcloud.support.operations import desk
from tcloud.support.queries import tickets
from tcloud.support.rules import masking
from tcloud.web.ui import order_progress
from tcloud.web.ui.ticket_forms import AnswerForm, NoteForm
from tcloud.web.ui.ticket_pages import TONES, download, thread

PER_PAGE = 25


class DeskFilter(forms.Form):
    """Which tickets to show."""

    show = forms.ChoiceField(
        label=gettext_lazy("範圍"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            ("mine", gettext_lazy("我的")),
            ("unassigned", gettext_lazy("尚未指派")),
            ("late", gettext_lazy("逾期未回覆")),
        ],
    )
    state = forms.ChoiceField(
        label=gettext_lazy("狀態"),
        required=False,
        choices=[
            ("", gettext_lazy("全部")),
            *[(value, label) for value, label in Ticket.State.choices if value not in tickets.UNSEEN],
        ],
    )
    q = forms.CharField(label=gettext_lazy("編號或主旨"), required=False, max_length=60)


class ReasonForm(forms.Form):
    """Closing, or looking at what is masked."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("請填寫理由。")},
    )


def _closing(data: QueryDict | None = None, *, version: int) -> ReasonForm:
    form = ReasonForm(data, prefix="closing", initial={"version": version})
    form.fields["reason"].label = _("結案說明")
    form.fields["reason"].help_text = _("會寄給提問者。")
    return form


def _look(data: QueryDict | None = None) -> ReasonForm:
    form = ReasonForm(data, prefix="look")
    form.fields["reason"].label = _("查看的理由")
    form.fields["reason"].help_text = _("會連同您的姓名寫入紀錄；8小時內可再次查看。")
    form.fields["reason"].widget = forms.TextInput()
    return form


@require_safe
def ticket_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Tickets, those due first."""
    agent = _agent(request)
    form = DeskFilter(request.GET)
    said = form.cleaned_data if form.is_valid() else {}
    found = tickets.desk(
        mine=agent if said.get("show") == "mine" else None,
        unassigned=said.get("show") == "unassigned",
        late=said.get("show") == "late",
        state=said.get("state", ""),
        words=said.get("q", "").strip(),
    )
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"ticket": ticket, "tone": TONES[ticket.state]} for ticket in page.object_list]
    context = {"form": form, "page": page, "rows": rows, "counts": tickets.counts(agent), "now": clock.now()}
    return render(request, "support/tickets/list.html", context)


def _agent(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _find(reference: str) -> Ticket:
    """A ticket that an agent may see. Raises Http404 also for one nobody has confirmed, and for an erased one."""
    wanted = tickets.on_desk().select_related(
        "programme", "assigned_to", "company", "order__plan_version", "order__supplier"
    )
    return get_object_or_404(wanted, reference=reference)


@require_safe
def ticket_page(request: HttpRequest, by: Actor, reference: str) -> HttpResponse:
    """The thread, who asks, what to do."""
    return _page(request, _find(reference))


def _page(request: HttpRequest, ticket: Ticket, *, status: int = 200, **bad: forms.Form) -> HttpResponse:
    now, agent = clock.now(), _agent(request)
    seen = ticket.company_id is not None and tickets.may_look(ticket, agent, at=now)
    version = {"version": ticket.version}
    context = {
        "ticket": ticket,
        "tone": TONES[ticket.state],
        "thread": thread(ticket, notes=True),
        "entries": _entries(ticket),
        "agents": tickets.agents(),
        "behind": _behind(ticket, seen),
        "seen": seen,
        "claims_member": ticket.company_id is None and tickets.is_a_members(ticket.email),
        "now": now,
        "bad_form": next(iter(bad.values()), None),
        "answer_form": bad.get("answer") or AnswerForm(initial=version),
        "note_form": bad.get("note") or NoteForm(auto_id="id_note_%s"),
        "closing_form": bad.get("closing") or _closing(version=ticket.version),
        "look_form": bad.get("look") or _look(),
    }
    return render(request, "support/tickets/ticket.html", context, status=status)


def _entries(ticket: Ticket) -> list[dict[str, Any]]:
    """What happened, oldest first. R-37: who asked by name, without the company's."""
    recorded = list(tickets.history(ticket))
    entries = order_progress.entries(recorded)
    for event, entry in zip(recorded, entries, strict=True):
        if event.actor_kind in (COMPANY, VISITOR):
            entry["who"] = ticket.name
    return entries


def _behind(ticket: Ticket, seen: bool) -> dict[str, str]:
    """R-37: the company and order behind a ticket; masked until the agent has said why she looks."""
    if ticket.company is None:
        return {}
    number = ticket.order.number if ticket.order else ""
    if seen:
        return {"company": ticket.company.name, "ubn": ticket.company.ubn, "order": number}
    return {
        "company": masking.masked_company(ticket.company.name),
        "ubn": masking.masked_number(ticket.company.ubn),
        "order": masking.masked_number(number),
    }


@require_POST
def ticket_answer(request: HttpRequest, by: Actor, reference: str) -> HttpResponse:
    """Answer, or ask for what is missing."""
    ticket, form = _find(reference), AnswerForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, ticket, status=422, answer=form)
    said, ask = form.cleaned_data, "ask" in request.POST
    try:
        desk.answer(
            ticket, said["body"], said["attachments"], ask=ask, version=said["version"], request_key=form.request_key,
            by=by, at=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        return _refused(request, ticket, refusal, answer=form)
    messages.success(request, _("已請提問者補充，並寄出信件。") if ask else _("已回覆，並寄出信件。"))
    return redirect("support_ticket", ticket.reference)


def _refused(request: HttpRequest, ticket: Ticket, refusal: Refusal, **forms_: forms.Form) -> HttpResponse:
    """The page as it is now, with what was typed and why it was not done."""
    (form,) = forms_.values()
    form.add_error(None, refusal.text())
    fresh = _find(ticket.reference)
    if "version" in form.fields:  # seen now: the next press is about what is shown
        data = request.POST.copy()
        data[form.add_prefix("version")] = str(fresh.version)
        form.data = data
    return _page(request, fresh, status=409, **forms_)


@require_POST
def ticket_note(request: HttpRequest, by: Actor, reference: str) -> HttpResponse:
    """A note that the one who asked never sees."""
    ticket, form = _find(reference), NoteForm(request.POST, auto_id="id_note_%s")
    if not form.is_valid():
        return _page(request, ticket, status=422, note=form)
    desk.note(ticket, form.cleaned_data["note"], request_key=form.request_key, by=by, at=clock.now())
    messages.success(request, _("已加入內部備註。"))
    return redirect("support_ticket", ticket.reference)


@require_POST
def ticket_assignment(request: HttpRequest, by: Actor, reference: str) -> HttpResponse:
    """Take it, hand it over, lay it back."""
    ticket = _find(reference)
    wanted, version = request.POST.get("to", ""), request.POST.get("version", "")
    to = tickets.agents().filter(pk=int(wanted)).first() if _is_number(wanted) else None
    if wanted and to is None:
        raise Http404
    desk.assign(ticket, to, version=int(version) if _is_number(version) else -1, by=by, at=clock.now())
    messages.success(request, _("已指派給%(name)s。") % {"name": to.name} if to else _("已取消指派。"))
    return redirect("support_ticket", ticket.reference)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


@require_POST
def ticket_closing(request: HttpRequest, by: Actor, reference: str) -> HttpResponse:
    """Close with a sentence that is sent."""
    ticket = _find(reference)
    form = _closing(request.POST, version=ticket.version)
    if not form.is_valid():
        return _page(request, ticket, status=422, closing=form)
    said = form.cleaned_data
    try:
        desk.close(ticket, said["reason"], version=said["version"] or 0, by=by, at=clock.now())
    except Refusal as refusal:
        return _refused(request, ticket, refusal, closing=form)
    messages.success(request, _("已結案，並寄出結案說明。"))
    return redirect("support_ticket", ticket.reference)


@require_POST
def ticket_look(request: HttpRequest, by: Actor, reference: str) -> HttpResponse:
    """R-37: say why, then see the company and order."""
    ticket = _find(reference)
    form = _look(request.POST)
    if not form.is_valid():
        return _page(request, ticket, status=422, look=form)
    desk.look(ticket, form.cleaned_data["reason"], by=by, at=clock.now())
    return redirect("support_ticket", ticket.reference)


@require_safe
def ticket_file(request: HttpRequest, by: Actor, reference: str, pk: int) -> HttpResponse:
    """A file of the thread."""
    return download(tickets.file_of(_find(reference), pk, notes=True))
