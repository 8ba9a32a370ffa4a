"""How to reach the programme, and whether somebody is there now (R-34)."""

from datetime import datetime

from tcloud.core import calendar
from tcloud.core.workdays import CalendarMissing
from tcloud.programme import queries as programmes
from tcloud.programme.models import Programme
from tcloud.support.models.contact import FLYER, SupportSettings
from tcloud.support.rules import tickets as rules


def settings_of(programme: Programme) -> SupportSettings:
    """The edition's row; the leaflet's words, not saved (version 0), where no officer has changed anything yet."""
    found = SupportSettings.objects.filter(programme=programme).first() if programme.pk else None
    return found or SupportSettings(programme=programme, **FLYER)


def edition_of_mailbox(address: str) -> Programme | None:
    """The edition that reads mail to `address` (any case): the one on show where several share a mailbox."""
    shown = programmes.current()
    editions = [shown] if shown else []
    editions += Programme.objects.exclude(state="DRAFT").order_by("-id")
    wanted = address.lower()
    return next((edition for edition in editions if settings_of(edition).mailbox.lower() == wanted), None)


def any_edition() -> Programme:
    """The edition on show, else the newest. Raises LookupError when there is none."""
    found = programmes.latest()
    if found is None:
        raise LookupError("no edition")
    return found


def answer_by(programme: Programme, settings: SupportSettings, *, at: datetime) -> datetime | None:
    """R-34: until when a ticket that comes at `at` would be answered; None while a year has no office calendar."""
    try:
        due = calendar.shown().due(at, settings.first_answer_working_days, programme.office_county)
    except CalendarMissing:
        return None
    return rules.answer_due(due.day, settings.staffed_until)
