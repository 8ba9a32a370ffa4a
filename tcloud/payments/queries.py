"""Questions about charges and invoices."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Case, Count, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from tcloud.core import clock, events
from tcloud.core.models import Event
from tcloud.payments.models import (
    BankReceipt,
    Charge,
    GatewayMessage,
    Invoice,
    PayCode,
    PaymentAccount,
    Refund,
    Statement,
    StatementLine,
    TransferNotice,
)

GIVES_STATEMENTS: Final = "ecpay"  # the kind of gateway that has them over HTTP
READY_AT: Final = time(9)  # the day before is in the file by then
STATEMENT_DAYS: Final = 30
MISMATCHES_SHOWN: Final = timedelta(days=30)


def charge_of(order_number: str) -> Charge | None:
    """The order's live charge (open or paid), else its latest."""
    charges = list(Charge.objects.filter(order_number=order_number).order_by("-id"))
    live = [charge for charge in charges if charge.state in ("OPEN", "PAID")]
    return next(iter(live or charges), None)


def charge_by(trade_no: str) -> Charge | None:
    """The charge with that trade number."""
    return Charge.objects.filter(trade_no=trade_no[:20]).first()


def codes_of(order_number: str) -> PayCode | None:
    """The code last given out for a charge of the order that may still be paid; None when there is none."""
    payable = PayCode.objects.filter(charge__order_number=order_number, charge__state__in=("OPEN", "CLOSED"))
    return payable.select_related("charge").order_by("-id").first()


def invoice_of(order_number: str) -> Invoice | None:
    """The order's invoice that is valid now."""
    return Invoice.objects.filter(order_number=order_number, state="ISSUED").first()


def owed_back(order_number: str = "") -> list[tuple[Charge | Refund, int]]:
    """Money that is owed back and not yet returned (of one order), with how many NT$ (`owed_twd`; R-27, R-30); two queries."""
    given = Coalesce(Sum("refunds__amount_twd"), 0)
    charges = Charge.objects.filter(state="TO_REFUND").annotate(given=given).order_by("id")
    parts = Refund.objects.filter(state="TO_REFUND").select_related("charge").order_by("id")
    if order_number:
        charges = charges.filter(order_number=order_number)
        parts = parts.filter(charge__order_number=order_number)
    return [
        *((charge, charge.amount_twd - charge.given) for charge in charges),
        *((part, part.amount_twd) for part in parts),
    ]


def owed_count() -> int:
    """How many sums are still to go back."""
    waiting = {"state": "TO_REFUND"}
    sent = Charge.objects.filter(**waiting).count() + Refund.objects.filter(**waiting).count()
    return sent + receipts_owed().count()


def charge_behind(owed: Charge | Refund) -> Charge:
    """The charge that the money came by."""
    return owed if isinstance(owed, Charge) else owed.charge


def owed_twd(owed: Charge | Refund) -> int:
    """NT$ that go back with it: a part, or of a charge what no part has given back before."""
    return owed.amount_twd if isinstance(owed, Refund) else left_twd(owed)


def left_twd(charge: Charge) -> int:
    """NT$ of a charge that no partial refund has given back."""
    parts = Refund.objects.filter(charge=charge).aggregate(sum=Sum("amount_twd"))
    return charge.amount_twd - int(parts["sum"] or 0)


def tries_of(owed: Charge | Refund) -> QuerySet[Event]:
    """What the gateway answered whenever it was to give the money back, and that an officer had it tried again; oldest first."""
    return events.of_case(owed.case).filter(
        subject=events.subject_of(owed),
        type__in=(
            "charge.refund_refused",
            "charge.refund_failed",
            "charge.refund_uncertain",
            "charge.refund_tried_again",
        ),
    )


def refunds_of(order_number: str) -> list[Refund]:
    """The partial refunds of an order, oldest first."""
    return list(
        Refund.objects.filter(charge__order_number=order_number).select_related("charge").order_by("id")
    )


def messages_of(trade_no: str) -> list[GatewayMessage]:
    """Everything the gateway ever said about a trade, oldest first."""
    return list(GatewayMessage.objects.filter(trade_no=trade_no).order_by("id"))


def gateway_account_of(company_id: int | None) -> PaymentAccount | None:
    """The account at a gateway that a company's customers pay into; None: the programme's."""
    return _active(company_id).exclude(kind=PaymentAccount.Kind.BANK).first()


def bank_account_of(company_id: int | None) -> PaymentAccount | None:
    """The bank account that a company's customers may remit to."""
    return _active(company_id).filter(kind=PaymentAccount.Kind.BANK).first()


def active_accounts() -> QuerySet[PaymentAccount]:
    """Every account in use, by company, for officers."""
    active = PaymentAccount.objects.filter(retired_at=None).select_related("company")
    return active.order_by("company__name", "company_id", "id")


def _active(company_id: int | None) -> QuerySet[PaymentAccount]:
    active = PaymentAccount.objects.filter(retired_at=None)
    return active.none() if company_id is None else active.filter(company_id=company_id)


def transfers_of(order_number: str) -> list[TransferNotice]:
    """What the company said it remitted for an order, newest first."""
    return list(TransferNotice.objects.filter(order_number=order_number).order_by("-id"))


def receipts_of(order_number: str) -> list[BankReceipt]:
    """What the supplier confirmed of an order, newest first, without the files."""
    return list(BankReceipt.objects.filter(order_number=order_number).defer("content").order_by("-id"))


