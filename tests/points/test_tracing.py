"""Entries, ways and flows say what the books say, to the point (R-18)."""

import itertools
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.ledger import operations as books
from tcloud.ledger import queries as ledger
from tcloud.ledger.operations import Entry
from tcloud.points import queries, tracing
from tcloud.points.models import Grant
from tcloud.points.tracing import Wanted
from tests import factories
from tests.factories import NOW
from tests.points.lives import SUPPLIERS, Life

pytestmark = pytest.mark.django_db
MOVES = st.lists(
    st.tuples(
        st.sampled_from(
            ("reserve", "reserve", "reserve", "release", "redeem", "return", "expire", "reverse")
        ),
        st.integers(min_value=0, max_value=40_000),
    ),
    max_size=12,
)


@pytest.fixture
def edition():
    return factories.programme(appropriation=3_000_000)


def mine(life):
    return tracing.grants_of(life.edition, life.company)


def all_entries(life, wanted=tracing.EVERYTHING):
    return tracing.entries(mine(life), wanted, limit=1000)


@pytest.mark.rule("R-18")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=MOVES, second=MOVES)
def test_every_number_equals_the_ledgers(first, second, edition):
    """Property: whatever two companies did, entries, sums, ways and the edition's flow agree with the accounts."""
    with transaction.atomic():
        lives = [Life(edition), Life(edition)]
        for life, moves in zip(lives, (first, second), strict=True):
            life.play(moves)
        free = held = 0
        for life in lives:
            grants = mine(life)
            balances = ledger.balances(
                key for grant in grants for key in (grant.available_key, grant.reserved_key)
            )
            available = sum(balances[grant.available_key] for grant in grants)
            reserved = sum(balances[grant.reserved_key] for grant in grants)
            rows = all_entries(life)
            assert (rows[0].available_after, rows[0].reserved_after) == (available, reserved)
            assert sum(row.available_change for row in rows) == available
            assert sum(row.reserved_change for row in rows) == reserved
            for later, earlier in itertools.pairwise(rows):
                assert later.available_after == earlier.available_after + later.available_change
            _shown, whole = tracing.totals(grants)
            assert whole.entries == len(rows)
            assert whole.available_in - whole.available_out == available
            assert whole.reserved_in - whole.reserved_out == reserved
            statement = queries.statement(edition, life.company, at=life.at)
            assert statement.reserved_points == reserved
            for line in statement.lines:
                way = tracing.way(line.grant)
                assert way.adds_up
                assert (way.available_points, way.reserved_points) == (
                    line.available_points,
                    line.reserved_points,
                )
                assert (way.redeemed_points, way.taken_back_points) == (
                    line.redeemed_points,
                    line.taken_back_points,
                )
            free, held = free + available, held + reserved
        flow = tracing.edition_flow(edition)
        assert (flow.available, flow.reserved) == (free, held)
        assert flow.payable == sum(ledger.balance(queries.payable_key(edition.pk, ubn)) for ubn in SUPPLIERS)
        assert flow.left == ledger.balance(queries.appropriation_key(edition.pk))
        assert flow.placed == flow.put_in == 3_000_000
        assert ledger.audit()["balanced"]
        transaction.set_rollback(True)


@pytest.fixture
def life(edition):
    """Granted; 10,000 reserved, 4,000 reserved and released, the 10,000 redeemed; a second grant of another company beside it."""
    Life(edition).reserve(700)
    made = Life(edition)
    first, second = made.reserve(10_000), made.reserve(4_000)
    made.release(second)
    made.redeem(first)
    return made


