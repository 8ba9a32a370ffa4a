"""Every minute: money that is owed back, and a statement that is missing. A lost run is harmless: what is due stays due."""

from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.payments import operations
from tcloud.payments.gateway import gateway, statements_of


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.payments.refund_owed", queueing_lock="tcloud.payments.refund_owed")
def refund_owed(timestamp: int) -> None:
    """R-27, R-30."""
    operations.refund_owed(gateway=gateway(), at=clock.now())


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.payments.fetch_statement", queueing_lock="tcloud.payments.fetch_statement")
def fetch_statement(timestamp: int) -> None:
    """R-30."""
    operations.fetch_statement(source=statements_of, at=clock.now())
