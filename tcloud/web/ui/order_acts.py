"""What may be done on an order's page: the one next act stands in its panel, everything else in a quiet list below."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.orders.models import Order, RefundProposal
from tcloud.web.ui.order_place import Place

THREAD = {
    "order": _("在訂單裡和供應商對話"),
    "supplier_order": _("在訂單裡和企業對話"),
    "office_order": _("企業與供應商的對話"),
}
REFUND = {COMPANY: "order_refund", SUPPLIER: "supplier_refund"}


@dataclass(frozen=True)
class Act:
    """A button or link: its words, where it leads, and what pressing it does.

    `quiet`: not the next step; `binds`: only for who may order; `unread`: messages that wait behind it.
    """

    label: str | Promise
    url: str
    effect: str | Promise = ""
    quiet: bool = False
    icon: str = "chevron-right"
    binds: bool = False
    unread: int = 0


def common(order: Order, place: Place, *, unread: int) -> list[Act]:
    """What every party may always do on an order: read its thread, print its summary."""
    summary = _("訂單摘要：列印或下載 PDF")
    return [
        Act(
            THREAD[place.prefix], f"{place.url('thread', order)}#newest", icon="message-square", unread=unread
        ),
        Act(summary, place.url("summary", order), icon="printer"),
    ]


def refund_call(order: Order, place: Place) -> dict[str, Any]:
    """The refund that the other side proposes and this one has to answer, with the page where it does; one query."""
    proposals: Iterable[RefundProposal] = order.refund_proposals.filter(state="PROPOSED")
    asked = next((each for each in proposals if each.party != place.side), None)
    return {"refund_asks": asked, "refund_url": reverse(REFUND[place.side], args=[order.number])}
