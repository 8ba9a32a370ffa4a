"""履約紀錄: what orders say about a supplier (R-29)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Q

from tcloud.catalogue.models import Plan, Supplier
from tcloud.choosing import rules
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
    """A supplier's record, and how many orders of one plan were completed."""

    on_time: tuple[OnTime, ...]
    completed: int
    completed_of_plan: int

    @property
    def is_too_short(self) -> bool:
        """Nothing can be said of any kind yet."""
        return all(row.percent is None for row in self.on_time)


def of_supplier(supplier: Supplier, plan: Plan | None = None, *, at: datetime) -> Record:
    """The supplier's record as of `at`, whether or not a scan has run; two queries.

    An obligation counts when it was fulfilled or its time is over. One that was lifted in time because the order ended counts nowhere.
    """
    missed = Q(missed_at__isnull=False) | Q(fulfilled_at=None, lifted_at=None, due_at__lte=at)
    kept = Q(fulfilled_at__isnull=False, missed_at=None)
    rows = (
        Obligation.objects.filter(order__supplier=supplier, kind__in=KINDS)
        .values("kind")
        .annotate(kept=Count("pk", filter=kept), ended=Count("pk", filter=kept | missed))
        .order_by()
    )
    counted = {row["kind"]: row for row in rows}
    completed = Order.objects.filter(supplier=supplier, state=Order.State.COMPLETED)
    totals = completed.aggregate(
        all=Count("pk"), plan=Count("pk", filter=Q(plan_version__plan=plan.pk if plan else None))
    )
    return Record(
        tuple(
            OnTime(kind, counted[kind]["kept"], counted[kind]["ended"])
            if kind in counted
            else OnTime(kind, 0, 0)
            for kind in KINDS
        ),
        totals["all"],
        totals["plan"],
    )
