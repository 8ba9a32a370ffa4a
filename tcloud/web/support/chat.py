"""The desk of text support (R-34): the queue, conversations, handing over. Pages of support agents only (`agent_page`)."""

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.support.models import Conversation
from tcloud.support.operations import chat as writing
from tcloud.support.operations import chat_desk as operations
from tcloud.support.queries import chat as queries
from tcloud.support.rules import masking
from tcloud.web.support.chat_forms import ClosingForm, DetailsForm, HandoverForm, ReplyForm
from tcloud.web.ui import chat_access, chat_log
from tcloud.web.ui.order_progress import entries

PER_PAGE = 20


def _stream(number: str = "") -> str:
    path = f"/stream/desk/{number}/" if number else "/stream/desk/"
    return f"{settings.STREAM_URL}{path}?lang={get_language()}"


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


@require_safe
def inbox(request: HttpRequest, by: Actor) -> HttpResponse:
    """Who waits, also for an agent who has gone, what this agent has in hand, who is at the desk."""
    user, at = chat_access.agent(request), clock.now()
    operations.be_seen(by=by, at=at)
    if _by_script(request):
        return JsonResponse(chat_log.desk_news(user, at=at).as_json())
    presence = queries.presence(user.pk)
    context = chat_log.desk_state(user, at=at) | {
        "away": presence is not None and presence.is_away,
        "stream": _stream(),
    }
    return render(request, "support/chat/inbox.html", context)


@require_POST
def presence(request: HttpRequest, by: Actor) -> HttpResponse:
    """Here, or away for a while."""
    away = request.POST.get("away") == "1"
    operations.be_seen(by=by, at=clock.now(), away=away)
    messages.success(request, _("已暫停接新對話，手上的對話不受影響。") if away else _("已開始值班。"))
    return redirect("support_inbox")


@require_safe
def closed(request: HttpRequest, by: Actor) -> HttpResponse:
    """Conversations that ended, found by number."""
    words = request.GET.get("q", "").strip()[:12]
    page = Paginator(queries.closed(words), PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"conversation": row, "who": chat_log.asker_name(row)} for row in page]
    return render(request, "support/chat/closed.html", {"page": page, "rows": rows, "words": words})


def _page(
    request: HttpRequest, by: Actor, conversation: Conversation, *, status: int = 200, **bound: forms.Form
) -> HttpResponse:
    """The conversation with what this agent may do; `bound` are forms that were filled in wrong, by name."""
    user, at = chat_access.agent(request), clock.now()
    operations.be_seen(by=by, at=at)
    in_hand = conversation.state == "ASSIGNED" and conversation.agent_id == user.pk
    alone = not in_hand and queries.is_left_alone(conversation, at=at)
    revealed = in_hand and queries.may_see_details(conversation, user.pk)
    rows = chat_log.lines(conversation, queries.messages(conversation), agent=True, revealed=revealed)
    context = chat_log.agent_state(conversation, at=at) | {
        "lines": rows,
        "last": rows[-1].sequence if rows else 0,
        "in_hand": in_hand,
        "alone": alone,
        "revealed": revealed,
        "who": chat_log.asker_name(conversation, revealed=revealed),
        "facts": _facts(conversation, revealed=revealed),
        "entries": entries(events.of_case(conversation.case)),
        "stream": _stream(conversation.number),
        "bad_form": next(iter(bound.values()), None),
        **(_forms(request, conversation, at=at) if in_hand else {}),
        **bound,
    }
    return render(request, "support/chat/conversation.html", context, status=status)


def _forms(request: HttpRequest, conversation: Conversation, *, at: Any) -> dict[str, Any]:
    user_id = conversation.agent_id or 0
    chosen, field = request.GET.get("answer", ""), "body_en" if conversation.language == "en" else "body"
    answers = [{"pk": row.pk, "title": row.title, "text": getattr(row, field)} for row in queries.answers()]
    put_in = next((row["text"] for row in answers if str(row["pk"]) == chosen), "")
    present = set(queries.present(at=at).values_list("pk", flat=True))
    return {
        "answers": answers,
        "reply_form": ReplyForm(initial={"client_id": uuid.uuid4(), "body": put_in}),
        "handover_form": HandoverForm(colleagues=queries.colleagues(user_id), present=present),
        "closing_form": ClosingForm(),
        "details_form": DetailsForm(),
    }


