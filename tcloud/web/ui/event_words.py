"""What each recorded event is called on screen (辦理紀錄). An event type without words is shown as it is."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

EVENT_WORDS: Final[dict[str, str | Promise]] = {
    "application.consented": _("同意個人資料告知事項"),
    "application.card_verified": _("以工商憑證驗證公司身分"),
    "application.authorised": _("授權資料查詢並完成聲明"),
    "application.put_in_review": _("資格待查，進入審查"),
    "application.handed_to_officer": _("轉承辦人員審查"),
    "application.found_eligible": _("符合資格"),
    "application.found_ineligible": _("不符合資格"),
    "application.appealed": _("提出申覆"),
    "application.code_sent": _("寄出電子郵件驗證碼"),
    "application.activated": _("啟用帳號"),
    "application.abandoned": _("申請併入先前的申請"),
    "assessment.completed": _("完成數位需求自評表"),
    "charge.opened": _("建立付款連結"),
    "charge.paid": _("收到自付款"),
    "charge.closed": _("付款連結失效"),
    "charge.mismatch": _("付款通知與應付款不符"),
    "charge.to_refund": _("自付款列入待退"),
    "charge.refunded": _("自付款已退回"),
    "charge.refund_failed": _("退款未成功"),
    "charge.refund_uncertain": _("退款結果不明，待人工確認"),
    "clock.moved": _("移動演練時鐘"),
    "contract.signed": _("企業簽署契約"),
    "contract.countersigned": _("供應商副署契約"),
    "member.joined": _("加入會員"),
    "member.staff_added": _("新增工作人員"),
    "order.submitted": _("企業送出訂單"),
    "order.withdrawn": _("企業撤回訂單"),
    "order.discarded": _("企業捨棄草稿"),
    "order.declined": _("供應商婉拒訂單"),
    "order.lapsed": _("供應商逾期未接單，訂單失效"),
    "order.accepted": _("供應商接單"),
    "order.unpaid": _("企業逾期未付款，訂單結束"),
    "order.paid": _("付款完成"),
    "order.invoiced": _("供應商開立發票"),
    "order.invoice_missed": _("供應商逾期未開立發票"),
    "order.delivered": _("供應商提供服務"),
    "order.delivery_missed": _("供應商逾期未提供服務"),
    "order.completed": _("服務確認完成"),
    "order.disputed": _("企業提出爭議"),
    "order.dispute_settled": _("承辦人員處理爭議：服務成立"),
    "order.refunded": _("承辦人員決定退款"),
    "plan.listed": _("方案上架"),
    "plan.delisted": _("方案下架"),
    "points.granted": _("核發點數"),
    "points.waiting": _("列入點數候補"),
    "points.waiting_ended": _("本期結束，候補終止"),
    "points.expiring": _("通知點數即將到期"),
    "points.returned": _("逾期未啟用，點數全數收回"),
    "points.expired": _("使用期限已到，點數收回"),
    "points.reversal_requested": _("承辦人員提出撤銷核發"),
    "points.reversal_rejected": _("不同意撤銷核發"),
    "points.reversal_withdrawn": _("取消撤銷案"),
    "points.reversed": _("撤銷核發"),
    "programme.appropriated": _("撥入預算"),
    "programme.reduced": _("減列預算"),
    "programme.numbers_changed": _("變更計畫的數字"),
    "programme.opened": _("開放受理"),
    "programme.paused": _("暫停受理"),
    "programme.closed": _("本期計畫結束"),
    "supplier.approved": _("核准供應商"),
}


def words_of(event_type: str) -> str | Promise:
    """The event's name on screen."""
    return EVENT_WORDS.get(event_type, event_type)
