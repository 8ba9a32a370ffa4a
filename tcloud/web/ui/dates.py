"""A day in three boxes, 年 / 月 / 日; a year below 1000 is read as 民國 (FRONTEND §7)."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

FIRST_ROC_YEAR = 1911


class DateBoxes(forms.MultiWidget):
    """Three labelled number boxes. Prints `components/date_boxes.html`."""

    template_name = "components/date_boxes.html"
    use_fieldset = True

    def __init__(self) -> None:
        box = {"inputmode": "numeric", "autocomplete": "off"}
        super().__init__(
            widgets={
                "year": forms.TextInput(box | {"maxlength": "4"}),
                "month": forms.TextInput(box | {"maxlength": "2"}),
                "day": forms.TextInput(box | {"maxlength": "2"}),
            }
        )

    def decompress(self, value: date | None) -> list[Any]:
        """The day as its boxes show it, in the common calendar."""
        return [value.year, value.month, value.day] if value else [None, None, None]


class DateBoxesField(forms.MultiValueField):
    """A day from three boxes. Gives a `date`; what is wrong is said in one sentence."""

    widget = DateBoxes

    def __init__(self, **options: Any) -> None:
        missing = {"required": _("請填寫完整的年、月、日。"), "incomplete": _("請填寫完整的年、月、日。")}
        no_day = _("沒有這一天，請確認年、月、日。")
        number = {
            "invalid": _("年、月、日都須為數字，例如 2027 年 2 月 3 日或民國 116 年 2 月 3 日。"),
            "min_value": no_day,
            "max_value": no_day,
        }
        boxes = (
            forms.IntegerField(min_value=1, max_value=9999, error_messages=number),
            forms.IntegerField(min_value=1, max_value=12, error_messages=number),
            forms.IntegerField(min_value=1, max_value=31, error_messages=number),
        )
        super().__init__(fields=boxes, error_messages=missing, require_all_fields=True, **options)

    def compress(self, values: list[int]) -> date | None:
        """Raises ValidationError for a day that no calendar has, and for one begun and not finished where none is required."""
        if not any(values):
            return None
        year, month, day = values
        if not (year and month and day):
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        try:
            return date(year + FIRST_ROC_YEAR if year < 1000 else year, month, day)
        except ValueError as error:
            raise ValidationError(_("沒有這一天，請確認年、月、日。"), code="no_such_day") from error
