"""What the parties of an order have said to each other: questions about its thread."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from django.db.models import Count, Exists, OuterRef, QuerySet

from tcloud.core import clock
from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.orders import rules
from tcloud.orders.models import Order, OrderMessage, OrderMessageFile, ThreadReading

SIDES: Final = (COMPANY, SUPPLIER)


def messages(order: Order, *, before: int | None = None) -> QuerySet[OrderMessage]:
    """What was said, newest first; of `before`: only what is older than that message."""
    said = OrderMessage.objects.filter(order=order).order_by("-id")
    return said.filter(pk__lt=before) if before else said


def files(said: Iterable[OrderMessage], *, content: bool = False) -> dict[int, list[OrderMessageFile]]:
    """The files of these messages by message, without their bytes unless asked for; one query."""
    found: dict[int, list[OrderMessageFile]] = {}
    kept = OrderMessageFile.objects.filter(message__in=said).order_by("message", "place")
    for file in kept if content else kept.defer("content"):
        found.setdefault(file.message_id, []).append(file)
    return found


def file_of(order: Order, pk: int) -> OrderMessageFile | None:
    """A file of this order's thread."""
    return OrderMessageFile.objects.filter(message__order=order, pk=pk).first()


def _unread(side: str) -> QuerySet[OrderMessage]:
    seen = ThreadReading.objects.filter(order=OuterRef("order"), side=side, last__gte=OuterRef("pk"))
    return OrderMessage.objects.exclude(kind=side).exclude(Exists(seen))


def unread(orders: Sequence[Order], side: str) -> dict[int, int]:
    """How many messages the side has not had on its page, by order id; orders without any are left out. One query."""
    return dict(_unread(side).filter(order__in=orders).order_by().values_list("order").annotate(Count("pk")))


def first_unread(order: Order, side: str) -> int | None:
    """The oldest message that the side has not had on its page."""
    return _unread(side).filter(order=order).order_by("id").values_list("pk", flat=True).first()


def was_read(message_id: int, order: Order, side: str) -> bool:
    """Whether the side has had this message on its page."""
    return ThreadReading.objects.filter(order=order, side=side, last__gte=message_id).exists()


def last_day(order: Order) -> date | None:
    """The last day on which one can write; None while the order has not ended."""
    return rules.thread_last_day(clock.taipei(order.ended_at).date()) if order.ended_at else None


def is_open(order: Order, *, at: datetime) -> bool:
    """Whether one can write at `at`: from the submission to the end of the last day."""
    until = last_day(order)
    return order.submitted_at is not None and (until is None or at < clock.end_of(until))
