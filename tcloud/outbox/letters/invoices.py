"""Letters about an invoice that was voided or lowered, and about what is owed for it (R-24, R-27, R-29)."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.core import money
from tcloud.orders.models import Obligation
from tcloud.outbox.letters.letter import Composer, Letter
from tcloud.outbox.letters.orders import OrderCase, about_order

Kind = Obligation.Kind


def voided(case: OrderCase) -> Letter | None:
    """To the company: its invoice no longer stands."""
    said = case.event.data
    if case.order.state == "REFUNDED":
        next_steps = [_("訂單已退款，不會再開立發票。已申報扣抵的進項稅額，請依規定處理。")]
    else:
        next_steps = [
            _("供應商須在%(day)s前重新開立發票，登錄後我們會再寄信通知您。") % {"day": case.due(Kind.REISSUE)}
        ]
    return case.for_company(
        _("訂單%(number)s的發票已作廢") % case.number,
        [
            _("供應商作廢了發票%(invoice)s。原因：%(reason)s")
            % {"invoice": said["number"], "reason": said["reason"]}
        ],
        next_steps,
    )


def allowance_issued(case: OrderCase) -> Letter | None:
    """To the company: part of its invoice was taken back."""
    said = case.event.data
    return case.for_company(
        _("訂單%(number)s的發票開立折讓") % case.number,
        [
            _("供應商對發票%(invoice)s開立折讓，含稅%(amount)s。原因：%(reason)s")
            % {"invoice": said["invoice"], "amount": money.twd(said["total_twd"]), "reason": said["reason"]}
        ],
        [_("請確認折讓單並依規定申報；內容不對時，請聯絡供應商。")],
        more=((_("折讓單號碼"), said["number"]),),
    )


def allowance_cancelled(case: OrderCase) -> Letter | None:
    """To the company: an allowance no longer stands."""
    said = case.event.data
    return case.for_company(
        _("訂單%(number)s的折讓已作廢") % case.number,
        [
            _("供應商作廢了折讓單%(allowance)s，發票回到折讓前的金額。原因：%(reason)s")
            % {"allowance": said["number"], "reason": said["reason"]}
        ],
        [_("您不需要做任何事；內容不對時，請聯絡供應商。")],
    )


def reissue_missed(case: OrderCase) -> Letter | None:
    """R-29: the new invoice is late."""
    return case.for_supplier(
        _("逾期：訂單%(number)s尚未重新開立發票") % case.number,
        [_("重新開立發票的期限%(day)s已過，已記入履約紀錄。") % {"day": case.was_due(Kind.REISSUE)}],
        [_("請立即開立發票並登錄。沒有相符的發票就不能請款。")],
        label=_("登錄發票"),
    )


def credit_missed(case: OrderCase) -> Letter | None:
    """R-29: the invoice of a refunded order still stands."""
    return case.for_supplier(
        _("逾期：訂單%(number)s的發票尚未作廢或折讓") % case.number,
        [_("作廢發票或開立折讓的期限%(day)s已過，已記入履約紀錄。") % {"day": case.was_due(Kind.CREDIT)}],
        [_("請立即作廢發票（當期）或開立折讓，並在訂單頁登錄。")],
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "invoice_voided": about_order(voided),
    "allowance_issued": about_order(allowance_issued),
    "allowance_cancelled": about_order(allowance_cancelled),
    "reissue_missed": about_order(reissue_missed),
    "credit_missed": about_order(credit_missed),
}
