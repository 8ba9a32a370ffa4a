"""A visitor's question (R-34): the form, the confirmation by mail, and its page under a secret address."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock
from tcloud.core.actors import VISITOR, Actor
from tcloud.core.refusals import Refusal
from tcloud.members.models import User
from tcloud.support.models import Ticket
from tcloud.support.operations import tickets as acts
from tcloud.support.operations.tickets import Asker
from tcloud.support.queries import chat, contact, hours, tickets
from tcloud.web.ui.acting import places_of
from tcloud.web.ui.context import contact_of, edition
from tcloud.web.ui.limits import too_many
from tcloud.web.ui.ticket_forms import TYPED, ReplyForm, VisitorQuestionForm, after_chat
from tcloud.web.ui.ticket_pages import TONES, download, thread


def _promise(request: HttpRequest) -> dict[str, Any]:
    now = clock.now()
    settings = contact_of(request)
    return {
        "answer_by": contact.answer_by(edition(request), settings, at=now),
        "is_staffed": hours.is_staffed(edition(request), at=now),
    }


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ticket_new(request: HttpRequest) -> HttpResponse:
    """The form, a member's for who acts for a company; a POST keeps the question and sends the mail that confirms the address."""
    if request.method != "POST" and isinstance(request.user, User) and places_of(request.user):
        return redirect(f"{reverse('member_ticket_new')}?{request.GET.urlencode()}".rstrip("?"))
    if request.method != "POST" or TYPED in request.POST:
        return _form(request, VisitorQuestionForm(initial=after_chat(request)))
    if refused := too_many(request, "ticket_open", key=request.POST.get("email", "").strip().lower()[:254]):
        return refused
    form = VisitorQuestionForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, status=422)
    programme, said = edition(request), form.cleaned_data
    if programme.pk is None:
        raise Http404
    asker = Asker(said["name"], said["email"], language=get_language() or "zh-hant")
    try:
        acts.open_ticket(
            programme, asker, channel=Ticket.Channel.FORM, category=said["category"], subject=said["subject"], body=said["body"],
            files=said["attachments"], request_key=form.request_key, by=Actor(VISITOR, name=asker.name), at=clock.now(),
        )  # fmt: skip
    except Refusal as refusal:
        form.add_error(None, refusal.text())
        return _form(request, form, status=409)
    return redirect("ticket_sent")


def _form(request: HttpRequest, form: VisitorQuestionForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "terms": chat.terms(edition(request)), **_promise(request)}
    return render(request, "public/tickets/new.html", context, status=status)


@never_cache
@require_safe
def ticket_sent(request: HttpRequest) -> HttpResponse:
    """One step is left: the link in the mail."""
    return render(request, "public/tickets/sent.html", _promise(request))


# Under the secret address


def by_secret(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The view, called with the ticket of this address; nobody else's can be guessed, and trying is limited."""

    @never_cache
    @wraps(view)
    def page(request: HttpRequest, token: str, *args: Any, **kwargs: Any) -> HttpResponse:
        if refused := too_many(request, "ticket_page"):
            return refused
        found = tickets.by_page_token(token)
        if found is None or found.company_id is not None:  # a member's is read after signing in
            raise Http404
        response = view(request, found, *args, **kwargs)
        response["X-Robots-Tag"] = "noindex"
        return response

    return page


@require_safe
@by_secret
def ticket_page(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The question, what was answered, and by when it will be; before confirming, the one button for that."""
    return _page(request, ticket)


def _page(
    request: HttpRequest, ticket: Ticket, *, form: ReplyForm | None = None, status: int = 200
) -> HttpResponse:
    unconfirmed = ticket.state in tickets.UNSEEN
    context = {
        "ticket": ticket,
        "tone": TONES[ticket.state],
        "thread": thread(ticket),
        "too_late": (unconfirmed and clock.now() >= ticket.confirm_before)
        or ticket.state == Ticket.State.LAPSED,
        "unconfirmed": unconfirmed,
        "form": None if unconfirmed or ticket.erased_at else form or ReplyForm(),
    }
    return render(request, "public/tickets/ticket.html", context | _promise(request), status=status)


@require_POST
@by_secret
def ticket_confirmation(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """The address is hers. A press, because programs that look at mails open every link."""
    acts.confirm(ticket, by=acts.visitor(ticket), at=clock.now())
    messages.success(request, _("已確認，客服收到您的詢問了。"))
    return redirect("ticket", ticket.page_token)


@require_POST
@by_secret
def ticket_reply(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """Say more."""
    if refused := too_many(request, "ticket_reply", key=ticket.reference):
        return refused
    form = ReplyForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, ticket, form=form, status=422)
    acts.reply(
        ticket, form.cleaned_data["body"], form.cleaned_data["attachments"],
        request_key=form.request_key, by=acts.visitor(ticket), at=clock.now(),
    )  # fmt: skip
    messages.success(request, _("已送出您的補充。"))
    return redirect("ticket", ticket.page_token)


@require_POST
@by_secret
def ticket_closing(request: HttpRequest, ticket: Ticket) -> HttpResponse:
    """No answer is needed any more."""
    acts.close_as_solved(ticket, by=acts.visitor(ticket), at=clock.now())
    messages.success(request, _("已結案。還有問題時，在這一頁補充就會重新開啟。"))
    return redirect("ticket", ticket.page_token)


@require_safe
@by_secret
def ticket_file(request: HttpRequest, ticket: Ticket, pk: int) -> HttpResponse:
    """A file of the thread."""
    return download(tickets.file_of(ticket, pk))
