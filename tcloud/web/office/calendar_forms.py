"""What an officer fills in about the office calendar. Every form carries the serial of the calendar it was drawn from."""

import base64
import binascii
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tcloud.core.calendar_file import MOST_BYTES
from tcloud.core.counties import COUNTIES, NATION
from tcloud.web.ui.dates import DateBoxesField


class ClosureForm(forms.Form):
    """停班: a day, where, who announced it and why. `SENT`: the names under which a browser sends it."""

    SENT: ClassVar = (
        "serial",
        "date_year",
        "date_month",
        "date_day",
        "where",
        "counties",
        "authority",
        "reason",
    )
    serial = forms.IntegerField(widget=forms.HiddenInput)
    date = DateBoxesField(label=_("停班日期"))
    where = forms.ChoiceField(
        label=_("停班範圍"),
        choices=[("counties", _("指定縣市")), ("nation", _("全國"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("請選擇停班範圍。")},
    )
    counties = forms.MultipleChoiceField(
        label=_("縣市"),
        help_text=_("登記地址在這些縣市的企業與供應商，這一天不算工作天。"),
        choices=[(county, _(county)) for county in COUNTIES],
        widget=forms.CheckboxSelectMultiple(attrs={"class": "counties"}),
        required=False,
    )
    authority = forms.CharField(
        label=_("公告機關"),
        help_text=_("例如：臺北市政府、行政院人事行政總處。"),
        max_length=60,
        error_messages={"required": _("請填寫公告停班的機關。")},
    )
    reason = forms.CharField(
        label=_("停班原因"),
        help_text=_("例如：颱風。會寫進給企業與供應商的通知。"),
        max_length=200,
        error_messages={"required": _("請填寫停班原因。")},
    )

    def clean(self) -> dict[str, Any]:
        """Counties must be named where not the whole nation is meant."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("where") == "counties" and not data.get("counties"):
            self.add_error("counties", _("請選擇至少一個縣市，或改選全國。"))
        return data

    def places(self) -> list[str]:
        """The counties meant; [NATION] for the whole nation."""
        return [NATION] if self.cleaned_data["where"] == "nation" else self.cleaned_data["counties"]


class RevocationForm(forms.Form):
    """Taking a closure back that was declared by mistake."""

    serial = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("撤銷原因"),
        max_length=200,
        error_messages={"required": _("請填寫撤銷停班的原因。")},
    )


class FileForm(forms.Form):
    """The official file of a year."""

    file = forms.FileField(
        label=_("辦公日曆表 CSV"),
        help_text=_("欄名為「西元日期,星期,是否放假,備註」，UTF-8 或 Big5 編碼，小於 200 KB。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
        error_messages={
            "required": _("請選擇檔案。"),
            "empty": _("檔案是空的，請確認後重新選擇。"),
        },
    )

    def clean_file(self) -> Any:
        """No calendar of one year is that large."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(_("檔案超過 200 KB，不是一年的辦公日曆表。"))
        return file


class ImportForm(forms.Form):
    """The file that was looked at, as it was, with its digest."""

    serial = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(max_length=200, widget=forms.HiddenInput)
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    content = forms.CharField(max_length=2 * MOST_BYTES, widget=forms.HiddenInput)

    def clean_content(self) -> bytes:
        """The bytes of the file."""
        try:
            return base64.b64decode(self.cleaned_data["content"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValidationError("base64") from error
