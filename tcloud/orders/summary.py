"""An order on one sheet, in the language now active: the same words on the printed page and in the PDF."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tcloud.contracts.document import ORDER_TEMPLATE, compile_template
from tcloud.core import clock, money
from tcloud.core.actors import SUPPLIER
from tcloud.core.deadlines import day_words, english, joint, last_day_words, moment_words
from tcloud.orders import queries, supplements, words
from tcloud.orders.models import Obligation, Order
from tcloud.payments import queries as payments

Rows = Iterator[tuple[str | Promise, str]]
CHARGES: Final[dict[str, str | Promise]] = {
    "OPEN": gettext_lazy("待付款"),
    "PAID": gettext_lazy("已付款"),
    "CLOSED": gettext_lazy("已失效"),
    "TO_REFUND": gettext_lazy("待退款"),
    "REFUNDED": gettext_lazy("已退款"),
}


@dataclass(frozen=True)
class Section:
    """A heading and its lines: label and value."""

    title: str
    rows: list[tuple[str, str]]


@dataclass(frozen=True)
class Summary:
    """The whole sheet, as text."""

    title: str
    number: str
    programme: str
    state: str
    made: str
    sections: list[Section]


def summary(order: Order, *, at: datetime) -> Summary:
    """The order as it stands at `at`: parties, plan, price and its split, times, contract and supplements, deadlines, payment, invoice.

    What there is not yet is left out, except the contract's supplements and the invoice, of which it is said.
    """
    parts = (
        (_("訂單"), _times(order)),
        (_("企業與供應商"), _parties(order)),
        (_("方案"), _plan(order)),
        (_("金額"), _price(order)),
        (_("契約與補充約定"), _contract(order)),
        (_("期限"), _deadlines(order, at)),
        (_("付款"), _payment(order)),
        (_("發票"), _invoice(order)),
    )
    sections = [Section(title, [(str(label), value) for label, value in rows]) for title, rows in parts]
    return Summary(
        title=_("訂單摘要"),
        number=order.number,
        programme=_local(order.programme, "name"),
        state=str(order.get_state_display()),
        made=_("製表時間：%(when)s。內容以契約與平台紀錄為準。") % {"when": moment_words(at)},
        sections=[section for section in sections if section.rows],
    )


def pdf(order: Order, *, at: datetime) -> bytes:
    """The sheet as a tagged PDF/A-2b."""
    data = asdict(summary(order, at=at)) | {
        "language": "en" if english() else "zh",
        "page_of": _("第 {page} 頁，共 {pages} 頁"),
        "number_label": _("訂單編號"),
    }
    return compile_template(ORDER_TEMPLATE, data, made_at=at)


def _local(thing: object, field: str) -> str:
    return str((getattr(thing, f"{field}_en", "") if english() else "") or getattr(thing, field))


def _times(order: Order) -> Rows:
    yield _("訂單編號"), order.number
    yield _("狀態"), str(order.get_state_display())
    for label, moment in (
        (_("建立"), order.created_at),
        (_("送出"), order.submitted_at),
        (_("接單"), order.accepted_at),
        (_("付款"), order.paid_at),
        (_("提供服務"), order.delivered_at),
        (_("結束"), order.ended_at),
    ):
        if moment:
            yield label, moment_words(moment)
    if order.reason:
        yield _("理由"), order.reason


def _parties(order: Order) -> Rows:
    company, supplier = order.company, order.supplier
    yield _("申請企業"), _company(company.name, company.ubn, company.address)
    contact = (order.contact_name, order.contact_email, order.contact_phone)
    yield _("聯絡人"), "　".join(part for part in contact if part)
    selling = supplier.company
    yield _("供應商"), _company(selling.name, selling.ubn, selling.address) if selling else supplier.name
    if supplier.contact_email:
        yield _("供應商聯絡信箱"), supplier.contact_email


def _company(name: str, ubn: str, address: str) -> str:
    return "　".join(part for part in (name, f"{_('統一編號')} {ubn}", address) if part)


def _plan(order: Order) -> Rows:
    version = order.plan_version
    yield _("解決方案"), _local(version.plan.solution, "name")
    number = _("第 %(number)s 版") % {"number": version.number}
    yield _("方案名稱"), joint().join((_local(version, "name"), number))
    months = ngettext("%(count)d 個月", "%(count)d 個月", version.term_months) % {
        "count": version.term_months
    }
    yield _("使用期間"), months
    if version.seats:
        yield _("使用人數"), ngettext("%(count)d人", "%(count)d人", version.seats) % {"count": version.seats}


def _price(order: Order) -> Rows:
    yield _("價格（含稅）"), money.twd(order.price_twd)
    figure = money.points(order.points)
    yield _("使用點數"), ngettext("%(figure)s 點", "%(figure)s 點", order.points) % {"figure": figure}
    yield _("自付款"), money.twd(order.cash_twd)


def _contract(order: Order) -> Rows:
    contract = order.contract
    if contract is None:
        return
    yield _("契約編號"), contract.number
    for label, moment in ((_("企業簽署"), contract.signed_at), (_("供應商簽署"), contract.countersigned_at)):
        if moment:
            yield label, moment_words(moment)
    agreed = supplements.agreed(order)
    for change in agreed:
        when = _("%(day)s雙方同意") % {
            "day": day_words(clock.taipei(change.decided_at or change.proposed_at).date())
        }
        what = _("補充約定：%(what)s") % {"what": change.get_kind_display()}
        yield what, joint().join((words.change_value(change.kind, change.after), when))
    if not agreed:
        yield _("補充約定"), _("沒有，一切依契約。")


def _deadlines(order: Order, at: datetime) -> Rows:
    for row in sorted(queries.deadlines(order, at=at), key=lambda each: each.obligation.pk):
        owed = row.obligation
        supplier = (english() and order.supplier.name_en) or order.supplier.name
        who = supplier if owed.party == SUPPLIER else order.company.name
        said = last_day_words(owed.due_at), who, _outcome(owed, row.overdue)
        yield words.DEADLINES[owed.kind], joint().join(said)


def _outcome(owed: Obligation, overdue: bool) -> str:
    if owed.fulfilled_at:
        done = {"when": moment_words(owed.fulfilled_at)}
        return (_("%(when)s 逾期完成") if overdue else _("%(when)s 完成")) % done
    if owed.lifted_at:
        return _("已解除")
    return _("已逾期，尚未完成") if overdue else _("尚未完成")


def _payment(order: Order) -> Rows:
    charge = payments.charge_of(order.number)
    if charge is None:
        return
    yield _("交易編號"), charge.trade_no
    yield _("狀態"), str(CHARGES[charge.state])
    yield _("金額"), money.twd(charge.amount_twd)
    if charge.paid_at:
        yield _("付款時間"), moment_words(charge.paid_at)


def _invoice(order: Order) -> Rows:
    invoice = payments.invoice_of(order.number)
    if invoice is None:
        yield _("發票"), _("還沒有開立。")
        return
    yield _("發票號碼"), invoice.number
    yield _("日期"), day_words(invoice.date)
    yield _("銷售額"), money.twd(invoice.sales_twd)
    yield _("營業稅"), money.twd(invoice.tax_twd)
    yield _("總計"), money.twd(invoice.total_twd)
