"""order/deadline-scan-1M: the scan that runs every minute, with a million orders open: how long it takes when nothing is due, and how many
deadlines a second it closes when some are. As raw limit of the former the bare look at the index.
"""

import statistics
import time
from datetime import timedelta
from typing import Any

from benches.rows import Row

OPEN = 1_000_000
OVERDUE = 300
BATCH = 50_000


def fill(count: int) -> None:
    """`count` submitted orders whose supplier still has years to answer: copies of one real order, its contract and its obligation."""
    from django.db import connection

    from tcloud.contracts.models import Contract
    from tcloud.orders.models import Obligation, Order
    from tests import factories

    edition = factories.programme()
    order = factories.submitted(edition, factories.granted(edition))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the copies are made, not lived through
        for first in range(0, count, BATCH):
            numbers = {"first": first, "last": min(first + BATCH, count) - 1}
            for model, changed in (
                (Contract, {"id": "10000000 + n", "number": "'TX' || n", "order_number": "'CX' || n", "terms": "t.terms"}),
                (Order, {"id": "10000000 + n", "number": "'CX' || n", "contract_id": "10000000 + n", "idempotency_key": "'x' || n"}),
                (Obligation, {"id": "10000000 + n", "order_id": "10000000 + n", "due_at": "t.due_at + interval '9 years'"}),
            ):  # fmt: skip
                _copy(cursor, model, changed, order, numbers)
        cursor.execute("SET session_replication_role = origin")
        cursor.execute("VACUUM ANALYZE orders_order, orders_obligation, contracts_contract")


def _copy(cursor: Any, model: Any, changed: dict[str, str], order: Any, numbers: dict[str, int]) -> None:
    columns = [
        field.column for field in model._meta.concrete_fields if not getattr(field, "generated", False)
    ]
    key = {"Contract": order.contract_id, "Order": order.pk}.get(model.__name__)
    where = "t.id = %(key)s" if key else "t.order_id = %(order)s"
    cursor.execute(
        f"INSERT INTO {model._meta.db_table} ({', '.join(columns)})"
        f" SELECT {', '.join(changed.get(name, 't.' + name) for name in columns)}"
        f" FROM {model._meta.db_table} t, generate_series(%(first)s, %(last)s) n WHERE {where}",
        numbers | {"key": key, "order": order.pk},
    )


def scan(rounds: int) -> Row:
    """The scan with a million open orders."""
    from django.db import connection

    from tcloud.orders import operations as orders
    from tcloud.orders.models import Obligation
    from tests.concurrency.cheap import Shop
    from tests.payments.gateway import answering

    fill(OPEN)
    shop, gateway = Shop(), answering()
    for _number in range(OVERDUE):
        shop.submitted()
    due = Obligation.objects.filter(order__company=shop.company).latest("due_at").due_at
    before = due - timedelta(days=1)

    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM orders_obligation WHERE fulfilled_at IS NULL AND missed_at IS NULL AND lifted_at IS NULL"
                " AND due_at <= %s ORDER BY due_at LIMIT 500",
                [before],
            )
            cursor.fetchall()

    values, limits = [], []
    for _round in range(max(rounds, 3)):
        limits.append(_ms(look))
        values.append(_ms(lambda: orders.close_deadlines(gateway=gateway, at=before)))
    began = time.perf_counter()
    closed = 0
    while done := orders.close_deadlines(gateway=gateway, at=due):
        closed += done
    rate = closed / (time.perf_counter() - began)
    if closed < OVERDUE:
        raise RuntimeError(f"{closed} of {OVERDUE} closed")
    note = f"{OPEN:,} open, none due; {rate:,.0f} overdue closed a second"
    return Row("order/deadline-scan-1M", "ms", values, limits, note)


def _ms(call: Any) -> float:
    spans = []
    for _repeat in range(5):
        began = time.perf_counter()
        call()
        spans.append(1000 * (time.perf_counter() - began))
    return statistics.median(spans)
