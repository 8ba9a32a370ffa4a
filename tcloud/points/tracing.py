"""Where points are and how they got there (R-18): a company's entries, the way of one grant, the flow of an edition.

Every number comes from the ledger. Accounts are asked for by their exact keys, so that the number of other grants costs nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import CharField, QuerySet, Value
from django.db.models.functions import Cast, Concat

from tcloud.core import events
from tcloud.core.models import Event
from tcloud.ledger import queries as ledger
from tcloud.ledger.journal import Groups, JournalLine, JournalTotals, Selection, journal, journal_totals
from tcloud.ledger.queries import Flow
from tcloud.members.models import Company
from tcloud.points import queries
from tcloud.points.models import Grant, Reservation
from tcloud.programme.models import Programme

ENDINGS = ("points.returned", "points.expired", "points.reversed")
TAKEN_BACK = ("return", "expire", "reverse")  # codes by which free points go back to the appropriation


# The entries of a company


@dataclass(frozen=True)
class Wanted:
    """Which entries to show; what is left open does not narrow the list. `before_at` is the first moment left out."""

    codes: tuple[str, ...] = ()
    grant: Grant | None = None
    from_at: datetime | None = None
    before_at: datetime | None = None
    order_number: str = ""

    def selection(self) -> Selection:
        """The same in the ledger's terms."""
        keys = [self.grant.available_key, self.grant.reserved_key] if self.grant else []
        case = f"order/{self.order_number}" if self.order_number else ""
        return Selection(self.codes, keys, self.from_at, self.before_at, case)


EVERYTHING = Wanted()


@dataclass(frozen=True)
class Entry:
    """One ledger entry of a company's points: what it did to those free and those held for orders, and what was left of each after it."""

    id: int
    at: datetime
    code: str
    points: int
    debit: str
    credit: str
    available_change: int
    reserved_change: int
    available_after: int
    reserved_after: int
    event: Event

    @property
    def grant_id(self) -> int:
        """The grant whose points moved."""
        key = self.debit if self.debit.startswith("grant/") else self.credit
        return int(key.split("/")[1])

    @property
    def order_number(self) -> str:
        """The order that caused the entry; empty when none did."""
        area, _slash, number = self.event.case.partition("/")
        return number if area == "order" else ""


@dataclass(frozen=True)
class Totals:
    """A number of entries and what they did to the points free and held, each way, in points."""

    entries: int
    available_in: int
    available_out: int
    reserved_in: int
    reserved_out: int


def grants_of(programme: Programme, company: Company) -> list[Grant]:
    """The company's grants of an edition, the newest first."""
    return list(Grant.objects.filter(programme=programme, company=company).order_by("-granted_at", "-id"))


def _groups(grants: Collection[Grant]) -> Groups:
    return [grant.available_key for grant in grants], [grant.reserved_key for grant in grants]


def entries(
    grants: Collection[Grant], wanted: Wanted = EVERYTHING, *, offset: int = 0, limit: int
) -> list[Entry]:
    """R-18: the wanted entries of the grants, newest first, with balances that run over all entries; two queries."""
    rows = journal(_groups(grants), wanted.selection(), offset=offset, limit=limit)
    causes = Event.objects.in_bulk({row.event_id for row in rows})
    return [_entry(row, causes[row.event_id]) for row in rows]


def _entry(row: JournalLine, event: Event) -> Entry:
    changes, after = row.changes, row.after
    return Entry(
        row.id, row.at, row.code, row.amount_points, row.debit, row.credit, changes[0], changes[1], after[0], after[1], event
    )  # fmt: skip


def totals(grants: Collection[Grant], wanted: Wanted = EVERYTHING) -> tuple[Totals, Totals]:
    """What `entries` lists, summed: (of those wanted, of all). One query."""
    shown, whole = journal_totals(_groups(grants), wanted.selection())
    return _totals(shown), _totals(whole)


def _totals(sums: JournalTotals) -> Totals:
    return Totals(sums.entries, sums.into[0], sums.out_of[0], sums.into[1], sums.out_of[1])


def recorded(grants: Sequence[Grant], types: Collection[str] = ()) -> dict[int, list[Event]]:
    """What was recorded about each of one company's grants (not about its orders), oldest first: {grant id: events}. One query.

    An event is about a grant when the grant is its subject, or is named in its data as `grant`.
    """
    if not grants:
        return {}
    found: dict[int, list[Event]] = {grant.pk: [] for grant in grants}
    by_subject = {events.subject_of(grant): grant.pk for grant in grants}
    rows = events.of_case(f"company/{grants[0].company_id}").filter(type__startswith="points.")
    if types:
        rows = rows.filter(type__in=list(types))
    for event in rows:
        about = by_subject.get(event.subject, event.data.get("grant"))
        if about in found:
            found[about].append(event)
    return found


