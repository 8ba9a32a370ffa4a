"""Months by the Civil Code (R-15), pure: rules may use them.

Office calendars and closures do not touch them: R-15 names §§120-121 alone (docs/decisions/0013-office-calendar.md).
"""

from calendar import monthrange
from datetime import date, datetime, timedelta

from tcloud.core import clock


def months_end(day: date, months: int) -> date:
    """R-15: the last day of a period of `months` months from `day` (Civil Code §§120-121).

    The first day does not count. The period ends the day before the day that corresponds to the next day; where the next day is
    the first of a month that is the end of the last month; without a corresponding day, the end of that month.
    """
    first = day + timedelta(days=1)
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    month += 1
    if first.day > monthrange(year, month)[1]:
        return date(year, month, monthrange(year, month)[1])
    return date(year, month, first.day) - timedelta(days=1)


def months_due(moment: datetime, months: int) -> datetime:
    """R-15: the first moment after a period of `months` months that began with `moment`, Taipei."""
    return clock.end_of(months_end(clock.taipei(moment).date(), months))
