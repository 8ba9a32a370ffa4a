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
