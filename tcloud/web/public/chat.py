"""文字客服 (R-34) for visitors and members: one page at a time, whole without a script; a script keeps it fresh."""

import uuid
from functools import partial
from typing import Any, Final

from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tcloud.core import clock
from tcloud.core.actors import VISITOR, Actor
from tcloud.core.refusals import Refusal
from tcloud.members import queries as members
from tcloud.members.models import Company, User
from tcloud.programme import queries as programmes
from tcloud.support.models import Conversation
from tcloud.support.operations import chat as operations
from tcloud.support.queries import chat as queries
from tcloud.support.queries import hours
from tcloud.web.public.chat_forms import MemberOpeningForm, MessageForm, OpeningForm, TranscriptForm
from tcloud.web.ui import chat_access, chat_log
from tcloud.web.ui.acting import choose, chosen
from tcloud.web.ui.ticket_forms import TYPED

# `ip` the network address, `key` the browser, the account or the conversation
RATES: Final = {
    "chat_open": "60/h/ip,6/h/key",
    "chat_transcript": "30/h/ip,6/h/key",
}
PAST_SHOWN: Final = 5
METHODS = ["GET", "HEAD", "POST"]


def _too_many(request: HttpRequest, action: str, key: str) -> HttpResponse | None:
    if ratelimit.consume(request, app="tcloud.chat", action=action, config=RATES, key=key):
        return None
    return render(request, "429.html", status=429)


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


@never_cache
@require_http_methods(METHODS)
def start(request: HttpRequest) -> HttpResponse:
    """Where text support begins: to the conversation that is open; else a form, or outside the hours when it opens and what to do now."""
    current = chat_access.mine(request).exclude(state="CLOSED").first()
    if current is not None and request.method != "POST":
        return redirect("chat_conversation", number=current.number)
    programme, user = programmes.latest(), chat_access.person(request.user)
    companies = [row.company for row in members.memberships(user)] if user else []
    key = chat_access.key_of(request) or chat_access.new_key()
    bound = request.POST if request.method == "POST" else None
    form: MessageForm | None = None
    if programme is not None and not request.user.is_staff and (user is None or companies):
        form = _opening(bound, companies)
    status = 200
    if bound is not None and form is not None and programme is not None:
        if refused := _too_many(request, "chat_open", str(user.pk) if user else key):
            return refused
        if form.is_valid():
            try:
                return _open(programme, form, user, key)
            except Refusal as refusal:
                form.add_error(None, refusal.text())
                status = 409
                if isinstance(form, MemberOpeningForm) and chosen(request, companies) is None:
                    choose(request, form.whose())  # whose ticket it may become
    desk = hours.desk(programme, at=clock.now()) if programme else None
    context = {
        "form": form,
        "desk": desk,
        "is_staff": request.user.is_staff,
        "terms": queries.terms(programme) if programme else None,
        "present": queries.present(at=clock.now()).count(),
        "closures": hours.announced(at=clock.now()),
        "past": list(chat_access.mine(request).filter(state="CLOSED")[:PAST_SHOWN]),
        "ticket_url": chat_log.ticket_url(user),
        "typed": _typed(form),
    }
    response = render(request, "public/chat/start.html", context, status=status)
    if form is not None and user is None:
        chat_access.give(response, key)  # before the first message, so that a double click is one visitor's
    return response


def _opening(bound: Any, companies: list[Company]) -> MessageForm:
    kind = partial(MemberOpeningForm, companies=companies) if companies else OpeningForm
    return kind(bound) if bound is not None else kind(initial={"client_id": uuid.uuid4()})


def _typed(form: MessageForm | None) -> dict[str, str]:
    """What was typed and not sent, by the names that a ticket's form is drawn with (`ticket_forms.after_chat`)."""
    if form is None or not form.is_bound:
        return {}
    order, name = form.cleaned_data.get("order"), form.cleaned_data.get("name", "")
    found = {TYPED: form["body"].value() or "", "order": order.number if order else "", "name": name}
    return {name: value for name, value in found.items() if value} if found[TYPED] else {}


