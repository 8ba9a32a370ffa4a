"""The parties of an order write to each other; an officer may leave a note that both see. Nothing said is ever changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import only
from tcloud.core.uploads import File
from tcloud.orders import correspondence
from tcloud.orders.models import Order, OrderMessage, OrderMessageFile, ThreadReading
from tcloud.orders.operations.locking import locked

LONGEST_MESSAGE: Final = 5_000  # characters


@transaction.atomic(durable=True)
def write(
    order: Order, body: str, files: Sequence[File] = (), *, request_key: str, by: Actor, at: datetime
) -> OrderMessage:
    """Add a message with its files (`uploads.accept_all`) to the order's thread, as the party that `by` acts for.

    R-38: the same sending twice adds one. Raises Refusal `transition.not_yours`, `message.empty`, `message.closed` (before the order is
    sent and 90 days after its end), `message.key_reused` when another text comes with the key of an earlier one.
    """
    only(by, COMPANY, SUPPLIER, OFFICER)
    text = body.replace("\r\n", "\n").strip()[:LONGEST_MESSAGE]
    if not text:
        raise Refusal("message.empty", _("請寫下要說的內容。"))
    row = locked(order, "programme")
    earlier = OrderMessage.objects.filter(order=row, request_key=request_key).first()
    if earlier and (earlier.kind, earlier.body) == (by.kind, text) and _has(earlier, files):
        return earlier
    if earlier:
        raise Refusal("message.key_reused", _("這一頁已經送出過另一則訊息。您寫的內容還在，請再按一次送出。"))
    if not correspondence.is_open(row, at=at):
        raise Refusal("message.closed", _("這張訂單的對話已經關閉，不能再留言。"))
    message = OrderMessage.objects.create(
        order=row, kind=by.kind, author_id=by.user_id, author_name=by.name, body=text, request_key=request_key, at=at
    )  # fmt: skip
    OrderMessageFile.objects.bulk_create(
        OrderMessageFile(
            message=message, place=place, name=file.name, media_type=file.media_type, size=len(file.content),
            sha256=file.sha256, content=file.content,
        )
        for place, file in enumerate(files, 1)
    )  # fmt: skip
    kind = "order.note_written" if by.kind == OFFICER else "order.message_written"
    events.record(kind, row, case=row.case, by=by, at=at, message=message.pk, files=len(files))
    return message


def _has(message: OrderMessage, files: Sequence[File]) -> bool:
    kept = message.files.order_by("place").values_list("sha256", flat=True)
    return list(kept) == [file.sha256 for file in files]


@transaction.atomic(durable=True)
def read(order: Order, *, side: str, last: int, at: datetime) -> None:
    """The side has had every message up to `last` on its page. What it has read stays read, whichever of two pages comes first."""
    known = ThreadReading.objects.filter(order=order, side=side)
    if known.filter(last__lt=last).update(last=last, at=at):
        return
    ThreadReading.objects.bulk_create(
        [ThreadReading(order=order, side=side, last_id=last, at=at)], ignore_conflicts=True
    )
