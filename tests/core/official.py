"""An official CSV as the DGPA publishes it, made from the shipped data; of a year that does not ship, weekends alone are off."""

from tcloud.core import calendar
from tcloud.core.workdays import Year, days_of


def official_csv(year: int, *, line_end: str = "\r\n", off: tuple[str, ...] = ()) -> str:
    """The file of a year; the ISO days `off` are days off as well."""
    weekends = Year(frozenset(day for day in days_of(year) if day.weekday() >= 5))
    data = calendar.shipped().years.get(year, weekends)
    rows = ["西元日期,星期,是否放假,備註"]
    for day in days_of(year):
        code = "2" if day in data.off or day.isoformat() in off else "0"
        rows.append(f"{day:%Y%m%d},{'一二三四五六日'[day.weekday()]},{code},{data.names.get(day, '')}")
    return line_end.join(rows) + line_end
