"""What officers keep of support: announcements and how people reach the programme (R-34)."""

import re

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tcloud.core import clock
from tcloud.core.uploads import accept
from tcloud.support.models import Announcement, SupportSettings
from tests import factories
from tests.factories import signed_in
from tests.support.scene import FRIDAY
from tests.web.order_pages import hidden, page

pytestmark = pytest.mark.django_db
FILE = accept("契約.pdf", b"%PDF-1.7")


@pytest.fixture(autouse=True)
def moment():
    cache.clear()
    with clock.moved_to(FRIDAY):
        yield


@pytest.fixture
def edition():
    return factories.programme(at=FRIDAY, code="tcloud")


@pytest.fixture
def officer():
    return signed_in(factories.user(staff_role="officer"))


def words(**changes):
    return {
        "version": "0", "title": "元旦服務時間", "title_en": "New Year", "body": "", "body_en": "", "severity": "warn",
        "audience": "everyone", "starts_date_year": "2026", "starts_date_month": "11", "starts_date_day": "27",
        "starts_time": "18:00", "ends_date_year": "115", "ends_date_month": "11", "ends_date_day": "28", "ends_time": "09:00",
    } | changes  # fmt: skip


def test_officer_drafts_publishes_and_withdraws_an_announcement(edition, officer, client):
    assert "還沒有公告" in page(officer.get("/office/announcements/"))
    assert "結束時間須晚於開始時間" in page(
        officer.post("/office/announcements/new/", words(ends_date_day="26")), 409
    )
    assert "一起填寫" in page(officer.post("/office/announcements/new/", words(ends_time="")), 422)
    officer.post("/office/announcements/new/", words())
    row = Announcement.objects.get()
    path = f"/office/announcements/{row.pk}/"
    assert "元旦服務時間" not in page(client.get("/"))
    officer.post(f"{path}words/", words(title="元旦服務時間調整"))
    page(officer.get(f"{path}words/"))
    text = page(officer.get(path))
    officer.post(f"{path}publication/", {"version": hidden(text, "version")})
    assert "請留意：元旦服務時間調整" in page(client.get("/"))
    assert "New Year" in page(client.get("/en/contact/"))
    assert "元旦服務時間調整" in page(client.get("/announcements/"))
    text = page(officer.get(path))
    assert "請填寫撤下的理由" in page(officer.post(f"{path}withdrawal/", {"version": "2", "reason": ""}), 422)
    officer.post(f"{path}withdrawal/", {"version": hidden(text, "version"), "reason": "寫錯"})
    assert "元旦服務時間調整" not in page(client.get("/"))
    assert 'value="元旦服務時間調整"' in page(officer.get(f"/office/announcements/new/?from={row.pk}"))
    assert "目前沒有公告" in page(client.get("/announcements/"))


def test_stale_form_of_an_announcement_is_refused(edition, officer):
    officer.post("/office/announcements/new/", words())
    path = f"/office/announcements/{Announcement.objects.get().pk}/"
    officer.post(f"{path}words/", words(title="先改的"))
    assert officer.post(f"{path}words/", words(title="後改的")).status_code == 409
    assert officer.post(f"{path}publication/", {"version": "0"}).status_code == 409
    assert Announcement.objects.get().title == "先改的"


def test_announcement_lists_take_a_constant_number_of_queries(edition, officer, client):
    def queries(browser, path):
        with CaptureQueriesContext(connection) as captured:
            page(browser.get(path))
        return len(captured)

    counts = []
    for _ in range(2):
        officer.post("/office/announcements/new/", words())
        for row in Announcement.objects.filter(state="DRAFT"):
            officer.post(f"/office/announcements/{row.pk}/publication/", {"version": row.version})
        counts.append((queries(officer, "/office/announcements/"), queries(client, "/announcements/")))
    assert counts[0] == counts[1]


def test_contact_data_changed_by_an_officer_shows_everywhere(edition, officer, client):
    text = page(officer.get("/office/contact/"))
    values = {
        "version": hidden(text, "version"), "hotline": "0800-123-456", "hotline_hours": "週一至週五 09:00–17:30",
        "mailbox": "help@tcloud.example", "staffed_from": "08:30", "staffed_until": "19:00", "first_answer_working_days": "2",
        "confirm_hours": "48", "address": "臺北市中正區", "address_en": "",
    }  # fmt: skip
    assert "電話只能有數字" in page(officer.post("/office/contact/", values | {"hotline": "打我"}), 422)
    assert "開始時刻須早於" in page(
        officer.post("/office/contact/", values | {"staffed_until": "08:00"}), 409
    )
    assert not SupportSettings.objects.filter(hotline="0800-123-456").exists()
    assert officer.post("/office/contact/", values).status_code == 302
    assert (
        officer.post("/office/contact/", values | {"hotline": "0800-999-999"}).status_code == 409
    )  # drawn from the old
    text = page(client.get("/contact/"))
    for shown in (
        "0800-123-456",
        "週一至週五 09:00–17:30",
        "help@tcloud.example",
        "08:30–19:00",
        "臺北市中正區",
        "12月1日",
    ):
        assert shown in text
    assert "服務中" in text  # 18:01 is now within the hours
    assert "0809-092-091 → 0800-123-456" in page(officer.get("/office/contact/"))


def test_auditor_reads_the_contact_data(edition):
    auditor = signed_in(factories.user(staff_role="auditor"))
    text = page(auditor.get("/office/contact/"))
    assert "0809-092-091" in text
    assert "儲存變更" not in text
    assert "只有承辦人員可以擬定公告" in page(auditor.get("/office/announcements/new/"))


@pytest.mark.parametrize(("at", "words_"), [(FRIDAY.replace(hour=17, minute=59), "服務中"), (FRIDAY.replace(hour=18, minute=0), "非服務時間"), (FRIDAY.replace(hour=8), "11月27日（五）09:00"), (FRIDAY, "11月28日（六）09:00")])  # fmt: skip
def test_contact_page_says_whether_somebody_is_there(client, edition, at, words_):
    with clock.moved_to(at):
        assert words_ in page(client.get("/contact/"))


def test_no_template_reads_contact_data_from_the_edition():
    from tests.repository.sources import ROOT

    old = re.compile(r"edition\.(hotline|mailbox|support_opens|support_closes)")
    found = [
        str(file)
        for file in (ROOT / "tcloud/web").rglob("*.html")
        if old.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []
