"""辦公日曆 (R-28): officers see what a change does before they make it; auditors read; a stale or repeated form changes nothing."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tcloud.core import calendar, clock
from tcloud.core.clock import TAIPEI
from tcloud.core.models import CalendarChange, Event
from tcloud.orders import operations as orders
from tests import factories as make
from tests.core.official import official_csv
from tests.factories import NOW
from tests.web.test_office_pages import signed_in

pytestmark = pytest.mark.django_db
MONDAY = date(2027, 1, 18)
YEAR, CLOSURE, IMPORT = "office_calendar", "office_closure", "office_calendar_import"


@pytest.fixture(autouse=True)
def moment() -> Iterator[None]:
    cache.clear()
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def officer() -> Client:
    return signed_in(make.user(staff_role="officer", name="王執行"))


@pytest.fixture
def auditor() -> Client:
    return signed_in(make.user(staff_role="auditor"))


def closing(**changes: Any) -> dict[str, Any]:
    """What the form sends."""
    return {
        "serial": calendar.serial_now(), "date_year": "116", "date_month": "1", "date_day": "18", "where": "counties",
        "counties": ["臺北市", "新北市"], "authority": "臺北市政府", "reason": "颱風",
    } | changes  # fmt: skip


def hidden(page: str) -> list[tuple[str, str]]:
    """The hidden fields of a page, but the token."""
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    return [(name, value) for name, value in found if name != "csrfmiddlewaretoken"]


def as_form(fields: list[tuple[str, str]], **more: str) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for name, value in [*fields, *more.items()]:
        data.setdefault(name, []).append(value)
    return data


class TestYear:
    def test_shows_every_day_with_its_kind_in_words(self, officer: Client) -> None:
        make.closure(MONDAY, "花蓮縣")
        make.closure(date(2027, 1, 19))
        page = officer.get(reverse(YEAR)).text
        assert page.count('class="day day--') == 365 + 4  # and the legend
        assert page.count("day day--closed") == 2
        assert "花蓮縣停班" in page
        assert "放假：開國紀念日" in page
        assert "全年 243 個工作天" in page
        assert "補行上班" in officer.get(reverse(YEAR), {"year": "2024"}).text

    def test_takes_the_same_number_of_queries_however_many_closures(
        self, officer: Client, django_assert_max_num_queries: Any
    ) -> None:
        make.closure(MONDAY, "花蓮縣")
        with django_assert_max_num_queries(30) as first:
            officer.get(reverse(YEAR))
        for county in ("臺東縣", "宜蘭縣", "屏東縣"):
            make.closure(MONDAY, county)
        with django_assert_max_num_queries(len(first)):
            officer.get(reverse(YEAR))

    @pytest.mark.parametrize("year", ["2028", "1", "x", "９９９９", "20270", "0000"])
    def test_of_a_year_without_data_or_of_no_year_is_a_page(self, officer: Client, year: str) -> None:
        assert officer.get(reverse(YEAR), {"year": year}).status_code == 200

    def test_leads_to_its_record_and_back(self, officer: Client) -> None:
        make.closure(MONDAY)
        assert "?case=calendar/2027" in officer.get(reverse(YEAR)).text
        record = officer.get(reverse("office_events"), {"case": "calendar/2027"}).text
        assert "公告停班" in record
        assert f"{reverse(YEAR)}?year=2027" in record

    def test_auditor_reads_and_finds_no_form(self, auditor: Client) -> None:
        closure = make.closure(MONDAY)
        revocation = reverse("office_closure_revocation", args=[closure.pk])
        for url in (reverse(YEAR), reverse(CLOSURE), reverse(IMPORT), revocation):
            page = auditor.get(url)
            assert (page.status_code, 'name="serial"' in page.text, 'type="file"' in page.text) == (
                200,
                False,
                False,
            )
            assert f'href="{reverse(CLOSURE)}"' not in page.text
        assert auditor.post(reverse(CLOSURE), closing(confirmed="1")).status_code == 403
        assert auditor.post(revocation, {"serial": closure.pk, "reason": "x"}).status_code == 403
        assert CalendarChange.objects.count() == 1

    @pytest.mark.parametrize("method", ["put", "delete", "patch"])
    def test_other_methods_are_not_allowed(self, officer: Client, method: str) -> None:
        for name in (CLOSURE, IMPORT, YEAR):
            assert getattr(officer, method)(reverse(name)).status_code == 405
        assert officer.post(reverse(YEAR)).status_code == 405


class TestClosure:
    @pytest.mark.rule("R-28")
    def test_is_shown_with_its_effect_then_declared_and_deadlines_move(self, officer: Client) -> None:
        order = make.submitted(edition := make.programme(), make.granted(edition))
        check = officer.post(reverse(CLOSURE), closing())
        assert check.status_code == 200
        assert "2027年1月18日（一）" in check.text
        assert "臺北市、新北市" in check.text
        assert re.search(r"會調整的期限</dt><dd><b>1</b>", check.text)
        assert not CalendarChange.objects.exists()
        done = officer.post(reverse(CLOSURE), as_form(hidden(check.text), confirmed="1"), follow=True)
        assert "已公告停班" in done.text
        assert "1個進行中的期限會調整" in done.text
        assert list(CalendarChange.objects.order_by("id").values_list("county", flat=True)) == [
            "臺北市",
            "新北市",
        ]
        orders.move_deadlines(at=NOW)
        page = officer.get(reverse("office_order", args=[order.number])).text
        assert "接單期限由2027年1月20日（三）改為2027年1月21日（四）" in page
        assert "2027年1月18日（一）臺北市停班（颱風）" in page
        member = signed_in(order.created_by).get(reverse("order", args=[order.number])).text
        assert "期限調整" in member
        assert "2027年1月18日（一）臺北市停班（颱風）" in member

    @pytest.mark.rule("R-28")
    def test_says_before_and_after_how_many_deadlines_are_not_reopened(self, officer: Client) -> None:
        make.submitted(edition := make.programme(), make.granted(edition))
        with clock.moved_to(NOW + timedelta(days=7)):
            officer = signed_in(make.user(staff_role="officer"))
            check = officer.post(reverse(CLOSURE), closing(where="nation"))
            assert re.search(r"不會恢復的期限</dt><dd><b>1</b>", check.text)
            assert "已過去的日期" in check.text
            done = officer.post(reverse(CLOSURE), as_form(hidden(check.text), confirmed="1"), follow=True)
            assert "1個期限在這之前已經屆滿，不會恢復" in done.text

    def test_change_leads_back_to_the_form_with_everything_typed(self, officer: Client) -> None:
        check = officer.post(reverse(CLOSURE), closing())
        page = officer.post(reverse(CLOSURE), as_form(hidden(check.text), change="1")).text
        assert 'value="臺北市政府"' in page
        assert re.search(r'value="新北市"[^>]*checked', page)
        assert not CalendarChange.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "said", "status"),
        [
            ({"counties": []}, "請選擇至少一個縣市", 200),
            ({"counties": ["台北市"]}, "選擇", 200),
            ({"where": ""}, "請選擇停班範圍", 200),
            ({"date_day": "31", "date_month": "2"}, "沒有這一天", 200),
            ({"reason": " "}, "請填寫停班原因", 200),
            ({"authority": ""}, "請填寫公告停班的機關", 200),
            ({"date_day": "17"}, "本來就不上班", 409),
            ({"date_year": "2031"}, "2031年的政府行政機關辦公日曆還沒有匯入", 409),
        ],
    )
    def test_refuses_what_closes_nothing_and_keeps_what_was_typed(
        self, officer: Client, changes: dict[str, Any], said: str, status: int
    ) -> None:
        answer = officer.post(reverse(CLOSURE), closing(confirmed="1") | changes)
        assert answer.status_code == status
        assert said in answer.text
        assert not CalendarChange.objects.exists()
        assert 'name="serial"' in answer.text

    def test_drawn_from_an_older_calendar_is_refused(self, officer: Client) -> None:
        data = closing(confirmed="1")
        make.closure(date(2027, 1, 20))
        assert officer.post(reverse(CLOSURE), data).status_code == 409
        assert CalendarChange.objects.count() == 1

    def test_sent_twice_is_declared_once(self, officer: Client) -> None:
        data = closing(confirmed="1")
        assert [officer.post(reverse(CLOSURE), data).status_code for _ in range(2)] == [302, 409]
        assert CalendarChange.objects.count() == 2


class TestRevocation:
    @pytest.mark.rule("R-28")
    def test_tells_its_effect_and_happens_once(self, officer: Client) -> None:
        make.submitted(edition := make.programme(), make.granted(edition))
        closure = make.closure(MONDAY)
        orders.move_deadlines(at=NOW)
        url = reverse("office_closure_revocation", args=[closure.pk])
        assert url in officer.get(reverse(YEAR)).text
        page = officer.get(url).text
        assert re.search(r"會調整的期限</dt><dd><b>1</b>", page)
        data = as_form(hidden(page))
        assert "請填寫撤銷停班的原因" in officer.post(url, data | {"reason": ""}).text
        assert CalendarChange.objects.count() == 1
        done = officer.post(url, data | {"reason": "公告有誤"}, follow=True).text
        assert "已撤銷停班公告" in done
        assert "公告有誤" in done
        assert officer.post(url, data | {"reason": "再一次"}).status_code == 409
        assert 'name="reason"' not in officer.get(url).text
        assert CalendarChange.objects.count() == 2

    def test_of_what_is_no_closure_is_not_found(self, officer: Client) -> None:
        closure = make.closure(MONDAY)
        revoked = officer.post(
            reverse("office_closure_revocation", args=[closure.pk]), {"serial": closure.pk, "reason": "x"}
        )
        assert revoked.status_code == 302
        for pk in (closure.pk + 1, 10**12):
            assert officer.get(reverse("office_closure_revocation", args=[pk])).status_code == 404


def upload(client: Client, content: bytes, name: str = "117年.csv") -> Any:
    return client.post(reverse(IMPORT), {"file": SimpleUploadedFile(name, content, "text/csv")})


class TestImport:
    @pytest.mark.rule("R-28")
    @pytest.mark.parametrize("encoding", ["utf-8-sig", "cp950"])
    def test_shows_the_year_and_puts_it_in_after_confirmation(self, officer: Client, encoding: str) -> None:
        preview = upload(officer, official_csv(2028, off=("2028-01-03",)).encode(encoding))
        assert "確認匯入 2028 年辦公日曆" in preview.text
        assert "目前沒有這一年的日曆" in preview.text
        assert "2028年1月3日（一）" in preview.text
        assert not CalendarChange.objects.exists()
        done = officer.post(reverse(IMPORT), as_form(hidden(preview.text)), follow=True)
        assert "已匯入2028年辦公日曆" in done.text
        change = CalendarChange.objects.get()
        assert (change.year, change.source_name, change.actor_name) == (2028, "117年.csv", "王執行")
        assert "117年.csv" in officer.get(reverse(YEAR), {"year": "2028"}).text

    @pytest.mark.rule("R-28")
    def test_of_a_corrected_year_shows_the_days_that_differ_and_what_moves(self, officer: Client) -> None:
        make.submitted(edition := make.programme(), make.granted(edition))
        preview = upload(officer, official_csv(2027, off=("2027-01-19",)).encode())
        assert re.search(r"2027年1月19日（二）</time></th><td>上班</td><td><b>放假</b>", preview.text)
        assert re.search(r"會調整的期限</dt><dd><b>1</b>", preview.text)
        officer.post(reverse(IMPORT), as_form(hidden(preview.text)))
        assert orders.move_deadlines(at=NOW) == 1
        event = Event.objects.get(type="order.deadline_moved")
        assert event.data["because"][0]["kind"] == "year_imported"

    def test_says_every_error_with_its_line_and_imports_nothing(self, officer: Client) -> None:
        broken = (
            official_csv(2028).replace("20280103,一,0", "20280103,二,1").replace("20281231,日,2,\r\n", "")
        )
        page = upload(officer, broken.encode()).text
        assert "有 3 個錯誤" in page
        assert page.count("第 4 列") == 2
        assert "缺少2028-12-31" in page
        assert "有錯誤：" in page
        assert not CalendarChange.objects.exists()

    def test_of_the_same_year_again_offers_nothing(self, officer: Client) -> None:
        preview = upload(officer, official_csv(2027).encode()).text
        assert "完全相同" in preview
        assert "確認匯入</button>" not in preview

    def test_confirmed_with_another_file_or_an_older_calendar_is_refused(self, officer: Client) -> None:
        good = as_form(hidden(upload(officer, official_csv(2028).encode()).text))
        other = as_form(hidden(upload(officer, official_csv(2028, off=("2028-01-03",)).encode()).text))
        for changes in (
            {"content": other["content"]},
            {"content": ["@"]},
            {"digest": ["0" * 64]},
            {"serial": ["7"]},
        ):
            assert officer.post(reverse(IMPORT), good | changes).status_code == 409
        assert not CalendarChange.objects.exists()
        make.closure(MONDAY)
        assert officer.post(reverse(IMPORT), good).status_code == 409
        assert CalendarChange.objects.count() == 1

    @pytest.mark.parametrize("content", [b"", b"\x00\xff" * 50, b"x" * 300_000])
    def test_of_anything_else_is_a_sentence(self, officer: Client, content: bytes) -> None:
        page = upload(officer, content)
        assert page.status_code == 200
        assert "有錯誤：" in page.text
        assert not CalendarChange.objects.exists()


class TestAlarm:
    @pytest.mark.rule("R-28")
    def test_every_office_page_says_sixty_days_ahead_that_a_year_is_missing(self) -> None:
        make.programme()
        pages = ["office_home", "office_orders", "office_applications", "office_programme", YEAR, IMPORT]
        for day, said in (
            (datetime(2027, 11, 1, 9, tzinfo=TAIPEI), False),
            (datetime(2027, 11, 2, 9, tzinfo=TAIPEI), True),
        ):
            with clock.moved_to(day):
                officer = signed_in(make.user(staff_role="officer"))
                for name in pages:
                    assert (
                        "還沒有 2028 年的政府行政機關辦公日曆" in officer.get(reverse(name)).text
                    ) == said, name
        with clock.moved_to(datetime(2027, 11, 2, 9, tzinfo=TAIPEI)):
            officer = signed_in(make.user(staff_role="officer"))
            officer.post(reverse(IMPORT), as_form(hidden(upload(officer, official_csv(2028).encode()).text)))
            assert "還沒有 2028 年" not in officer.get(reverse("office_home")).text

    @pytest.mark.rule("R-28")
    def test_people_get_a_sentence_and_no_error_where_no_deadline_can_be_set(self) -> None:
        last = datetime(2027, 12, 29, 10, tzinfo=TAIPEI)
        with clock.moved_to(last):
            edition = make.programme(at=last)
            order = make.signed(edition, make.granted(edition, at=last), at=last)
            answer = signed_in(order.created_by).post(reverse("order_submission", args=[order.number]))
        assert answer.status_code == 409
        assert "2028年的政府行政機關辦公日曆還沒有匯入" in answer.text
        order.refresh_from_db()
        assert order.state == "DRAFT"
