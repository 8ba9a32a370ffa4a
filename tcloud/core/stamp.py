"""The stamp: one short text that changes with whatever visitors see (docs/decisions/0012, 0022).

A table takes part by `triggers = [public_change("faq_public")]` in its Meta. Reading the stamp costs the same however large the tables are.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import pgtrigger
from django.db import connection

Value = TypeVar("Value")


def public_change(name: str) -> pgtrigger.Trigger:
    """A trigger for a model whose rows visitors see: any INSERT, UPDATE or DELETE, by whomever, changes the stamp."""
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func="PERFORM core_note_public_change(); RETURN NULL;",
    )


def stamp() -> str:
    """Another text after every committed change of a table that takes part.

    The counts grow with each commit, in the order in which commits become visible. The transactions that wrote the rows (xmin) are added
    so that a number never means two things where tables were emptied or a transaction was rolled back.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(count), 0) || '.' || coalesce(sum(xmin::text::bigint), 0) FROM core_publicchange"
        )
        (text,) = cursor.fetchone()
    return str(text)


class Kept:
    """What this process read while the stamp was the same: rows that every page shows and that change a few times a day.

    Values are shared between threads and requests: whoever may change one takes a copy.
    """

    def __init__(self) -> None:
        self._state: tuple[str, dict[Hashable, Any]] = ("", {})

    def get(self, now: str, key: Hashable, read: Callable[[], Value]) -> Value:
        """What `read` found under the stamp `now`, which was read before: what it finds may be newer than its stamp, never older."""
        state = self._state
        if state[0] != now:
            state = self._state = (now, {})
        if key not in state[1]:
            state[1][key] = read()
        found: Value = state[1][key]
        return found
