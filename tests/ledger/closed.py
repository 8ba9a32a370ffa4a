"""Books with closed days, made by the operations themselves, and somebody who can switch the database's guards off."""

from datetime import datetime, timedelta

from django.db import connection

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.ledger import closing
from tcloud.ledger import operations as ledger
from tcloud.ledger.models import Digest, Transfer
from tcloud.ledger.operations import Entry
from tests import factories
from tests.factories import NOW, guards_off

DAYS = ["2027-01-15", "2027-01-16", "2027-01-17", "2027-01-18"]


def post(*entries: tuple[str, str, str, str, int], at: datetime = NOW, company=None):
    """Entries with an event of their own, in the middle of a day."""
    event = events.record(
        "test.happened",
        company or factories.company(),
        case="test/1",
        by=THE_SYSTEM,
        at=at,
        points=1,
        word="臺",
    )
    ledger.transfer([Entry(*entry) for entry in entries], event=event, at=at)
    return list(Transfer.objects.filter(event=event).order_by("id"))


def close(day: str) -> list[Digest]:
    """What the worker does in the night after `day`."""
    night = datetime.fromisoformat(f"{day}T00:05:00+08:00") + timedelta(days=1)
    return closing.close_days(by=THE_SYSTEM, at=night)


def four_days() -> None:
    """Three days with entries and one without, closed."""
    ledger.open_accounts(["source"], guarded=False)
    ledger.open_accounts(["a", "b", "c"])
    post(("k1", "grant", "source", "a", 300), ("k2", "reserve", "a", "b", 120))
    close(DAYS[0])
    burn_an_id()
    post(("k3", "move", "a", "c", 50))
    close(DAYS[1])
    close(DAYS[2])
    post(("k4", "move", "c", "a", 10), ("k5", "move", "b", "a", 20), ("k6", "move", "a", "b", 5))
    close(DAYS[3])


def burn_an_id() -> None:
    """What a rolled back transfer leaves: an id that no entry has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('ledger_transfer', 'id'))")


def as_superuser(*statements: str) -> None:
    """Past every trigger."""
    with guards_off(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
