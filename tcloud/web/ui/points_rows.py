"""Ledger entries as rows of a list, for `components/points_entries.html`: what happened, who did it, by which rule, and where to read on."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tcloud.points.tracing import Entry
from tcloud.web.ui.event_words import words_of
from tcloud.web.ui.points_words import account_words, actor_words, rule_of, transfer_words


def entry_rows(
    entries: Iterable[Entry],
    *,
    office: bool = False,
    order_page: Callable[[str], str],
    suppliers: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """The rows; the office reads accounts and the names of who acted, others the part that was played."""
    return [
        {
            "entry": entry,
            "words": transfer_words(entry.code, office=office),
            "cause": words_of(entry.event.type),
            "who": entry.event.actor_name if office and entry.event.actor_name else actor_words(entry.event),
            "rule": rule_of(entry.code, entry.event),
            "order_url": order_page(entry.order_number) if entry.order_number else "",
            "source": account_words(entry.debit, office=office, suppliers=suppliers),
            "target": account_words(entry.credit, office=office, suppliers=suppliers),
        }
        for entry in entries
    ]
