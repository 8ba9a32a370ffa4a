"""經過: the life of one grant in the order it happened, then what is still to come (entries for {% timeline %})."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tcloud.core.models import Event
from tcloud.points.models import Grant
from tcloud.points.tracing import Entry
from tcloud.web.ui.event_words import words_of
from tcloud.web.ui.points_words import actor_words, rule_of, transfer_words
from tcloud.web.ui.templatetags.ui import points

MOST: Final = 100
INTERNAL: Final = (
    "points.reversal_requested",
    "points.reversal_rejected",
)  # between officers, not for the company


def steps(
    grant: Grant,
    entries: Sequence[Entry],
    events: Iterable[Event],
    *,
    usable: bool,
    office: bool = False,
    order_page: Callable[[str], str],
) -> list[dict[str, Any]]:
    """`entries` and `events` oldest first. Who acted is named to the office only; others read what part they played."""
    past = [(entry.at, _moved(entry, office=office, order_page=order_page)) for entry in entries]
    moved = {entry.event.pk for entry in entries}
    for event in events:
        if event.pk not in moved and (office or event.type not in INTERNAL):
            past.append((event.at, _told(event, office=office)))
    if grant.activated_at:
        past.append(
            (
                grant.activated_at,
                {
                    "title": _("點數啟用"),
                    "state": "done",
                    "when": grant.activated_at,
                    "text": _("送出第一筆使用點數的訂單（R-13）。"),
                },
            )
        )
    past.sort(key=lambda step: step[0])
    return [step for _at, step in past[-MOST:]] + (_to_come(grant) if usable else [])


def _who(event: Event, *, office: bool) -> Any:
    return event.actor_name if office and event.actor_name else actor_words(event)


def _moved(entry: Entry, *, office: bool, order_page: Callable[[str], str]) -> dict[str, Any]:
    number = entry.order_number
    return {
        "title": _("%(what)s：%(points)s")
        % {"what": transfer_words(entry.code, office=office), "points": points(entry.points)},
        "state": "done",
        "when": entry.at,
        "who": _who(entry.event, office=office),
        "text": _("紀錄第%(number)d號，依據：%(event)s（%(rule)s）")
        % {
            "number": entry.id,
            "event": words_of(entry.event.type),
            "rule": rule_of(entry.code, entry.event),
        },
        "url": order_page(number) if number else "",
        "url_label": _("訂單 %(number)s") % {"number": number},
    }


def _told(event: Event, *, office: bool) -> dict[str, Any]:
    text = event.data.get("reason", "")
    if event.type == "points.expiring":
        days = int(event.data.get("days") or 0)
        text = ngettext("期限前%(days)d天的提醒。", "期限前%(days)d天的提醒。", days) % {"days": days}
    return {
        "title": words_of(event.type),
        "state": "done",
        "when": event.at,
        "who": _who(event, office=office),
        "text": text,
    }


def _to_come(grant: Grant) -> list[dict[str, Any]]:
    end = {
        "title": _("使用期限"), "state": "todo", "due_at": grant.expires_at,
        "text": _("還沒有用掉、也沒有為訂單保留的點數收回（R-14）。"),
    }  # fmt: skip
    if grant.activated_at:
        return [end]
    first = {
        "title": _("啟用期限"), "state": "todo", "due_at": grant.usable_until, "text": _("沒有啟用，全數收回（R-13）。"),
    }  # fmt: skip
    return [first, end] if grant.usable_until < grant.expires_at else [first]