def _facts(conversation: Conversation, *, revealed: bool) -> list[tuple[str, str]]:
    """The company and the order beside the conversation: masked until the agent has recorded why she looks (R-37)."""
    user, company, order = conversation.user, conversation.company, conversation.order
    if user is None or company is None:
        return []
    show: Callable[[Callable[[str], str], str], str] = lambda mask, text: text if revealed else mask(text)  # noqa: E731
    facts = [
        (_("公司"), show(masking.masked_company, company.name)),
        (_("統一編號"), show(masking.masked_number, company.ubn)),
        (_("姓名"), show(masking.masked_name, user.name)),
        (_("電子郵件"), show(masking.masked_email, user.email)),
    ]
    if order is not None:
        facts.append((_("訂單編號"), show(masking.masked_number, order.number)))
        facts.append((_("訂單狀態"), str(order.get_state_display())))
    return facts


@require_safe
def conversation_page(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """The log, who it is, canned answers, and what may be done."""
    return _page(request, by, chat_access.desk_conversation(number))


def _act(
    request: HttpRequest,
    by: Actor,
    number: str,
    name: str,
    form: forms.Form,
    act: Callable[[Conversation], object],
) -> HttpResponse:
    """One act on a conversation; what was filled in wrong, or is refused, is shown on its page."""
    conversation = chat_access.desk_conversation(number)
    if not form.is_valid():
        return _page(request, by, conversation, status=422, **{name: form})
    try:
        act(conversation)
    except Refusal as refusal:
        form.add_error(None, refusal.text())
        return _page(request, by, chat_access.desk_conversation(number), status=409, **{name: form})
    return redirect("support_conversation", number=number)


@require_POST
def assignment(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """Take the conversation: one that waits, or whose agent has gone."""
    return _act(
        request, by, number, "take_form", forms.Form(request.POST),
        lambda conversation: operations.take(conversation, by=by, at=clock.now()),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def message_list(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """GET: what came after ?after=, for a script. POST: one message."""
    if request.method != "POST":
        return _news(request, by, number, request.GET.get("after", ""))
    form = ReplyForm(request.POST)
    conversation = chat_access.desk_conversation(number, whole=False)
    if not form.is_valid():
        if _by_script(request):
            said = " ".join(map(str, form.errors.get("body", [])))
            return JsonResponse({"code": "invalid", "message": said}, status=422)
        return _page(request, by, chat_access.desk_conversation(number), status=422, reply_form=form)
    data = form.cleaned_data
    try:
        writing.write(conversation, body=data["body"], client_id=data["client_id"], by=by, at=clock.now())
    except Refusal as refusal:
        if _by_script(request):
            raise
        form.add_error(None, refusal.text())
        return _page(request, by, chat_access.desk_conversation(number), status=409, reply_form=form)
    if _by_script(request):
        return _news(request, by, number, request.POST.get("after", ""))
    return HttpResponseRedirect(f"{reverse('support_conversation', args=[number])}#last")


def _news(request: HttpRequest, by: Actor, number: str, after: str) -> JsonResponse:
    at = clock.now()
    operations.be_seen(by=by, at=at)
    seen = int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
    conversation, user = chat_access.desk_conversation(number, whole=False), chat_access.agent(request)
    news = chat_log.agent_news(conversation, user, after=seen, at=at).as_json()
    return JsonResponse(news | {"next_id": str(uuid.uuid4())})


@require_POST
def handover(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """To a colleague, or back to the queue."""
    at = clock.now()
    present = set(queries.present(at=at).values_list("pk", flat=True))
    form = HandoverForm(request.POST, colleagues=queries.colleagues(by.user_id or 0), present=present)

    def act(conversation: Conversation) -> object:
        to, note = form.cleaned_data["to"], form.cleaned_data["note"]
        if to is None:
            return operations.return_to_queue(conversation, note=note, by=by, at=at)
        return operations.hand_over(conversation, to=to, note=note, by=by, at=at)

    return _act(request, by, number, "handover_form", form, act)


@require_POST
def closing(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """End the conversation for a reason."""
    form = ClosingForm(request.POST)
    return _act(
        request, by, number, "closing_form", form,
        lambda conversation: operations.close(
            conversation, reason=form.cleaned_data["reason"], by=by, at=clock.now()
        ),
    )  # fmt: skip


@require_POST
def disclosure(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """R-37: record why, then see who it is."""
    form = DetailsForm(request.POST)
    return _act(
        request, by, number, "details_form", form,
        lambda conversation: operations.show_details(
            conversation, reason=form.cleaned_data["reason"], by=by, at=clock.now()
        ),
    )  # fmt: skip
