"""Officers who move the clock at the same moment: one moves it, the others are told to look again, and the outside has the time of the one."""

from datetime import datetime, timedelta

import pytest

from tcloud.core import clock
from tcloud.core.clock import TAIPEI
from tcloud.core.refusals import Stale
from tcloud.rehearsal.models import ClockMove

pytestmark = [pytest.mark.concurrency, pytest.mark.django_db(transaction=True)]
DAY = datetime(2027, 3, 1, 10, tzinfo=TAIPEI)


def test_move_lets_one_of_several_officers_win(race, rehearsal):
    at = clock.now()
    outcomes = race(*(lambda n=n: rehearsal.move(DAY + timedelta(days=n), seen=0, at=at) for n in range(4)))
    (won,) = [outcome for outcome in outcomes if isinstance(outcome, ClockMove)]
    assert sum(isinstance(outcome, Stale) for outcome in outcomes) == 3
    assert rehearsal.told == [won.shift]
    assert clock.shift() == won.shift


def test_a_pages_time_is_not_held_up_by_a_move_under_way(race, rehearsal):
    """Whoever reads the clock while a move waits for a slow follower gets the old time at once."""
    seen = []

    def slow(shift):
        rehearsal.told.append(shift)
        seen.append(race_read())
        return []

    def race_read():
        import threading

        answers = []
        thread = threading.Thread(target=lambda: answers.append(clock.shift()))
        thread.start()
        thread.join(5)
        return answers

    rehearsal.tell = slow
    rehearsal.move(DAY)
    assert seen == [[timedelta(0)]]
