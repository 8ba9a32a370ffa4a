"""What an expert fills in: times, how a visit went, the report (R-35)."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from tcloud.core import calendar, clock
from tcloud.core.deadlines import day_words
from tcloud.core.workdays import CalendarMissing
from tcloud.support.models.experts import MOST_FILES, MOST_SLOTS
from tcloud.support.operations.expert_visits import Attachment
from tcloud.support.rules import experts as rules
from tcloud.web.ui.expert_forms import ReasonForm

DAYS_SHOWN: Final = 42
HOURS: Final = [time(hour, minute) for hour in range(8, 21) for minute in (0, 30)]
MINUTES: Final = (60, 90, 120, 180, 240)
FILE_BYTES: Final = 5 * 1024 * 1024


def _days(today: date) -> list[tuple[str, Any]]:
    """The days to choose from, each with its weekday, and whether offices are closed."""
    named = []
    in_force = calendar.shown()
    for ahead in range(1, DAYS_SHOWN + 1):
        day = today + timedelta(days=ahead)
        try:
            works = in_force.is_working_day(day)
        except CalendarMissing:
            works = True
        words = day_words(day, year=day.year != today.year)
        named.append((day.isoformat(), words if works else f"{words}・{_('非工作日')}"))
    return [("", "—"), *named]


class SlotsForm(forms.Form):
    """Up to five times of one length, and where to meet. Rows left empty count for nothing."""

    minutes = forms.TypedChoiceField(
        label=_("每次多久"),
        coerce=int,
        choices=[(count, _("%(count)d分鐘") % {"count": count}) for count in MINUTES],
        initial=90,
    )
    meeting = forms.CharField(
        label=_("見面地點或會議連結"),
        help_text=_("企業會看到。到場訪視可以留白，依企業填寫的地址。"),
        max_length=300,
        required=False,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        days = _days(clock.today())
        hours = [("", "—"), *((f"{hour:%H:%M}", f"{hour:%H:%M}") for hour in HOURS)]
        for number in range(1, MOST_SLOTS + 1):
            self.fields[f"day{number}"] = forms.ChoiceField(
                label=_("日期%(number)d") % {"number": number}, choices=days, required=False
            )
            self.fields[f"hour{number}"] = forms.ChoiceField(
                label=_("時間%(number)d") % {"number": number}, choices=hours, required=False
            )

    def rows(self) -> list[tuple[Any, Any]]:
        """Day and hour of each row, to print."""
        return [(self[f"day{number}"], self[f"hour{number}"]) for number in range(1, MOST_SLOTS + 1)]

    def clean(self) -> dict[str, Any]:
        """`slots`: the rows that are filled in. One begun and not finished is an error of its own."""
        data: dict[str, Any] = super().clean() or {}
        slots: list[rules.Slot] = []
        length = timedelta(minutes=data.get("minutes") or 0)
        for number in range(1, MOST_SLOTS + 1):
            day, hour = data.get(f"day{number}"), data.get(f"hour{number}")
            if bool(day) != bool(hour):
                self.add_error(f"hour{number}" if day else f"day{number}", _("請同時選擇日期與開始時間。"))
            elif day and hour:
                start = datetime.combine(date.fromisoformat(day), time.fromisoformat(hour), clock.TAIPEI)
                slots.append((start, start + length))
        if not slots and not self.errors:
            self.add_error("day1", _("請至少提出一個可訪視的時間。"))
        return data | {"slots": slots}


class MissedForm(ReasonForm):
    """Who did not come, and what happened."""

    missed_by = forms.ChoiceField(
        label=_("未到場的一方"),
        choices=[("company", _("企業")), ("expert", _("我（專家）"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("請選擇未到場的一方。")},
    )
    field_order = ("version", "missed_by", "reason")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["reason"].label = _("經過")


class ManyFiles(forms.ClearableFileInput):
    """An input for several files."""

    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class FilesField(forms.FileField):
    """Several files: each of a known kind and at most 5 MB."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Attachment]:
        """What was sent. Raises ValidationError for a file too large, too many, or of a kind that may not be attached."""
        sent: list[UploadedFile] = [file for file in (data or []) if file]
        if len(sent) > MOST_FILES:
            raise forms.ValidationError(_("最多附加5個檔案。"))
        found = []
        for file in sent:
            name = {"name": str(file.name)[:60]}
            if (file.size or 0) > FILE_BYTES:
                raise forms.ValidationError(_("「%(name)s」超過5 MB，請縮小後再上傳。") % name)
            content = file.read()
            if not rules.media_type(str(file.name), content):
                raise forms.ValidationError(
                    _("不能附加「%(name)s」：請使用PDF、ODT、ODS、ODP、PNG或JPG檔。") % name
                )
            found.append(Attachment(str(file.name), content))
        return found


class ReportForm(forms.Form):
    """The report with its files; carries the version of the case it was drawn from."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    findings = forms.CharField(
        label=_("訪視發現"),
        help_text=_("目前的做法與遇到的困難。"),
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("請填寫訪視發現。")},
    )
    advice = forms.CharField(
        label=_("建議"),
        help_text=_("具體、可以做到，依重要性排列。"),
        max_length=6000,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("請填寫建議。")},
    )
    next_steps = forms.CharField(
        label=_("接下來可以做的事"), max_length=3000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    attachments = FilesField(
        label=_("附件"),
        help_text=_(
            "最多5個，每個5 MB以內：PDF、ODT、ODS、ODP、PNG、JPG。更正報告而不附新檔時，沿用原來的附件。"
        ),
        required=False,
    )
