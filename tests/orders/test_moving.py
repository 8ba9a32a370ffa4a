"""Deadlines when the office calendar changes: moved once, told, never acted on while old, never reopened (R-28)."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tcloud.core import calendar, calendar_file
from tcloud.core import operations as calendar_acts
from tcloud.core.clock import TAIPEI, end_of
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.core.workdays import Impact
from tcloud.members.models import Company
from tcloud.orders import operations as orders
from tcloud.orders import queries
from tcloud.orders.models import Obligation, Order
from tcloud.orders.operations import moving
from tcloud.payments.models import Charge
from tcloud.payments.rules import InvoiceLines
from tcloud.programme.models import Programme
from tests import factories
from tests.core.official import official_csv
from tests.factories import NOW
from tests.payments import gateway

pytestmark = pytest.mark.django_db
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = (date(2027, 1, day) for day in (18, 19, 20, 21))  # after NOW, a Friday


@pytest.fixture
def edition() -> Programme:
    return factories.programme()


@pytest.fixture
def company(edition: Programme) -> Company:
    return factories.granted(edition)


def owed(order: Order, kind: str) -> Obligation:
    return Obligation.objects.get(order=order, kind=kind)


def last_day(order: Order, kind: str) -> date:
    return (owed(order, kind).due_at.astimezone(TAIPEI) - timedelta(days=1)).date()


def moves(order: Order) -> list[Event]:
    return list(Event.objects.filter(case=order.case, type="order.deadline_moved").order_by("id"))


@pytest.mark.rule("R-28")
def test_move_deadlines_moves_each_once_and_records_why(edition, company):
    order = factories.submitted(edition, company)
    change = factories.closure(TUESDAY)
    assert (last_day(order, "accept"), owed(order, "accept").calendar_serial) == (WEDNESDAY, 0)
    assert orders.move_deadlines(at=NOW) == 1
    assert (last_day(order, "accept"), owed(order, "accept").calendar_serial) == (THURSDAY, change.pk)
    (event,) = moves(order)
    assert event.data["deadlines"] == [
        {"kind": "accept", "old": "2027-01-20T16:00:00+00:00", "new": "2027-01-22T00:00:00+08:00"}
    ]
    assert event.data["because"] == [
        {
            "serial": change.pk,
            "kind": "closure_declared",
            "year": None,
            "date": "2027-01-19",
            "county": "",
            "reason": "颱風",
        }
    ]
    assert orders.move_deadlines(at=NOW) == 0
    assert len(moves(order)) == 1


@pytest.mark.rule("R-23", "R-28")
def test_move_deadlines_moves_the_charge_with_the_time_to_pay(edition, company):
    order = factories.accepted(edition, company)
    assert last_day(order, "pay") == TUESDAY
    factories.closure(MONDAY)
    orders.move_deadlines(at=NOW)
    assert last_day(order, "pay") == WEDNESDAY
    assert Charge.objects.get().expires_at == owed(order, "pay").due_at == end_of(WEDNESDAY)
    orders.close_deadlines(gateway=gateway.answering(), at=end_of(TUESDAY))
    assert Order.objects.get().state == "ACCEPTED"
    orders.close_deadlines(gateway=gateway.answering(), at=end_of(WEDNESDAY))
    assert Order.objects.get().state == "UNPAID"


@pytest.mark.rule("R-28")
def test_move_deadlines_counts_the_closures_of_who_owes_it(edition, company):
    Company.objects.filter(pk=company.pk).update(address="台南巿東區")
    company.refresh_from_db()
    order = factories.accepted(edition, company)
    assert [owed(order, kind).county for kind in ("accept", "pay")] == ["臺北市", "臺南市"]
    factories.closure(MONDAY, "臺北市")
    assert orders.move_deadlines(at=NOW) == 0
    assert (last_day(order, "pay"), owed(order, "pay").calendar_serial) == (TUESDAY, calendar.serial_now())
    factories.closure(MONDAY, "臺南市")
    assert orders.move_deadlines(at=NOW) == 1
    assert last_day(order, "pay") == WEDNESDAY


@pytest.mark.rule("R-28")
def test_move_deadlines_moves_back_what_was_a_mistake(edition, company):
    order = factories.submitted(edition, company)
    closure = factories.closure(MONDAY)
    orders.move_deadlines(at=NOW)
    calendar_acts.revoke_closure(
        closure, reason="誤植", drawn_from=calendar.serial_now(), by=factories.officer(), at=NOW
    )
    orders.move_deadlines(at=NOW)
    assert last_day(order, "accept") == WEDNESDAY
    assert [event.data["because"][0]["kind"] for event in moves(order)] == [
        "closure_declared",
        "closure_revoked",
    ]


@pytest.mark.rule("R-28")
def test_move_deadlines_tells_nothing_of_what_came_and_went_between_two_runs(edition, company):
    order = factories.submitted(edition, company)
    closure = factories.closure(MONDAY)
    calendar_acts.revoke_closure(
        closure, reason="誤植", drawn_from=closure.pk, by=factories.officer(), at=NOW
    )
    assert orders.move_deadlines(at=NOW) == 0
    assert (last_day(order, "accept"), moves(order)) == (WEDNESDAY, [])


@pytest.mark.rule("R-28")
def test_move_deadlines_never_reopens_what_had_passed(edition, company):
    order = factories.submitted(edition, company)
    late = end_of(WEDNESDAY) + timedelta(hours=9)
    factories.closure(WEDNESDAY, at=late)
    assert queries.impact(calendar.steps(0), since=NOW, at=late) == Impact(passed=1)
    assert orders.move_deadlines(at=late) == 0
    assert last_day(order, "accept") == WEDNESDAY
    assert orders.close_deadlines(gateway=gateway.answering(), at=late) == 1
    assert Order.objects.get().state == "LAPSED"
    assert queries.impact(calendar.steps(0), since=end_of(TUESDAY), at=late) == Impact(passed=1)


@pytest.mark.rule("R-28")
def test_running_order_keeps_the_numbers_of_its_contract(edition, company):
    order = factories.submitted(edition, company)
    Programme.objects.filter(pk=edition.pk).update(
        accept_working_days=9,
        pay_working_days=9,
        invoice_working_days=9,
        deliver_working_days=9,
        confirm_working_days=9,
    )
    order = Order.objects.get(pk=order.pk)
    first = {"accept": 3, "pay": 2, "invoice": 2, "deliver": 7, "confirm": 5}
    assert order.working_days == {**first, "reissue": 2, "credit": 2}
    session = factories.prepared(order.contract, factories.Party.SUPPLIER)
    order = orders.accept(
        order,
        session,
        factories.signature(session),
        services=factories.services(NOW),
        by=factories.supplier_actor(order),
        at=NOW,
    )
    assert (last_day(order, "pay"), owed(order, "pay").working_days) == (TUESDAY, 2)
    assert gateway.settle(gateway.notice(order, at=NOW), at=NOW) == "paid"
    orders.deliver(order, note="請登入", by=factories.supplier_actor(order), at=NOW)
    lasting = {row.kind: row.working_days for row in Obligation.objects.filter(order=order)}
    assert lasting == first
    changed = Programme.objects.get(pk=edition.pk)
    assert (
        factories.draft(changed, factories.granted(changed)).working_days["pay"] == 9
    )  # a new order gets the new ones


# Each act that judges a deadline, one hour after the deadline of the old calendar, before any run has moved it.


def _accept(order: Order, at: datetime) -> None:
    session = factories.prepared(order.contract, factories.Party.SUPPLIER, at=at)
    orders.accept(
        order,
        session,
        factories.signature(session),
        services=factories.services(at),
        by=factories.supplier_actor(order),
        at=at,
    )


def _invoice(order: Order, at: datetime) -> None:
    lines = InvoiceLines(
        number="AB12345678", issued_on=at.astimezone(TAIPEI).date(), buyer_ubn=order.company.ubn,
        seller_ubn=order.supplier.company.ubn, sales_twd=57_143, tax_twd=2_857, total_twd=60_000,
    )  # fmt: skip
    orders.record_invoice(order, lines, by=factories.supplier_actor(order), at=at)


def _checkout(order: Order, at: datetime) -> None:
    orders.checkout(
        order,
        gateway=gateway.answering(),
        site_url="https://x.test",
        by=factories.actor(order.company),
        at=at,
    )


def _pay(order: Order, at: datetime) -> None:
    assert gateway.settle(gateway.notice(order, at=at), at=at) == "paid"


ACTS: dict[str, tuple[Callable[..., Order], str, Callable[[Order, datetime], Any]]] = {
    "accept": (factories.submitted, "accept", _accept),
    "decline": (
        factories.submitted,
        "accept",
        lambda order, at: orders.decline(order, reason="額滿", by=factories.supplier_actor(order), at=at),
    ),
    "checkout": (factories.accepted, "pay", _checkout),
    "settle": (factories.accepted, "pay", _pay),
    "record_invoice": (factories.paid, "invoice", _invoice),
    "deliver": (
        factories.paid,
        "deliver",
        lambda order, at: orders.deliver(order, note="請登入", by=factories.supplier_actor(order), at=at),
    ),
    "confirm": (
        factories.delivered,
        "confirm",
        lambda order, at: orders.confirm(order, by=factories.actor(order.company), at=at),
    ),
    "dispute": (
        factories.delivered,
        "confirm",
        lambda order, at: orders.dispute(order, reason="無法登入", by=factories.actor(order.company), at=at),
    ),
}


@pytest.mark.rule("R-28")
@pytest.mark.parametrize("name", ACTS)
def test_act_judges_by_the_calendar_now_in_force(edition, company, name):
    begin, kind, act = ACTS[name]
    order = begin(edition, company)
    old = owed(order, kind).due_at
    factories.closure(MONDAY)
    act(order, old + timedelta(hours=1))
    moved = owed(order, kind)
    assert (moved.missed_at, moved.due_at > old) == (None, True)
    assert len(moves(order)) == 1


@pytest.mark.rule("R-28")
@pytest.mark.parametrize("kind", ["accept", "pay", "invoice", "deliver", "confirm"])
def test_scan_closes_nothing_by_an_old_calendar(edition, company, kind):
    begin = {
        "accept": factories.submitted, "pay": factories.accepted, "invoice": factories.paid, "deliver": factories.paid,
        "confirm": factories.delivered,
    }[kind]  # fmt: skip
    order = begin(edition, company)
    old = owed(order, kind).due_at
    factories.closure(MONDAY)
    orders.close_deadlines(gateway=gateway.answering(), at=old)
    assert owed(order, kind).is_open
    new = owed(order, kind).due_at
    assert new > old
    orders.close_deadlines(gateway=gateway.answering(), at=new)
    assert owed(order, kind).missed_at == new


@pytest.mark.rule("R-28")
def test_move_deadlines_goes_on_where_a_killed_run_ended(edition, monkeypatch):
    several = [factories.submitted(edition, factories.granted(edition)) for _ in range(3)]
    factories.closure(MONDAY)
    monkeypatch.setattr(moving, "BATCH", 1)
    record = moving.events.record

    def dies(*args: Any, **kwargs: Any) -> Event:
        if args[1].pk == several[1].pk:
            raise KeyboardInterrupt
        return record(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(moving.events, "record", dies)
        with pytest.raises(KeyboardInterrupt):
            orders.move_deadlines(at=NOW)
    assert [len(moves(order)) for order in several] == [1, 0, 0]
    assert orders.move_deadlines(at=NOW) == 2
    assert [len(moves(order)) for order in several] == [1, 1, 1]


@pytest.mark.rule("R-28")
def test_one_that_cannot_be_moved_holds_up_nobody_else(edition, monkeypatch, caplog):
    first, second = (factories.submitted(edition, factories.granted(edition)) for _ in range(2))
    factories.closure(MONDAY)
    record = moving.events.record

    def broken(*args: Any, **kwargs: Any) -> Event:
        if args[1].pk == first.pk:
            raise LookupError("broken")
        return record(*args, **kwargs)

    monkeypatch.setattr(moving.events, "record", broken)
    assert orders.move_deadlines(at=NOW) == 1
    assert [last_day(order, "accept") for order in (first, second)] == [WEDNESDAY, THURSDAY]
    assert "can't be moved" in caplog.text


def import_2028(*, at: datetime) -> None:
    file = calendar_file.read(official_csv(2028).encode())
    calendar_acts.import_year(
        file,
        name="117.csv",
        digest=file.sha256,
        drawn_from=calendar.serial_now(),
        by=factories.officer(),
        at=at,
    )


LAST = datetime(2027, 12, 28, 10, 0, tzinfo=TAIPEI)  # a Tuesday; the last known working day is Thursday 30


@pytest.mark.rule("R-28")
def test_act_that_needs_a_year_without_calendar_is_refused_and_changes_nothing(edition):
    company = factories.granted(edition, at=LAST)
    order = factories.signed(edition, company, at=LAST)
    with pytest.raises(Refusal) as refused:
        orders.submit(order, by=factories.actor(company), at=LAST)
    assert refused.value.code == "calendar.missing"
    order.refresh_from_db()
    assert (order.state, Obligation.objects.count()) == ("DRAFT", 0)
    import_2028(at=LAST)
    orders.submit(order, by=factories.actor(company), at=LAST)
    assert last_day(order, "accept") == date(2028, 1, 3)


@pytest.mark.rule("R-28", "R-30")
def test_payment_waits_for_the_calendar_and_is_never_lost(edition):
    company = factories.granted(edition, at=LAST - timedelta(days=4))
    order = factories.accepted(
        edition, company, at=LAST - timedelta(hours=12)
    )  # Monday: to pay until Wednesday 29
    _checkout(order, LAST)
    paid = gateway.notice(order, at=LAST)
    assert gateway.settle(paid, at=LAST) == "no_calendar"
    order.refresh_from_db()
    assert (order.state, Charge.objects.get().state) == ("ACCEPTED", "OPEN")
    said = gateway.callback_fields(order, at=LAST)
    answer = {
        "MerchantID": said["MerchantID"], "MerchantTradeNo": said["MerchantTradeNo"], "TradeAmt": said["TradeAmt"],
        "TradeStatus": "1", "TradeNo": said["TradeNo"], "PaymentDate": said["PaymentDate"],
        "PaymentType": said["PaymentType"], "HandlingCharge": "30", "ItemName": "x", "TradeDate": said["TradeDate"],
        "StoreID": "", "CustomField1": "", "CustomField2": "", "CustomField3": "", "CustomField4": "",
    }  # fmt: skip
    late = end_of(date(2027, 12, 29)) + timedelta(minutes=1)
    asked = gateway.answering(**answer)
    orders.close_deadlines(gateway=asked, at=late)
    order.refresh_from_db()
    assert (order.state, Charge.objects.get().state) == (
        "ACCEPTED",
        "OPEN",
    )  # not unpaid: the gateway says paid
    import_2028(at=late)
    assert orders.query_open_charges(gateway=asked, at=late + timedelta(hours=1)) == 1
    order.refresh_from_db()
    assert (order.state, Charge.objects.get().paid_at) == ("PAID", LAST)


@pytest.mark.rule("R-28")
def test_deadline_pushed_into_a_year_without_calendar_is_acted_on_by_nobody(edition):
    company = factories.granted(edition, at=LAST - timedelta(days=6))
    order = factories.submitted(edition, company, at=LAST - timedelta(days=1))  # Monday: due Thursday 30
    factories.closure(date(2027, 12, 30), at=LAST)
    old = owed(order, "accept").due_at
    with pytest.raises(Refusal) as refused:
        orders.decline(order, reason="額滿", by=factories.supplier_actor(order), at=old + timedelta(hours=1))
    assert refused.value.code == "calendar.missing"
    assert orders.move_deadlines(at=LAST) == 0
    assert orders.close_deadlines(gateway=gateway.answering(), at=old + timedelta(hours=1)) == 0
    assert owed(order, "accept").is_open
    import_2028(at=LAST)
    assert orders.move_deadlines(at=LAST) == 1
    assert last_day(order, "accept") == date(2028, 1, 3)


@pytest.mark.rule("R-28")
def test_impact_says_before_what_a_closure_will_move(edition, company):
    factories.submitted(edition, company)
    factories.accepted(edition, factories.granted(edition))
    terms = {"reason": "颱風", "authority": "測試機關", "by": factories.officer(), "at": NOW}

    def of(day: date, county: str) -> Impact:
        change = calendar.would_be(calendar_acts.closures(day, [county], **terms))
        return queries.impact(change, since=NOW, at=NOW)

    assert of(MONDAY, "") == Impact(moving=2)
    assert of(MONDAY, "臺北市") == Impact(moving=2)
    assert of(MONDAY, "高雄市") == Impact()
    assert of(WEDNESDAY, "") == Impact(moving=1)  # the time to pay ends on Tuesday
    factories.closure(MONDAY)
    assert (
        of(date(2027, 1, 22), "") == Impact()
    )  # what waits to be moved by the first is not counted with the second
    assert of(TUESDAY, "") == Impact(moving=2)
    assert orders.move_deadlines(at=NOW) == 2