def test_entries_name_their_cause_and_run_their_balances(life):
    rows = [
        (
            row.code,
            row.available_change,
            row.available_after,
            row.reserved_after,
            row.order_number,
            row.event.type,
        )
        for row in all_entries(life)
    ]
    first, second = (f"CE{int(rows[1][4][2:]) - 1:010d}", rows[1][4])
    assert rows == [
        ("redeem", 0, 20_000, 0, first, "order.completed"),
        ("release", 4_000, 20_000, 10_000, second, "order.declined"),
        ("reserve", -4_000, 16_000, 14_000, second, "order.submitted"),
        ("reserve", -10_000, 20_000, 10_000, first, "order.submitted"),
        ("grant", 30_000, 30_000, 0, "", "points.granted"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("narrowed", "codes"),
    [
        ({"codes": ("reserve",)}, ["reserve", "reserve"]),
        ({"codes": ("expire",)}, []),
        ({"from_at": NOW + timedelta(hours=2)}, ["redeem", "release", "reserve"]),
        ({"before_at": NOW + timedelta(hours=1)}, ["grant"]),
        (
            {"from_at": NOW + timedelta(hours=1), "before_at": NOW + timedelta(hours=3)},
            ["reserve", "reserve"],
        ),
    ],
)
def test_entries_are_narrowed_and_keep_the_balances_of_the_whole(life, narrowed, codes):
    rows, everything = all_entries(life, Wanted(**narrowed)), {row.id: row for row in all_entries(life)}
    assert [row.code for row in rows] == codes
    assert all(row == everything[row.id] for row in rows)
    shown, whole = tracing.totals(mine(life), Wanted(**narrowed))
    assert (shown.entries, whole.entries) == (len(codes), 5)
    assert shown.available_in - shown.available_out == sum(row.available_change for row in rows)


def test_entries_of_one_order_and_of_one_grant(life):
    number = all_entries(life)[0].order_number
    assert [row.code for row in all_entries(life, Wanted(order_number=number))] == ["redeem", "reserve"]
    other = Life(life.edition)
    other.end("return")
    again = other.again()
    assert [row.code for row in all_entries(other)] == ["grant", "return", "grant"]
    rows = all_entries(other, Wanted(grant=again))
    assert [(row.code, row.grant_id, row.available_after) for row in rows] == [("grant", again.pk, 30_000)]


def test_entries_are_paged_without_gap(life):
    pages = [tracing.entries(mine(life), offset=offset, limit=2) for offset in (0, 2, 4)]
    assert [row for page in pages for row in page] == all_entries(life)
    assert tracing.entries([], limit=10) == []
    assert tracing.totals([])[1].entries == 0


def test_entries_cost_the_same_whatever_their_number(life):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            all_entries(life)
            tracing.totals(mine(life))
            tracing.way(life.grant)
            tracing.edition_flow(life.edition)
        return len(captured)

    few = cost()
    for _n in range(6):
        life.release(life.reserve(10))
    assert cost() == few


def test_flow_follows_a_reduction(edition):
    budget, authority = queries.appropriation_key(edition.pk), queries.authority_key(edition.pk)
    Life(edition).reserve(8_000)
    event = events.record(
        "programme.reduced", edition, case="programme/x", by=THE_SYSTEM, at=NOW, announce=False
    )
    books.transfer([Entry("reduce/1", "reduce", budget, authority, 1_000_000)], event=event, at=NOW)
    flow = tracing.edition_flow(edition)
    assert (flow.appropriated, flow.reduced, flow.granted, flow.taken_back) == (
        3_000_000,
        1_000_000,
        30_000,
        0,
    )
    assert (flow.left, flow.available, flow.reserved) == (1_970_000, 22_000, 8_000)
    assert flow.placed == flow.put_in == 2_000_000


def test_flow_keeps_editions_apart(edition, life):
    other = factories.programme(appropriation=60_000)
    Life(other).reserve(5_000)
    assert tracing.edition_flow(other).reserved == 5_000
    assert tracing.edition_flow(edition).reserved == 700


def test_recorded_finds_what_is_about_a_grant(life):
    first = life.grant
    life.end("reverse", by=factories.officer(), reason="重複申請")
    (reversal,) = tracing.recorded(mine(life), tracing.ENDINGS)[first.pk]
    assert (reversal.type, reversal.data["reason"]) == ("points.reversed", "重複申請")
    assert [event.type for event in tracing.recorded(mine(life))[first.pk]] == [
        "points.granted",
        "points.reversed",
    ]


@pytest.mark.parametrize("by", ["ubn", "name", "part of the name", "number"])
def test_find_grants_by(by, edition, life):
    words = {
        "ubn": life.company.ubn,
        "name": life.company.name,
        "part of the name": f"商行 {life.company.ubn}",
        "number": str(life.grant.pk),
    }[by]
    assert list(tracing.find_grants(programme=edition, words=words)) == [life.grant]


def test_find_grants_by_state_and_finds_nothing_astray(edition, life):
    life.end("expire")
    assert list(tracing.find_grants(state="expired")) == [life.grant]
    assert tracing.find_grants(state="").count() == Grant.objects.count() - 1
    for words in ("9" * 18, "9" * 400, "查無此公司", "%", "²"):
        assert not tracing.find_grants(words=words).exists()
