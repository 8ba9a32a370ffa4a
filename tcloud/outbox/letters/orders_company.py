"""Letters about an order to the company that placed it."""

from typing import Final

from django.utils.translation import gettext as _

from tcloud.core import money
from tcloud.core.actors import COMPANY, SYSTEM
from tcloud.orders import returning
from tcloud.orders.models import Obligation
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import Composer, Letter
from tcloud.outbox.letters.orders import OrderCase, about_order, state_of_charge
from tcloud.payments.models import PayCode
from tcloud.payments.rules import WayBack

Kind = Obligation.Kind


def submitted(case: OrderCase) -> Letter | None:
    """R-21, R-22: the receipt, and what happens next."""
    return case.for_company(
        _("訂單%(number)s已送出") % case.number,
        [_("您已簽署契約並送出訂單，%(points)s點已為這張訂單保留。") % {"points": case.points}],
        [
            _("供應商會在期限前回覆是否接單。接單後，我們會寄信請您付款。"),
            _("如果供應商婉拒或逾期沒有回覆，點數會退回。接單之前，您也可以在訂單頁撤回。"),
        ],
        more=((_("供應商回覆期限"), case.due(Kind.ACCEPT)),),
    )


def declined(case: OrderCase) -> Letter | None:
    """R-22: the supplier said no, and why."""
    return case.for_company(
        _("供應商婉拒訂單%(number)s") % case.number,
        [_("供應商沒有接這張訂單。理由：%(reason)s") % {"reason": case.reason}, case.points_back()],
        [_("您不需要付款。可以改選其他方案重新建立訂單。")],
    )


def lapsed(case: OrderCase) -> Letter | None:
    """R-22: the supplier was silent."""
    return case.for_company(
        _("訂單%(number)s已失效：供應商逾期沒有回覆") % case.number,
        [
            _("供應商沒有在%(day)s前回覆，訂單已失效。") % {"day": case.was_due(Kind.ACCEPT)},
            case.points_back(),
        ],
        [_("您不需要付款。可以重新建立訂單，或改選其他方案。")],
    )


def accepted(case: OrderCase) -> Letter | None:
    """R-23: pay, by when, where."""
    if case.order.state != "ACCEPTED":
        return None
    return case.for_company(
        _("請付款：訂單%(number)s已接單") % case.number,
        [_("供應商已接單並副署契約。請支付自付款%(cash)s。") % {"cash": case.cash}],
        [
            _("請在期限前從訂單頁付款。逾期沒有付款，訂單會結束，點數退回。"),
            _("付款一律從本平台的訂單頁前往，我們不會用電話或簡訊請您匯款。"),
        ],
        more=((_("付款期限"), case.due(Kind.PAY)),),
        label=_("前往付款"),
    )


def codes_issued(case: OrderCase) -> Letter | None:
    """R-23: where and by when to pay; nothing when it is paid or over meanwhile."""
    code = PayCode.objects.filter(pk=case.event.data["code"]).select_related("charge").first()
    if case.order.state != "ACCEPTED" or code is None:
        return None
    until = min(code.expires_at or code.charge.expires_at, code.charge.expires_at)
    where = {
        PayCode.Method.ATM: ((_("銀行代碼"), code.bank_code), (_("轉帳帳號"), code.number)),
        PayCode.Method.CVS: ((_("繳費代碼"), code.number),),
        PayCode.Method.BARCODE: ((_("超商條碼"), code.barcodes),),
    }[PayCode.Method(code.method)]
    return case.for_company(
        _("訂單%(number)s的繳費資料") % case.number,
        [_("您已在金流平台取得繳費資料。請繳納%(cash)s，入帳後我們會寄信通知您。") % {"cash": case.cash}],
        [
            _("付款期限以這封信為準，金流平台可能顯示較晚的期限。"),
            _("期限後才繳的款項不會讓訂單成立，會另外聯繫您並全額退回。條碼請從訂單的付款頁開啟或列印。"),
        ],
        more=(*where, (_("最晚繳費時間"), words.latest(until))),
        label=_("開啟付款頁"),
    )


def unpaid(case: OrderCase) -> Letter | None:
    """R-23: the payment window closed."""
    return case.for_company(
        _("訂單%(number)s逾期未付，已結束") % case.number,
        [
            _("我們在%(day)s前沒有收到自付款，訂單已結束，付款連結已失效。")
            % {"day": case.was_due(Kind.PAY)},
            case.points_back(),
        ],
        [_("請不要再付這張訂單的款項。仍有需要時，請重新建立訂單。")],
    )


def paid(case: OrderCase) -> Letter | None:
    """R-24, R-25: the receipt, and what the supplier owes by when."""
    return case.for_company(
        _("已收到訂單%(number)s的付款") % case.number,
        [_("我們已收到您的自付款%(cash)s。") % {"cash": case.cash}],
        [_("供應商會開立全額發票並提供服務。服務可以使用時，我們會寄信請您確認。")],
        more=(
            (_("開立發票期限"), case.due(Kind.INVOICE)),
            (_("提供服務期限"), case.due(Kind.DELIVER)),
        ),
    )


