"""What pressing a button of an order does, told before it is pressed: one table, with the numbers of this order at this moment.

Every act says five things: what becomes of the order, the points (R-16, R-18), the money, the deadlines (R-22 to R-28), and who is told.
tests/orders/test_effects.py does each act and compares.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tcloud.core import calendar, money
from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.core.deadlines import english, last_day_words
from tcloud.core.workdays import CalendarMissing
from tcloud.orders.models import Obligation, Order
from tcloud.orders.obligations import TERMS
from tcloud.points import queries as points

Kind = Obligation.Kind
_PARTY: Final = {term.kind: term.party for term in TERMS}


@dataclass(frozen=True)
class Effect:
    """One thing that happens: about `aspect`, in a sentence."""

    aspect: str
    label: str | Promise
    sentence: str


class Case:
    """An order at a moment, as the sentences need it."""

    def __init__(self, order: Order, at: datetime, *, by: str) -> None:
        self.order, self.at, self.by = order, at, by

    @property
    def points(self) -> str:
        """30,000 點: those of the order."""
        return _points(self.order.points)

    @property
    def cash(self) -> str:
        """NT$30,000: the company's part."""
        return money.twd(self.order.cash_twd)

    @cached_property
    def owed(self) -> dict[str, Obligation]:
        """What was ever owed, by kind."""
        return {row.kind: row for row in Obligation.objects.filter(order=self.order)}

    def until(self, kind: str) -> str:
        """By when it would be owed if the button were pressed now: 「2027年1月19日（二）」; how many working days where a calendar is missing."""
        days = self.order.working_days[kind]
        try:
            due = calendar.shown().due(self.at, days, self.order.counties.get(_PARTY[kind], ""))
        except CalendarMissing:
            return ngettext("%(count)d 個工作天內", "%(count)d 個工作天內", days) % {"count": days}
        return last_day_words(due.at)

    def last_day(self, kind: str) -> str:
        """The last day of what is already owed."""
        return last_day_words(self.owed[kind].due_at)

    def is_late(self, kind: str) -> bool:
        """Whether what is owed is overdue."""
        return kind in self.owed and self.at >= self.owed[kind].due_at

    def points_back(self) -> str:
        """R-16: what becomes of the points that are held."""
        found = points.would_return(self.order.number, at=self.at)
        said = []
        if found.back_points and found.usable_until:
            back = {"points": _points(found.back_points), "day": last_day_words(found.usable_until)}
            mine = _("%(points)s立刻退回您的餘額，可用到%(day)s。")
            theirs = _("%(points)s立刻退回企業的餘額，可用到%(day)s。")
            said.append((mine if self.by == COMPANY else theirs) % back)
        if found.gone_points:
            gone = (
                _("另外%(points)s的使用期限已過，會立刻收回，不能再用。")
                if said
                else _("%(points)s的使用期限已過，會立刻收回，不能再用。")
            )
            said.append(gone % {"points": _points(found.gone_points)})
        return sentences(*said)


def sentences(*said: str) -> str:
    """Sentences one after the other, as the language writes them."""
    return (" " if english() else "").join(said)


def _points(amount: int) -> str:
    return ngettext("%(figure)s 點", "%(figure)s 點", amount) % {"figure": money.points(amount)}


Sentence = str | Promise | Callable[[Case], str]


@dataclass(frozen=True)
class Row:
    """What an act of `by` does. `told`: whose letters the event calls for (tcloud/outbox/table.py)."""

    by: str
    event: str
    order: Sentence
    points: Sentence
    money: Sentence
    deadlines: Sentence
    told: tuple[str, ...]


LABELS: Final[dict[str, str | Promise]] = {
    "order": gettext_lazy("訂單"),
    "points": gettext_lazy("點數"),
    "money": gettext_lazy("款項"),
    "deadlines": gettext_lazy("期限"),
    "told": gettext_lazy("通知"),
}
_NOTHING_PAID: Final = gettext_lazy("企業還沒有付款，沒有款項要退。")


