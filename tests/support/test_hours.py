"""R-34: text support is staffed 09:00–18:00 every day except closures announced."""

from datetime import datetime, time

import pytest

from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.support.models import SupportClosure
from tcloud.support.operations import hours as operations
from tcloud.support.queries import hours as queries
from tcloud.support.rules.hours import Closed, Hours, closes_next, is_staffed, opens_next
from tests import factories
from tests.factories import NOW


def moment(text: str) -> datetime:
    return datetime.fromisoformat(f"2027-{text}").replace(tzinfo=TAIPEI)


DAILY = Hours(time(9), time(18))
# a whole day (the 16th); an afternoon (the 20th); from the evening of the 22nd to the noon of the 24th; two that meet (the 26th)
CLOSURES = [
    Closed(moment("01-16 00:00"), moment("01-17 00:00")),
    Closed(moment("01-20 13:00"), moment("01-20 15:30")),
    Closed(moment("01-22 17:00"), moment("01-24 12:00")),
    Closed(moment("01-26 09:00"), moment("01-26 11:00")),
    Closed(moment("01-26 11:00"), moment("01-26 14:00")),
]
TABLE = [
    # at                  staffed  opens next
    ("01-15 08:59:59", False, "01-15 09:00"),
    ("01-15 09:00:00", True, "01-15 09:00"),
    ("01-15 17:59:59", True, "01-15 17:59:59"),
    ("01-15 18:00:00", False, "01-17 09:00"),  # the next day is closed
    ("01-15 23:59:59", False, "01-17 09:00"),
    ("01-16 00:00:00", False, "01-17 09:00"),
    ("01-16 10:00:00", False, "01-17 09:00"),
    ("01-17 00:00:00", False, "01-17 09:00"),  # a Sunday: staffed all the same
    ("01-17 12:00:00", True, "01-17 12:00"),
    ("01-20 12:59:59", True, "01-20 12:59:59"),
    ("01-20 13:00:00", False, "01-20 15:30"),
    ("01-20 15:30:00", True, "01-20 15:30"),
    ("01-22 16:59:59", True, "01-22 16:59:59"),
    ("01-22 17:00:00", False, "01-24 12:00"),
    ("01-23 10:00:00", False, "01-24 12:00"),
    ("01-26 08:00:00", False, "01-26 14:00"),
]


@pytest.mark.rule("R-34")
@pytest.mark.parametrize(("at", "staffed", "opens"), TABLE)
def test_is_staffed_and_opens_next(at: str, staffed: bool, opens: str) -> None:
    assert is_staffed(DAILY, CLOSURES, moment(at)) is staffed
    assert opens_next(DAILY, CLOSURES, moment(at)) == moment(opens)


def test_opens_next_reads_other_zones_and_gives_up_at_a_closure_without_end() -> None:
    in_london = datetime.fromisoformat("2027-01-15T10:00:00+00:00")  # 18:00 in Taipei
    assert not is_staffed(DAILY, [], in_london)
    assert opens_next(DAILY, [], in_london) == moment("01-16 09:00")
    assert opens_next(DAILY, [Closed(NOW, NOW.replace(year=2028))], NOW) is None


def test_closes_next_is_closing_time_or_a_closure_before_it() -> None:
    assert closes_next(DAILY, CLOSURES, moment("01-20 10:00")) == moment("01-20 13:00")
    assert closes_next(DAILY, CLOSURES, moment("01-20 16:00")) == moment("01-20 18:00")


@pytest.fixture
def officer(db: None):
    return factories.officer(factories.user(staff_role="officer"))


def announce(officer, begins="01-16 00:00", ends="01-17 00:00", *, reason="系統維護", at=NOW):
    return operations.announce_closure(moment(begins), moment(ends), reason=reason, by=officer, at=at)


@pytest.mark.rule("R-34")
def test_announce_closure_closes_text_support_and_revoke_opens_it_again(officer) -> None:
    edition = factories.programme()
    closure = announce(officer)
    desk = queries.desk(edition, at=moment("01-16 10:00"))
    assert (desk.open, desk.closure, desk.opens_at) == (False, closure, moment("01-17 09:00"))
    assert queries.announced(at=NOW) == [closure]
    operations.revoke_closure(closure, by=officer, at=NOW)
    assert queries.is_staffed(edition, at=moment("01-16 10:00"))
    assert queries.announced(at=NOW) == []
    assert list(Event.objects.filter(case="support/hours").values_list("type", flat=True)) == [
        "support.closure_announced", "support.closure_revoked",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"reason": " "}, "closure.reason_missing"),
        ({"begins": "01-17 00:00", "ends": "01-17 00:00"}, "closure.empty"),
        ({"begins": "01-14 00:00", "ends": "01-15 10:00"}, "closure.over"),
    ],
)
def test_announce_closure_refuses(officer, changes, code) -> None:
    with pytest.raises(Refusal) as refused:
        announce(officer, **changes)
    assert refused.value.code == code
    assert not SupportClosure.objects.exists()


def test_announce_closure_refuses_the_same_twice_and_whoever_is_no_officer(officer) -> None:
    announce(officer)
    for by, code in (
        (officer, "closure.announced"),
        (factories.actor(factories.company()), "transition.not_yours"),
    ):
        with pytest.raises(Refusal) as refused:
            announce(by)
        assert refused.value.code == code
    assert SupportClosure.objects.count() == 1


def test_revoke_closure_refuses_what_is_revoked_or_over(officer) -> None:
    closure = announce(officer)
    with pytest.raises(Refusal, match="已經過去"):
        operations.revoke_closure(closure, by=officer, at=moment("01-17 00:00"))
    operations.revoke_closure(closure, by=officer, at=NOW)
    with pytest.raises(Refusal, match="已經撤銷"):
        operations.revoke_closure(closure, by=officer, at=NOW)
