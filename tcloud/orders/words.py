"""What a moved deadline is called (R-28), in the language now active: the same on timelines and in letters."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.core.deadlines import because_words, english, moved_words
from tcloud.orders.models import Obligation

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
