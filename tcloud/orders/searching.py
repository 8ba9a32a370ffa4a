"""Orders narrowed and sorted, for the lists of company, supplier and office alike; who may see which is decided before (R-37)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet, Subquery

from tcloud.core.actors import COMPANY
from tcloud.orders.models import Obligation, Order
from tcloud.payments.models import Invoice


@dataclass(frozen=True)
class Wanted:
    """What to list: nothing set, everything. `waiting_for` is a party that still owes something.

    `moment`: the column that the days and the sorting go by: when the order was sent; for its company, whose drafts have been sent to
    nobody, when it was created.
    """

    words: str = ""
    states: tuple[str, ...] = ()
    waiting_for: str = ""
    overdue: bool = False
    from_at: datetime | None = None
    before_at: datetime | None = None
    sort: str = "newest"
    moment: Literal["submitted_at", "created_at"] = "submitted_at"


_OWED: Final = Obligation.objects.filter(order=OuterRef("pk"), fulfilled_at=None, lifted_at=None)
_NEXT_DUE: Final = Subquery(_OWED.order_by().values("order").annotate(first=Min("due_at")).values("first"))
SORTS: Final[dict[str, Callable[[QuerySet[Order], str], QuerySet[Order]]]] = {
    "newest": lambda found, moment: found.order_by(f"-{moment}", "-id"),
    "oldest": lambda found, moment: found.order_by(moment, "id"),
    "due": lambda found, _moment: found.annotate(next_due=_NEXT_DUE).order_by(
        F("next_due").asc(nulls_last=True), "-id"
    ),
    "price": lambda found, _moment: found.order_by("-price_twd", "-id"),
}


def narrowed(orders: QuerySet[Order], wanted: Wanted, *, at: datetime) -> QuerySet[Order]:
    """The orders that are wanted, sorted; overdue as of `at`, whether or not a scan has run."""
    found = orders
    if wanted.words:
        found = found.filter(_about(wanted.words))
    if wanted.states:
        found = found.filter(state__in=wanted.states)
    if wanted.waiting_for:
        owes = Q(Exists(_OWED.filter(party=wanted.waiting_for)))
        found = found.filter(owes | Q(state="DRAFT") if wanted.waiting_for == COMPANY else owes)
    if wanted.overdue:
        found = found.filter(Exists(_OWED.filter(due_at__lte=at)))
    if wanted.from_at:
        found = found.filter(**{f"{wanted.moment}__gte": wanted.from_at})
    if wanted.before_at:
        found = found.filter(**{f"{wanted.moment}__lt": wanted.before_at})
    return SORTS[wanted.sort](found, wanted.moment)


def _about(words: str) -> Q:
    """Order number, plan, names and numbers of both parties; every word must be somewhere."""
    every = Q()
    for word in words.split()[:5]:
        somewhere: Any = Q(number__icontains=word)
        for field in (
            "plan_version__name",
            "plan_version__name_en",
            "supplier__name",
            "supplier__name_en",
            "company__name",
        ):
            somewhere |= Q(**{f"{field}__icontains": word})
        every &= somewhere | Q(company__ubn=word) | Q(supplier__company__ubn=word)
    return every


def invoice_numbers(orders: list[Order]) -> dict[str, str]:
    """The valid invoice of each order of a list, in one query: {order number: invoice number}."""
    valid = Invoice.objects.filter(order_number__in=[order.number for order in orders], state="ISSUED")
    return dict(valid.values_list("order_number", "number"))
