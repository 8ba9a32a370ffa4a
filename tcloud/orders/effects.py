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
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from tcloud.core import calendar, money
from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.core.deadlines import english, last_day_words
from tcloud.core.workdays import CalendarMissing
from tcloud.orders import returning, rules
from tcloud.orders.models import Obligation, Order
from tcloud.orders.obligations import AFTERWARDS, TERMS
from tcloud.payments import queries as payments
from tcloud.points import queries as points

Kind = Obligation.Kind
OFFICERS: Final = "officers"
OTHER: Final = "other"  # of company and supplier the one that does not press
_PARTY: Final = {term.kind: term.party for term in (*TERMS, *AFTERWARDS)}


@dataclass(frozen=True)
class Effect:
    """One thing that happens: about `aspect`, in a sentence."""

    aspect: str
    label: str | Promise
    sentence: str


class Case:
    """An order at a moment, as the sentences need it."""

    def __init__(self, order: Order, at: datetime, *, by: str, refund_twd: int | None = None) -> None:
        """`refund_twd`: how much is to be given back in part, where that is known."""
        self.order, self.at, self.by, self.refund_twd = order, at, by, refund_twd

    @cached_property
    def left(self) -> tuple[int, int]:
        """Points and cash (NT$) of the order that no partial refund has given back."""
        given = payments.refunds_of(self.order.number)
        back = sum(part.points for part in given), sum(part.amount_twd for part in given)
        return self.order.points - back[0], self.order.cash_twd - back[1]

    @property
    def points(self) -> str:
        """30,000 點: what is left of those of the order."""
        return _points(self.left[0])

    @property
    def cash(self) -> str:
        """NT$30,000: what is left of the company's part."""
        return money.twd(self.left[1])

    @cached_property
    def owed(self) -> dict[str, Obligation]:
        """What was ever owed, by kind; the last where it was owed again."""
        return {row.kind: row for row in Obligation.objects.filter(order=self.order).order_by("id")}

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

    @property
    def disputed(self) -> bool:
        """Whether the company disputes the service."""
        return self.order.state == "DISPUTED"

    def is_late(self, kind: str) -> bool:
        """Whether what is owed is overdue, and not done before."""
        owed = self.owed.get(kind)
        return owed is not None and owed.fulfilled_at is None and self.at >= owed.due_at

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
    "order": _lazy("訂單"),
    "points": _lazy("點數"),
    "money": _lazy("款項"),
    "deadlines": _lazy("期限"),
    "told": _lazy("通知"),
}
_NOTHING_PAID: Final = _lazy("企業還沒有付款，沒有款項要退。")


def _invoice_deadline(case: Case) -> str:
    kind = Kind.REISSUE if Kind.REISSUE in case.owed else Kind.INVOICE
    if case.is_late(kind):
        return _("開立發票的期限（%(day)s）已過，逾期計入履約紀錄；登錄後不再欠。") % {
            "day": case.last_day(kind)
        }
    return _("開立發票的期限（%(day)s）即完成。") % {"day": case.last_day(kind)}


def _deliver_order(case: Case) -> str:
    if case.disputed:
        return _("爭議結束，訂單改為等待企業確認；企業仍可再提出爭議。貴公司寫的說明會給企業看。")
    return _("訂單改為等待企業確認；貴公司寫的說明會給企業看。")


def _deliver_deadline(case: Case) -> str:
    said = _("企業要在%(day)s前確認或提出爭議，沒有回覆視為確認。") % {"day": case.until(Kind.CONFIRM)}
    if not case.is_late(Kind.DELIVER):
        return said
    late = _("提供服務的期限（%(day)s）已過，逾期計入履約紀錄。") % {"day": case.last_day(Kind.DELIVER)}
    return sentences(said, late)


def _dispute_deadline(case: Case) -> str:
    if case.order.state == "DELIVERED":
        return _("確認服務的期限停止計算，不會因為到期而視為確認；供應商重新提供服務後，重新起算。")
    return _("供應商開立發票與提供服務的期限照舊，逾期照樣記錄。")


def _end_of_dispute(case: Case) -> str:
    return sentences(_("提供服務與確認服務的期限解除；發票尚未開立的，期限照舊。"), _term(case))


def _points_spent(case: Case) -> str:
    return _("%(points)s正式使用，由計畫撥付給供應商，不會再退回。") % {"points": case.points}


def _cash_spent(case: Case) -> str:
    return _("已付的自付款%(cash)s不會再退回。") % {"cash": case.cash}


def _confirm_deadline(case: Case) -> str:
    return sentences(_("確認服務的期限即完成，您沒有其他待辦事項。"), _term(case))


def _term(case: Case) -> str:
    """Until when the service lasts that is confirmed now."""
    ends_at = rules.service_ends_at(case.at, case.order.plan_version.term_months)
    return _("服務期間到%(day)s為止。") % {"day": last_day_words(ends_at)}


def _refund_deadline(case: Case) -> str:
    return sentences(_("尚未完成的期限全部解除；已記錄的逾期仍計入供應商的履約紀錄。"), *_credit(case))


