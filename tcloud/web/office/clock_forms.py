"""Where the clock of a rehearsal is to be moved: a day and a time, then the confirmation."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tcloud.core.clock import TAIPEI
from tcloud.web.ui.dates import DateBoxesField

REAL: Final = "real"


class ClockForm(forms.Form):
    """A day in three boxes and a time of 24 hours, Taipei."""

    day = DateBoxesField(label=_("日期"), help_text=_("西元年或民國年都可以；小於 1000 的年份視為民國年。"))
    time = forms.TimeField(
        label=_("時間"),
        help_text=_("24 小時制，例如 09:00。"),
        input_formats=["%H:%M", "%H：%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"autocomplete": "off", "class": "w-10"}),
        error_messages={
            "required": _("請填寫時間。"),
            "invalid": _("時間須為 24 小時制的時與分，例如 09:00。"),
        },
    )

    def moment(self) -> datetime:
        """The moment meant."""
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["time"], TAIPEI)


class MoveForm(forms.Form):
    """The confirmation: to which moment (`real`: back to real time), and the newest move its page has seen."""

    to = forms.CharField(widget=forms.HiddenInput, max_length=32)
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    reason = forms.CharField(
        label=_("這次演練的目的"),
        help_text=_("會寫入稽核紀錄。"),
        max_length=200,
        required=False,
    )

    def clean_to(self) -> datetime | None:
        """The moment; None for real time. Raises ValidationError for anything else than this page writes."""
        return moment_of(self.cleaned_data["to"])


def written(moment: datetime | None) -> str:
    """A moment as addresses and forms of these pages carry it: Taipei time to the second, or `real`."""
    return f"{moment.astimezone(TAIPEI):%Y-%m-%dT%H:%M:%S}" if moment else REAL


def moment_of(text: str) -> datetime | None:
    """What `written` wrote. Raises ValidationError."""
    if text == REAL:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=TAIPEI)
    except ValueError as error:
        raise ValidationError(_("請選擇要移到的日期與時間。"), code="no_moment") from error


def on_boxes(moment: datetime) -> dict[str, Any]:
    """What the boxes of `ClockForm` begin with."""
    local = moment.astimezone(TAIPEI)
    return {"day": local.date(), "time": local.time().replace(second=0, microsecond=0)}
