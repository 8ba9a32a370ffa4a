"""Orders that follow another: its service renewed, or changed for another plan of the same supplier; and the reminder before its end."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.models import Plan
from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.refusals import Refusal
from tcloud.members.models import Company
from tcloud.orders import queries, rules
from tcloud.orders.models import Order
from tcloud.orders.states import ENDED_WITHOUT_SERVICE, SERVED
from tcloud.programme.models import Programme


def kind_of(follows: Order | None, plan: Plan) -> str:
    """What an order of this plan is that follows another, or none."""
    if follows is None:
        return Order.Kind.NEW
    return Order.Kind.RENEWAL if follows.plan_version.plan_id == plan.pk else Order.Kind.PLAN_CHANGE


def check_following(order: Order, programme: Programme, company: Company, *, supplier_id: int) -> None:
    """Whether an order of this supplier's plan may follow `order`. An order always uses points (R-17), so the edition must allow them for it.

    Raises Refusal `renewal.points_not_allowed`, `order.not_to_follow`, `order.other_supplier`.
    """
    if not programme.renewals_with_points:
        raise Refusal(
            "renewal.points_not_allowed",
            _("本期計畫的點數只用於新導入的服務，續約與更換方案不能使用點數；請直接與供應商洽談。"),
        )
    if order.company_id != company.pk or order.state not in SERVED:
        raise Refusal("order.not_to_follow", _("只有已提供服務的訂單可以續約或更換方案。"))
    if order.supplier_id != supplier_id:
        raise Refusal("order.other_supplier", _("續約與更換方案限同一家供應商；要換供應商請建立新訂單。"))


def check_still_following(draft: Order) -> None:
    """The same when the draft is sent: since it was made the edition's rule or the earlier order may have changed."""
    if draft.previous_order_id is None:
        return
    earlier = Order.objects.only("company_id", "supplier_id", "state").get(pk=draft.previous_order_id)
    check_following(earlier, draft.programme, draft.company, supplier_id=draft.supplier_id)


def service_term(order: Order, *, confirmed_at: datetime) -> dict[str, Any]:
    """The columns that say until when a service lasts that was confirmed then, and when its company is reminded."""
    months = order.plan_version.term_months
    ends_at = rules.service_ends_at(confirmed_at, months)
    remind_at = rules.reminder_at(ends_at, months, time_of_day=order.programme.notice_time)
    return {"service_ends_at": ends_at, "renewal_notice_at": remind_at}


@transaction.atomic(durable=True)
def send_renewal_notices(*, at: datetime, limit: int = 200) -> int:
    """Remind the companies whose service ends in thirty days, each once; a worker that was down does it late. Returns how many were looked at.

    Nobody is reminded who has sent an order that follows already. One batch; rows another worker has are left to it.
    """
    due = queries.to_remind(at=at).select_for_update(skip_locked=True, of=("self",))[:limit]
    batch = list(due.select_related("plan_version"))
    followed = set(
        Order.objects.filter(previous_order__in=batch, submitted_at__isnull=False)
        .exclude(state__in=ENDED_WITHOUT_SERVICE)
        .values_list("previous_order_id", flat=True)
    )
    Order.objects.filter(pk__in=[order.pk for order in batch]).update(renewal_notice_at=None)
    events.record_many(
        "order.term_ending",
        [
            events.Happening(order, order.case, {"ends_at": order.service_ends_at.isoformat()})
            for order in batch
            if order.pk not in followed and order.service_ends_at
        ],
        by=THE_SYSTEM,
        at=at,
    )
    return len(batch)
