"""The deadlines and duties of an order, told before it is made (R-22 to R-27)."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.orders.models import Order
from tcloud.programme.models import Programme


@dataclass(frozen=True)
class Duty:
    """One row: who must do what within how many working days, and what follows when it is missed."""

    who: str | Promise
    what: str | Promise
    working_days: int
    effect: str | Promise


def duties(programme: Programme) -> list[Duty]:
    """Every deadline of an order in the edition, in the order in which they begin."""
    supplier, company = _("供應商"), _("您")
    return [
        Duty(
            supplier,
            _("收到訂單後接單並簽署契約"),
            programme.accept_working_days,
            _("逾期訂單失效，點數退回。接單前您可以撤回。"),
        ),
        Duty(
            company,
            _("供應商接單後支付自付款"),
            programme.pay_working_days,
            _("逾期訂單取消、付款連結失效，點數退回。"),
        ),
        Duty(
            supplier,
            _("收到付款後開立全額發票"),
            programme.invoice_working_days,
            _("逾期會記錄在供應商的紀錄。"),
        ),
        Duty(
            supplier,
            _("付款確認後提供服務"),
            programme.deliver_working_days,
            _("逾期會記錄，您可以提出爭議。"),
        ),
        Duty(
            company,
            _("服務提供後確認服務"),
            programme.confirm_working_days,
            _("沒有回覆也沒有爭議，就視為確認。"),
        ),
    ]


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
