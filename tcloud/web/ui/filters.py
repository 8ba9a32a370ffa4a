"""Lists narrowed by the address of their page, so that what is seen can be shared: the conditions set, each to be dropped."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.core import clock
from tcloud.web.ui.dates import DateBoxesField

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


class DaysFilter(forms.Form):
    """From one day to another, both included; either may be missing."""

    since = DateBoxesField(label=gettext_lazy("起日"), required=False)
    until = DateBoxesField(label=gettext_lazy("迄日"), required=False)

    def clean_since(self) -> date | None:
        """Raises ValidationError for a year that no record can have."""
        return _known_year(self.cleaned_data["since"])

    def clean_until(self) -> date | None:
        """Raises ValidationError for a year that no record can have."""
        return _known_year(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        """The last day is not before the first."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since and until and until < since:
            self.add_error("until", _("迄日不能早於起日，請確認兩個日期。"))
        return self.cleaned_data

    def moments(self) -> dict[str, datetime | None]:
        """`from_at`, the first moment of the days, and `before_at`, the first after them; None for a day that is missing or wrong."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        return {
            "from_at": clock.start_of(since) if since else None,
            "before_at": clock.end_of(until) if until else None,
        }

    def days(self) -> list[Condition]:
        """The days that are set and right."""
        return [
            Condition(
                str(self.fields[name].label), f"{day:%Y-%m-%d}", tuple(f"{name}_{box}" for box in BOXES)
            )
            for name in ("since", "until")
            if (day := self.cleaned_data.get(name))
        ]


def _known_year(day: date | None) -> date | None:
    if day and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(_("年份請填西元年或民國年，例如2027或116。"), code="year")
    return day


def without(query: QueryDict, condition: Condition) -> QueryDict:
    """The same question without one condition, from its first page."""
    rest = query.copy()
    for name in (*condition.names, "page", "all"):
        rest.pop(name, None)
    return rest
