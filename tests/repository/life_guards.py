"""What the database must refuse about an order's thread and its changes, for test_database_guards.py."""

from types import SimpleNamespace
from typing import Any

from django.db.models import Model

from tcloud.core.uploads import accept
from tcloud.orders import operations as orders
from tcloud.orders.models import Order, ThreadReading
from tests import factories
from tests.factories import NOW
from tests.repository.rows import again, change, drop


def _again(w: SimpleNamespace, **changes: Any) -> None:
    """Another proposal, as if the one that waits were not there."""
    type(w.order_change).objects.filter(pk=w.order_change.pk).update(
        state="WITHDRAWN", decided_by="company", decided_at=NOW
    )
    again(w.order_change, **changes)


def rows(order: Order) -> dict[str, Model]:
    """One row of everything that is guarded."""
    by = factories.actor(order.company)
    said = orders.write(order, "您好", [accept("a.txt", b"a")], request_key="k", by=by, at=NOW)
    orders.read(order, side="supplier", last=said.pk, at=NOW)
    change_ = orders.propose_change(order, "seats", {"seats": 2}, by=by, at=NOW)
    settled = orders.withdraw_change(change_, by=by, at=NOW)
    waiting = orders.propose_change(order, "seats", {"seats": 1}, by=by, at=NOW)
    return {
        "order_change": waiting,
        "order_settled": settled,
        "order_said": said,
        "order_file": said.files.get(),
        "reading": ThreadReading.objects.get(),
    }


TRIES = {
    "order_message_append_only": [lambda w: change(w.order_said, body="x"), lambda w: drop(w.order_said)],
    "order_message_once": [lambda w: again(w.order_said)],
    "order_message_says_something": [lambda w: again(w.order_said, request_key="2", body="")],
    "order_message_by_a_party_or_the_office": [
        lambda w: again(w.order_said, request_key="2", kind="support")
    ],
    "order_file_append_only": [lambda w: change(w.order_file, content=b"x"), lambda w: drop(w.order_file)],
    "order_file_once_a_place": [lambda w: again(w.order_file)],
    "order_file_of_three": [lambda w: again(w.order_file, place=4), lambda w: again(w.order_file, place=0)],
    "order_file_has_a_size": [lambda w: again(w.order_file, place=2, size=0)],
    "order_change_one_open": [lambda w: again(w.order_change)],
    "order_change_of_one_kind": [
        lambda w: _again(w, seats=None),
        lambda w: _again(w, seats=0),
        lambda w: _again(w, start_date=NOW.date()),
        lambda w: _again(w, kind="contact"),
        lambda w: _again(w, kind="start"),
        lambda w: _again(w, kind="contact", seats=None, contact_name="王"),
        lambda w: _again(w, kind="price"),
    ],
    "order_change_by_a_party": [lambda w: _again(w, proposed_by="officer")],
    "order_change_decided_by_the_other": [
        lambda w: change(w.order_change, state="AGREED", decided_by="company", decided_at=NOW),
        lambda w: change(w.order_change, state="AGREED", decided_by="supplier"),
        lambda w: change(w.order_change, state="WITHDRAWN", decided_by="supplier", decided_at=NOW),
        lambda w: change(w.order_change, decided_by="supplier"),
    ],
    "order_change_stays_what_it_is": [
        lambda w: change(w.order_change, seats=3),
        lambda w: change(w.order_change, proposed_by="supplier"),
        lambda w: change(w.order_change, before={}),
    ],
    "order_change_decided_stays": [lambda w: change(w.order_settled, remark="x")],
    "order_change_kept": [lambda w: drop(w.order_change), lambda w: drop(w.order_settled)],
    "thread_reading_once": [lambda w: again(w.reading)],
    "thread_reading_of_a_party": [lambda w: again(w.reading, side="officer")],
}
