"""履約紀錄: what orders and answered questions say about a supplier (R-29)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q

from tcloud.catalogue.models import Plan, Supplier
from tcloud.choosing import rules
from tcloud.choosing.models import Question
from tcloud.orders.models import Obligation, Order

KINDS: Final = (Obligation.Kind.ACCEPT, Obligation.Kind.INVOICE, Obligation.Kind.DELIVER)


@dataclass(frozen=True)
class OnTime:
    """How often a supplier kept one kind of deadline. `percent` is None while too few are over to say."""

    kind: Obligation.Kind
    kept: int
    ended: int

    @property
    def percent(self) -> int | None:
        return rules.percent_on_time(self.kept, self.ended)


@dataclass(frozen=True)
class Record:
    """A supplier's record: deadlines by kind, how many orders were completed, and of how many questions how many were answered in time."""

    on_time: tuple[OnTime, ...]
    completed: int
    questions: int
    answered_in_time: int

    @property
    def is_too_short(self) -> bool:
        """Nothing can be said of any kind yet."""
        return all(row.percent is None for row in self.on_time)


def of_suppliers(suppliers: Sequence[Supplier], *, at: datetime) -> dict[int, Record]:
    """The record of each supplier as of `at`, whether or not a scan has run, by supplier id; three queries.

    An obligation counts when it was fulfilled or its time is over. One that was lifted in time because the order ended counts nowhere,
    nor does a question that is hidden.
    """
    missed = Q(missed_at__isnull=False) | Q(fulfilled_at=None, lifted_at=None, due_at__lte=at)
    kept = Q(fulfilled_at__isnull=False, missed_at=None)
    rows = (
        Obligation.objects.filter(order__supplier__in=suppliers, kind__in=KINDS)
        .values_list("order__supplier", "kind")
        .annotate(kept=Count("pk", filter=kept), ended=Count("pk", filter=kept | missed))
        .order_by()
    )
    counted = {(supplier, kind): (kept, ended) for supplier, kind, kept, ended in rows}
    completed = Order.objects.filter(supplier__in=suppliers, state=Order.State.COMPLETED)
    told = Question.objects.filter(plan__solution__supplier__in=suppliers, in_time__isnull=False)
    told = told.exclude(state=Question.State.HIDDEN)
    answers = {
        supplier: (ended, kept)
        for supplier, ended, kept in told.values_list("plan__solution__supplier")
        .annotate(ended=Count("pk"), kept=Count("pk", filter=Q(in_time=True)))
        .order_by()
    }
    orders = dict(completed.values_list("supplier").annotate(Count("pk")).order_by())
    return {
        supplier.pk: Record(
            tuple(OnTime(kind, *counted.get((supplier.pk, kind), (0, 0))) for kind in KINDS),
            orders.get(supplier.pk, 0),
            *answers.get(supplier.pk, (0, 0)),
        )
        for supplier in suppliers
    }


def completed_of(plan: Plan) -> int:
    """How many orders of the plan, in whatever version, were completed."""
    return Order.objects.filter(plan_version__plan=plan, state=Order.State.COMPLETED).count()