def _open(programme: Any, form: MessageForm, user: User | None, key: str) -> HttpResponse:
    data: dict[str, Any] = form.cleaned_data
    said = {
        "body": data["body"],
        "client_id": data["client_id"],
        "language": get_language() or settings.LANGUAGE_CODE,
        "at": clock.now(),
    }
    if isinstance(form, MemberOpeningForm) and user is not None:
        by = members.actor_for(user, company=form.whose())
        made = operations.open_conversation(programme, order=data["order"], by=by, **said)
    else:
        made = operations.open_conversation(
            programme, visitor_key=key, visitor_name=data["name"], by=Actor(VISITOR), **said
        )
    response = redirect("chat_conversation", number=made.number)
    if made.user_id is None:
        chat_access.give(response, key)
    return response


def _page(
    request: HttpRequest,
    conversation: Conversation,
    *,
    form: MessageForm | None = None,
    transcript: TranscriptForm | None = None,
    status: int = 200,
) -> HttpResponse:
    rows = chat_log.lines(conversation, queries.messages(conversation), agent=False)
    state = chat_log.asker_state(conversation, at=clock.now())
    context = state | {
        "lines": rows,
        "last": rows[-1].sequence if rows else 0,
        "form": (form or MessageForm.fresh()) if conversation.is_open else None,
        "bad_form": form,
        "typed": _typed(form),
        "transcript_form": transcript or TranscriptForm(),
        "transcripts": list(conversation.transcripts.order_by("id")),
        "terms": queries.terms(conversation.programme),
        "stream": f"{settings.STREAM_URL}/stream/chat/{conversation.number}/?lang={get_language()}",
    }
    return render(request, "public/chat/conversation.html", context, status=status)


@never_cache
@require_http_methods(["GET", "HEAD"])
def conversation_page(request: HttpRequest, number: str) -> HttpResponse:
    """The conversation: its log, the next message, what comes after."""
    return _page(request, chat_access.my_conversation(request, number))


def _news(conversation: Conversation, after: str) -> JsonResponse:
    """What is new, and the name of the next message."""
    seen = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    news = chat_log.asker_news(conversation, after=seen, at=clock.now()).as_json()
    return JsonResponse(news | {"next_id": str(uuid.uuid4())})


@never_cache
@require_http_methods(METHODS)
def message_list(request: HttpRequest, number: str) -> HttpResponse:
    """GET: what came after ?after=, for a script. POST: one message."""
    conversation = chat_access.my_conversation(request, number)
    if request.method != "POST":
        return _news(conversation, request.GET.get("after", ""))
    form = MessageForm(request.POST)
    if not form.is_valid():
        if _by_script(request):
            return JsonResponse(
                {"code": "invalid", "message": " ".join(map(str, form.errors.get("body", [])))}, status=422
            )
        return _page(request, conversation, form=form, status=422)
    try:
        operations.write(
            conversation,
            body=form.cleaned_data["body"],
            client_id=form.cleaned_data["client_id"],
            by=chat_access.asker(conversation),
            at=clock.now(),
        )
    except Refusal as refusal:
        if _by_script(request):
            raise
        form.add_error(None, refusal.text())
        return _page(request, chat_access.my_conversation(request, number), form=form, status=409)
    if _by_script(request):
        return _news(conversation, request.POST.get("after", ""))
    return HttpResponseRedirect(f"{reverse('chat_conversation', args=[number])}#last")


@never_cache
@require_POST
def ending(request: HttpRequest, number: str) -> HttpResponse:
    """Who asked ends the conversation."""
    conversation = chat_access.my_conversation(request, number)
    operations.leave(conversation, by=chat_access.asker(conversation), at=clock.now())
    return redirect("chat_conversation", number=number)


@never_cache
@require_POST
def transcript(request: HttpRequest, number: str) -> HttpResponse:
    """The conversation by mail: a member's to her own address, a visitor's to the one she gives."""
    conversation = chat_access.my_conversation(request, number)
    if refused := _too_many(request, "chat_transcript", conversation.number):
        return refused
    form = TranscriptForm(request.POST)
    if conversation.user is None and not form.is_valid():
        return _page(request, conversation, transcript=form, status=422)
    email = conversation.user.email if conversation.user else form.cleaned_data["email"]
    asked = operations.ask_transcript(
        conversation, email=email, by=chat_access.asker(conversation), at=clock.now()
    )
    if conversation.is_open:
        messages.success(request, _("對話結束後，紀錄會寄到%(email)s。") % {"email": asked.email})
    else:
        messages.success(request, _("對話紀錄已寄到%(email)s。") % {"email": asked.email})
    return redirect("chat_conversation", number=number)