def _credit(case: Case) -> tuple[str, ...]:
    """R-24: what a refund makes the supplier owe for an invoice that is out."""
    if payments.invoice_of(case.order.number) is None:
        return ()
    return (_("發票已開立，供應商要在%(day)s前作廢或開立折讓。") % {"day": case.until(Kind.CREDIT)},)


def _part_order(case: Case) -> str:
    if case.disputed:
        return _("爭議結束、訂單完成，不能復原。")
    return _("訂單以其餘金額繼續，不能復原。")


def _part_points(case: Case) -> str:
    fate = _("還在有效期限內的退回企業的餘額，已過期限的收回。")
    if case.refund_twd is None:
        return sentences(_("依相同比例釋出，小數進位。"), fate)
    held, cash = case.left
    back = rules.points_with_refund(held, cash, case.refund_twd)
    if case.disputed:
        said = _("依相同比例釋出%(back)s，其餘%(rest)s核銷。")
    else:
        said = _("依相同比例釋出%(back)s，其餘%(rest)s繼續保留。")
    said %= {"back": _points(back), "rest": _points(held - back)}
    return sentences(said, fate)


def _part_money(case: Case) -> str:
    if case.refund_twd is None:
        return sentences(_("填寫的金額列入待退。"), _way_back(case))
    return sentences(_("自付款%(cash)s列入待退。") % {"cash": money.twd(case.refund_twd)}, _way_back(case))


def _part_deadline(case: Case) -> str:
    said = _end_of_dispute(case) if case.disputed else _("期限照舊，逾期照樣記錄。")
    return sentences(said, *_credit(case))


def _proposal_order(case: Case) -> str:
    if case.disputed:
        return _(
            "對方同意後才會退款；全額退款時訂單結束，部分退款時爭議結束、訂單完成。不同意時爭議照常處理。"
        )
    return _("對方同意後才會退款；全額退款時訂單結束，部分退款時以其餘金額繼續。不同意時訂單照常進行。")


def _proposal_deadline(case: Case) -> str:
    if case.disputed:
        return _("提議不會停止任何期限；談不攏時，由執行單位判定。")
    return _("提議不會停止任何期限，也不代替爭議：談不攏時，企業請在確認期限前提出爭議。")


def _way_back(case: Case) -> str:
    charge = returning.charge_that_paid(case.order)
    return returning.in_short(charge) if charge else ""