def _invoice_deadline(case: Case) -> str:
    if case.is_late(Kind.INVOICE):
        return _("開立發票的期限（%(day)s）已過，逾期計入履約紀錄；登錄後不再欠。") % {
            "day": case.last_day(Kind.INVOICE)
        }
    return _("開立發票的期限（%(day)s）即完成。") % {"day": case.last_day(Kind.INVOICE)}


def _deliver_deadline(case: Case) -> str:
    said = _("企業要在%(day)s前確認或提出爭議，沒有回覆視為確認。") % {"day": case.until(Kind.CONFIRM)}
    if not case.is_late(Kind.DELIVER):
        return said
    late = _("提供服務的期限（%(day)s）已過，逾期計入履約紀錄。") % {"day": case.last_day(Kind.DELIVER)}
    return sentences(said, late)


def _dispute_deadline(case: Case) -> str:
    if case.order.state == "DELIVERED":
        return _("確認服務的期限停止計算，不會因為到期而視為確認。")
    return _("供應商開立發票與提供服務的期限照舊，逾期照樣記錄。")


TABLE: Final[dict[str, Row]] = {
    "withdraw": Row(
        COMPANY, "order.withdrawn",
        gettext_lazy("訂單結束，不能復原；已簽署的契約不會生效。要再訂購，需重新建立訂單並簽署。"),
        Case.points_back,
        gettext_lazy("還沒有付款，沒有款項要退。"),
        lambda case: _("供應商接單的期限（%(day)s）取消。") % {"day": case.last_day(Kind.ACCEPT)},
        (SUPPLIER,),
    ),
    "pay": Row(
        COMPANY, "order.paid",
        gettext_lazy("付款完成後，訂單只能由雙方同意退款，或由執行單位判定結束。"),
        lambda case: _("%(points)s繼續保留，確認服務後才折抵。") % {"points": case.points},
        lambda case: _("自付款%(cash)s經由金流平台支付，本平台不會取得您的卡號。") % {"cash": case.cash},
        lambda case: _("今天完成付款，供應商要在%(invoice)s前開立全額發票，在%(deliver)s前提供服務。")
        % {"invoice": case.until(Kind.INVOICE), "deliver": case.until(Kind.DELIVER)},
        (COMPANY, SUPPLIER),
    ),
    "confirm": Row(
        COMPANY, "order.completed",
        gettext_lazy("訂單完成，之後不能再提出爭議，請先試用服務。"),
        lambda case: _("%(points)s正式使用，由計畫撥付給供應商，不會再退回。") % {"points": case.points},
        lambda case: _("已付的自付款%(cash)s不會再退回。") % {"cash": case.cash},
        gettext_lazy("確認服務的期限即完成，您沒有其他待辦事項。"),
        (COMPANY, SUPPLIER),
    ),
    "dispute": Row(
        COMPANY, "order.disputed",
        gettext_lazy("訂單暫停，執行單位會聯繫雙方，判定訂單完成或退款。"),
        lambda case: _("%(points)s繼續保留；判定退款時退回，期限已過的收回；判定完成時折抵。") % {"points": case.points},
        lambda case: _("自付款%(cash)s先不動；判定退款時經由金流退回原付款方式。") % {"cash": case.cash},
        _dispute_deadline,
        (SUPPLIER,),
    ),
    "accept": Row(
        SUPPLIER, "order.accepted",
        gettext_lazy("契約由雙方簽署完成，貴公司接受這張訂單，不能再婉拒。"),
        lambda case: _("企業的%(points)s繼續保留，企業確認服務後才核銷。") % {"points": case.points},
        lambda case: _("企業要支付自付款%(cash)s；逾期未付，訂單結束，貴公司不必提供服務。") % {"cash": case.cash},
        lambda case: _(
            "企業要在%(day)s前付款。付款後，貴公司要在%(invoice)d個工作天內開立全額發票，在%(deliver)d個工作天內提供服務。"
        )
        % ({"day": case.until(Kind.PAY)} | case.order.working_days),
        (COMPANY,),
    ),
    "decline": Row(
        SUPPLIER, "order.declined",
        gettext_lazy("訂單結束，不能復原；貴公司寫的理由會給企業看。"),
        Case.points_back,
        _NOTHING_PAID,
        lambda case: _("接單的期限（%(day)s）即完成，沒有後續期限。") % {"day": case.last_day(Kind.ACCEPT)},
        (COMPANY,),
    ),
    "invoice": Row(
        SUPPLIER, "order.invoiced",
        gettext_lazy("發票列在訂單上，企業會核對；登錄後不能自行修改。"),
        lambda case: _("沒有變動：%(points)s仍保留，企業確認服務後才核銷。") % {"points": case.points},
        lambda case: _("發票總計須為契約全額%(price)s，含點數折抵的部分。") % {"price": money.twd(case.order.price_twd)},
        _invoice_deadline,
        (COMPANY,),
    ),
    "deliver": Row(
        SUPPLIER, "order.delivered",
        gettext_lazy("訂單改為等待企業確認；貴公司寫的說明會給企業看。"),
        lambda case: _("%(points)s在企業確認後核銷，列入貴公司的請款。") % {"points": case.points},
        gettext_lazy("沒有變動：自付款已經收到。"),
        _deliver_deadline,
        (COMPANY,),
    ),
    "settle_dispute": Row(
        OFFICER, "order.dispute_settled",
        gettext_lazy("認定供應商已提供服務，訂單完成；企業不能再提出爭議。"),
        lambda case: _("%(points)s核銷，列入供應商的請款。") % {"points": case.points},
        lambda case: _("自付款%(cash)s不退回。") % {"cash": case.cash},
        gettext_lazy("提供服務與確認服務的期限解除；發票尚未開立的，期限照舊。"),
        (COMPANY, SUPPLIER),
    ),
    "refund": Row(
        OFFICER, "order.refunded",
        gettext_lazy("訂單結束，不能復原。"),
        Case.points_back,
        lambda case: _("自付款%(cash)s列入待退，經由金流退回企業的原付款方式。") % {"cash": case.cash},
        gettext_lazy("尚未完成的期限全部解除；已記錄的逾期仍計入供應商的履約紀錄。"),
        (COMPANY, SUPPLIER),
    ),
}  # fmt: skip

