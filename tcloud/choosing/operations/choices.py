"""The dated record of why a plan was chosen."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.choosing import rules
from tcloud.choosing.models import Choice, ConsideredVersion
from tcloud.choosing.operations.common import current_versions
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.members.models import User
from tcloud.orders.models import Order


@transaction.atomic(durable=True)
def record_choice(
    order: Order,
    *,
    reason: str,
    version_ids: Sequence[int],
    key: uuid.UUID,
    user: User,
    by: Actor,
    at: datetime,
) -> Choice:
    """Add to an order why its plan was chosen and which other plans were looked at, in their versions of now. Never changed afterwards.

    The same `key` again is the same record (R-38). Raises Refusal `choice.empty`, `comparison.changed`.
    """
    held = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("company")
    row = held.get(pk=order.pk)
    if earlier := Choice.objects.filter(order=row, key=key).first():
        return earlier
    others = [pk for pk in dict.fromkeys(version_ids) if pk != row.plan_version_id]
    said = reason.replace("\x00", "").strip()
    if not said and not others:
        raise Refusal("choice.empty", _("請寫下選擇的理由，或至少選一個比較過的方案。"))
    made = Choice.objects.create(order=row, reason=said, made_by=user, made_at=at, key=key)
    considered = current_versions(others[: rules.MOST_COMPARED])
    ConsideredVersion.objects.bulk_create(
        [ConsideredVersion(choice=made, version=version) for version in considered]
    )
    # the company's own case: an order's case is read by its supplier too, whom this does not concern
    events.record(
        "order.choice_recorded", made, case=f"company/{row.company.ubn}", by=by, at=at, announce=False,
        order=row.number, considered=len(considered),
    )  # fmt: skip
    return made