TABLE: Final[dict[str, Row]] = {
    "withdraw": Row(
        COMPANY, "order.withdrawn",
        _lazy("訂單結束，不能復原；已簽署的契約不會生效。要再訂購，需重新建立訂單並簽署。"),
        Case.points_back,
        _lazy("還沒有付款，沒有款項要退。"),
        lambda case: _("供應商接單的期限（%(day)s）取消。") % {"day": case.last_day(Kind.ACCEPT)},
        (SUPPLIER,),
    ),
    "pay": Row(
        COMPANY, "order.paid",
        _lazy("付款完成後，訂單只能由雙方同意退款，或由執行單位判定結束。"),
        lambda case: _("%(points)s繼續保留，確認服務後才折抵。") % {"points": case.points},
        lambda case: _("自付款%(cash)s經由金流平台支付，本平台不會取得您的卡號。") % {"cash": case.cash},
        lambda case: _("今天完成付款，供應商要在%(invoice)s前開立全額發票，在%(deliver)s前提供服務。")
        % {"invoice": case.until(Kind.INVOICE), "deliver": case.until(Kind.DELIVER)},
        (COMPANY, SUPPLIER),
    ),
    "confirm": Row(
        COMPANY, "order.completed",
        _lazy("訂單完成，之後不能再提出爭議，請先試用服務。"),
        _points_spent,
        _cash_spent,
        _confirm_deadline,
        (COMPANY, SUPPLIER),
    ),
    "dispute": Row(
        COMPANY, "order.disputed",
        _lazy("執行單位會聯繫雙方，判定訂單完成或退款。供應商可以改善後重新提供服務，由您再確認；您也可以撤回爭議。"),
        lambda case: _("%(points)s繼續保留；判定退款時退回，期限已過的收回；訂單完成時折抵。") % {"points": case.points},
        lambda case: _("自付款%(cash)s先不動；判定退款時退還企業。") % {"cash": case.cash},
        _dispute_deadline,
        (SUPPLIER, OFFICERS),
    ),
    "withdraw_dispute": Row(
        COMPANY, "order.dispute_withdrawn",
        _lazy("爭議撤回，訂單完成，之後不能再提出爭議，請先試用服務。"),
        _points_spent,
        _cash_spent,
        _end_of_dispute,
        (COMPANY, SUPPLIER),
    ),
    "accept": Row(
        SUPPLIER, "order.accepted",
        _lazy("契約由雙方簽署完成，貴公司接受這張訂單，不能再婉拒。"),
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
        _lazy("訂單結束，不能復原；貴公司寫的理由會給企業看。"),
        Case.points_back,
        _NOTHING_PAID,
        lambda case: _("接單的期限（%(day)s）即完成，沒有後續期限。") % {"day": case.last_day(Kind.ACCEPT)},
        (COMPANY,),
    ),
    "invoice": Row(
        SUPPLIER, "order.invoiced",
        _lazy("發票列在訂單上，企業會核對；登錄後不能自行修改。"),
        lambda case: _("沒有變動：%(points)s仍保留，企業確認服務後才核銷。") % {"points": case.points},
        lambda case: _("發票總計須為契約全額%(price)s，含點數折抵的部分。") % {"price": money.twd(case.order.price_twd)},
        _invoice_deadline,
        (COMPANY,),
    ),
    "deliver": Row(
        SUPPLIER, "order.delivered",
        _deliver_order,
        lambda case: _("%(points)s在企業確認後核銷，列入貴公司的請款。") % {"points": case.points},
        _lazy("沒有變動：自付款已經收到。"),
        _deliver_deadline,
        (COMPANY,),
    ),
    "settle_dispute": Row(
        OFFICER, "order.dispute_settled",
        _lazy("認定供應商已提供服務，訂單完成；企業不能再提出爭議。"),
        lambda case: _("%(points)s核銷，列入供應商的請款。") % {"points": case.points},
        lambda case: _("自付款%(cash)s不退回。") % {"cash": case.cash},
        _end_of_dispute,
        (COMPANY, SUPPLIER),
    ),
    "refund": Row(
        OFFICER, "order.refunded",
        _lazy("訂單結束，不能復原。"),
        Case.points_back,
        lambda case: sentences(_("自付款%(cash)s列入待退。") % {"cash": case.cash}, _way_back(case)),
        _refund_deadline,
        (COMPANY, SUPPLIER),
    ),
    "part_refund": Row(
        OFFICER, "order.part_refunded",
        _part_order,
        _part_points,
        _part_money,
        _part_deadline,
        (COMPANY, SUPPLIER),
    ),
    "propose_refund": Row(
        COMPANY, "refund_proposal.made",
        _proposal_order,
        _lazy("回覆之前不會變動；部分退款時依相同比例釋出，小數進位。"),
        lambda case: sentences(_("回覆之前不會變動。"), _way_back(case)),
        _proposal_deadline,
        (OTHER,),
    ),
    "confirm_transfer": Row(
        SUPPLIER, "order.paid",
        _lazy("金額正確且在付款期限內入帳，訂單立刻成立。"),
        lambda case: _("企業的%(points)s繼續保留，企業確認服務後才核銷。") % {"points": case.points},
        _lazy("逾期、重複或金額不同的款項不能付清訂單，請退還企業。"),
        lambda case: _("付款成立後，貴公司要在%(invoice)s前開立全額發票，在%(deliver)s前提供服務。")
        % {"invoice": case.until(Kind.INVOICE), "deliver": case.until(Kind.DELIVER)},
        (COMPANY, SUPPLIER),
    ),
}  # fmt: skip

_TOLD: Final[dict[tuple[str, tuple[str, ...]], str | Promise]] = {
    (COMPANY, (SUPPLIER,)): _lazy("供應商會收到通知信。"),
    (COMPANY, (COMPANY, SUPPLIER)): _lazy("您與供應商都會收到通知信。"),
    (SUPPLIER, (COMPANY,)): _lazy("企業會收到通知信。"),
    (SUPPLIER, (COMPANY, SUPPLIER)): _lazy("您與企業都會收到通知信。"),
    (COMPANY, (OTHER,)): _lazy("供應商會收到通知信。"),
    (COMPANY, (SUPPLIER, OFFICERS)): _lazy("供應商與承辦人員都會收到通知信。"),
    (SUPPLIER, (OTHER,)): _lazy("企業會收到通知信。"),
    (OFFICER, (COMPANY, SUPPLIER)): _lazy("企業與供應商都會收到通知信。"),
}


def effects(
    order: Order, act: str, *, at: datetime, by: str = "", refund_twd: int | None = None
) -> list[Effect]:
    """What `act` (a name of TABLE) would do to the order at `at`, in the language now active.

    `by`: who presses, where that is not the table's; `refund_twd`: what a `part_refund` is to give back, where that is known.
    """
    row = TABLE[act]
    case = Case(order, at, by=by or row.by, refund_twd=refund_twd)
    said = {name: getattr(row, name) for name in ("order", "points", "money", "deadlines")}
    said["told"] = _TOLD[case.by, row.told]
    return [
        Effect(aspect, LABELS[aspect], sentence(case) if callable(sentence) else str(sentence))
        for aspect, sentence in said.items()
    ]


def brief(order: Order, act: str, *, at: datetime) -> str:
    """The two that matter most, for a line beside a button: what becomes of the order and of its points."""
    told = [each.sentence for each in effects(order, act, at=at) if each.aspect in ("order", "points")]
    return sentences(*told)
