"""Where an order's pages are shown: the same pages for its company, its supplier and the office, each in its own frame and addresses."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.orders.models import Order


@dataclass(frozen=True)
class Place:
    """`side`: whose pages; `prefix`: how their URL names begin; `base`: the frame; `list_name`: the page above them."""

    side: str
    prefix: str
    base: str
    list_name: str
    list_label: str | Promise
    back: str | Promise

    def url(self, name: str, order: Order, *args: Any) -> str:
        """The address of one of the order's pages: "" for the order itself, "thread", "changes"…"""
        return reverse(f"{self.prefix}_{name}" if name else self.prefix, args=[order.number, *args])

    def context(self, order: Order) -> dict[str, Any]:
        """What every page of an order needs."""
        return {
            "order": order,
            "v": order.plan_version,
            "place": self,
            "list_url": reverse(self.list_name),
            "order_url": self.url("", order),
        }


MEMBER = Place(COMPANY, "order", "base.html", "order_list", _("我的訂單"), _("回訂單"))
DESK = Place(SUPPLIER, "supplier_order", "base_console.html", "supplier_orders", _("訂單"), _("回到訂單"))
OFFICE = Place(OFFICER, "office_order", "base_console.html", "office_orders", _("訂單"), _("回到訂單"))
