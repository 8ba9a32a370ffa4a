"""What is said of an invoice that does not fit, or of a file that can't be read, in the language now active (R-24)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.adapters.mig.port import Unreadable
from tcloud.adapters.mig.xml import MOST_BYTES
from tcloud.core.refusals import Refusal
from tcloud.payments.rules import Mismatch

_MONEY: Final = frozenset(
    {"sum", "tax", "price", "items", "items_tax", "too_much", "allowance_tax", "untaxed_sales"}
)
SENTENCES: Final[dict[str, str | Promise]] = {
    "number_format": gettext_lazy("發票號碼須為 2 個大寫英文字母加 8 個數字。"),
    "buyer": gettext_lazy("買受人統一編號須為 %(expected)s。"),
    "seller": gettext_lazy("賣方統一編號須為 %(expected)s。"),
    "negative": gettext_lazy("發票金額不得為負數。"),
    "sum": gettext_lazy("總計須等於銷售額加稅額，應為 %(expected)s 元。"),
    "tax": gettext_lazy("營業稅額須為銷售額的 5 %%（四捨五入），應為 %(expected)s 元。"),
    "price": gettext_lazy("總計須為契約全額 %(expected)s 元（含點數折抵的部分）。"),
    "future": gettext_lazy("日期不得晚於今天。"),
    "before_payment": gettext_lazy("發票日期不得早於付款日 %(expected)s。"),
    "before_invoice": gettext_lazy("日期不得早於開立日 %(expected)s。"),
    "invoice_type": gettext_lazy("發票類別須為 07（一般稅額計算）。"),
    "tax_type": gettext_lazy("課稅別須為 1（應稅）。"),
    "tax_rate": gettext_lazy("稅率須為 0.05。"),
    "untaxed_sales": gettext_lazy("免稅與零稅率銷售額須為 0。"),
    "item_tax_type": gettext_lazy("每個品項的課稅別都須為 1（應稅）。"),
    "items": gettext_lazy("各品項金額合計須等於銷售額 %(expected)s 元，目前合計 %(found)s 元。"),
    "items_tax": gettext_lazy("各品項稅額合計須等於稅額 %(expected)s 元，目前合計 %(found)s 元。"),
    "allowance_number": gettext_lazy("請填寫折讓單號碼，最多 %(expected)s 個字。"),
    "nothing": gettext_lazy("折讓金額（未稅）至少 1 元，稅額不得為負數。"),
    "allowance_tax": gettext_lazy("稅額須為折讓金額的 5 %%（四捨五入），應為 %(expected)s 元。"),
    "too_much": gettext_lazy("超過這張發票還能折讓的金額，最多 %(expected)s 元。"),
    "other_invoice": gettext_lazy("品項的原發票號碼須為 %(expected)s。"),
    "other_invoice_day": gettext_lazy("品項的原發票日期須為 %(expected)s。"),
    "other_number": gettext_lazy("號碼須為 %(expected)s。"),
    "other_day": gettext_lazy("原開立日期須為 %(expected)s。"),
}
FIELDS: Final[dict[str, str | Promise]] = {
    "number": gettext_lazy("號碼"),
    "issued_on": gettext_lazy("日期"),
    "of_on": gettext_lazy("原開立日期"),
    "buyer_ubn": gettext_lazy("買受人統一編號"),
    "seller_ubn": gettext_lazy("賣方統一編號"),
    "sales_twd": gettext_lazy("銷售額（未稅）"),
    "tax_twd": gettext_lazy("營業稅額"),
    "total_twd": gettext_lazy("總計（含稅）"),
    "other_twd": gettext_lazy("免稅與零稅率銷售額"),
    "invoice_type": gettext_lazy("發票類別"),
    "tax_type": gettext_lazy("課稅別"),
    "tax_rate": gettext_lazy("稅率"),
    "items": gettext_lazy("品項"),
}
UNREADABLE: Final[dict[str, Any]] = {
    "too_large": gettext_lazy("檔案太大，一張發票的檔案最多%(most)d KB。請上傳單張發票的XML檔。"),
    "not_xml": gettext_lazy("檔案不是可讀的XML，請從加值中心或Turnkey重新下載原檔（UTF-8編碼）。"),
    "doctype": gettext_lazy("XML檔含有文件型別宣告（DOCTYPE），電子發票的檔案不需要，為了安全不能接受。"),
    "message": gettext_lazy("這不是%(where)s的檔案（檔案內容是「%(found)s」），請確認選對檔案。"),
    "missing": gettext_lazy("XML檔缺少%(where)s的內容。"),
    "value": gettext_lazy("XML檔裡%(where)s的內容「%(found)s」不正確。"),
}


@dataclass(frozen=True)
class Row:
    """A mismatch as a line of a table: what the field is called, what stands there, what should, and why."""

    label: str
    found: str
    expected: str
    sentence: str


def sentence_of(mismatch: Mismatch) -> str:
    """What is wrong and what is right, as one sentence."""
    return str(SENTENCES[mismatch.code]) % {
        "found": _shown(mismatch.code, mismatch.found),
        "expected": _shown(mismatch.code, mismatch.expected),
    }


def rows_of(mismatches: Iterable[Mismatch]) -> list[Row]:
    """Every mismatch as a line of a table."""
    return [
        Row(
            str(FIELDS[each.field]),
            _shown(each.code, each.found) or _("（空白）"),
            _shown(each.code, each.expected),
            sentence_of(each),
        )
        for each in mismatches
    ]


def mismatch(wrong: Iterable[Mismatch]) -> Refusal:
    """The refusal `invoice.mismatch`: `facts["fields"]` has the sentences of each field, `facts["wrong"]` the mismatches."""
    found = tuple(wrong)
    fields: dict[str, list[str]] = {}
    for each in found:
        fields.setdefault(each.field, []).append(sentence_of(each))
    sentences = "".join(sentence_of(each) for each in found)
    return Refusal("invoice.mismatch", "%(sentences)s", sentences=sentences, fields=fields, wrong=found)


def unreadable(error: Unreadable) -> Refusal:
    """The refusal `invoice.unreadable` of a file that is not the message it should be."""
    facts = {"where": error.where, "found": error.found, "most": MOST_BYTES // 1000}
    return Refusal("invoice.unreadable", UNREADABLE[error.code], **facts)


def _shown(code: str, value: str) -> str:
    number = value.removeprefix("-")
    return f"{int(value):,}" if code in _MONEY and number.isascii() and number.isdigit() else value
