"""Every minute: what is overdue, and what the gateway has not told us. A lost minute is harmless: the next one finds the same rows."""

from functools import partial

from procrastinate.contrib.django import app

from tcloud.core import clock, scans
from tcloud.orders import operations, queries
from tcloud.payments.gateway import gateway


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.orders.close_deadlines", queueing_lock="tcloud.orders.close_deadlines")
def close_deadlines(timestamp: int) -> None:
    """R-22 to R-29."""
    operations.close_deadlines(gateway=gateway(), at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.orders.query_open_charges", queueing_lock="tcloud.orders.query_open_charges")
def query_open_charges(timestamp: int) -> None:
    """R-30."""
    operations.query_open_charges(gateway=gateway(), at=clock.now())


@app.periodic(cron="*/5 * * * *")
@app.task(
    name="tcloud.orders.settle_provider_requests", queueing_lock="tcloud.orders.settle_provider_requests"
)
def settle_provider_requests(timestamp: int) -> None:
    """R-24: what suppliers' e-invoice providers were sent and did not answer."""
    operations.settle_provider_requests(at=clock.now())


@app.task(name="tcloud.orders.move_deadlines")
def move_deadlines() -> None:
    """R-28: right after a change of the calendar (core/operations.py)."""
    operations.move_deadlines(at=clock.now())


@app.periodic(cron="*/10 * * * *")
@app.task(name="tcloud.orders.send_renewal_notices", queueing_lock="tcloud.orders.send_renewal_notices")
def send_renewal_notices(timestamp: int) -> None:
    """Thirty days before the term of a service ends."""
    at = clock.now()
    due = queries.to_remind(at=at).count
    scans.run("orders.send_renewal_notices", partial(operations.send_renewal_notices, at=at), due=due, at=at)
