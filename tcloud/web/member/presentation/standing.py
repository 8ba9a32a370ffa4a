"""Where an order stands for its company: what to do next and by when, with the effect of each button told before it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from tcloud.core import money
from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.orders import returning
from tcloud.orders.effects import brief, sentences
from tcloud.orders.models import Obligation, Order
from tcloud.orders.queries import Deadline
from tcloud.payments import queries as payments
from tcloud.web.member.presentation import timeline
from tcloud.web.ui.order_acts import Act
from tcloud.web.ui.templatetags.ui import local, points


@dataclass(frozen=True)
class Standing:
    """The panel at the top of the order page. `due_total` is the number of working days the deadline had, `county` that of who owes it."""

    title: str
    text: str
    due_at: datetime | None = None
    due_label: str | Promise = ""
    due_total: int = 0
    actions: tuple[Act, ...] = ()
    county: str = ""

    @property
    def next(self) -> list[Act]:
        """What stands in the panel: what the company is to do now."""
        return [act for act in self.actions if not act.quiet]

    @property
    def others(self) -> list[Act]:
        """What it may do besides."""
        return [act for act in self.actions if act.quiet]


def standing(order: Order, deadlines: list[Deadline], *, at: datetime) -> Standing:
    """What the company of a submitted order should know and can do at `at`."""
    teller = _TELLERS.get(order.state)
    if teller is None:
        raise LookupError(f"no standing for {order.state}")
    told = teller(order, deadlines, at)
    party = SUPPLIER if order.state in ("SUBMITTED", "PAID") else COMPANY
    return replace(told, county=order.counties.get(party, ""))


def without_binding(told: Standing) -> Standing:
    """The same for a colleague without the right to order: what binds the company is left to who has it, and that is said."""
    left = tuple(action for action in told.actions if not action.binds)
    if left == told.actions:
        return told
    return replace(told, text=told.text + _("由有訂購權限的同事辦理。"), actions=left)


def _url(name: str, order: Order) -> str:
    return reverse(name, args=[order.number])


def _withdraw(order: Order, at: datetime) -> Act:
    return Act(
        _("撤回訂單"),
        _url("order_withdrawal", order),
        brief(order, "withdraw", at=at),
        quiet=True,
        icon="undo-2",
        binds=True,
    )


def _dispute(order: Order, at: datetime) -> Act:
    return Act(
        _("提出爭議"),
        _url("order_dispute", order),
        sentences(_("服務沒有提供或與契約不符時使用。"), brief(order, "dispute", at=at)),
        quiet=True,
        icon="megaphone",
        binds=True,
    )


def _refund(order: Order) -> Act:
    effect = _("與供應商談好退還全部或部分自付款。對方同意才會退款，談妥前訂單照常進行。")
    return Act(_("提議或回覆退款"), _url("order_refund", order), effect, quiet=True, icon="undo-2")


def _submitted(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    owed = timeline.next_due(deadlines, Obligation.Kind.ACCEPT, at=at)
    if owed is None:
        text = _("供應商沒有在期限內接單，系統正在結束這張訂單，點數會退回。")
        return Standing(_("供應商逾期未接單"), text, actions=(_withdraw(order, at),))
    text = _("%(supplier)s 要在期限前接單並簽署契約，結果會以 E-mail 通知您。逾期訂單失效，點數退回。")
    return Standing(
        _("等待供應商接單"),
        text % {"supplier": local(order.supplier, "name")},
        owed.due_at,
        _("供應商接單期限"),
        order.working_days["accept"],
        (_withdraw(order, at),),
    )


def _went_to_pay(order: Order) -> bool:
    charge = payments.charge_of(order.number)
    return charge is not None and charge.next_query_at is not None


def _accepted(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    owed = timeline.next_due(deadlines, Obligation.Kind.PAY, at=at)
    result = Act(_("查詢付款結果"), _url("order_payment_result", order), quiet=True, icon="refresh-cw")
    if owed is None:
        text = _("付款連結已失效。若您已在期限內付款，系統向金流平台確認後會更新；否則訂單取消，點數退回。")
        return Standing(_("付款期限已過"), text, actions=(result,))
    text = _("供應商已接單。請在期限前支付自付款 %(cash)s；逾期訂單會取消，%(points)s退回。")
    effect = brief(order, "pay", at=at)
    pay = Act(_("確認金額並付款"), _url("order_payment", order), effect, icon="credit-card")
    return Standing(
        _("請支付自付款"),
        text % {"cash": money.twd(order.cash_twd), "points": points(order.points)},
        owed.due_at,
        _("付款期限"),
        order.working_days["pay"],
        (pay, result) if _went_to_pay(order) else (pay,),
    )


def _paid(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    owed = timeline.next_due(deadlines, Obligation.Kind.DELIVER, at=at)
    text = _("%(supplier)s 會與您聯繫並提供服務，發票在付款後 %(days)d 個工作天內開立。") % {
        "supplier": local(order.supplier, "name"),
        "days": order.working_days["invoice"],
    }
    if owed is None:
        text = _("供應商沒有在期限內提供服務，這已留下紀錄。您可以聯絡供應商，或提出爭議。")
        return Standing(_("供應商逾期未提供服務"), text, actions=(_dispute(order, at), _refund(order)))
    return Standing(
        _("等待供應商提供服務"),
        text,
        owed.due_at,
        _("提供服務期限"),
        order.working_days["deliver"],
        (_dispute(order, at), _refund(order)),
    )


def _delivered(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    owed = timeline.next_due(deadlines, Obligation.Kind.CONFIRM, at=at)
    confirm = Act(
        _("確認服務"),
        _url("order_confirmation", order),
        brief(order, "confirm", at=at),
        icon="circle-check",
        binds=True,
    )
    return Standing(
        _("請確認服務"),
        _("供應商表示服務已提供，請試用後回覆。期限內沒有回覆也沒有爭議，就視為確認。"),
        owed.due_at if owed else None,
        _("確認期限"),
        order.working_days["confirm"],
        (confirm, _dispute(order, at), _refund(order)),
    )


def _disputed(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    text = _(
        "執行單位會聯繫您與供應商，判定完成或退款；供應商也可以改善後重新提供服務，由您再確認。"
        "這段期間不會自動視為確認，請保留相關資料。"
    )
    withdraw = Act(
        _("撤回爭議並確認服務"),
        _url("order_dispute_withdrawal", order),
        sentences(_("問題已經解決時使用。"), brief(order, "withdraw_dispute", at=at)),
        quiet=True,
        icon="circle-check",
        binds=True,
    )
    return Standing(_("爭議處理中"), text, actions=(withdraw, _refund(order)))


def _completed(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    text = _("服務由供應商依契約繼續提供，使用上的問題請聯絡供應商。契約與發票資料可以隨時在這裡查閱。")
    return Standing(_("訂單已完成"), text)


def _over(title: str, text: str) -> Standing:
    find = Act(_("找其他方案"), reverse("catalogue"), icon="search")
    return Standing(title, text, actions=(find,))


def _points_back() -> str:
    return _("保留的點數中，還在有效期限內的已退回餘額。")


def _withdrawn(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    return _over(_("訂單已撤回"), _points_back())


def _declined(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    reason = _("供應商的理由：%(reason)s。") % {"reason": order.reason.rstrip("。")}
    return _over(_("供應商未接單"), reason + _points_back())


def _lapsed(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    return _over(_("訂單失效"), _("供應商沒有在期限內接單。") + _points_back())


def _unpaid(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    text = _("自付款沒有在期限內支付，付款連結已失效。") + _points_back()
    late = _("若您在期限後仍完成付款，款項會退回。")
    return _over(_("逾期未付款，訂單已取消"), text + late)


def _refunded(order: Order, deadlines: list[Deadline], at: datetime) -> Standing:
    charge = returning.charge_that_paid(order)
    if charge is None or charge.state == "REFUNDED":
        text = _("自付款已退還。")
    else:
        text = returning.said(charge, COMPANY)
    return _over(_("訂單已退款"), sentences(text, _points_back()))


_TELLERS: dict[str, Callable[[Order, list[Deadline], datetime], Standing]] = {
    Order.State.SUBMITTED: _submitted,
    Order.State.ACCEPTED: _accepted,
    Order.State.PAID: _paid,
    Order.State.DELIVERED: _delivered,
    Order.State.DISPUTED: _disputed,
    Order.State.COMPLETED: _completed,
    Order.State.WITHDRAWN: _withdrawn,
    Order.State.DECLINED: _declined,
    Order.State.LAPSED: _lapsed,
    Order.State.UNPAID: _unpaid,
    Order.State.REFUNDED: _refunded,
}
