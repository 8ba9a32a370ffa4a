"""Letters about an order to its supplier."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.core import money
from tcloud.core.actors import SUPPLIER, SYSTEM
from tcloud.orders import returning
from tcloud.orders.models import Obligation
from tcloud.outbox.letters.letter import Composer, Letter
from tcloud.outbox.letters.orders import OrderCase, about_order, state_of_charge

Kind = Obligation.Kind


def received(case: OrderCase) -> Letter | None:
    """R-22: a new order; accept or decline by when."""
    if case.order.state != "SUBMITTED":
        return None
    return case.for_supplier(
        _("新訂單%(number)s，請回覆是否接單") % case.number,
        [_("%(company)s已簽署契約並送出訂單。") % {"company": case.order.company.name}],
        [
            _("請在期限前用貴公司的工商憑證副署契約接單，或填寫理由婉拒。"),
            _("逾期沒有回覆，訂單會失效，並記入履約紀錄。"),
        ],
        more=((_("回覆期限"), case.due(Kind.ACCEPT)),),
        label=_("回覆訂單"),
    )


def withdrawn(case: OrderCase) -> Letter | None:
    """R-27: the company took its order back."""
    happened = [_("企業會員已在接單前撤回這張訂單。")]
    if case.reason:
        happened.append(_("理由：%(reason)s") % {"reason": case.reason})
    return case.for_supplier(
        _("訂單%(number)s已撤回") % case.number, happened, [_("您不需要做任何事，請不要再提供服務。")]
    )


def lapsed(case: OrderCase) -> Letter | None:
    """R-22, R-29: silent until the deadline."""
    return case.for_supplier(
        _("訂單%(number)s已失效：逾期沒有回覆") % case.number,
        [
            _("我們在%(day)s前沒有收到您的回覆，訂單已失效，並已記入履約紀錄。")
            % {"day": case.was_due(Kind.ACCEPT)}
        ],
        [_("這張訂單不能再接單。請留意其他訂單的回覆期限。")],
    )


def unpaid(case: OrderCase) -> Letter | None:
    """R-23: the company did not pay."""
    return case.for_supplier(
        _("訂單%(number)s逾期未付，已結束") % case.number,
        [_("企業會員沒有在%(day)s前付款，訂單已結束。") % {"day": case.was_due(Kind.PAY)}],
        [_("請不要開立發票或提供服務。")],
    )


def paid(case: OrderCase) -> Letter | None:
    """R-24, R-25: invoice and deliver, by when."""
    return case.for_supplier(
        _("訂單%(number)s已付款，請開立發票並提供服務") % case.number,
        [_("企業會員已付清自付款%(cash)s。") % {"cash": case.cash}],
        [
            _("請在期限前開立發票並登錄：金額為方案價格全額，買受人統一編號為%(ubn)s。")
            % {"ubn": case.order.company.ubn},
            _("請在期限前提供服務，並在訂單頁說明如何開始使用。"),
        ],
        more=(
            (_("開立發票期限"), case.due(Kind.INVOICE)),
            (_("提供服務期限"), case.due(Kind.DELIVER)),
            (_("聯絡人"), case.contact),
        ),
        label=_("登錄發票與提供服務"),
    )  # fmt: skip


def invoice_missed(case: OrderCase) -> Letter | None:
    """R-29: the invoice is late."""
    return case.for_supplier(
        _("逾期：訂單%(number)s尚未開立發票") % case.number,
        [_("開立發票的期限%(day)s已過，已記入履約紀錄。") % {"day": case.was_due(Kind.INVOICE)}],
        [_("請立即開立發票並登錄。沒有相符的發票就不能請款。")],
        label=_("登錄發票"),
    )


def delivery_missed(case: OrderCase) -> Letter | None:
    """R-29: the service is late."""
    return case.for_supplier(
        _("逾期：訂單%(number)s尚未提供服務") % case.number,
        [_("提供服務的期限%(day)s已過，已記入履約紀錄。") % {"day": case.was_due(Kind.DELIVER)}],
        [_("請立即提供服務並在訂單頁登錄。無法提供時，請聯絡執行單位與企業會員商議退款。")],
        label=_("登錄服務"),
    )


def completed(case: OrderCase) -> Letter | None:
    """R-26: the service is confirmed, the points are owed."""
    how = _("企業會員已確認收到服務。")
    if case.event.actor_kind == SYSTEM:
        how = _("確認期限已過，依規定視為企業會員已確認服務。")
    elif case.event.type == "order.dispute_withdrawn":
        how = _("企業會員已撤回爭議，並確認收到服務。")
    return case.for_supplier(
        _("訂單%(number)s已完成") % case.number,
        [
            how,
            _("%(points)s點已核銷，可以請款。") % {"points": case.points_left},
        ],
        [_("請款需要與訂單相符的發票。")]
        if case.invoice_number()
        else [_("這張訂單還沒有登錄發票，請先補登；沒有相符的發票就不能請款。")],
    )


def disputed(case: OrderCase) -> Letter | None:
    """R-26, R-27: the company disputes the service; improve and deliver again, as the contract says."""
    return case.for_supplier(
        _("訂單%(number)s有爭議，請儘快處理") % case.number,
        [_("企業會員對服務提出爭議。內容：%(reason)s") % {"reason": case.reason}],
        [
            _("請儘快與企業會員聯絡並改善，改善後在訂單頁回報服務已提供，企業會員的確認期限重新起算。"),
            _("承辦人員會依雙方的紀錄處理；爭議結束以前，訂單不會自動完成。"),
        ],
        label=_("回報服務已提供"),
    )


def dispute_settled(case: OrderCase) -> Letter | None:
    """R-27: found for the supplier. A part that went back has its own letter (`refunds`)."""
    if case.event.data.get("by_refund"):
        return None
    return case.for_supplier(
        _("訂單%(number)s的爭議已處理完畢") % case.number,
        [
            _("承辦人員判定服務已經提供，訂單已完成。"),
            _("處理結果：%(reason)s") % {"reason": case.reason},
            _("%(points)s點已核銷，可以請款。") % {"points": case.points_left},
        ],
        [_("請款需要與訂單相符的發票。")],
    )


def refunded(case: OrderCase) -> Letter | None:
    """R-27: the order ended with a refund; who sends the money back, the supplier or not."""
    invoice = case.invoice_number()
    steps = [
        _("請停止這張訂單的服務，並依契約協助企業會員匯出資料。"),
        returning.said(case.charge, SUPPLIER),
    ]
    if invoice:
        steps.append(
            _("發票%(invoice)s請在%(day)s前處理並登錄：當期開立的請作廢，已過當期的請開立折讓。")
            % {"invoice": invoice, "day": case.due(Kind.CREDIT)}
        )
    return case.for_supplier(
        _("訂單%(number)s已退款結束") % case.number,
        [_("這張訂單已結束，點數與自付款退還企業會員。理由：%(reason)s") % {"reason": case.reason}],
        steps,
        more=((_("聯絡人"), case.contact),),
    )


def charge_to_refund(case: OrderCase) -> Letter | None:
    """R-30: money came for an order that is no longer payable, and it is the supplier who sends it back. A refund has its own letter."""
    charge = state_of_charge(case)
    if charge is None or case.order.state == "REFUNDED":
        return None
    if returning.way_of(charge) not in returning.BY_SUPPLIER:
        return None
    return case.for_supplier(
        _("請匯還企業：訂單%(number)s") % case.number,
        [_("企業付了%(cash)s，但這張訂單當時已不能付款。") % {"cash": money.twd(charge.amount_twd)}],
        [returning.said(charge, SUPPLIER)],
        more=((_("聯絡人"), case.contact),),
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "order_received": about_order(received),
    "order_withdrawn": about_order(withdrawn),
    "order_lapsed_supplier": about_order(lapsed),
    "order_unpaid_supplier": about_order(unpaid),
    "order_paid_supplier": about_order(paid),
    "invoice_missed": about_order(invoice_missed),
    "delivery_missed": about_order(delivery_missed),
    "order_completed_supplier": about_order(completed),
    "order_disputed": about_order(disputed),
    "dispute_settled_supplier": about_order(dispute_settled),
    "order_refunded_supplier": about_order(refunded),
    "charge_to_refund_supplier": about_order(charge_to_refund),
}
