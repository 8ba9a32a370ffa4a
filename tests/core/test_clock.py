from datetime import date, datetime, timedelta

import pytest

from tcloud.core import clock
from tcloud.core.clock import TAIPEI


def test_moved_to_shows_another_moment_that_runs_on():
    moment = datetime(2027, 2, 3, 9, tzinfo=TAIPEI)
    with clock.moved_to(moment):
        first, second = clock.now(), clock.now()
        assert moment <= first <= second < moment + timedelta(seconds=5)
        assert clock.today() == date(2027, 2, 3)
        with clock.moved_to(moment + timedelta(days=1)):
            assert clock.today() == date(2027, 2, 4)
        assert clock.today() == date(2027, 2, 3)
    assert abs(datetime.now(TAIPEI) - clock.now()) < timedelta(seconds=5)


def test_now_is_read_in_taipei():
    assert clock.now().utcoffset() == timedelta(hours=8)


def test_taipei_refuses_a_naive_moment():
    with pytest.raises(ValueError, match="time zone"):
        clock.taipei(datetime(2027, 2, 3, 9))


def test_a_day_ends_with_the_first_moment_of_the_next():
    assert clock.end_of(date(2027, 12, 31)) == clock.start_of(date(2028, 1, 1))
    assert clock.end_of(date(2027, 12, 31)).isoformat() == "2028-01-01T00:00:00+08:00"


def test_now_follows_whoever_moved_the_clock_and_a_request_keeps_its_time():
    readings = iter([timedelta(days=92), timedelta(days=5), timedelta(0)])
    clock.follow(lambda: next(readings))
    try:
        with clock.held():
            assert timedelta(days=92) <= clock.now() - clock.real_now() + timedelta(seconds=5)
            assert clock.shift() == timedelta(days=92)
        assert clock.shift() == timedelta(days=5)
    finally:
        clock.follow(None)
    assert abs(clock.now() - clock.real_now()) < timedelta(seconds=5)


def test_moved_to_goes_on_with_a_rehearsal():
    shift = timedelta(days=30)
    clock.follow(lambda: shift)
    try:
        with clock.moved_to(moment := datetime(2027, 2, 3, 9, tzinfo=TAIPEI)):
            assert moment <= clock.now() < moment + timedelta(seconds=5)
            shift = timedelta(days=31)
            assert clock.today() == date(2027, 2, 4)
    finally:
        clock.follow(None)


@pytest.mark.django_db
def test_now_asks_nobody_where_no_rehearsal_is_possible(django_assert_num_queries):
    with django_assert_num_queries(0):
        clock.now()


@pytest.mark.parametrize(("minutes", "near"), [(4.9, True), (5, False), (-4.9, True), (-5, False)])
def test_is_near_ends_on_both_sides(minutes, near):
    since = datetime(2027, 2, 3, 9, tzinfo=TAIPEI)
    assert clock.is_near(since + timedelta(minutes=minutes), since, timedelta(minutes=5)) is near
