"""R-28: a year without calendar is said 60 days ahead, once a week, until it is imported."""

from datetime import date, datetime, timedelta

import pytest
from django.core import mail

from tcloud.core import calendar, calendar_file
from tcloud.core import operations as calendar_acts
from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.outbox import operations as outbox
from tcloud.programme import operations
from tests import factories
from tests.core.official import official_csv

FIRST = datetime(2027, 11, 2, 9, 5, tzinfo=TAIPEI)


def reminded() -> list[date]:
    found = Event.objects.filter(type="calendar.runs_out").order_by("id")
    return [event.at.astimezone(TAIPEI).date() for event in found]


@pytest.mark.rule("R-28")
@pytest.mark.django_db
def test_note_calendar_running_out_reminds_weekly_from_sixty_days_ahead_until_the_import() -> None:
    factories.programme()
    for day in range(-3, 16):  # a little earlier each day
        operations.note_calendar_running_out(at=FIRST + timedelta(days=day, seconds=-day))
    assert reminded() == [date(2027, 11, 2), date(2027, 11, 9), date(2027, 11, 16)]
    file = calendar_file.read(official_csv(2028).encode())
    terms = {"name": "117.csv", "digest": file.sha256, "drawn_from": calendar.serial_now()}
    calendar_acts.import_year(file, **terms, by=factories.officer(), at=FIRST)
    assert not operations.note_calendar_running_out(at=FIRST + timedelta(days=40))
    assert len(reminded()) == 3


@pytest.mark.rule("R-28")
@pytest.mark.django_db
def test_reminder_reaches_every_active_officer_and_nobody_else() -> None:
    factories.programme()
    for role in ("officer", "officer", "auditor", "support"):
        factories.user(
            staff_role=role, email=f"{role}{len(mail.outbox)}-{role}@example.tw" if role != "officer" else ""
        )
    gone = factories.user(staff_role="officer", email="gone@example.tw")
    type(gone).objects.filter(pk=gone.pk).update(is_active=False)
    assert operations.note_calendar_running_out(at=FIRST)
    assert outbox.deliver(Event.objects.get(type="calendar.runs_out").pk, at=FIRST) == 2
    letter = mail.outbox[0]
    assert "請匯入2028年的辦公日曆" in letter.subject
    assert "距離2028年還有60天" in letter.body
    assert "民國117年" in letter.body
    assert "/office/calendar/import/" in letter.body
    assert {address for sent in mail.outbox for address in sent.to}.isdisjoint({"gone@example.tw"})


@pytest.mark.django_db
def test_nobody_is_reminded_where_there_is_no_edition() -> None:
    assert not operations.note_calendar_running_out(at=FIRST)
