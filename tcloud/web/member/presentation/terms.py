"""The deadlines and duties of an order, told before it is made (R-22 to R-27)."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.orders.models import Order
from tcloud.web.ui.duties import Duty, duties

__all__ = ["BUILDING", "GROUPS", "STAGES", "Duty", "Group", "duties", "stage", "tone"]


@dataclass(frozen=True)
class Group:
    """A group of states in the list of orders: its name in the address, its label, its states."""

    slug: str
    label: str | Promise
    states: tuple[str, ...]


S = Order.State
GROUPS = (
    Group("todo", _("需要您處理"), (S.DRAFT, S.ACCEPTED, S.DELIVERED)),
    Group("waiting", _("等待供應商或執行單位"), (S.SUBMITTED, S.PAID, S.DISPUTED)),
    Group("completed", _("已完成"), (S.COMPLETED,)),
    Group("ended", _("已結束"), (S.WITHDRAWN, S.DECLINED, S.LAPSED, S.UNPAID, S.REFUNDED)),
)
TONES = {
    S.DRAFT: "soft",
    S.SUBMITTED: "info",
    S.ACCEPTED: "warn",
    S.PAID: "info",
    S.DELIVERED: "warn",
    S.COMPLETED: "ok",
    S.DISPUTED: "err",
}


def tone(state: str) -> str:
    """The tone of the state's tag; the word itself always stands in it."""
    return TONES.get(Order.State(state), "")


# The stages of an order as its company sees them, and which one each state is in.
STAGES = (_("簽署並送出"), _("供應商接單"), _("付款"), _("服務與確認"))
_STAGE = {S.DRAFT: 1, S.SUBMITTED: 2, S.ACCEPTED: 3, S.PAID: 4, S.DELIVERED: 4, S.DISPUTED: 4, S.COMPLETED: 5}


def stage(order: Order) -> int | None:
    """The stage of STAGES (from 1; 5 when all are done), None when the order ended without service."""
    return _STAGE.get(Order.State(order.state))


# The steps of making an order (flyer 3.3 to 3.6).
BUILDING = (_("建立訂單"), _("確認訂單與金額"), _("審閱契約"), _("簽署並送出"))
