"""Lists narrowed by the address of their page, so that what is seen can be shared: the conditions set, each to be dropped."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _

FIRST_YEAR, LAST_YEAR = 1912, 2910  # what 民國 years of three digits reach
BOXES: Final = ("year", "month", "day")


@dataclass(frozen=True)
class Condition:
    """One condition that is set, in words, and the names by which the address holds it."""

    label: str | Promise
    value: str | Promise
    names: tuple[str, ...]

    @property
    def text(self) -> str:
        """「類別：核發點數」."""
        return _("%(label)s：%(value)s") % {"label": self.label, "value": self.value}


def known_year(day: date | None) -> date | None:
    """Raises ValidationError for a year that no record can have."""
    if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(_("年份請填西元年或民國年，例如2027或116。"), code="year")
    return day


def without(query: QueryDict, condition: Condition) -> QueryDict:
    """The same question without one condition, from its first page."""
    rest = query.copy()
    for name in (*condition.names, "page", "all"):
        rest.pop(name, None)
    return rest
