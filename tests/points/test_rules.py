from datetime import datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcloud.core.clock import TAIPEI
from tcloud.points import rules


@pytest.mark.rule("R-15")
@pytest.mark.parametrize(
    ("granted", "activate_before", "expires"),
    [  # PROGRAMME R-15 and the edges of months; first moments after
        ("2027-01-15", "2027-02-16", "2027-04-16"),
        ("2027-01-31", "2027-03-01", "2027-05-01"),
        ("2027-02-28", "2027-04-01", "2027-06-01"),
        ("2027-01-30", "2027-03-01", "2027-05-01"),
        ("2027-01-29", "2027-03-01", "2027-04-30"),
        ("2027-01-28", "2027-03-01", "2027-04-29"),
        ("2027-01-27", "2027-02-28", "2027-04-28"),
        ("2027-12-31", "2028-02-01", "2028-04-01"),
        ("2028-01-30", "2028-03-01", "2028-05-01"),
        ("2028-01-29", "2028-03-01", "2028-04-30"),
        ("2028-01-28", "2028-02-29", "2028-04-29"),
        ("2028-02-29", "2028-04-01", "2028-06-01"),
        ("2026-11-30", "2027-01-01", "2027-03-01"),
        ("2026-11-29", "2026-12-30", "2027-03-01"),
    ],
)
@pytest.mark.parametrize("hour", [0, 23])
def test_terms_end_by_the_civil_code(granted, activate_before, expires, hour):
    moment = datetime.fromisoformat(granted).replace(hour=hour, minute=59, tzinfo=TAIPEI)
    terms = rules.terms(moment, activation_months=1, expiry_months=3)
    assert terms.activate_before.isoformat() == f"{activate_before}T00:00:00+08:00"
    assert terms.expires_at.isoformat() == f"{expires}T00:00:00+08:00"


@pytest.mark.rule("R-17")
@pytest.mark.parametrize(
    ("price", "balance", "points", "cash"),
    [
        (60_000, 30_000, 30_000, 30_000),
        (20_000, 30_000, 10_000, 10_000),
        (100_000, 30_000, 30_000, 70_000),
        (59_999, 30_000, 29_999, 30_000),
        (60_000, 12_345, 12_345, 47_655),
        (2, 30_000, 1, 1),
        (1, 30_000, 0, 1),
        (60_000, 0, 0, 60_000),
    ],
)
def test_split_uses_half_the_price_at_most(price, balance, points, cash):
    assert rules.split(price, balance) == rules.Split(points, cash)


@pytest.mark.rule("R-17")
@given(st.integers(1, 10**7), st.integers(0, 10**5))
def test_split_always_adds_up(price, balance):
    split = rules.split(price, balance)
    assert split.points + split.cash_twd == price
    assert 0 <= split.points <= min(price // 2, balance)


MORNING, LAST_DAY = time(9), datetime(2027, 4, 16, tzinfo=TAIPEI)  # the last day is 15 April


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=TAIPEI)


@pytest.mark.rule("R-13")
@pytest.mark.rule("R-14")
@pytest.mark.parametrize(
    ("since", "at", "days", "next_at"),
    [
        ("2027-01-15T10:00", "2027-01-15T10:00", None, "2027-03-16T09:00"),
        ("2027-03-16T09:00", "2027-03-16T09:00", 30, "2027-04-08T09:00"),
        ("2027-03-16T09:00", "2027-03-16T08:59", None, "2027-03-16T09:00"),  # a clock set back
        ("2027-04-08T09:00", "2027-04-08T09:01", 7, "2027-04-14T09:00"),
        ("2027-04-14T09:00", "2027-04-15T23:59", 1, None),
        ("2027-03-16T09:00", "2027-04-14T09:00", 1, None),  # the worker was down for a month: the latest only
        (
            "2027-04-10T12:00",
            "2027-04-10T12:00",
            None,
            "2027-04-14T09:00",
        ),  # activated after the earlier ones
        ("2027-04-15T10:00", "2027-04-15T10:00", None, None),
    ],
)
def test_notice_falls_on_the_nth_day_before_the_last(since, at, days, next_at):
    found = rules.notice(LAST_DAY, days=[7, 30, 1], time_of_day=MORNING, since=moment(since), at=moment(at))
    assert found == (days, moment(next_at) if next_at else None)
