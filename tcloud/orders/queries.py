"""Questions about orders, scoped: someone else's order is not found (R-37)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, TruncDate

from tcloud.catalogue.models import Supplier
from tcloud.core import calendar, clock, events, workdays
from tcloud.core.actors import SUPPLIER
from tcloud.core.models import Event
from tcloud.core.workdays import Impact, Step
from tcloud.leads.models import Lead
from tcloud.members.models import Company
from tcloud.orders.models import OPEN, DraftRequest, Obligation, Order, RefundProposal
from tcloud.orders.states import ENDED_WITHOUT_SERVICE, REFUNDABLE, SERVED
from tcloud.payments import queries as payments
from tcloud.payments.models import Charge

_SHOWN = (
    "programme",
    "company",
    "supplier__company",
    "contract__document",
    "plan_version__plan__solution__category",
    "previous_order",
    "lead",
)


def of_company(company: Company) -> QuerySet[Order]:
    """The company's orders, newest first, discarded drafts left out."""
    orders = Order.objects.filter(company=company).exclude(state="DISCARDED")
    return orders.select_related(*_SHOWN).defer("contract__document__content").order_by("-created_at", "-id")


def of_supplier(supplier: Supplier) -> QuerySet[Order]:
    """Orders the supplier has received; drafts are the company's own affair."""
    orders = Order.objects.filter(supplier=supplier, submitted_at__isnull=False)
    return (
        orders.select_related(*_SHOWN).defer("contract__document__content").order_by("-submitted_at", "-id")
    )


def all_orders() -> QuerySet[Order]:
    """Every submitted order, for officers and auditors."""
    orders = Order.objects.filter(submitted_at__isnull=False)
    return (
        orders.select_related(*_SHOWN).defer("contract__document__content").order_by("-submitted_at", "-id")
    )


@dataclass(frozen=True)
class Deadline:
    """An obligation as people see it."""

    obligation: Obligation
    overdue: bool

    @property
    def is_outstanding(self) -> bool:
        """Still owed, overdue or not."""
        return not (self.obligation.fulfilled_at or self.obligation.lifted_at)


def deadlines(order: Order, *, at: datetime) -> list[Deadline]:
    """Everything owed on an order, in the order of falling due; overdue as of `at`, whether or not a scan has run."""
    owed = Obligation.objects.filter(order=order).order_by("due_at", "id")
    return [Deadline(row, bool(row.missed_at) or (row.is_open and at >= row.due_at)) for row in owed]


def next_deadlines(orders: list[Order], *, party: str = "") -> dict[int, Obligation]:
    """For each order of a list its nearest open obligation, of anybody or of one party, in one query: {order id: obligation}."""
    rows = Obligation.objects.filter(order__in=orders, fulfilled_at=None, missed_at=None, lifted_at=None)
    if party:
        rows = rows.filter(party=party)
    return {row.order_id: row for row in rows.order_by("-due_at", "-id")}


def owed_by_supplier(supplier: Supplier) -> QuerySet[Obligation]:
    """What the supplier still has to do, the nearest deadline first; overdue things stay until they are done (R-29)."""
    owed = Obligation.objects.filter(
        order__supplier=supplier, party=SUPPLIER, fulfilled_at=None, lifted_at=None
    )
    return owed.select_related("order__company", "order__plan_version").order_by("due_at", "id")


def missed_by_supplier(supplier: Supplier) -> int:
    """R-29: how many obligations the supplier ever missed, done later or not."""
    missed = Obligation.objects.filter(order__supplier=supplier, party=SUPPLIER, missed_at__isnull=False)
    return missed.count()


def overdue(*, at: datetime) -> QuerySet[Obligation]:
    """Everything owed and overdue as of `at`, whether or not a scan has run; the longest overdue first."""
    owed = Obligation.objects.filter(due_at__lte=at, fulfilled_at=None, lifted_at=None)
    return owed.select_related("order__company", "order__supplier").order_by("due_at", "id")


def falling_due(*, at: datetime, until: datetime) -> QuerySet[Obligation]:
    """What is owed now and will be overdue at `until` (R-28), the nearest deadline first."""
    owed = Obligation.objects.filter(fulfilled_at=None, missed_at=None, lifted_at=None)
    return owed.filter(due_at__gt=at, due_at__lte=until).order_by("due_at", "id")


def next_due(*, at: datetime) -> datetime | None:
    """The next moment after `at` at which something owed becomes overdue; None when nothing is owed."""
    owed = Obligation.objects.filter(fulfilled_at=None, missed_at=None, lifted_at=None, due_at__gt=at)
    found: datetime | None = owed.aggregate(next=Min("due_at"))["next"]
    return found


def overdue_unseen(*, at: datetime) -> QuerySet[Obligation]:
    """What is overdue as of `at` and the scan has not closed yet."""
    return overdue(at=at).filter(missed_at=None)


