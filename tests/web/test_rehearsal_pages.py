"""演練時鐘: officers move it and are told before what will happen; every page says that the time is moved."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.http import Http404
from django.test import Client
from django.utils import translation

from tcloud.core import clock, events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.clock import TAIPEI
from tcloud.core.models import Event
from tcloud.members.models import User
from tcloud.outbox import operations as outbox
from tcloud.rehearsal.models import ClockMove
from tcloud.web.office import rehearsal as pages
from tcloud.web.office.clock_forms import written
from tcloud.web.ui.rehearsal import difference
from tests import factories as make
from tests.conftest import Rehearsal
from tests.factories import NOW
from tests.web.order_pages import page

pytestmark = pytest.mark.django_db
LATER = datetime(2027, 4, 20, 10, tzinfo=TAIPEI)
BAR = "演練時鐘</b>：<time"
CLOCK, MOVE = "/office/clock/", "/office/clock/move/"


@pytest.fixture(autouse=True)
def moment() -> Any:
    cache.clear()
    with clock.moved_to(NOW):
        yield


def signed_in(role: str) -> Client:
    return make.signed_in(make.user(staff_role=role))


@pytest.fixture
def officer(rehearsal: Rehearsal) -> Client:
    return signed_in("officer")


def form_of(client: Client, to: str) -> dict[str, str]:
    """The hidden fields of the confirmation."""
    text = page(client.get(MOVE, {"to": to}))
    return dict(re.findall(r'<input type="hidden" name="(to|seen)" value="([^"]*)"', text))


def move(client: Client, to: datetime | None, **changes: str) -> Any:
    return client.post(MOVE, form_of(client, written(to)) | {"reason": "演練"} | changes)


class TestMoving:
    def test_an_officer_moves_the_clock_and_back(self, officer: Client, rehearsal: Rehearsal) -> None:
        make.programme(code="tcloud")
        assert "時鐘還沒有移動過" in page(officer.get(CLOCK))
        assert move(officer, LATER).status_code == 302
        assert timedelta(0) <= clock.now() - LATER < timedelta(seconds=20)
        shown = page(officer.get(CLOCK))
        assert "2027年4月20日（二）10:0" in shown
        assert "比實際時間快 95 天" in shown
        assert "項定期工作等待或正在執行" in shown
        assert move(officer, None).status_code == 302
        assert clock.shift() == timedelta(0)
        assert ClockMove.objects.count() == 2

    @pytest.mark.parametrize(
        ("typed", "moment"),
        [
            ({"day_year": "2027", "day_month": "4", "day_day": "20", "time": "10:00"}, "2027-04-20T10:00:00"),
            ({"day_year": "116", "day_month": "4", "day_day": "20", "time": "９：30"}, "2027-04-20T09:30:00"),
            ({"day_year": "2027", "day_month": "2", "day_day": "30", "time": "10:00"}, ""),
            ({"day_year": "2027", "day_month": "2", "day_day": "3", "time": "99"}, ""),
            ({}, ""),
            ({"to": "tomorrow"}, ""),
        ],
    )
    def test_day_and_time_are_typed_in_either_calendar(
        self, officer: Client, typed: dict[str, str], moment: str
    ) -> None:
        shown = page(officer.get(MOVE, typed))
        if moment:
            assert f'name="to" value="{moment}"' in shown
        else:
            assert "處要修正" in shown
            assert 'name="to"' not in shown
        assert not ClockMove.objects.exists()

    def test_quick_moves_lead_to_the_next_ends_and_deadlines(self, officer: Client) -> None:
        edition = make.programme()
        waiting = make.granted(edition).grants.get()
        order = make.submitted(edition, make.granted(edition))
        used, owed = order.company.grants.get(), order.obligations.get()
        shown = page(officer.get(CLOCK))
        for moment in (waiting.activate_before, used.expires_at, owed.due_at):
            assert f"?to={written(moment).replace(':', '%3A')}" in shown
        assert {"一天後", "一個月後", "下一個工作天"} <= {
            str(target.label) for target in pages.targets(clock.now())
        }
        assert written(datetime(2027, 1, 18, 9, tzinfo=TAIPEI)) in {
            target.to for target in pages.targets(clock.now())
        }

    def test_what_will_happen_is_counted_before(self, officer: Client) -> None:
        edition = make.programme()
        make.granted(edition)
        make.submitted(edition, make.granted(edition))
        shown = page(officer.get(MOVE, {"to": written(LATER)}))
        assert "2 筆點數會過啟用期限或使用期限" in shown
        assert "1 個訂單期限會過" in shown
        assert "最多 2 筆" in page(officer.get(MOVE, {"to": written(NOW + timedelta(days=25))}))
        soon = page(officer.get(MOVE, {"to": written(NOW + timedelta(hours=3))}))
        assert "沒有點數會到期" in soon
        assert "沒有訂單期限會過" in soon
        counted = Event.objects.count()
        back = page(officer.get(MOVE, {"to": written(NOW - timedelta(days=40))}))
        assert f"{counted} 筆紀錄的時間會晚於平台的時間" in back
        assert "不會恢復" in back

    def test_a_year_without_calendar_is_said_before(self, officer: Client) -> None:
        for to in (datetime(2028, 1, 3, 9, tzinfo=TAIPEI), datetime(2027, 12, 20, 9, tzinfo=TAIPEI)):
            assert "還沒有 2028 年的政府行政機關辦公日曆表" in page(officer.get(MOVE, {"to": written(to)}))
        assert "辦公日曆表" not in page(officer.get(MOVE, {"to": written(LATER)}))

    def test_the_page_lists_what_happened_since_newest_first(
        self, officer: Client, rehearsal: Rehearsal
    ) -> None:
        edition = make.programme()
        make.submitted(edition, make.granted(edition))
        rehearsal.move(LATER)
        page(officer.get(CLOCK))  # a heading without any row
        subject = User.objects.latest("pk")
        for kind in ("order.lapsed", "order.lapsed", "points.granted"):
            events.record(kind, subject, case="order/CE1", by=THE_SYSTEM, at=clock.now(), announce=False)
        shown = page(officer.get(CLOCK))
        assert "<li>供應商逾期未接單，訂單失效 <b>2</b></li>" in shown
        since = shown[shown.index('id="since"') : shown.index('id="moves"')]
        assert since.index("核發點數</th>") < since.index("訂單失效</th>")
        assert "企業送出訂單" not in since


class TestRefusals:
    def test_others_get_403_and_strangers_sign_in(self, rehearsal: Rehearsal) -> None:
        edition = make.programme()
        company = make.signed_in(make.user(make.granted(edition)))
        for client in (company, signed_in("support")):
            assert client.get(CLOCK).status_code == client.post(MOVE).status_code == 403
        assert Client().get(CLOCK).status_code == 302
        assert not ClockMove.objects.exists()

    def test_an_auditor_reads_and_moves_nothing(self, officer: Client, rehearsal: Rehearsal) -> None:
        auditor = signed_in("auditor")
        fields = form_of(officer, written(LATER))
        assert auditor.post(MOVE, fields).status_code == 403
        rehearsal.move(LATER, reason="演練目的")
        shown = page(auditor.get(CLOCK))
        assert "演練目的" in shown
        assert 'name="day_year"' not in shown
        assert 'name="seen"' not in page(auditor.get(MOVE, {"to": "real"}))
        assert ClockMove.objects.count() == 1

    @pytest.mark.parametrize("setting", ["DEBUG", "REHEARSAL_CLOCK"])
    def test_there_is_no_such_page_where_rehearsals_are_not_allowed(
        self, officer: Client, settings: Any, setting: str, rf: Any
    ) -> None:
        make.programme(code="tcloud")
        fields = form_of(officer, written(LATER))
        assert CLOCK in officer.get("/office/").text
        setattr(settings, setting, False)
        for answer in (officer.get(CLOCK), officer.get(MOVE), officer.post(MOVE, fields)):
            assert answer.status_code == 404
        assert CLOCK not in officer.get("/office/").text
        with pytest.raises(Http404):
            pages.where_allowed(lambda request: None)(rf.get("/"))  # type: ignore[arg-type,return-value]
        assert not ClockMove.objects.exists()

    def test_a_form_drawn_before_another_move_is_refused(self, officer: Client, rehearsal: Rehearsal) -> None:
        fields = form_of(officer, written(LATER))
        rehearsal.move(LATER + timedelta(days=1))
        answer = officer.post(MOVE, fields)
        assert answer.status_code == 409
        assert "資料剛被更新" in answer.text
        assert ClockMove.objects.count() == 1
        for wrong in ({}, {"to": "x", "seen": "0"}, {"to": "real", "seen": "x"}):
            assert officer.post(MOVE, wrong).status_code == 409
        assert ClockMove.objects.count() == 1

    def test_a_purpose_too_long_is_said_and_kept(self, officer: Client) -> None:
        answer = move(officer, LATER, reason="長" * 201)
        assert "長" * 201 in page(answer)
        assert not ClockMove.objects.exists()

    def test_an_outside_that_does_not_follow_is_named_and_nothing_has_moved(
        self, officer: Client, rehearsal: Rehearsal
    ) -> None:
        rehearsal.silent = True
        answer = move(officer, LATER)
        assert answer.status_code == 409
        assert "時鐘沒有移動：外部系統沒有跟上（http://follower.test/）" in answer.text
        assert clock.shift() == timedelta(0)

    def test_a_form_without_its_token_moves_nothing(self, rehearsal: Rehearsal) -> None:
        client = Client(enforce_csrf_checks=True)
        client.force_login(
            make.user(staff_role="officer"), backend="django.contrib.auth.backends.ModelBackend"
        )
        assert client.post(MOVE, {"to": written(LATER), "seen": "0"}).status_code == 403
        assert not ClockMove.objects.exists()

    @pytest.mark.parametrize("to", ["2040-01-01T00:00:00", "2010-01-01T00:00:00"])
    def test_what_is_years_away_is_refused_before(self, officer: Client, to: str) -> None:
        answer = officer.get(MOVE, {"to": to})
        assert answer.status_code == 409
        assert "5 年" in answer.text


class TestBar:
    @pytest.fixture(autouse=True)
    def moved(self, rehearsal: Rehearsal, settings: Any) -> None:
        make.programme(code="tcloud")
        self.plan = make.plan()
        rehearsal.move(LATER)
        settings.DEBUG = False  # error pages as the site has them

    @pytest.mark.parametrize(
        "path", ["/", "/plans/", "/faq/", "/account/login/", "/member/join/", "/verify/", "/nothing/here/"]
    )
    def test_every_page_says_so_in_both_languages(self, client: Client, path: str) -> None:
        chinese, english = client.get(path), client.get(f"/en{path}")
        assert BAR in chinese.text
        assert "比實際時間快 95 天" in chinese.text
        assert "Rehearsal clock</b>: <time" in english.text
        assert "95 days ahead of real time" in english.text

    @pytest.mark.parametrize(("name", "status"), [("404", 200), ("500", 200), ("refused", 200), ("429", 200)])
    def test_error_pages_say_so(self, client: Client, name: str, status: int) -> None:
        answer = client.get(f"/styleguide/error/{name}/")
        assert answer.status_code == status
        assert BAR in answer.text

    def test_a_failing_page_says_so_and_asks_no_database(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_: Any) -> None:
            raise LookupError("broken")

        client.raise_request_exception = False
        monkeypatch.setattr("tcloud.web.ui.context.navigation.area_of", fails)
        answer = client.get("/")
        assert answer.status_code == 500
        assert BAR in answer.text

    def test_a_failed_reading_of_the_clock_still_ends_in_the_500_page(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from django.db import OperationalError

        def fails() -> timedelta:
            raise OperationalError("the database is away")

        client.raise_request_exception = False
        clock.follow(fails)
        answer = client.get("/")
        assert answer.status_code == 500
        assert "系統暫時無法處理" in answer.text

    def test_a_forged_form_and_a_closed_page_say_so(self) -> None:
        strict = Client(enforce_csrf_checks=True)
        assert BAR in strict.post("/account/login/", {}).text
        assert BAR in signed_in("support").get("/office/").text

    def test_officers_find_the_clock_in_it_and_companies_do_not(self) -> None:
        link = f'href="{CLOCK}">調整時鐘'
        assert link in signed_in("officer").get("/office/").text
        assert link not in signed_in("support").get("/support/").text

    def test_kept_pages_change_with_the_move(
        self, client: Client, rehearsal: Rehearsal, settings: Any
    ) -> None:
        address = f"/plans/{self.plan.code}/"
        assert "快 95 天" in client.get(address).text
        settings.DEBUG = True
        rehearsal.move(clock.real_now() + timedelta(days=95 * 2, minutes=1))
        assert "快 190 天" in client.get(address).text
        rehearsal.move(None)
        assert "演練時鐘" not in client.get(address).text

    def test_a_request_has_one_time(self, client: Client, django_assert_num_queries: Any) -> None:
        client.get("/plans/")
        with django_assert_num_queries(2):  # the clock, and whether the kept page is still true
            client.get("/plans/")

    def test_letters_say_so(self) -> None:
        company = make.granted(make.programme())
        make.user(company, email="owner@example.tw")
        outbox.deliver(Event.objects.filter(type="points.granted").latest("pk").pk, at=clock.now())
        (letter,) = mail.outbox
        assert letter.subject.startswith("【演練】【臺灣雲市集】")
        assert "只供演練" in letter.body

    def test_letters_about_passwords_say_so(self, client: Client) -> None:
        make.user(make.company(), email="lost@example.tw")
        client.post("/account/password/reset/", {"email": "lost@example.tw"})
        assert [letter.subject[:4] for letter in mail.outbox] == ["【演練】"]


def test_nothing_is_marked_while_the_clock_shows_real_time(client: Client, rehearsal: Rehearsal) -> None:
    make.programme(code="tcloud")
    rehearsal.move(LATER)
    rehearsal.move(None)
    assert "演練時鐘" not in client.get("/").text


def test_without_the_setting_a_page_costs_no_query_more(
    client: Client, django_assert_num_queries: Any
) -> None:
    make.programme(code="tcloud")
    client.get("/plans/")
    with django_assert_num_queries(1):
        client.get("/plans/")


@pytest.mark.parametrize(
    ("shift", "words", "english"),
    [
        (timedelta(days=92, hours=1), "比實際時間快 92 天", "92 days ahead of real time"),
        (timedelta(days=2), "比實際時間快 2 天", "2 days ahead of real time"),
        (timedelta(hours=47), "比實際時間快 47 小時", "47 hours ahead of real time"),
        (-timedelta(minutes=90), "比實際時間慢 90 分鐘", "90 minutes behind real time"),
        (timedelta(seconds=5), "比實際時間快 1 分鐘", "1 minute ahead of real time"),
        (timedelta(0), "與實際時間相同", "the same as real time"),
    ],
)
def test_difference_is_said_in_the_largest_sensible_unit(shift: timedelta, words: str, english: str) -> None:
    assert difference(shift) == words
    with translation.override("en"):
        assert difference(shift) == english


def test_the_clock_page_takes_the_same_number_of_queries_however_long(
    officer: Client, rehearsal: Rehearsal, django_assert_max_num_queries: Any
) -> None:
    make.programme(code="tcloud")
    rehearsal.move(LATER)
    with django_assert_max_num_queries(30) as first:
        officer.get(CLOCK)
    subject = User.objects.latest("pk")
    for n in range(12):
        rehearsal.move(LATER + timedelta(days=n))
    for _n in range(30):
        events.record(
            "order.lapsed", subject, case="order/CE1", by=THE_SYSTEM, at=clock.now(), announce=False
        )
    with django_assert_max_num_queries(len(first)):
        officer.get(CLOCK)
