"""What became of a gateway's message, in words. Load with {% load payments %}."""

from typing import Any, Final

from django import template
from django.utils.translation import gettext_lazy as _

register = template.Library()

VERDICTS: Final[dict[str, Any]] = {
    "paid": _("付款成立"),
    "to_refund": _("收款待退還"),
    "repeated": _("重複的通知"),
    "not_paid": _("尚未付款或付款未成功"),
    "simulated": _("模擬付款，不算付款"),
    "asked": _("已向金流查證"),
    "silent": _("金流沒有回答"),
    "no_calendar": _("該年辦公日曆尚未建立，稍後再查"),
    "codes": _("已提供繳費代碼"),
    "not_issued": _("沒有取得繳費代碼"),
    "over": _("付款已結束，代碼不再提供"),
    "unknown_trade": _("查無這筆交易"),
    "merchant": _("特店編號不符"),
    "trade": _("交易編號不符"),
    "amount": _("金額不符"),
    "forged": _("檢查碼不符，不採用"),
    "malformed": _("無法讀取，不採用"),
}


@register.filter
def verdict_words(code: str) -> Any:
    """The words for a verdict of `orders.operations.paying` or `.codes`."""
    return VERDICTS.get(code, code)
