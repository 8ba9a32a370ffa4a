"""What every letter about an order needs: the order, its deadlines, its facts in words, what became of its points."""

from collections.abc import Callable
from functools import cached_property

from django.utils.translation import gettext as _

from tcloud.core import money
from tcloud.orders import returning
from tcloud.orders.models import Obligation, Order
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import Letter, Link, Occasion, company_order, supplier_order
from tcloud.payments import queries as payments
from tcloud.payments.models import Charge, Refund
from tcloud.points import queries as points
from tcloud.points.models import Reservation


class OrderCase:
    """An order as its letters speak of it."""

    def __init__(self, occasion: Occasion) -> None:
        if not isinstance(occasion.subject, Order):
            raise TypeError(occasion.event.subject)
        self.order = occasion.subject
        self.event = occasion.event
        self.at = occasion.at

    @cached_property
    def _due(self) -> dict[str, Obligation]:
        rows = Obligation.objects.filter(order=self.order).order_by("id")
        return {row.kind: row for row in rows}  # the last where it was owed again

    def due(self, kind: str) -> str:
        """By when: day, weekday and working days left."""
        owed = self._due[kind]
        return words.deadline(owed.due_at, at=self.at, county=owed.county)

    def was_due(self, kind: str) -> str:
        """The last day on which it would have been in time."""
        return words.last_day(self._due[kind].due_at)

    @property
    def number(self) -> dict[str, str]:
        """The order number, for sentences."""
        return {"number": self.order.number}

    @property
    def plan(self) -> str:
        """The name of the plan version ordered."""
        return words.local(self.order.plan_version, "name")

    @property
    def supplier(self) -> str:
        """The supplier's name."""
        return words.local(self.order.supplier, "name")

    @property
    def points(self) -> str:
        """30,000: the points of the order."""
        return money.points(self.order.points)

    @property
    def points_left(self) -> str:
        """30,000: the points of the order less those that partial refunds released."""
        released = sum(part.points for part in payments.refunds_of(self.order.number))
        return money.points(self.order.points - released)

    @property
    def cash(self) -> str:
        """NT$30,000: the company's part."""
        return money.twd(self.order.cash_twd)

    @property
    def reason(self) -> str:
        """Why, in the words of who acted."""
        return str(self.event.data.get("reason") or self.order.reason)

    def facts(self, *more: tuple[str, str], to_supplier: bool = False) -> list[tuple[str, str]]:
        """The lines every letter about an order shows, and `more`."""
        party = (_("企業會員"), self.order.company.name) if to_supplier else (_("供應商"), self.supplier)
        return [
            (_("訂單編號"), self.order.number),
            (_("方案"), self.plan),
            party,
            (_("方案價格"), money.twd(self.order.price_twd)),
            (_("點數折抵"), _("%(points)s點") % {"points": self.points}),
            (_("自付款"), self.cash),
            *more,
        ]

    def points_back(self) -> str:
        """R-16: what became of the points that were held: free again, or taken back because their time is over."""
        held = Reservation.objects.filter(order_number=self.order.number).select_related("grant")
        usable = sum(row.points for row in held if points.is_usable(row.grant, at=self.event.at))
        gone = sum(row.points for row in held) - usable
        said = []
        if usable:
            said.append(_("%(points)s點已退回，可以再用於其他訂單。") % {"points": money.points(usable)})
        if gone:
            said.append(_("%(points)s點已過使用期限，由計畫收回。") % {"points": money.points(gone)})
        return "".join(said)

    def term(self) -> tuple[tuple[str, str], ...]:
        """The line that says until when the service lasts; none before it was confirmed."""
        ends_at = self.order.service_ends_at
        return ((_("服務期間到"), words.last_day(ends_at)),) if ends_at else ()

    def invoice_number(self) -> str:
        """The invoice's number; empty when there is none."""
        invoice = payments.invoice_of(self.order.number)
        return invoice.number if invoice else ""

    @cached_property
    def charge(self) -> Charge:
        """The charge that the event is about, else the one that paid the order. Raises LookupError when there is none."""
        charge = state_of_charge(self) or returning.charge_that_paid(self.order)
        if charge is None:
            raise LookupError(f"order {self.order.number} was never paid")
        return charge

    @property
    def contact(self) -> str:
        """The company's person for this order: name, address, telephone."""
        order = self.order
        return f"{order.contact_name}　{order.contact_email}　{order.contact_phone}".strip()

    def for_company(
        self,
        subject: str,
        happened: list[str],
        next_steps: list[str],
        *,
        more: tuple[tuple[str, str], ...] = (),
        label: str | None = None,
        path: str = "",
    ) -> Letter:
        """A letter to the company; its link leads to the order, or to the `path`."""
        return Letter(
            subject=subject,
            happened=[line for line in happened if line],
            facts=self.facts(*more),
            next_steps=next_steps,
            link=Link(label or _("查看訂單"), path or company_order(self.order.number)),
            programme=self.order.programme,
        )

    def for_supplier(
        self,
        subject: str,
        happened: list[str],
        next_steps: list[str],
        *,
        more: tuple[tuple[str, str], ...] = (),
        label: str | None = None,
    ) -> Letter:
        """A letter to the supplier; its link leads to the order in its own area."""
        return Letter(
            subject=subject,
            happened=[line for line in happened if line],
            facts=self.facts(*more, to_supplier=True),
            next_steps=next_steps,
            link=Link(label or _("查看訂單"), supplier_order(self.order.number)),
            programme=self.order.programme,
        )


def about_order(write: Callable[[OrderCase], Letter | None]) -> Callable[[Occasion], Letter | None]:
    """A composer of what is written about an order."""

    def compose(occasion: Occasion) -> Letter | None:
        return write(OrderCase(occasion))

    return compose


def state_of_charge(case: OrderCase) -> Charge | None:
    """The charge that the event of `case` is about, or a part of which it is about."""
    label, _slash, key = case.event.subject.partition("/")
    by = {Charge._meta.label_lower: "pk", Refund._meta.label_lower: "refunds__pk"}.get(label)
    return Charge.objects.filter(**{by: key}).first() if by else None
