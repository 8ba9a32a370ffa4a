"""What the database must refuse about an order's thread and its changes, for test_database_guards.py."""

from django.db.models import Model

from tcloud.core.uploads import accept
from tcloud.orders import operations as orders
from tcloud.orders.models import Order, ThreadReading
from tests import factories
from tests.factories import NOW
from tests.repository.rows import again, change, drop


def rows(order: Order) -> dict[str, Model]:
    """One row of everything that is guarded."""
    by = factories.actor(order.company)
    said = orders.write(order, "您好", [accept("a.txt", b"a")], request_key="k", by=by, at=NOW)
    orders.read(order, side="supplier", last=said.pk, at=NOW)
    return {"order_said": said, "order_file": said.files.get(), "reading": ThreadReading.objects.get()}


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
    "thread_reading_once": [lambda w: again(w.reading)],
    "thread_reading_of_a_party": [lambda w: again(w.reading, side="officer")],
}
