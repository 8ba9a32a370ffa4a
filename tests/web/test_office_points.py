"""The office and its points: numbers of the edition, budget, waiting list, reversal by two officers, scans."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tcloud.core import clock, scans
from tcloud.core.models import Event
from tcloud.points import operations as points
from tcloud.points import queries
from tcloud.points.models import Grant, Reversal
from tcloud.programme import operations as programmes
from tests import factories as make
from tests.factories import NOW, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def moment() -> Any:
    cache.clear()
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def officers() -> list[Client]:
    return [signed_in(make.user(staff_role="officer")) for _ in range(2)]


@pytest.fixture
def auditor() -> Client:
    return signed_in(make.user(staff_role="auditor"))


def fields(page: str) -> dict[str, str]:
    """What the page's form would send back."""
    return {
        re.search(r'name="([^"]+)"', tag)[1]: (re.search(r'value="([^"]*)"', tag) or ["", "on"])[1]
        if " checked" in tag
        else (re.search(r'value="([^"]*)"', tag) or ["", ""])[1]
        for tag in re.findall(r"<input[^>]*>", page)
        if 'type="checkbox"' not in tag or " checked" in tag
    }


class TestNumbers:
    url = property(lambda self: reverse("office_programme_numbers"))

    def test_an_officer_changes_them_for_what_begins_from_now_on(self, officers: list[Client]) -> None:
        edition = make.programme()
        old = make.granted(edition)
        sent = fields(officers[0].get(self.url).text) | {
            "grant_points": "20000", "notice_days": "14、3", "reason": "公告第 2 號",
        }  # fmt: skip
        assert officers[0].post(self.url, sent).status_code == 302
        edition.refresh_from_db()
        assert (edition.grant_points, edition.notice_days, edition.activation_months) == (20_000, [14, 3], 1)
        assert queries.spendable(edition, old, at=NOW) == 30_000
        assert queries.spendable(edition, make.granted(edition), at=NOW) == 20_000
        assert "變更本期的數字" in officers[0].get(reverse("office_programme")).text

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"reason": ""}, "請填寫變更的理由"),
            ({"reason": "x"}, "沒有任何數字改變"),
            ({"reason": "x", "activation_months": "9"}, "互相矛盾"),
            ({"reason": "x", "grant_points": "0"}, "至少為 1"),
            ({"reason": "x", "grant_points": "三萬"}, "須為整數"),
            ({"reason": "x", "notice_days": "7, x"}, "0到365"),
            ({"reason": "x", "notice_time": "9點"}, "24小時制"),
        ],
    )
    def test_what_cannot_be_is_said_at_once_and_nothing_typed_is_lost(
        self, officers: list[Client], changes: dict[str, str], sentence: str
    ) -> None:
        edition = make.programme()
        sent = fields(officers[0].get(self.url).text) | {"grant_points": "30000"} | changes
        answer = officers[0].post(self.url, sent)
        assert answer.status_code in (200, 409)
        assert sentence in answer.text
        for name, value in changes.items():
            assert value in answer.text, name
        before = edition.version
        edition.refresh_from_db()
        assert edition.version == before

    def test_a_stale_form_is_refused(self, officers: list[Client]) -> None:
        edition = make.programme()
        sent = fields(officers[0].get(self.url).text) | {"grant_points": "20000", "reason": "x"}
        programmes.pause(edition, by=make.officer(), at=NOW)
        assert officers[0].post(self.url, sent).status_code == 409
        edition.refresh_from_db()
        assert edition.grant_points == 30_000


class TestEdition:
    def test_closing_tells_whom_it_touches_and_cannot_be_undone(self, officers: list[Client]) -> None:
        edition = make.programme(appropriation=30_000)
        make.granted(edition)
        waiting = make.participant(edition)
        points.grant(edition, waiting, by=make.actor(waiting), at=NOW)
        url = reverse("office_programme_close")
        page = officers[0].get(url).text
        assert "目前 1 家企業" in page
        assert "候補的 1 家" in page
        assert officers[0].post(url, {"version": edition.version + 1}).status_code == 409
        assert officers[0].post(url, {"version": edition.version}).status_code == 302
        edition.refresh_from_db()
        assert edition.state == "CLOSED"
        assert "不能再開放" in officers[0].get(url).text
        assert (
            officers[0].post(reverse("office_programme_open"), {"version": edition.version}).status_code
            == 409
        )

    @pytest.mark.rule("R-12")
    def test_the_budget_is_reduced_by_what_is_left_at_most(self, officers: list[Client]) -> None:
        edition = make.programme(appropriation=90_000)
        make.granted(edition)
        url = reverse("office_reduce")
        wrong = officers[0].post(url, {"reduction-points": "60001", "reduction-reference": "減字第1號"})
        assert (wrong.status_code, "尚可核發的點數不足" in wrong.text) == (409, True)
        sent = {"reduction-points": "60000", "reduction-reference": "減字第1號"}
        assert officers[0].post(url, sent).status_code == 302
        assert officers[0].post(url, sent).status_code == 409
        assert queries.budget(edition)["left"] == 0
        assert Event.objects.filter(type="programme.reduced").count() == 1

    @pytest.mark.rule("R-12")
    def test_the_waiting_list_shows_places_in_order_with_constant_queries(
        self, auditor: Client, django_assert_max_num_queries: Any
    ) -> None:
        edition = make.programme(appropriation=0)

        def join(number: int) -> Any:
            company = make.participant(edition)
            points.grant(edition, company, by=make.actor(company), at=NOW + timedelta(seconds=number))
            return company

        first = join(1)
        with django_assert_max_num_queries(30) as few:
            auditor.get(reverse("office_waiting"))
        later = [join(number) for number in range(2, 8)]
        with django_assert_max_num_queries(len(few)):
            page = auditor.get(reverse("office_waiting")).text
        order = [page.index(company.name) for company in (first, *later)]
        assert order == sorted(order)


