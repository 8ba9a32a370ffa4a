"""Every ten minutes: days that are over and not closed. A lost run is harmless: the next one finds the same days."""

import logging

from procrastinate.contrib.django import app

from tcloud.core import clock
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.refusals import Refusal
from tcloud.ledger import closing

logger = logging.getLogger(__name__)


@app.periodic(cron="3-59/10 * * * *")
@app.task(name="tcloud.ledger.close_days", queueing_lock="tcloud.ledger.close_days")
def close_days(timestamp: int) -> None:
    """R-18."""
    try:
        closing.close_days(by=THE_SYSTEM, at=clock.real_now())
    except Refusal as refusal:
        logger.warning("The books stay open (%s): %s", refusal.code, refusal.text())