def impact(change: Sequence[Step], *, since: datetime, at: datetime) -> Impact:
    """R-28: what a change of the calendar (`calendar.would_be`) would do to deadlines of orders, at `at`.

    Of deadlines that had passed those from `since` on are looked at. Deadlines that are alike are counted together.
    """
    owed = Obligation.objects.filter(OPEN | Q(missed_at__isnull=False, due_at__gte=since))
    alike = owed.values(
        "due_at", "working_days", "county", "calendar_serial", day=TruncDate("begins_at", tzinfo=clock.TAIPEI)
    ).annotate(count=Count("pk"), missed=Count("missed_at"))
    steps, total = calendar.steps(0), Impact()
    for row in alike.order_by():
        terms: dict[str, Any] = {
            "begins_at": clock.start_of(row["day"]),
            "working_days": row["working_days"],
            "county": row["county"],
            "before": [step for step in steps if step.serial > row["calendar_serial"]],
            "change": change,
        }
        over = row["count"] if row["due_at"] <= at else row["missed"]
        total += workdays.impact(row["due_at"], over=True, count=over, **terms)
        total += workdays.impact(row["due_at"], over=False, count=row["count"] - over, **terms)
    return total


@dataclass(frozen=True)
class RefundStanding:
    """R-27: what of an order's cash may still be given back (NT$; 0 when nothing may), and its proposals, newest first."""

    left_twd: int
    proposals: list[RefundProposal]

    @property
    def open(self) -> RefundProposal | None:
        """The one that waits for an answer."""
        return next((each for each in self.proposals if each.state == "PROPOSED"), None)


def refund_standing(order: Order) -> RefundStanding:
    """R-27: of one order; three queries."""
    paid = Charge.objects.filter(order_number=order.number, state="PAID").first()
    left = payments.left_twd(paid) if paid and order.state in REFUNDABLE else 0
    return RefundStanding(left, list(order.refund_proposals.order_by("-id")))


def price_cut_twd(order: Order) -> int:
    """R-24, R-27: NT$ by which refunds lessened the price: cash that goes back and the points released with it."""
    if order.state == "REFUNDED":
        return order.price_twd
    parts = payments.refunds_of(order.number)
    return sum(part.amount_twd + part.points for part in parts)


def timeline(order: Order) -> list[Event]:
    """What happened to the order, oldest first."""
    return list(events.of_case(order.case))


def state_counts(*, supplier: Supplier | None = None) -> dict[str, int]:
    """How many submitted orders are in each state; of all suppliers, or of one."""
    orders = Order.objects.filter(submitted_at__isnull=False)
    if supplier is not None:
        orders = orders.filter(supplier=supplier)
    return dict(orders.values_list("state").annotate(Count("pk")))


def disputed(*, most: int) -> list[tuple[Order, datetime]]:
    """R-27: orders in dispute and since when, the `most` that have waited longest, those first."""
    raised = Event.objects.filter(type="order.disputed", case=Concat(Value("order/"), OuterRef("number")))
    since = Subquery(raised.order_by("-id").values("at")[:1])
    found = Order.objects.filter(state="DISPUTED").select_related("company", "supplier")
    longest = found.annotate(disputed_at=since).order_by("disputed_at", "id")[:most]
    return [(order, order.disputed_at) for order in longest]


def to_remind(*, at: datetime) -> QuerySet[Order]:
    """Orders whose company is to be reminded by `at` that the term of its service ends, the longest due first."""
    due = Order.objects.filter(renewal_notice_at__lte=at, state__in=SERVED)
    return due.order_by("renewal_notice_at", "id")


def following(order: Order) -> QuerySet[Order]:
    """Orders that renew or change this one: those sent and not ended without service."""
    sent = Order.objects.filter(previous_order=order, submitted_at__isnull=False)
    return sent.exclude(state__in=ENDED_WITHOUT_SERVICE).order_by("id")


def requests_of(order: Order) -> list[DraftRequest]:
    """Everything asked about a draft and answered, the newest first."""
    asked = DraftRequest.objects.filter(order=order).select_related("asked_by", "answered_by")
    return list(asked.order_by("-id"))


def waiting_requests(company: Company) -> QuerySet[DraftRequest]:
    """Drafts of the company that wait for approval, the oldest first."""
    asked = DraftRequest.objects.filter(order__company=company, state="ASKED")
    return asked.select_related("asked_by", "order__plan_version").order_by("asked_at", "id")


def answered_requests(company: Company, user_id: int) -> QuerySet[DraftRequest]:
    """This person's drafts that came back and still wait for her to change them, the newest first."""
    mine = DraftRequest.objects.filter(
        order__company=company, order__state="DRAFT", asked_by_id=user_id, state="RETURNED"
    )
    later = DraftRequest.objects.filter(order=OuterRef("order"), pk__gt=OuterRef("pk"))
    return mine.exclude(Exists(later)).select_related("order__plan_version").order_by("-answered_at")


def ordered_by_lead(leads: Sequence[Lead]) -> dict[int, int]:
    """How many companies sent an order with each of the leads, in one query: {lead id: companies}."""
    sent = Order.objects.filter(lead__in=leads, submitted_at__isnull=False).order_by()
    return dict(sent.values_list("lead").annotate(Count("company", distinct=True)))
