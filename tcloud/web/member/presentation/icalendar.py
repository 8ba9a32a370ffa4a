"""Deadlines as a calendar file (RFC 5545): a small writer for all-day events with a reminder."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

LINE_OCTETS: Final = 75
MEDIA_TYPE: Final = "text/calendar; charset=utf-8"


@dataclass(frozen=True)
class DayEvent:
    """An all-day event. `uid` stays the same for the same deadline, so that importing again moves it."""

    uid: str
    day: date
    summary: str
    description: str = ""
    url: str = ""


def calendar_text(events: Iterable[DayEvent], *, name: str, at: datetime) -> str:
    """The calendar file, lines ended by CRLF and folded to 75 octets (RFC 5545 §3.1); `at` is its time stamp."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tcloud//Orders//ZH", "CALSCALE:GREGORIAN"]
    lines += ["METHOD:PUBLISH", f"X-WR-CALNAME:{escaped(name)}"]
    for event in events:
        lines += _event_lines(event, at)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def _event_lines(event: DayEvent, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.day + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{escaped(event.summary)}"
    if event.description:
        yield f"DESCRIPTION:{escaped(event.description)}"
    if event.url:
        yield f"URL:{event.url}"
    yield "TRANSP:TRANSPARENT"
    yield from ("BEGIN:VALARM", "ACTION:DISPLAY", "TRIGGER:-PT15H", f"DESCRIPTION:{escaped(event.summary)}")
    yield from ("END:VALARM", "END:VEVENT")


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
