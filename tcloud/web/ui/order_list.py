"""The lists of orders of company, supplier and office: one filter, one way to page, one table as a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.core import clock
from tcloud.core.actors import COMPANY
from tcloud.core.deadlines import last_day_words
from tcloud.core.refusals import Refusal
from tcloud.orders import correspondence, queries, searching
from tcloud.orders.models import Obligation, Order
from tcloud.orders.searching import Wanted
from tcloud.web.ui import sheets
from tcloud.web.ui.dates import DateBoxesField
from tcloud.web.ui.filters import Condition, DaysFilter, without
from tcloud.web.ui.templatetags.ui import local

PER_PAGE: Final = 20
MOST: Final = 2000  # orders in one file
_SORTS: Final = [
    ("", gettext_lazy("最新的在前")),
    ("due", gettext_lazy("期限近的在前")),
    ("oldest", gettext_lazy("最舊的在前")),
    ("price", gettext_lazy("金額高的在前")),
]


@dataclass(frozen=True)
class Choice:
    """One choice of the state: its name in the address, its words, the states it stands for."""

    value: str
    label: str | Promise
    states: tuple[str, ...]


EACH_STATE: Final = tuple(
    Choice(code, label, (code,)) for code, label in Order.State.choices if code not in ("DRAFT", "DISCARDED")
)


class OrderFilter(DaysFilter):
    """Words, state, whose turn, overdue, days, order. What is wrong is said by its field; the other conditions count all the same."""

    q = forms.CharField(
        label=gettext_lazy("訂單編號、方案、公司名稱或統一編號"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "type": "search"}),
        error_messages={"max_length": gettext_lazy("關鍵字太長，最多60個字。")},
    )
    state = forms.ChoiceField(
        label=gettext_lazy("狀態"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("沒有這個狀態，請從清單中選擇。")},
    )
    waiting = forms.BooleanField(label=gettext_lazy("只看等我處理的"), required=False)
    late = forms.BooleanField(label=gettext_lazy("只看逾期的"), required=False)
    since = DateBoxesField(label=gettext_lazy("送出日從"), required=False)
    until = DateBoxesField(label=gettext_lazy("送出日到"), required=False)
    sort = forms.ChoiceField(
        label=gettext_lazy("排列"),
        required=False,
        choices=_SORTS,
        error_messages={"invalid_choice": gettext_lazy("沒有這種排列，請從清單中選擇。")},
    )

    def __init__(self, query: QueryDict, *, choices: Sequence[Choice] = EACH_STATE, party: str = "") -> None:
        """`choices` of the state; `party` whose turn 「等我處理」 means, none: not offered.

        The company's own list holds drafts as well, so its days are of creation; to everybody else an order begins when it is sent.
        """
        super().__init__(query)
        self.party, self.with_drafts = party, party == COMPANY
        if self.with_drafts:
            self.fields["since"].label, self.fields["until"].label = _("建立日從"), _("建立日到")
        self.by_value = {each.value: each for each in choices}
        listed = [(each.value, each.label) for each in choices]
        self.fields["state"].choices = [("", gettext_lazy("全部")), *listed]  # type: ignore[attr-defined]
        if not party:
            del self.fields["waiting"]

    def wanted(self) -> Wanted:
        """The conditions that are right, in the terms of `orders.searching`."""
        self.is_valid()
        said = self.cleaned_data
        chosen = self.by_value.get(said.get("state") or "")
        return Wanted(
            words=(said.get("q") or "").strip(),
            states=chosen.states if chosen else (),
            waiting_for=self.party if said.get("waiting") else "",
            overdue=bool(said.get("late")),
            sort=said.get("sort") or "newest",
            moment="created_at" if self.with_drafts else "submitted_at",
            **self.moments(),
        )

    def conditions(self) -> list[Condition]:
        """The conditions that are set and right; the sorting is none."""
        self.is_valid()
        said, found = self.cleaned_data, []
        if words := (said.get("q") or "").strip():
            found.append(Condition(_("關鍵字"), words, ("q",)))
        if chosen := self.by_value.get(said.get("state") or ""):
            found.append(Condition(_("狀態"), chosen.label, ("state",)))
        for name, label in (("waiting", _("等我處理")), ("late", _("逾期"))):
            if said.get(name):
                found.append(Condition(label, _("是"), (name,)))
        return [*found, *self.days()]


@dataclass(frozen=True)
class Listed:
    """An order of a list, its nearest deadline, and how many messages the side that looks has not read."""

    order: Order
    due: Obligation | None
    unread: int


def listing(
    query: QueryDict, orders: QuerySet[Order], form: OrderFilter, *, side: str = "", at: datetime
) -> dict[str, Any]:
    """What a list shows for its address: the page of orders with their nearest deadlines, the conditions, and, when nothing fits,
    which of them to drop. The number of queries does not depend on how many orders there are.

    `side`: the party that looks, whose unread messages are counted; none for the office.
    """
    found = searching.narrowed(orders, form.wanted(), at=at)
    page = Paginator(found, PER_PAGE).get_page(query.get("page"))
    shown, conditions = list(page), form.conditions()
    nearest = queries.next_deadlines(shown)
    unread = correspondence.unread(shown, side) if side else {}
    context: dict[str, Any] = {
        "page": page,
        "rows": [Listed(order, nearest.get(order.pk), unread.get(order.pk, 0)) for order in shown],
        "form": form,
        "conditions": conditions,
        "chips": [{"text": each.text, "query": without(query, each).urlencode()} for each in conditions],
        "drops": [],
    }
    if not shown:
        context["drops"] = _drops(query, orders, form, conditions, at=at)
    return context


def _drops(
    query: QueryDict, orders: QuerySet[Order], form: OrderFilter, conditions: list[Condition], *, at: datetime
) -> list[dict[str, Any]]:
    """Nothing fits: which condition to drop, and how many orders there are without it."""
    found = []
    for each in conditions:
        rest = without(query, each)
        again = type(form)(rest, choices=tuple(form.by_value.values()), party=form.party)
        if count := searching.narrowed(orders, again.wanted(), at=at).count():
            found.append({"text": each.text, "query": rest.urlencode(), "count": count})
    return found


_WIDTHS_CM: Final = (
    3.4,
    3.2,
    4.2,
    4.2,
    4.2,
    4.2,
    2.4,
    3.4,
    5.2,
    2.6,
    5.2,
    2.6,
    6.2,
    2.6,
    2.6,
    2.6,
    3,
    5.2,
    4.2,
)


def as_file(
    kind: str,
    orders: QuerySet[Order],
    form: OrderFilter,
    *,
    facts: Mapping[str, str],
    name: str,
    at: datetime,
) -> HttpResponse:
    """Exactly the orders that the page lists for the same address, as `csv` or `ods`.

    The last column is the company's own: when the draft was made; for the others: by whose code the order came. Raises Refusal `orders.wrong_filter`, `orders.too_many`.
    """
    if not form.is_valid():
        raise Refusal("orders.wrong_filter", _("篩選條件有錯，請回到訂單列表修正後再下載。"))
    found = list(searching.narrowed(orders, form.wanted(), at=at)[: MOST + 1])
    if len(found) > MOST:
        raise Refusal(
            "orders.too_many", _("一個檔案最多%(most)s筆，請用日期縮小範圍，分次下載。"), most=f"{MOST:,}"
        )
    nearest, invoices = queries.next_deadlines(found), searching.invoice_numbers(found)
    conditions = "・".join(each.text for each in form.conditions()) or _("全部")
    told: list[tuple[str, sheets.Value]] = [*facts.items(), (_("計算時間"), at), (_("篩選條件"), conditions)]
    rows = [
        [
            *_cells(order, nearest.get(order.pk), invoices.get(order.number, "")),
            order.created_at if form.with_drafts else order.lead.printed if order.lead else "",
        ]
        for order in found
    ]
    header = [*_header(), _("建立時間") if form.with_drafts else _("介紹代碼")]
    title = _("訂單")
    sheet = sheets.Sheet(title, told, header, _WIDTHS_CM, rows)
    write = sheets.as_ods if kind == "ods" else sheets.as_csv
    return write(sheet, filename=f"{title}-{name}-{clock.taipei(at):%Y%m%d}")


def _header() -> list[str]:
    return [
        _("訂單編號"), _("狀態"), _("訂單送出時間"), _("接單時間"), _("付款時間"), _("結束時間"), _("類別"), _("原訂單"), _("申請企業"), _("企業統一編號"), _("供應商"), _("供應商統一編號"), _("方案"),
        _("價格"), _("點數"), _("自付款"), _("發票號碼"), _("最近的期限"),
    ]  # fmt: skip


def _cells(order: Order, due: Obligation | None, invoice: str) -> list[sheets.Value]:
    supplier = order.supplier.company
    earlier = order.previous_order.number if order.previous_order else ""
    deadline = f"{due.get_kind_display()} {last_day_words(due.due_at)}" if due else ""
    return [
        order.number, str(order.get_state_display()),
        *(moment or "" for moment in (order.submitted_at, order.accepted_at, order.paid_at, order.ended_at)),
        str(order.get_kind_display()), earlier, order.company.name, order.company.ubn,
        str(local(order.supplier, "name")), supplier.ubn if supplier else "", str(local(order.plan_version, "name")),
        order.price_twd, order.points, order.cash_twd, invoice, deadline,
    ]  # fmt: skip
