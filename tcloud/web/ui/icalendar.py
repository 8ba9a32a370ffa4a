"""Deadlines and visits as a calendar file (RFC 5545, RFC 5546): a small writer for days and times, each with a reminder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

LINE_OCTETS: Final = 75
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class DayEvent:
    """An all-day event. `uid` stays the same for the same deadline, so that importing again moves it, or takes it out when it is
    cancelled; `sequence` grows with each change (RFC 5546 §2.1.5).
    """

    uid: str
    day: date
    summary: str
    description: str = ""
    url: str = ""
    sequence: int = 0
    is_cancelled: bool = False


@dataclass(frozen=True)
class TimedEvent:
    """A meeting. `uid` stays and `sequence` grows when it is moved or cancelled, by which calendars follow (RFC 5546 §2.1.5).

    `status` is TENTATIVE, CONFIRMED or CANCELLED; `organizer` an e-mail address.
    """

    uid: str
    starts_at: datetime
    ends_at: datetime
    summary: str
    organizer: str
    sequence: int = 0
    status: str = "CONFIRMED"
    description: str = ""
    location: str = ""
    url: str = ""


def calendar_text(
    events: Iterable[DayEvent | TimedEvent], *, name: str, at: datetime, method: str = "PUBLISH"
) -> str:
    """The calendar file, lines ended by CRLF and folded to 75 octets (RFC 5545 §3.1); `at` is its time stamp.

    `method` CANCEL takes its events out of the calendars that have them (RFC 5546 §3.2.5).
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tcloud//Orders//ZH", "CALSCALE:GREGORIAN"]
    lines += [f"METHOD:{method}", f"X-WR-CALNAME:{escaped(name)}"]
    for event in events:
        lines += _event_lines(event, at) if isinstance(event, DayEvent) else _timed_lines(event, at)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event_lines(event: DayEvent, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{_utc(at)}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield f"SUMMARY:{escaped(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{escaped(event.description)}"
    if event.url:
        yield f"URL:{event.url}"
    yield "TRANSP:TRANSPARENT"
    if not event.is_cancelled:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15H")
        yield from (f"DESCRIPTION:{escaped(event.summary)}", "END:VALARM")
    yield "END:VEVENT"


def _timed_lines(event: TimedEvent, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{_utc(at)}"
    yield f"DTSTART:{_utc(event.starts_at)}"
    yield f"DTEND:{_utc(event.ends_at)}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"STATUS:{event.status}"
    yield f"ORGANIZER:mailto:{event.organizer}"
    yield f"SUMMARY:{escaped(event.summary)}"
    for field, text in (("DESCRIPTION", event.description), ("LOCATION", event.location)):
        if text:
            yield f"{field}:{escaped(text)}"
    if event.url:
        yield f"URL:{event.url}"
    yield f"TRANSP:{'OPAQUE' if event.status == 'CONFIRMED' else 'TRANSPARENT'}"
    if event.status != "CANCELLED":
        yield from (
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            "TRIGGER:-PT1H",
            f"DESCRIPTION:{escaped(event.summary)}",
        )
        yield "END:VALARM"
    yield "END:VEVENT"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def escaped(text: str) -> str:
    """TEXT as RFC 5545 §3.3.11 writes it: backslash, semicolon, comma and line breaks escaped, other controls dropped."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    return "".join(char for char in text if char >= " " and char != "\x7f")


def folded(line: str) -> Iterator[str]:
    """The line in parts of at most 75 octets, never inside a character; each part but the first begins with a space."""
    part, size = "", 0
    for char in line:
        width = len(char.encode())
        if size + width > LINE_OCTETS:
            yield part
            part, size = " ", 1
        part, size = part + char, size + width
    yield part