_TOLD: Final[dict[tuple[str, tuple[str, ...]], str | Promise]] = {
    (COMPANY, (SUPPLIER,)): gettext_lazy("供應商會收到通知信。"),
    (COMPANY, (COMPANY, SUPPLIER)): gettext_lazy("您與供應商都會收到通知信。"),
    (SUPPLIER, (COMPANY,)): gettext_lazy("企業會收到通知信。"),
    (OFFICER, (COMPANY, SUPPLIER)): gettext_lazy("企業與供應商都會收到通知信。"),
}


def effects(order: Order, act: str, *, at: datetime) -> list[Effect]:
    """What `act` (a name of TABLE) would do to the order at `at`, in the language now active."""
    row = TABLE[act]
    case = Case(order, at, by=row.by)
    said = {name: getattr(row, name) for name in ("order", "points", "money", "deadlines")}
    said["told"] = _TOLD[row.by, row.told]
    return [
        Effect(aspect, LABELS[aspect], sentence(case) if callable(sentence) else str(sentence))
        for aspect, sentence in said.items()
    ]


def brief(order: Order, act: str, *, at: datetime) -> str:
    """The two that matter most, for a line beside a button: what becomes of the order and of its points."""
    told = [each.sentence for each in effects(order, act, at=at) if each.aspect in ("order", "points")]
    return sentences(*told)
