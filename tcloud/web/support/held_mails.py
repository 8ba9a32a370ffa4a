"""Mails that a person has to look at: from another sender than the ticket's, without one, or too many."""

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tcloud.core import clock
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.support.models import InboundMail
from tcloud.support.operations import mail as acts
from tcloud.support.queries import mails, tickets

PER_PAGE = 25
WHY: Final = {
    "no_sender": gettext_lazy("沒有可以回覆的寄件人"),
    "other_sender": gettext_lazy("寄件人不是這張服務單的提問者"),
    "too_many": gettext_lazy("同一寄件人一天內來信過多"),
    "lapsed": gettext_lazy("這筆詢問沒有在期限內確認信箱"),
    "unreadable": gettext_lazy("信件結構無法讀取"),
}


@require_safe
def mail_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """What waits, oldest first."""
    page = Paginator(tickets.held_mails(), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"mail": row, "why": WHY.get(row.why, row.why)} for row in page.object_list]
    return render(request, "support/tickets/mails.html", {"page": page, "rows": rows})


@require_safe
def mail_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One mail as text, and what may be done with it."""
    return _page(request, _find(pk))


def _find(pk: int) -> InboundMail:
    return get_object_or_404(
        InboundMail.objects.select_related("ticket"),
        pk=pk,
        verdict=InboundMail.Verdict.HELD,
        erased_at=None,
    )


def _page(request: HttpRequest, row: InboundMail, *, refusal: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "mail": row, "why": WHY.get(row.why, row.why), "said": mails.said(row), "refusal": refusal,
        "reference": request.POST.get("reference", row.ticket.reference if row.ticket else ""),
    }  # fmt: skip
    return render(request, "support/tickets/mail.html", context, status=status)


@require_POST
def mail_adding(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Put it into a ticket."""
    row = _find(pk)
    try:
        ticket = acts.add_held(row, request.POST.get("reference", "")[:20], by=by, at=clock.now())
    except Refusal as refusal:
        return _page(request, row, refusal=refusal.text(), status=409)
    messages.success(request, _("已加入服務單。"))
    return redirect("support_ticket", ticket.reference)


@require_POST
def mail_opening(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Make a ticket of it."""
    row = _find(pk)
    try:
        ticket = acts.open_held(row, by=by, at=clock.now())
    except Refusal as refusal:
        return _page(request, row, refusal=refusal.text(), status=409)
    messages.success(request, _("已開立服務單，並寄信告知對方。"))
    return redirect("support_ticket", ticket.reference)


@require_POST
def mail_dismissal(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Do nothing with it."""
    acts.dismiss_held(_find(pk), by=by, at=clock.now())
    messages.success(request, _("已標記為不處理。"))
    return redirect("support_mails")
