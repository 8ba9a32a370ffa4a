"""What a dropped introduction means for orders (R-37)."""

from datetime import datetime

from django.db import transaction

from tcloud.core.actors import Actor
from tcloud.leads import operations as leads
from tcloud.leads.models import Introduction
from tcloud.orders.models import Order


@transaction.atomic(durable=True)
def drop_introduction(introduction: Introduction, *, by: Actor, at: datetime) -> Introduction:
    """The company no longer wants to have come by this lead: drafts stop naming it; an order sent already keeps it. Repeated, harmless."""
    drafts = Order.objects.filter(
        company_id=introduction.company_id, lead_id=introduction.lead_id, submitted_at=None
    )
    drafts.update(lead=None)
    return leads.drop(introduction, by=by, at=at)
