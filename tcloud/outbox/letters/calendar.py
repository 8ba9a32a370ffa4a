"""Letters about the office calendar (R-28): deadlines that moved, and a year that must be imported."""

from datetime import date, datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tcloud.core import clock
from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.orders.models import OPEN, Obligation
from tcloud.orders.words import DEADLINES, because
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import OFFICE_CALENDAR, Composer, Letter, Link, Occasion
from tcloud.outbox.letters.orders import OrderCase, about_order
from tcloud.programme.models import Programme

# what a party is told about: its own deadlines and those it waits for; when the invoice comes changes nothing for the company
_TOLD: Final = {
    COMPANY: {Obligation.Kind.ACCEPT, Obligation.Kind.PAY, Obligation.Kind.DELIVER, Obligation.Kind.CONFIRM},
    SUPPLIER: set(Obligation.Kind),
}


def _still_open(case: OrderCase, party: str) -> list[tuple[dict[str, Any], Obligation]]:
    """The deadlines of the event that the party is told about and that are still to be met."""
    owed = {row.kind: row for row in Obligation.objects.filter(OPEN, order=case.order)}
    told = [one for one in case.event.data["deadlines"] if one["kind"] in _TOLD[party]]
    return [(one, owed[one["kind"]]) for one in told if one["kind"] in owed]


def _parts(case: OrderCase, party: str) -> dict[str, Any] | None:
    """What both letters have in common; None when nothing is owed any more."""
    moved = _still_open(case, party)
    if not moved:
        return None
    own = any(owed.party == party for _one, owed in moved)
    return {
        "subject": _("訂單%(number)s的期限已調整") % case.number,
        "happened": [_("政府行政機關的辦公日有變動，這張訂單的期限跟著調整。"), because(case.event.data)],
        "next_steps": [
            _("請在新的期限前完成，訂單頁已更新。")
            if own
            else _("您不需要做任何事，我們會在有進度時通知您。")
        ],
        "more": tuple((str(DEADLINES[owed.kind]), _change(one, owed, at=case.at)) for one, owed in moved),
    }


def _change(one: dict[str, Any], owed: Obligation, *, at: datetime) -> str:
    new = words.deadline(datetime.fromisoformat(one["new"]), at=at, county=owed.county)
    return _("%(new)s（原為%(old)s）") % {
        "new": new,
        "old": words.last_day(datetime.fromisoformat(one["old"])),
    }


def moved_for_company(case: OrderCase) -> Letter | None:
    """R-28: the company's own time, or what it waits for, ends on another day."""
    parts = _parts(case, COMPANY)
    return case.for_company(**parts) if parts else None


def moved_for_supplier(case: OrderCase) -> Letter | None:
    """R-28: the supplier's own time, or what it waits for, ends on another day."""
    parts = _parts(case, SUPPLIER)
    return case.for_supplier(**parts) if parts else None


def runs_out(occasion: Occasion) -> Letter | None:
    """R-28: a year begins soon, or has begun, without a calendar: from then on no deadline can be set."""
    programme, year = occasion.subject, int(occasion.event.data["year"])
    if not isinstance(programme, Programme):
        raise TypeError(occasion.event.subject)
    days = (date(year, 1, 1) - clock.taipei(occasion.at).date()).days
    left = (
        ngettext("距離%(year)s年還有%(days)d天。", "距離%(year)s年還有%(days)d天。", days)
        % {"year": year, "days": days}
        if days > 0
        else _("%(year)s年已經開始。") % {"year": year}
    )
    return Letter(
        subject=_("請匯入%(year)s年的辦公日曆") % {"year": year},
        happened=[
            _("系統還沒有%(year)s年的政府行政機關辦公日曆。") % {"year": year},
            left,
            _(
                "沒有辦公日曆就算不出工作天：跨到那一年的接單、付款、提供服務等期限都無法設定，相關動作會被拒絕。"
            ),
        ],
        next_steps=[
            _(
                "請到行政院人事行政總處網站下載%(year)s年（民國%(roc)s年）辦公日曆表的CSV檔，再到「辦公日曆」匯入。"
            )
            % {"year": year, "roc": year - 1911},
            _("匯入以前，這封信每星期寄一次。"),
        ],
        link=Link(_("匯入辦公日曆"), OFFICE_CALENDAR),
        programme=programme,
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "deadline_moved": about_order(moved_for_company),
    "deadline_moved_supplier": about_order(moved_for_supplier),
    "calendar_runs_out": runs_out,
}