# The way of one grant


@dataclass(frozen=True)
class Way:
    """Where the points of one grant are, and every way they moved (`flows`, in the order of their first entry)."""

    grant: Grant
    available_points: int
    reserved_points: int
    flows: tuple[Flow, ...]

    def moved(self, *codes: str) -> int:
        """Points that entries of these codes moved in all."""
        return sum(flow.amount_points for flow in self.flows if flow.code in codes)

    @property
    def redeemed_points(self) -> int:
        """Owed to suppliers for services received."""
        return self.moved("redeem")

    @property
    def taken_back_points(self) -> int:
        """Back in the appropriation."""
        return self.moved(*TAKEN_BACK)

    @property
    def adds_up(self) -> bool:
        """R-18: what was granted is all accounted for."""
        placed = self.available_points + self.reserved_points + self.redeemed_points + self.taken_back_points
        return self.moved("grant") == placed


def way(grant: Grant) -> Way:
    """R-18: the way of a grant's points. Three queries."""
    keys = [grant.available_key, grant.reserved_key]
    balances = ledger.balances(keys)
    return Way(grant, balances.get(keys[0], 0), balances.get(keys[1], 0), tuple(ledger.flows(keys)))


# The flow of an edition


@dataclass(frozen=True)
class EditionFlow:
    """All points of an edition by where they are. `granted` … `settled` count what ever moved, the others what is there now."""

    appropriated: int
    reduced: int
    granted: int
    taken_back: int
    left: int
    available: int
    reserved: int
    redeemed: int
    settled: int

    @property
    def payable(self) -> int:
        """Owed to suppliers and not yet paid out."""
        return self.redeemed - self.settled

    @property
    def put_in(self) -> int:
        """What the agency put in, less what it took out again; equal to the sum of where the points are."""
        return self.appropriated - self.reduced

    @property
    def placed(self) -> int:
        """The sum of where the points are."""
        return self.left + self.available + self.reserved + self.payable + self.settled


def edition_flow(programme: Programme) -> EditionFlow:
    """R-12, R-18: the flow of an edition, from the totals of its few busy accounts and those of live orders; four queries.

    What companies may still use is what was granted and is nowhere else: a transfer has two sides, so nothing can be missing. That the
    accounts of the grants say the same is what `queries.audit` recomputes.
    """
    authority = ledger.turnover([queries.authority_key(programme.pk)])
    budget = ledger.turnover([queries.appropriation_key(programme.pk)])
    payable = ledger.turnover_below(queries.payable_key(programme.pk, ""))
    reserved = ledger.turnover(_reserved_keys(programme)).balance_points
    granted = budget.debits_points - authority.credits_points
    taken_back = budget.credits_points - authority.debits_points
    return EditionFlow(
        appropriated=authority.debits_points,
        reduced=authority.credits_points,
        granted=granted,
        taken_back=taken_back,
        left=budget.balance_points,
        available=granted - taken_back - reserved - payable.credits_points,
        reserved=reserved,
        redeemed=payable.credits_points,
        settled=payable.debits_points,
    )


def _reserved_keys(programme: Programme) -> QuerySet[Reservation, str]:
    """Keys of the reserved accounts that have anything on them: those of live orders."""
    held = Reservation.objects.filter(state=Reservation.State.HELD, grant__programme=programme)
    key = Concat(Value("grant/"), Cast("grant_id", CharField()), Value("/reserved"), output_field=CharField())
    return held.values_list(key, flat=True).distinct()


# Finding a grant


def find_grants(
    *, programme: Programme | None = None, state: str | None = None, words: str = ""
) -> QuerySet[Grant]:
    """Grants for officers and auditors, newest first: of an edition, of one state, of a company by 統編 or name, or by number.

    `state` is a value of Grant.Closed. Digits are a 統編 or else a grant's number, anything else a part of the name.
    """
    found = Grant.objects.select_related("company", "programme")
    if programme is not None:
        found = found.filter(programme=programme)
    if state is not None:
        found = found.filter(closed_as=state)
    if words.isascii() and words.isdigit() and len(words) < 19:
        company = Company.objects.filter(ubn=words).first()
        found = found.filter(company=company) if company else found.filter(pk=int(words))
    elif words:
        found = found.filter(company__name__icontains=words)
    return found.order_by("-id")
