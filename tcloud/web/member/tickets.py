"""我的詢問 (R-34): a company's questions, seen by all who act for it and by nobody else (R-37)."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import actors, clock
from tcloud.core.refusals import Refusal
from tcloud.orders import queries as orders
from tcloud.support.models import Ticket
from tcloud.support.operations import tickets as acts
from tcloud.support.operations.tickets import Asker
from tcloud.support.queries import chat, contact, hours, tickets
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.ui import order_progress
from tcloud.web.ui.context import contact_of
from tcloud.web.ui.limits import too_many
from tcloud.web.ui.ticket_forms import TYPED, MemberQuestionForm, ReplyForm, after_chat
from tcloud.web.ui.ticket_pages import TONES, download, thread

PER_PAGE = 20
MOST_ORDERS = 50
INTERNAL = frozenset({"ticket.noted"})  # between agents


def find(request: MemberRequest, reference: str) -> Ticket:
    """The company's own ticket; anybody else's is not found (R-37)."""
    return get_object_or_404(
        tickets.of_company(request.company).select_related("programme"), reference=reference
    )


def _promise(request: MemberRequest) -> dict[str, Any]:
    now, settings = clock.now(), contact_of(request)
    return {
        "answer_by": contact.answer_by(request.programme, settings, at=now),
        "is_staffed": hours.is_staffed(request.programme, at=now),
    }


@member_page
@require_safe
def ticket_list(request: MemberRequest) -> HttpResponse:
    """All questions of the company, newest first."""
    page = Paginator(tickets.of_company(request.company), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"ticket": ticket, "tone": TONES[ticket.state]} for ticket in page.object_list]
    return render(request, "member/tickets/list.html", {"page": page, "rows": rows})


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_new(request: MemberRequest) -> HttpResponse:
    """Ask; `?order=` fills in the order it is about, `?conversation=` what she wrote to text support."""
    mine = list(
        orders.of_company(request.company)
        .select_related("plan_version")
        .order_by("-created_at")[:MOST_ORDERS]
    )
    choices = [(order.number, f"{order.number} {order.plan_version.name}") for order in mine]
    if request.method != "POST" or TYPED in request.POST:
        initial = {"order": request.GET.get("order", "")[:16]} | after_chat(request)
        return _form(request, MemberQuestionForm(orders=choices, initial=initial))
    if refused := too_many(request, "ticket_open", key=f"company/{request.company.pk}"):
        return refused
    form = MemberQuestionForm(request.POST, request.FILES, orders=choices)
    if not form.is_valid():
        return _form(request, form, status=422)
    said = form.cleaned_data
    asker = Asker(
        request.user.name, request.user.email, language=get_language() or "zh-hant", user=request.user, company=request.company,
        order=next((order for order in mine if order.number == said["order"]), None),
    )  # fmt: skip
    try:
        ticket = acts.open_ticket(
            request.programme, asker, channel=Ticket.Channel.MEMBER, category=said["category"], subject=said["subject"],
            body=said["body"], files=said["attachments"], request_key=form.request_key, by=request.actor, at=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        form.add_error(None, refusal.text())
        return _form(request, form, status=409)
    return HttpResponseRedirect(f"{reverse('member_ticket', args=[ticket.reference])}?sent=1")


def _form(request: MemberRequest, form: MemberQuestionForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "terms": chat.terms(request.programme), **_promise(request)}
    return render(request, "member/tickets/new.html", context, status=status)


@member_page
@require_safe
def ticket_page(request: MemberRequest, reference: str) -> HttpResponse:
    """The question, what was answered, and by when it will be."""
    return _page(request, find(request, reference))


def _page(
    request: MemberRequest, ticket: Ticket, *, form: ReplyForm | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "tone": TONES[ticket.state],
        "thread": thread(ticket),
        "entries": _entries(ticket),
        "form": form or ReplyForm(),
        "sent": "sent" in request.GET and ticket.state == Ticket.State.OPEN,
    }
    return render(request, "member/tickets/ticket.html", context, status=status)


def _entries(ticket: Ticket) -> list[dict[str, Any]]:
    """R-37: what happened, oldest first, also which agent's look at the company and order it was asked from, and why."""
    recorded = [event for event in tickets.history(ticket) if event.type not in INTERNAL]
    entries = order_progress.entries(recorded)
    parties = {actors.SUPPORT: _("客服"), actors.COMPANY: _("貴公司"), actors.VISITOR: _("貴公司")}
    for event, entry in zip(recorded, entries, strict=True):
        entry["who"] = parties.get(event.actor_kind, entry["who"])
    return entries


@member_page
@require_POST
def ticket_reply(request: MemberRequest, reference: str) -> HttpResponse:
    """Say more."""
    ticket = find(request, reference)
    if refused := too_many(request, "ticket_reply", key=ticket.reference):
        return refused
    form = ReplyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, ticket, form=form, status=422)
    said = form.cleaned_data
    acts.reply(
        ticket,
        said["body"],
        said["attachments"],
        request_key=form.request_key,
        by=request.actor,
        at=clock.now(),
    )
    messages.success(request, _("已送出您的補充。"))
    return redirect("member_ticket", ticket.reference)


@member_page
@require_POST
def ticket_closing(request: MemberRequest, reference: str) -> HttpResponse:
    """No answer is needed any more."""
    ticket = find(request, reference)
    acts.close_as_solved(ticket, by=request.actor, at=clock.now())
    messages.success(request, _("已結案。還有問題時，在這一頁補充就會重新開啟。"))
    return redirect("member_ticket", ticket.reference)


@member_page
@require_safe
def ticket_file(request: MemberRequest, reference: str, pk: int) -> HttpResponse:
    """A file of the thread."""
    return download(tickets.file_of(find(request, reference), pk))
