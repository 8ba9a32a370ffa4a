"""Every minute: money that is owed back. A lost minute is harmless: what is owed stays owed."""

from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.payments import operations
from tcloud.payments.gateway import gateway


@app.periodic(cron="* * * * *")
@app.task(name="tcloud.payments.refund_owed", queueing_lock="tcloud.payments.refund_owed")
def refund_owed(timestamp: int) -> None:
    """R-27, R-30."""
    operations.refund_owed(gateway=gateway(), at=clock.now())