@pytest.mark.rule("R-18")
class TestReversal:
    def asked(self, officer: Client) -> tuple[Grant, Reversal]:
        grant = Grant.objects.get(company=make.granted(make.programme()))
        url = reverse("office_reversal_request", args=[grant.pk])
        assert url in officer.get(reverse("office_grant", args=[grant.pk])).text
        assert officer.post(url, {"reason": ""}).status_code == 200
        assert not Reversal.objects.exists()
        answer = officer.post(url, {"reason": "重複申請"})
        assert answer.status_code == 302
        assert officer.post(url, {"reason": "再一次"}).status_code == 409
        return grant, Reversal.objects.get()

    def test_two_officers_take_a_grant_back(self, officers: list[Client], auditor: Client) -> None:
        grant, case = self.asked(officers[0])
        assert "1 件撤銷案等待" in officers[1].get(reverse("office_home")).text
        traced = reverse("office_grant", args=[grant.pk])
        assert "等待決定" in officers[0].get(traced).text
        assert reverse("office_reversal_request", args=[grant.pk]) not in officers[0].get(traced).text
        url = reverse("office_reversal", args=[case.pk])
        mine = officers[0].get(url).text
        assert "須由另一位承辦人員決定" in mine
        assert "approve" not in mine
        assert officers[0].post(url, {"version": 0, "decision": "approve"}).status_code == 409
        assert "approve" not in auditor.get(url).text
        assert auditor.post(url, {"version": 0, "decision": "approve"}).status_code == 403
        assert officers[1].post(url, {"version": 7, "decision": "approve"}).status_code == 409  # stale
        assert officers[1].post(url, {"version": 0, "decision": "approve"}).status_code == 302
        grant.refresh_from_db()
        assert grant.closed_as == "reversed"
        assert "已撤銷" in auditor.get(reverse("office_reversals")).text

    def test_the_second_officer_may_say_no_with_a_reason_and_the_first_may_take_it_back(
        self, officers: list[Client]
    ) -> None:
        grant, case = self.asked(officers[0])
        url = reverse("office_reversal", args=[case.pk])
        assert officers[1].post(url, {"version": 0, "decision": "reject"}).status_code == 409
        assert (
            officers[1].post(url, {"version": 0, "decision": "reject", "remark": "查無此事"}).status_code
            == 302
        )
        assert "查無此事" in officers[0].get(url).text
        officers[0].post(reverse("office_reversal_request", args=[grant.pk]), {"reason": "另一件"})
        other = Reversal.objects.latest("id")
        gone = officers[0].post(
            reverse("office_reversal", args=[other.pk]), {"version": 0, "decision": "withdraw"}
        )
        assert gone.status_code == 302
        grant.refresh_from_db()
        assert grant.closed_as == ""

    def test_the_list_takes_the_same_number_of_queries_however_long(
        self, officers: list[Client], django_assert_max_num_queries: Any
    ) -> None:
        edition, by = make.programme(), make.officer(make.user(staff_role="officer"))

        def ask() -> None:
            grant = Grant.objects.get(company=make.granted(edition))
            points.request_reversal(grant, reason="x", by=by, at=NOW)

        ask()
        with django_assert_max_num_queries(30) as few:
            officers[0].get(reverse("office_reversals"))
        for _ in range(4):
            ask()
        with django_assert_max_num_queries(len(few)):
            assert officers[0].get(reverse("office_reversals")).text.count("等待決定") == 5


class TestScans:
    def test_progress_backlog_and_the_last_look_are_shown(self, auditor: Client) -> None:
        edition = make.programme()
        for _ in range(3):
            make.granted(edition)
        end = Grant.objects.first().activate_before
        url = reverse("office_scans")
        with clock.moved_to(end):
            assert "還沒有任何排程執行過" in auditor.get(url).text
            assert "<b>3</b>" in auditor.get(url).text
            scans.run(
                "points.take_back", lambda: points.take_back_due(at=end, limit=2), due=lambda: 1, at=end
            )
            page = auditor.get(url).text
        assert "3／3（100%）" in page
        assert "已完成" in page

    def test_a_run_whose_worker_was_killed_is_shown_as_broken_off(self, auditor: Client) -> None:
        from tcloud.core.models import ScanRun

        make.programme()
        run = ScanRun.objects.create(name="points.take_back", as_of=NOW, total=10, done=4)
        assert "進行中" in auditor.get(reverse("office_scans")).text
        fragment = auditor.get(reverse("office_scans"), headers={"HX-Request": "true"}).text
        assert "<html" not in fragment
        assert "every 3s" in fragment
        ScanRun.objects.filter(pk=run.pk).update(beat_at=run.as_of - timedelta(days=400))
        page = auditor.get(reverse("office_scans")).text
        assert "中斷，下一次接續" in page
        assert "every 3s" not in page
