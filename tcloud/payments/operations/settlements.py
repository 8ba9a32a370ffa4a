"""Each day's statement of the gateway, matched to our charges: what differs is shown until somebody has explained it (R-30)."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.ecpay.settlement import SettledTrade, Statements
from tcloud.adapters.gateway_port import GatewayError, GatewayTooFast
from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.payments import queries
from tcloud.payments.models import Charge, PaymentAccount, Statement, StatementLine, StatementWait
from tcloud.payments.operations.charges import ask_about
from tcloud.payments.rules import MOST_SILENCES

logger = logging.getLogger(__name__)
ASK_AGAIN_AFTER: Final = timedelta(minutes=10)
Result = StatementLine.Result
PAID: Final = ("PAID", "TO_REFUND", "REFUNDED")
Source = Callable[[PaymentAccount | None], Statements | None]


def fetch_statement(*, source: Source, at: datetime) -> Statement | None:
    """Fetch the oldest statement that is missing (`queries.missing_statements`), and match it. None when nothing was fetched.

    One a run, and no merchant is asked twice in a run: the gateway gives out one file a minute. An account of which it gives none is asked
    for again after `ASK_AGAIN_AFTER`, and meanwhile the others have their turn. After `MOST_SILENCES` in a run it is taken for down.
    `source` has the statements of an account, None for an account whose gateway gives out no such files.
    """
    waits = StatementWait.objects.filter(asked_again_at__gt=at, asked_again_at__lte=at + ASK_AGAIN_AFTER)
    passed_over = set(waits.values_list("account_id", flat=True))
    asked: set[str] = set()
    for account, day in queries.missing_statements(at):
        merchant = account.merchant_id if account else ""
        if (account and account.pk) in passed_over or merchant in asked:
            continue
        statements = source(account)
        if statements is None:
            continue
        asked.add(merchant)
        try:
            content, trades = statements.of_day(day)
        except GatewayError as error:
            logger.warning("no statement of %s for account %s: %s", day, account and account.pk, error)
            _wait(account, at=at)
            if len(asked) == MOST_SILENCES or isinstance(error, GatewayTooFast):
                return None
            continue
        try:
            return match_statement(account, day, content, trades, at=at)
        except IntegrityError:  # another run has just matched it
            continue
    return None


@transaction.atomic(durable=True)
def _wait(account: PaymentAccount | None, *, at: datetime) -> None:
    StatementWait.objects.update_or_create(account=account, defaults={"asked_again_at": at + ASK_AGAIN_AFTER})


@transaction.atomic(durable=True)
def match_statement(
    account: PaymentAccount | None,
    day: date,
    content: bytes,
    trades: Sequence[SettledTrade],
    *,
    at: datetime,
) -> Statement:
    """Keep the file and say of each trade whether we have it, and of each of ours whether it is there.

    A trade paid there and not known as paid here is asked about at once, also when its order is over: its money is owed back then.
    Raises IntegrityError when the day was matched before.
    """
    statement = Statement.objects.create(
        account=account, day=day, fetched_at=at, content=content, sha256=hashlib.sha256(content).hexdigest()
    )
    lines = StatementLine.objects.bulk_create(_lines(statement, trades))
    ask_about([line.charge for line in lines if line.charge and line.result == Result.HERE], at=at)
    open_lines = [line for line in lines if line.result != Result.MATCHED]
    if open_lines:
        events.record(
            "settlement.difference", statement, case=f"settlement/{day.isoformat()}", by=THE_SYSTEM, at=at,
            count=len(open_lines),
        )  # fmt: skip
    return statement


def _lines(statement: Statement, trades: Sequence[SettledTrade]) -> Iterator[StatementLine]:
    account, day = statement.account, statement.day
    known = {
        charge.trade_no: charge
        for charge in Charge.objects.filter(account=account, trade_no__in=[each.trade_no for each in trades])
    }
    seen = set()
    for trade in trades:
        charge = known.get(trade.trade_no)
        if trade.trade_no in seen:
            continue
        seen.add(trade.trade_no)
        result = Result.MATCHED
        if charge is None or charge.state not in PAID:
            result = Result.HERE
        elif charge.amount_twd != trade.amount_twd:
            result = Result.AMOUNT
        yield StatementLine(
            statement=statement, charge=charge, trade_no=trade.trade_no[:30], gateway_trade_no=trade.gateway_trade_no[:30],
            result=result, theirs_twd=trade.amount_twd, ours_twd=charge.amount_twd if charge else None, fee_twd=trade.fee_twd,
        )  # fmt: skip
    for charge in queries.paid_by_gateway_on(day, account):
        if charge.trade_no not in seen:
            yield StatementLine(
                statement=statement, charge=charge, trade_no=charge.trade_no,
                gateway_trade_no=charge.gateway_trade_no, result=Result.THERE, ours_twd=charge.amount_twd,
            )  # fmt: skip


@transaction.atomic(durable=True)
def explain_difference(line: StatementLine, *, explanation: str, by: Actor, at: datetime) -> None:
    """An officer has found out why. Raises Refusal `settlement.reason_missing`; `transition.not_now` for one that is explained, or none."""
    if not explanation.strip():
        raise Refusal("settlement.reason_missing", _("請說明差異的原因與處理方式。"))
    still_open = StatementLine.objects.filter(pk=line.pk, explained_at=None).exclude(result=Result.MATCHED)
    if not still_open.update(explanation=explanation.strip(), explained_by=by.name[:120], explained_at=at):
        raise Refusal("transition.not_now", _("這筆差異已經說明過了，請重新整理頁面。"))
    day = line.statement.day.isoformat()
    events.record(
        "settlement.explained", line, case=f"settlement/{day}", by=by, at=at, announce=False,
        trade_no=line.trade_no, reason=explanation.strip(),
    )  # fmt: skip
