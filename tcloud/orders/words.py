"""What a moved deadline (R-28) and an agreed change are called, in the language now active: the same on timelines and in letters."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tcloud.core.deadlines import because_words, day_words, english, moved_words
from tcloud.orders.models import Obligation, OrderChange

DEADLINES: Final[dict[str, str | Promise]] = {
    Obligation.Kind.ACCEPT: gettext_lazy("接單期限"),
    Obligation.Kind.PAY: gettext_lazy("付款期限"),
    Obligation.Kind.INVOICE: gettext_lazy("開立發票期限"),
    Obligation.Kind.DELIVER: gettext_lazy("提供服務期限"),
    Obligation.Kind.CONFIRM: gettext_lazy("確認服務期限"),
    Obligation.Kind.REISSUE: gettext_lazy("重新開立發票期限"),
    Obligation.Kind.CREDIT: gettext_lazy("作廢發票或開立折讓期限"),
}


def moved(data: Mapping[str, Any]) -> str:
    """What the event `order.deadline_moved` says: each deadline, from which day to which, and why."""
    sentences = [
        _("%(deadline)s由%(old)s改為%(new)s。")
        % {"deadline": DEADLINES[one["kind"]], **moved_words(one["old"], one["new"])}
        for one in data["deadlines"]
    ]
    return (" " if english() else "").join([*sentences, because(data)])


def because(data: Mapping[str, Any]) -> str:
    """Why the deadlines of the event were moved, as a sentence."""
    return _("原因：%(because)s。") % {"because": because_words(data["because"])}


def change_value(kind: str, values: Mapping[str, Any]) -> str:
    """What a change of that kind says, from its `before` or `after`: 「2027年2月1日（一）」, 「王小明　a@b.tw」, 「3人」."""
    if kind == OrderChange.Kind.START:
        day = values["start_date"]
        return day_words(date.fromisoformat(day)) if day else _("沒有約定")
    if kind == OrderChange.Kind.SEATS:
        seats = values["seats"]
        return ngettext("%(count)d人", "%(count)d人", seats) % {"count": seats} if seats else _("沒有約定")
    return "　".join(value for value in (values["name"], values["email"], values["phone"]) if value)


def change(data: Mapping[str, Any]) -> str:
    """What an event `order_change.…` says: 「開始使用日：沒有約定 → 2027年2月1日（一）」."""
    kind = data["kind"]
    return _("%(what)s：%(before)s → %(after)s") % {
        "what": OrderChange.Kind(kind).label,
        "before": change_value(kind, data["before"]),
        "after": change_value(kind, data["after"]),
    }
