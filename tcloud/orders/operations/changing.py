"""Changes that one party proposes and the other agrees to: supplements beside the contract, which stays as it was signed (R-20)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import clock, events
from tcloud.core.actors import COMPANY, SUPPLIER, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, binding, only
from tcloud.orders import rules, supplements
from tcloud.orders.models import Order, OrderChange
from tcloud.orders.operations.locking import locked
from tcloud.orders.states import ORDER_CHANGE

Kind, State = OrderChange.Kind, OrderChange.State


@transaction.atomic(durable=True)
def propose_change(
    order: Order, kind: str, values: Mapping[str, Any], *, reason: str = "", by: Actor, at: datetime
) -> OrderChange:
    """Propose another start date (`start_date`), contact (`name`, `email`, `phone`) or number of people to set up (`seats`).

    R-38: the same proposal twice is one. Raises Refusal `transition.not_yours`, `member.may_not_order`, `change.not_now` outside ACCEPTED, PAID
    and DELIVERED,
    `change.one_at_a_time`, `change.nothing`, `change.incomplete`, `change.start`, `change.seats`.
    """
    only(by, COMPANY, SUPPLIER)
    binding(by)
    row = locked(order)
    _still_changeable(row)
    said = _columns(row, Kind(kind), values, today=clock.taipei(at).date())
    waiting = supplements.open_change(row)
    new = OrderChange(
        order=row, kind=kind, before=supplements.valid_now(row, kind), reason=reason.strip(), proposed_by=by.kind,
        proposer_id=by.user_id, proposed_at=at, **said,
    )  # fmt: skip
    if waiting:
        if (waiting.kind, waiting.proposed_by, waiting.after) == (kind, by.kind, new.after):
            return waiting
        raise Refusal("change.one_at_a_time", _("已經有一項變更在等待回覆，請先處理那一項。"))
    if new.after == new.before:
        raise Refusal("change.nothing", _("內容和現在的約定相同，沒有需要變更的地方。"))
    new.save(force_insert=True)
    events.record(
        "order_change.proposed", new, case=row.case, by=by, at=at, kind=kind, before=new.before, after=new.after,
        reason=new.reason,
    )  # fmt: skip
    return new


def _columns(
    order: Order, kind: OrderChange.Kind, values: Mapping[str, Any], *, today: date
) -> dict[str, Any]:
    """The columns of that kind, when what they say is allowed."""
    if kind == Kind.START:
        _check_start(values["start_date"], today=today)
        return {"start_date": values["start_date"]}
    if kind == Kind.SEATS:
        _check_seats(order, values["seats"])
        return {"seats": values["seats"]}
    said = {f"contact_{name}": str(values.get(name, "")).strip() for name in ("name", "email", "phone")}
    if not (said["contact_name"] and said["contact_email"]):
        raise Refusal("change.incomplete", _("請填寫聯絡人的姓名與 E-mail。"))
    return said


def _check_start(start: date, *, today: date) -> None:
    if not rules.start_allowed(start, today=today):
        raise Refusal(
            "change.start",
            _("開始使用日須在今天起%(days)d天之內，請選擇其他日期。"),
            days=rules.LATEST_START_DAYS,
        )


def _check_seats(order: Order, seats: int) -> None:
    included = order.plan_version.seats
    if not rules.seats_allowed(seats, contract=included):
        raise Refusal(
            "change.seats",
            _("開通人數須在1到%(most)d人之間：契約總價包含的人數不能增加，需要更多請另外訂購。")
            if included
            else _("這個方案不計人數，不能變更開通人數。"),
            most=included or 0,
        )


def _still_changeable(order: Order) -> None:
    if not supplements.is_changeable(order):
        raise Refusal(
            "change.not_now", _("只有在供應商接單之後、服務確認之前，才能變更約定；契約與訂單照原來的內容。")
        )


@transaction.atomic(durable=True)
def agree_change(change: OrderChange, *, by: Actor, at: datetime) -> OrderChange:
    """The other party agrees: the change is a supplement to the contract; a new contact is the order's from now on.

    Repeated, it is agreed once. Raises Refusal `transition.not_yours` for the party that proposed it, `change.not_now`, `change.start`
    when the day has passed meanwhile, `transition.not_now`.
    """
    order, row = _found(change)
    if row.state == State.AGREED and row.decided_by == by.kind:
        return row
    _still_changeable(order)
    _of_the_other(row, by)
    if row.start_date:
        _check_start(row.start_date, today=clock.taipei(at).date())
    _decide(row, order, "agree", by=by, at=at)
    if row.kind == Kind.CONTACT:
        contact = {f"contact_{name}": value for name, value in row.after.items()}
        Order.objects.filter(pk=order.pk).update(**contact)
    return row


@transaction.atomic(durable=True)
def refuse_change(change: OrderChange, *, remark: str, by: Actor, at: datetime) -> OrderChange:
    """The other party does not agree and says why: everything stays as it is.

    Raises Refusal `change.reason_missing`, `transition.not_yours`, `transition.not_now`.
    """
    if not remark.strip():
        raise Refusal("change.reason_missing", _("請說明不同意的原因，對方會看到。"))
    order, row = _found(change)
    if row.state == State.REFUSED and row.decided_by == by.kind:
        return row
    _of_the_other(row, by)
    _decide(row, order, "refuse", by=by, at=at, remark=remark.strip())
    return row


@transaction.atomic(durable=True)
def withdraw_change(change: OrderChange, *, by: Actor, at: datetime) -> OrderChange:
    """The party that proposed it takes it back before it was answered. Raises Refusal `transition.not_yours`, `transition.not_now`."""
    order, row = _found(change)
    if row.state == State.WITHDRAWN and row.decided_by == by.kind:
        return row
    if row.proposed_by != by.kind:
        raise Refusal("transition.not_yours", _("只有提出的一方可以收回。"))
    _decide(row, order, "withdraw", by=by, at=at)
    return row


def _found(change: OrderChange) -> tuple[Order, OrderChange]:
    """The order, locked first, and its change as it now stands."""
    order = locked(Order(pk=change.order_id))
    row = OrderChange.objects.get(pk=change.pk)
    row.order = order
    return order, row


def _of_the_other(change: OrderChange, by: Actor) -> None:
    if by.kind not in (COMPANY, SUPPLIER) or by.kind == change.proposed_by:
        raise Refusal("transition.not_yours", _("變更要由對方回覆，提出的一方不能自己同意。"))


def _decide(
    change: OrderChange, order: Order, name: str, *, by: Actor, at: datetime, remark: str = ""
) -> None:
    said: dict[str, Any] = {
        "kind": change.kind,
        "before": change.before,
        "after": change.after,
        "proposed_by": change.proposed_by,
        "reason": remark,
    }
    advance(
        change, ORDER_CHANGE, name, by=by, at=at, case=order.case,
        changes={"decided_by": by.kind, "decider_id": by.user_id, "decided_at": at, "remark": remark},
        **said,
    )  # fmt: skip