def invoiced(case: OrderCase) -> Letter | None:
    """R-24: the invoice was issued."""
    number = str(case.event.data.get("number", ""))
    return case.for_company(
        _("訂單%(number)s的發票已開立") % case.number,
        [_("供應商已開立發票%(invoice)s，金額為方案價格全額。") % {"invoice": number}],
        [_("請在訂單頁核對買受人統一編號與金額。內容有誤時，請與供應商聯絡更正。")],
        more=((_("發票號碼"), number),),
    )


def delivered(case: OrderCase) -> Letter | None:
    """R-26: confirm or dispute, by when; silence confirms. In a dispute it was provided again, or at last."""
    if case.order.state != "DELIVERED":
        return None
    happened = [_("供應商已提供服務，開始使用的方式寫在訂單頁。")]
    if case.event.data.get("from") == "DISPUTED":
        happened.append(_("爭議因此結束，確認服務的期限重新起算。仍有問題時，可以再提出爭議。"))
    return case.for_company(
        _("請確認服務：訂單%(number)s") % case.number,
        happened,
        [
            _("請試用後在期限前確認服務。有問題時，請在期限前於訂單頁提出爭議。"),
            _("期限前沒有確認也沒有提出爭議，視為已確認。"),
        ],
        more=((_("確認服務期限"), case.due(Kind.CONFIRM)),),
        label=_("確認服務"),
    )


def completed(case: OrderCase) -> Letter | None:
    """R-18, R-26: it is done; confirmed, by silence, or with a dispute taken back."""
    how = _("您已確認收到服務。")
    if case.event.actor_kind == SYSTEM:
        how = _("確認期限已過，依規定視為您已確認服務。")
    elif case.event.type == "order.dispute_withdrawn":
        how = _("您已撤回爭議，並確認收到服務。")
    return case.for_company(
        _("訂單%(number)s已完成") % case.number,
        [
            how,
            _("%(points)s點已折抵。") % {"points": case.points_left},
        ],
        [_("契約、發票與付款紀錄都保存在訂單頁，您可以隨時查看與下載。")],
        more=case.term(),
    )


def dispute_settled(case: OrderCase) -> Letter | None:
    """R-27: an officer found that the service was provided. A part that went back has its own letter (`refunds`)."""
    if case.event.data.get("by_refund"):
        return None
    return case.for_company(
        _("訂單%(number)s的爭議已處理完畢") % case.number,
        [
            _("承辦人員判定服務已經提供，訂單已完成。"),
            _("處理結果：%(reason)s") % {"reason": case.reason},
            _("%(points)s點已折抵。") % {"points": case.points_left},
        ],
        [_("對結果有疑問時，請用下方的電話或信箱聯絡我們，並告知訂單編號。")],
        more=case.term(),
    )


def refunded(case: OrderCase) -> Letter | None:
    """R-27: money back the way it was paid, points by R-16."""
    return case.for_company(
        _("訂單%(number)s已退款結束") % case.number,
        [
            _("這張訂單已結束。理由：%(reason)s") % {"reason": case.reason},
            returning.said(case.charge, COMPANY),
            case.points_back(),
        ],
        [returning.company_next(case.charge)],
    )


def charge_to_refund(case: OrderCase) -> Letter | None:
    """R-30: money came for an order that is no longer payable. A refunded order has its own letter."""
    charge = state_of_charge(case)
    if charge is None or case.order.state == "REFUNDED":
        return None
    return case.for_company(
        _("訂單%(number)s的款項將退還") % case.number,
        [
            _("我們收到了%(cash)s，但這張訂單當時已不能付款，所以這筆錢會全數退還給您。")
            % {"cash": money.twd(charge.amount_twd)},
            returning.said(charge, COMPANY),
        ],
        [returning.company_next(charge)],
    )


def charge_refunded(case: OrderCase) -> Letter | None:
    """R-27, R-30: the gateway has taken the refund, or an officer has noted that it went back."""
    by_card = returning.way_of(case.charge) is WayBack.CARD
    return case.for_company(
        _("訂單%(number)s的退款已送出") % case.number,
        [
            _("%(cash)s已經由原付款方式退還。")
            % {"cash": money.twd(case.event.data.get("amount_twd", case.order.cash_twd))}
        ]
        if case.event.actor_kind == SYSTEM
        else [
            _("%(cash)s已經退還，序號或紀錄：%(reference)s。")
            % {
                "cash": money.twd(case.event.data.get("amount_twd", case.order.cash_twd)),
                "reference": case.event.data["reference"],
            }
        ],
        [
            _("入帳時間依付款機構而定。信用卡通常顯示在下一期帳單。")
            if by_card
            else _("匯款通常當天或下一個工作天入帳。沒有收到時，請用下方的電話聯絡我們。")
        ],
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "order_submitted": about_order(submitted),
    "order_declined": about_order(declined),
    "order_lapsed": about_order(lapsed),
    "order_accepted": about_order(accepted),
    "charge_codes": about_order(codes_issued),
    "order_unpaid": about_order(unpaid),
    "order_paid": about_order(paid),
    "order_invoiced": about_order(invoiced),
    "order_delivered": about_order(delivered),
    "order_completed": about_order(completed),
    "dispute_settled": about_order(dispute_settled),
    "order_refunded": about_order(refunded),
    "charge_to_refund": about_order(charge_to_refund),
    "charge_refunded": about_order(charge_refunded),
}