def came_from(order_number: str) -> str:
    """The last five digits of the account from which the remittance came that paid the order; empty when none did."""
    paid = BankReceipt.objects.filter(order_number=order_number, outcome=BankReceipt.Outcome.PAID)
    return paid.values_list("last_five", flat=True).first() or ""


def receipts_owed() -> QuerySet[BankReceipt]:
    """Remittances that paid nothing and are to go back, the oldest first."""
    owed = BankReceipt.objects.exclude(outcome=BankReceipt.Outcome.PAID).filter(returned_at=None)
    return owed.defer("content").order_by("id")


def paid_by_gateway_on(day: date, account: PaymentAccount | None) -> QuerySet[Charge]:
    """Charges of an account (None: the programme's) that were paid at the gateway on a day in Taipei."""
    paid = Charge.objects.filter(
        account=account, paid_at__gte=clock.start_of(day), paid_at__lt=clock.end_of(day)
    )
    return (
        paid.filter(state__in=("PAID", "TO_REFUND", "REFUNDED"))
        .exclude(method="bank_transfer")
        .order_by("id")
    )


def missing_statements(at: datetime) -> list[tuple[PaymentAccount | None, date]]:
    """The statements of the last `STATEMENT_DAYS` that are not here, the oldest first, a day's by account; three SQL statements.

    An account (None: the programme's) has one of each day from its first charge on, a retired one for `STATEMENT_DAYS` more. That of
    yesterday is there from `READY_AT` on. A gateway that gives out no such files has none missing.
    """
    now = clock.taipei(at)
    last = now.date() - timedelta(days=1 if now.time() >= READY_AT else 2)
    days = [last - timedelta(days=back) for back in reversed(range(STATEMENT_DAYS))]
    here = set(Statement.objects.filter(day__range=(days[0], last)).values_list("account_id", "day"))
    accounts = list(_with_statements())
    return [
        (account, day)
        for day in days
        for account, began, ends in accounts
        if began <= day <= ends and (account and account.pk, day) not in here
    ]


def _with_statements() -> Iterator[tuple[PaymentAccount | None, date, date]]:
    """Every account whose gateway gives out statements and with which a charge was made; the first day of one, and the last."""
    first = Charge.objects.order_by("id").values("created_at")
    programmes = first.filter(account=None).first()
    if programmes and settings.GATEWAY["kind"] == GIVES_STATEMENTS:
        yield None, clock.taipei(programmes["created_at"]).date(), date.max
    own = PaymentAccount.objects.filter(kind=GIVES_STATEMENTS).select_related("company")
    used = own.annotate(began_at=Subquery(first.filter(account=OuterRef("pk"))[:1])).exclude(began_at=None)
    for account in used.order_by("id"):
        retired = account.retired_at
        ends = clock.taipei(retired).date() + timedelta(days=STATEMENT_DAYS) if retired else date.max
        yield account, clock.taipei(account.began_at).date(), ends


def statements() -> QuerySet[Statement]:
    """Every statement, the newest day first, with how many trades (`trades`), what they cost (`fees`) and what is open (`open`)."""
    differs = ~Q(lines__result=StatementLine.Result.MATCHED)
    counted = (
        Statement.objects.defer("content")
        .select_related("account__company")
        .annotate(
            trades=Count("lines"),
            fees=Sum("lines__fee_twd"),
            differences=Count("lines", filter=differs),
            open=Count("lines", filter=differs & Q(lines__explained_at=None)),
        )
    )
    return counted.order_by("-day", "id")


def lines_of(statement: Statement) -> QuerySet[StatementLine]:
    """The lines of a statement, differences first."""
    last = Case(When(result=StatementLine.Result.MATCHED, then=1), default=0)
    return (
        StatementLine.objects.filter(statement=statement).select_related("charge").order_by(last, "trade_no")
    )


def open_differences() -> int:
    """How many differences nobody has explained yet."""
    return (
        StatementLine.objects.exclude(result=StatementLine.Result.MATCHED).filter(explained_at=None).count()
    )


@dataclass(frozen=True)
class Mismatch:
    """R-30: the gateway told of a payment that is not what was asked: in which line (`why`: merchant, trade, amount), and since when.

    `said_twd`: the amount it told, where that was noted; `difference`: the line of a statement in which it waits for an explanation.
    """

    charge: Charge
    why: str
    since: datetime
    said_twd: int | None
    difference: StatementLine | None


def mismatches(*, at: datetime) -> list[Mismatch]:
    """Those of the last 30 days that nobody has dealt with, the oldest first; three queries, however often the gateway repeats itself.

    Dealt with: the statement of the day agrees after all, or an officer has explained it there.
    """
    told = Event.objects.filter(type="charge.mismatch", at__gt=at - MISMATCHES_SHOWN).exclude(
        data__has_key="codes"
    )
    first = told.annotate(why=KT("data__why")).order_by("subject", "why", "id").distinct("subject", "why")
    by_charge = [(int(event.subject.rpartition("/")[2]), event) for event in first]
    charges = Charge.objects.in_bulk([pk for pk, _event in by_charge])
    lines = {line.charge_id: line for line in StatementLine.objects.filter(charge__in=charges).order_by("id")}
    found = []
    for pk, event in by_charge:
        line = lines.get(pk)
        if line and (line.explained_at or line.result == StatementLine.Result.MATCHED):
            continue
        said = event.data.get("amount_twd")
        found.append(Mismatch(charges[pk], event.data["why"], event.at, said, line))
    return sorted(found, key=lambda each: (each.since, each.charge.pk))
