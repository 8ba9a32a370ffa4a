"""The page on which company and supplier write to each other about an order, and officers read and leave notes."""

import uuid
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from tcloud.core import clock
from tcloud.core.actors import OFFICER, Actor
from tcloud.core.refusals import Refusal
from tcloud.orders import correspondence, operations
from tcloud.orders.models import Order
from tcloud.orders.operations.writing import LONGEST_MESSAGE
from tcloud.orders.rules import THREAD_OPEN_DAYS
from tcloud.web.ui.limits import too_many
from tcloud.web.ui.order_place import Place
from tcloud.web.ui.ticket_forms import FilesField, KeyedForm
from tcloud.web.ui.ticket_pages import download

SHOWN: Final = 50


class MessageForm(KeyedForm):
    """What is said, and files."""

    body = forms.CharField(
        label=_("留言"),
        help_text=_("雙方與執行單位都看得到；送出後不能修改或刪除。請不要寫密碼。"),
        max_length=LONGEST_MESSAGE,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": _("請寫下要說的內容。"),
            "max_length": _("最多%(limit_value)d字，請縮短，或改以附件提供。"),
        },
    )
    attachments = FilesField()


class NoteForm(MessageForm):
    """The same by an officer."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["body"].label = _("附註")
        self.fields["body"].help_text = _("企業與供應商都看得到並會收到通知；送出後不能修改或刪除。")


def thread_page(
    request: HttpRequest, order: Order, place: Place, *, by: Actor, may_write: bool = True
) -> HttpResponse:
    """The thread; a POST writes into it. Whoever's party looks has read it from then on."""
    form_class = NoteForm if place.side == OFFICER else MessageForm
    if request.method != "POST":
        return _show(request, order, place, form_class(), may_write=may_write)
    key = f"{order.number}/{place.side}"
    if refused := too_many(request, "order_message", key=key):
        return refused
    form = form_class(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, order, place, form, may_write=may_write, status=422)
    said = form.cleaned_data
    try:
        operations.write(
            order, said["body"], said["attachments"], request_key=form.request_key, by=by, at=clock.now()
        )
    except Refusal as refusal:
        form.add_error(None, refusal.text())
        return _show(request, order, place, _afresh(form), may_write=may_write, status=409)
    return redirect(f"{place.url('thread', order)}#newest")


def _afresh(form: MessageForm) -> MessageForm:
    """The same words under a new key: sent again, they are another message."""
    form.data = {**form.data.dict(), "key": str(uuid.uuid4())}  # type: ignore[attr-defined]  # a QueryDict
    return form


def _show(
    request: HttpRequest, order: Order, place: Place, form: MessageForm, *, may_write: bool, status: int = 200
) -> HttpResponse:
    now, side = clock.now(), place.side
    before = request.GET.get("before", "")
    older = int(before) if before.isascii() and before.isdigit() and len(before) < 18 else None
    found = list(correspondence.messages(order, before=older)[: SHOWN + 1])
    said, files = found[SHOWN - 1 :: -1], correspondence.files(found[:SHOWN])
    unread_from = correspondence.first_unread(order, side) if side in correspondence.SIDES else None
    is_open = correspondence.is_open(order, at=now)
    rows = [
        {
            "message": message,
            "files": files.get(message.pk, []),
            "own": message.kind == side,
            "unread": unread_from is not None and message.pk >= unread_from and message.kind != side,
        }
        for message in said
    ]
    context = place.context(order) | {
        "rows": rows,
        "earlier": said[0].pk if len(found) > SHOWN else None,
        "is_newest": older is None,
        "form": form if is_open and may_write else None,
        "is_open": is_open,
        "last_day": correspondence.last_day(order),
        "open_days": THREAD_OPEN_DAYS,
        "files_url": place.url("thread_file", order, 0).removesuffix("0/"),
        "thread_url": place.url("thread", order),
    }
    page = render(request, "orders/thread.html", context, status=status)
    if request.method == "GET" and unread_from is not None and older is None:
        operations.read(order, side=side, last=said[-1].pk, at=now)
    return page


def thread_file(order: Order, pk: int) -> HttpResponse:
    """A file of the thread, saved and never shown. Raises Http404 for one of another order."""
    return download(correspondence.file_of(order, pk))


def thread_link(order: Order, place: Place) -> dict[str, Any]:
    """What an order's page says of its thread: where it is, and how much of it this side has not read."""
    unread = correspondence.unread([order], place.side) if place.side in correspondence.SIDES else {}
    return {"thread_url": f"{place.url('thread', order)}#newest", "unread": unread.get(order.pk, 0)}
