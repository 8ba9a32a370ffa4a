"""Letters to officers about an order: what only they can decide, and money that needs people (R-27, R-30)."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.core import money
from tcloud.core.events import subject_of
from tcloud.core.models import Event
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import (
    OFFICE_REFUNDS,
    Composer,
    Letter,
    Link,
    office_order,
    office_receipt,
    office_refund,
)
from tcloud.outbox.letters.orders import OrderCase, about_order, state_of_charge
from tcloud.payments import operations, queries, rules
from tcloud.payments.models import BankReceipt, Charge, Refund

Outcome = BankReceipt.Outcome


def _letter(
    case: OrderCase,
    subject: str,
    happened: list[str],
    next_steps: list[str],
    link: Link,
    *more: tuple[str, str],
) -> Letter:
    order = case.order
    return Letter(
        subject=subject % case.number,
        happened=happened,
        facts=[
            (_("訂單編號"), order.number),
            (_("發生時間"), words.moment(case.event.at)),
            *more,
            (_("企業會員"), order.company.name),
            (_("供應商"), case.supplier),
            (_("方案"), case.plan),
            (_("自付款"), case.cash),
        ],
        next_steps=next_steps,
        link=link,
        programme=order.programme,
    )


def to_decide(case: OrderCase) -> Letter | None:
    """R-27: a dispute waits for their decision; nothing once it does not any more."""
    if case.order.state != "DISPUTED":
        return None
    return _letter(
        case,
        _("請處理爭議：訂單%(number)s"),
        [
            _("%(company)s對這張訂單提出爭議。") % {"company": case.order.company.name},
            _("企業的說明：%(reason)s") % {"reason": case.reason},
        ],
        [_("請先聯絡雙方、看對話與契約，再判定服務成立、退款或部分退款。判定以前，訂單停在爭議中。")],
        Link(_("處理爭議"), office_order(case.order.number)),
    )


def mismatch(case: OrderCase) -> Letter | None:
    """R-30: the gateway told something else than was asked; once of a charge and a line, though our own query hears it again and again."""
    charge, why = state_of_charge(case), case.event.data["why"]
    if charge is None or _told_before(case, charge, why):
        return None
    of_codes = case.event.data.get("codes")
    return _letter(
        case,
        _("金流通知與應付款不符：訂單%(number)s"),
        [
            _("金流給了繳費資料，但與應付款不符，沒有轉給企業。")
            if of_codes
            else _("金流的付款通知與應付款不符，訂單沒有因此付清。"),
            _what_differs(case, charge, why),
        ],
        [
            _("請到金流後台查明原因。企業仍可改用其他付款方式。")
            if of_codes
            else _("請看訂單頁的金流往來，並到金流後台查明收到多少錢、該退還多少。")
        ],
        Link(_("查看訂單"), office_order(case.order.number)),
        (_("交易編號"), charge.trade_no),
    )


def _told_before(case: OrderCase, charge: Charge, why: str) -> bool:
    same = Event.objects.filter(case=case.event.case, type=case.event.type, subject=subject_of(charge))
    return same.filter(data__why=why, pk__lt=case.event.pk or 0).exists()


def _what_differs(case: OrderCase, charge: Charge, why: str) -> str:
    said, due = case.event.data.get("amount_twd"), money.twd(charge.amount_twd)
    if why == "merchant":
        return _("通知的特店編號不是這筆付款的特店。")
    if why == "trade":
        return _("通知的交易編號不是這筆付款的編號。")
    if said is None:
        return _("通知的金額與應付的%(due)s不同。") % {"due": due}
    return _("通知的金額是%(said)s，應付的是%(due)s。") % {"said": money.twd(said), "due": due}


def _owed(case: OrderCase) -> Charge | Refund | None:
    """What goes back and the event is about; None once it is back."""
    label, _slash, key = case.event.subject.partition("/")
    model = Refund if label == Refund._meta.label_lower else Charge
    return model._default_manager.filter(pk=key).exclude(state="REFUNDED").first()


def _refund_page(owed: Charge | Refund) -> Link:
    kind = "part" if isinstance(owed, Refund) else "charge"
    return Link(_("辦理這筆退款"), office_refund(kind, owed.pk))


def refund_failed(case: OrderCase) -> Letter | None:
    """R-30: the platform has given up; people remit."""
    owed = _owed(case)
    if owed is None:
        return None
    return _letter(
        case,
        _("退款未成功，請人工處理：訂單%(number)s"),
        [
            _("金流拒絕退款%(count)s次，系統不再自動重試。") % {"count": rules.MAX_REFUND_TRIES},
            _("金流的回覆：%(why)s") % {"why": case.event.data["why"]},
        ],
        [_("原因排除後，可以在退款頁再試一次；不能由金流退還時，請安排匯還企業，再到退款頁登錄。")],
        _refund_page(owed),
        (_("待退金額"), money.twd(queries.owed_twd(owed))),
    )


def refund_uncertain(case: OrderCase) -> Letter | None:
    """R-30: it may have gone back or not; only the gateway's back office shows it."""
    owed = _owed(case)
    if owed is None:
        return None
    return _letter(
        case,
        _("退款結果不明，請查明：訂單%(number)s"),
        [_("系統送出了退款，但金流沒有回答結果。為了不重複退款，系統不會再送。")],
        [
            _("請到金流後台查這筆退款有沒有送出。%(when)s以後，可以在退款頁登錄結果。")
            % {"when": words.moment(case.event.at + operations.UNDER_WAY)}
        ],
        _refund_page(owed),
        (_("待退金額"), money.twd(queries.owed_twd(owed))),
    )


def transfer_to_follow(case: OrderCase) -> Letter | None:
    """R-30: the supplier owes a remittance back; nothing once it is back."""
    kept = queries.receipts_of(case.order.number)
    receipt = next((one for one in kept if one.confirmed_at == case.event.at), None)
    if receipt and receipt.returned_at:
        return None
    why = {
        Outcome.LATE: _("付款期限已過，或訂單已經不能付款。"),
        Outcome.AMOUNT: _("金額與應付的不同。"),
        Outcome.AGAIN: _("訂單先前已經付清。"),
    }
    return _letter(
        case,
        _("匯款待供應商退還：訂單%(number)s"),
        [
            _("供應商收到%(cash)s的匯款，但不能付清訂單。")
            % {"cash": money.twd(case.event.data["amount_twd"])},
            why[case.event.data["why"]],
        ],
        [_("這筆錢在供應商的帳戶。請追蹤供應商匯還企業，確認企業收到後登錄。")],
        Link(_("查看這筆匯款"), office_receipt(receipt.pk) if receipt else OFFICE_REFUNDS),
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "dispute_to_decide": about_order(to_decide),
    "charge_mismatch": about_order(mismatch),
    "refund_failed": about_order(refund_failed),
    "refund_uncertain": about_order(refund_uncertain),
    "transfer_to_follow": about_order(transfer_to_follow),
}
