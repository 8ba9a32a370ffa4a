"""The deadlines and duties of an order, told before it is made (R-22 to R-27)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.core import calendar
from tcloud.core.workdays import CalendarMissing, OfficeCalendar
from tcloud.programme.models import Programme


@dataclass(frozen=True)
class Duty:
    """One row: who must do what within how many working days, what follows when it is missed, and by when at the latest.

    `due_at` is known for an order sent at a given moment, when everybody waits until the last moment.
    """

    who: str | Promise
    what: str | Promise
    working_days: int
    effect: str | Promise
    due_at: datetime | None = None


def duties(programme: Programme) -> list[Duty]:
    """Every deadline of an order in the edition, in the order in which they begin."""
    supplier, company = _("供應商"), _("您")
    return [
        Duty(
            supplier,
            _("收到訂單後接單並簽署契約"),
            programme.accept_working_days,
            _("逾期訂單失效，點數退回。接單前您可以撤回。"),
        ),
        Duty(
            company,
            _("供應商接單後支付自付款"),
            programme.pay_working_days,
            _("逾期訂單取消、付款連結失效，點數退回。"),
        ),
        Duty(
            supplier,
            _("收到付款後開立全額發票"),
            programme.invoice_working_days,
            _("逾期會記錄在供應商的紀錄。"),
        ),
        Duty(
            supplier,
            _("付款確認後提供服務"),
            programme.deliver_working_days,
            _("逾期會記錄，您可以提出爭議。"),
        ),
        Duty(
            company,
            _("服務提供後確認服務"),
            programme.confirm_working_days,
            _("沒有回覆也沒有爭議，就視為確認。"),
        ),
    ]


# which duty begins where another one ended (places in the list above)
_AFTER = (None, 0, 1, 1, 3)
_LAST_MOMENT = timedelta(microseconds=1)


def dated(programme: Programme, *, at: datetime, company: str = "", supplier: str = "") -> list[Duty]:
    """The duties of an order sent at `at`, each with its latest day: everybody acts at the last moment (R-28).

    `company`, `supplier`: counties, whose closures count. From the first year without a calendar on no days are told.
    """
    in_force = calendar.shown()
    ends: list[datetime | None] = []
    counties = (supplier, company, supplier, supplier, company)
    for after, duty, county in zip(_AFTER, duties(programme), counties, strict=True):
        begins = at if after is None else ends[after]
        ends.append(_due(in_force, begins, duty.working_days, county, is_end=after is not None))
    return [replace(duty, due_at=due_at) for duty, due_at in zip(duties(programme), ends, strict=True)]


def _due(
    in_force: OfficeCalendar, begins: datetime | None, days: int, county: str, *, is_end: bool
) -> datetime | None:
    """The first moment after `days` from `begins`; from the last moment before it where it is itself the end of a period."""
    if begins is None:
        return None
    try:
        return in_force.due(begins - _LAST_MOMENT if is_end else begins, days, county).at
    except CalendarMissing:
        return None
