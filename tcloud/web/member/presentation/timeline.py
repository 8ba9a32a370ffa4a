"""An order's timeline: what happened, from the event record, and what is owed next, from its obligations."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from tcloud.core import actors, money
from tcloud.core.models import Event
from tcloud.orders import words
from tcloud.orders.effects import sentences
from tcloud.orders.models import Obligation, Order
from tcloud.orders.obligations import TERMS
from tcloud.orders.queries import Deadline
from tcloud.orders.states import ENDED_WITHOUT_SERVICE
from tcloud.web.ui import order_deadlines
from tcloud.web.ui.order_progress import SAID
from tcloud.web.ui.templatetags.ui import local, points

Sentence = Callable[[Event, Order], str]


def _reason(event: Event, order: Order) -> str:
    said = str(event.data.get("reason", "")).rstrip("。.")
    return _("理由：%(reason)s") % {"reason": said} if said else ""


def _with_reason(event: Event, order: Order, text: str) -> str:
    reason = _reason(event, order)
    return _("%(reason)s。%(text)s") % {"reason": reason, "text": text} if reason else text


def _points_back(event: Event, order: Order) -> str:
    text = _("保留的 %(points)s中，還在有效期限內的已退回餘額。") % {"points": points(order.points)}
    return _with_reason(event, order, text)


def _reserved(event: Event, order: Order) -> str:
    return _("已保留 %(points)s。") % {"points": points(order.points)}


def _to_pay(event: Event, order: Order) -> str:
    return _("契約雙方已簽署，自付款 %(cash)s 可以支付。") % {"cash": money.twd(order.cash_twd)}


def _paid(event: Event, order: Order) -> str:
    return _("已收到自付款 %(cash)s。") % {"cash": money.twd(order.cash_twd)}


def _invoice(event: Event, order: Order) -> str:
    return _("發票號碼 %(number)s。") % {"number": event.data.get("number", "")}


def _invoice_gone(event: Event, order: Order) -> str:
    return _("發票%(number)s作廢。理由：%(reason)s") % event.data


def _allowance(event: Event, order: Order) -> str:
    said = {"number": event.data["number"], "amount": money.twd(event.data["total_twd"])}
    return _("折讓單%(number)s，含稅%(amount)s。") % said


def _allowance_gone(event: Event, order: Order) -> str:
    return _("折讓單%(number)s作廢。理由：%(reason)s") % event.data


def _delivered(event: Event, order: Order) -> str:
    if event.data.get("from") == Order.State.DISPUTED:
        return _("爭議結束，確認服務的期限重新起算。")
    return ""


def _completed(event: Event, order: Order) -> str:
    if event.actor_kind == actors.SYSTEM:
        return _("期限內沒有回覆也沒有爭議，視為確認。")
    return _("已使用 %(points)s。") % {"points": points(order.points)}


def _refunded(event: Event, order: Order) -> str:
    text = _("自付款退還，還在有效期限內的點數退回餘額。")
    return _with_reason(event, order, text)


def _part_refunded(event: Event, order: Order) -> str:
    ended = event.data.get("ends_order")  # events of before did not say
    said = (
        _("退還自付款 %(cash)s，並釋出 %(points)s，爭議結束，訂單完成。")
        if ended
        else _("退還自付款 %(cash)s，並釋出 %(points)s，訂單以其餘金額繼續。")
    )
    text = said % {
        "cash": money.twd(event.data["amount_twd"]),
        "points": points(event.data["points"]),
    }
    return _with_reason(event, order, text)


def _proposed(event: Event, order: Order) -> str:
    cash = _("退還自付款 %(cash)s。") % {"cash": money.twd(event.data["amount_twd"])}
    return sentences(cash, _reason(event, order))


def _refused(event: Event, order: Order) -> str:
    return _("理由：%(reason)s") % {"reason": str(event.data.get("answer", "")).rstrip("。.")}


def _moved(event: Event, order: Order) -> str:
    return words.moved(event.data)


def _change(event: Event, order: Order) -> str:
    reason = str(event.data.get("reason", ""))
    return "　".join(part for part in (words.change(event.data), reason) if part)


# Event type → title and sentence. Types in HIDDEN say nothing that another entry does not say.
SENTENCES: Final[dict[str, tuple[str | Promise, Sentence | None]]] = {
    "contract.signed": (gettext_lazy("貴公司簽署契約"), None),
    "order.submitted": (gettext_lazy("送出訂單"), _reserved),
    "order.withdrawn": (gettext_lazy("撤回訂單"), _points_back),
    "order.declined": (gettext_lazy("供應商未接單"), _points_back),
    "order.lapsed": (gettext_lazy("供應商逾期未接單，訂單失效"), _points_back),
    "order.accepted": (gettext_lazy("供應商接單並簽署契約"), _to_pay),
    "order.unpaid": (gettext_lazy("逾期未付款，訂單取消"), _points_back),
    "order.paid": (gettext_lazy("付款完成"), _paid),
    "order.invoiced": (gettext_lazy("供應商開立發票"), _invoice),
    "order.invoice_missed": (gettext_lazy("供應商逾期未開立發票"), None),
    "invoice.voided": (gettext_lazy("供應商作廢發票"), _invoice_gone),
    "allowance.issued": (gettext_lazy("供應商開立折讓"), _allowance),
    "allowance.cancelled": (gettext_lazy("供應商作廢折讓"), _allowance_gone),
    "order.reissue_missed": (gettext_lazy("供應商逾期未重新開立發票"), None),
    "order.credit_missed": (gettext_lazy("供應商逾期未作廢發票或開立折讓"), None),
    "order.delivered": (gettext_lazy("供應商提供服務"), _delivered),
    "order.delivery_missed": (gettext_lazy("供應商逾期未提供服務"), None),
    "order.completed": (gettext_lazy("確認服務，訂單完成"), _completed),
    "order.disputed": (gettext_lazy("提出爭議"), _reason),
    "order.deadline_moved": (gettext_lazy("期限調整"), _moved),
    "order.term_ending": (gettext_lazy("提醒服務即將到期"), None),
    "order.note_written": (gettext_lazy("執行單位寫下附註，請看訂單對話"), None),
    "order.dispute_withdrawn": (gettext_lazy("撤回爭議並確認服務，訂單完成"), _completed),
    "order.dispute_settled": (gettext_lazy("爭議處理完畢，訂單完成"), None),
    "order.refunded": (gettext_lazy("訂單退款"), _refunded),
    "order_change.proposed": (gettext_lazy("提議變更訂單的約定"), _change),
    "order_change.agreed": (gettext_lazy("雙方同意變更，列為補充約定"), _change),
    "order_change.refused": (gettext_lazy("不同意變更"), _change),
    "order_change.withdrawn": (gettext_lazy("收回變更提議"), _change),
    "order.part_refunded": (gettext_lazy("部分退款"), _part_refunded),
    "refund_proposal.made": (gettext_lazy("提議退款"), _proposed),
    "refund_proposal.agreed": (gettext_lazy("同意退款提議"), None),
    "refund_proposal.refused": (gettext_lazy("不同意退款提議"), _refused),
    "refund_proposal.withdrawn": (gettext_lazy("收回退款提議"), None),
    "refund.sent": (gettext_lazy("部分款項已退回"), None),
    "transfer.stated": (gettext_lazy("表示已匯款"), None),
    "transfer.not_found": (gettext_lazy("供應商沒有查到匯款"), None),
    "transfer.owed_back": (gettext_lazy("匯款不能付清訂單，待退還"), None),
    "transfer.returned": (gettext_lazy("匯款已退還"), None),
    "chat.order_shown": (gettext_lazy("客服查看訂單資料"), _reason),
    "ticket.order_shown": (gettext_lazy("客服查看訂單資料"), _reason),
    "charge.codes_issued": (gettext_lazy("取得繳費資料"), None),
    "charge.to_refund": (gettext_lazy("款項待退回"), None),
    "charge.refunded": (gettext_lazy("款項已退回"), None),
}
HIDDEN: Final = frozenset(
    {
        "order.discarded",
        "order.message_written",
        "contract.countersigned",
        "charge.opened",
        "charge.paid",
        "charge.closed",
        "charge.mismatch",
        "charge.query_wanted",
        "charge.refund_refused",
        "charge.refund_failed",
        "charge.refund_tried_again",
        "charge.refund_uncertain",
        "refund.owed",
        "refund_proposal.lapsed",
    }
)
LATE: Final = frozenset(
    {"order.invoice_missed", "order.delivery_missed", "order.reissue_missed", "order.credit_missed"}
)

# Obligation → its title, and when it will begin for one that has not begun.
OWED: Final[dict[str, tuple[str | Promise, str | Promise]]] = {
    "accept": (pgettext_lazy("owed", "供應商接單"), gettext_lazy("訂單送出後 %(days)d 個工作天內。")),
    "pay": (pgettext_lazy("owed", "支付自付款"), gettext_lazy("供應商接單後 %(days)d 個工作天內。")),
    "invoice": (pgettext_lazy("owed", "供應商開立發票"), gettext_lazy("付款後 %(days)d 個工作天內。")),
    "deliver": (pgettext_lazy("owed", "供應商提供服務"), gettext_lazy("付款確認後 %(days)d 個工作天內。")),
    "confirm": (pgettext_lazy("owed", "確認服務"), gettext_lazy("服務提供後 %(days)d 個工作天內。")),
    "reissue": (
        pgettext_lazy("owed", "供應商重新開立發票"),
        gettext_lazy("發票作廢後 %(days)d 個工作天內。"),
    ),
    "credit": (
        pgettext_lazy("owed", "供應商作廢發票或開立折讓"),
        gettext_lazy("退款後 %(days)d 個工作天內。"),
    ),
}


def entries(order: Order, events: list[Event], deadlines: list[Deadline]) -> list[dict[str, Any]]:
    """Entries for the `timeline` component, oldest first: what happened, what is owed now, what will be owed later."""
    return [
        _created(order),
        *_happened(order, events, deadlines),
        *order_deadlines.lifted(order, deadlines),
        *_owed_now(order, deadlines),
        *_later(order, deadlines),
    ]


def _created(order: Order) -> dict[str, Any]:
    name = order.contact_name
    return {"title": _("建立訂單"), "state": "done", "when": order.created_at, "who": name}


def _happened(order: Order, events: list[Event], deadlines: list[Deadline]) -> list[dict[str, Any]]:
    told = []
    for event in events:
        if event.type not in SENTENCES:
            continue
        title, sentence = SENTENCES[event.type]
        told.append(
            {
                "title": title,
                "state": "late" if event.type in LATE else "done",
                "when": event.at,
                "said": event.type in SAID,
                "who": who(event, order),
                "text": sentence(event, order) if sentence else "",
                **order_deadlines.mark(order, event, deadlines),
            }
        )
    return told


def who(event: Event, order: Order) -> str:
    """The party that acted, as the company knows it."""
    if event.actor_kind == actors.COMPANY:
        return event.actor_name or order.company.name
    if event.actor_kind == actors.SUPPLIER:
        return str(local(order.supplier, "name"))
    return {
        actors.OFFICER: _("執行單位"),
        actors.SUPPORT: _("客服"),
        actors.GATEWAY: _("金流平台"),
    }.get(event.actor_kind, _("系統"))


def party_name(order: Order, party: str) -> str:
    """The name of the party that owes."""
    return str(local(order.supplier, "name")) if party == actors.SUPPLIER else order.company.name


def outstanding(deadlines: list[Deadline]) -> list[Deadline]:
    """What is still owed, overdue or not."""
    return [row for row in deadlines if row.is_outstanding]


def own_due(owed: Obligation | None) -> dict[str, Any] | None:
    """What is owed next on an order, as lists of orders show it."""
    return {"title": OWED[owed.kind][0], "at": owed.due_at, "county": owed.county} if owed else None


def _owed_now(order: Order, deadlines: list[Deadline]) -> list[dict[str, Any]]:
    return [
        {
            "title": OWED[row.obligation.kind][0],
            "state": "late" if row.overdue else "now",
            "due_at": row.obligation.due_at,
            "county": row.obligation.county,
            "who": party_name(order, row.obligation.party),
            **order_deadlines.still_owed(order, row),
        }
        for row in outstanding(deadlines)
    ]


def _later(order: Order, deadlines: list[Deadline]) -> list[dict[str, Any]]:
    if order.state in (*ENDED_WITHOUT_SERVICE, Order.State.COMPLETED, Order.State.DISPUTED):
        return []
    begun = {row.obligation.kind for row in deadlines}
    days = order.working_days
    return [
        {
            "title": OWED[term.kind][0],
            "state": "todo",
            "text": str(OWED[term.kind][1]) % {"days": days[term.kind]},
            "who": party_name(order, term.party),
        }
        for term in TERMS
        if term.kind not in begun
    ]


def next_due(deadlines: list[Deadline], kind: str, *, at: datetime) -> Obligation | None:
    """The obligation of that kind when it is still owed and in time at `at`."""
    for row in outstanding(deadlines):
        if row.obligation.kind == kind and at < row.obligation.due_at:
            return row.obligation
    return None
