"""Announcements: drafted, published, shown from their start to their end, withdrawn; to whom; and the kept pages agree."""

from datetime import timedelta

import pytest

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tcloud.support.models import Announcement
from tcloud.support.operations import announcements as acts
from tcloud.support.queries import announcements
from tests import factories
from tests.support.scene import FRIDAY

pytestmark = pytest.mark.django_db
EVERYONE = ("everyone",)
START, END = FRIDAY + timedelta(hours=1), FRIDAY + timedelta(hours=3)


def words(**changes):
    return {
        "title": "國定假日服務時間調整", "title_en": "Holiday hours", "body": "元旦休息。", "body_en": "Closed on New Year's Day.",
        "severity": "info", "audience": "everyone", "starts_at": START, "ends_at": END,
    } | changes  # fmt: skip


@pytest.fixture
def edition():
    return factories.programme(at=FRIDAY)


@pytest.fixture
def officer():
    return factories.officer()


def published(edition, officer, **changes):
    made = acts.draft(edition, words(**changes), by=officer, at=FRIDAY)
    return acts.publish(made, version=made.version, by=officer, at=FRIDAY)


def shown(edition, at, audiences=EVERYONE):
    return [row.title for row in announcements.shown(edition, audiences, at=at)]


def test_published_is_shown_from_its_start_to_before_its_end(edition, officer):
    draft = acts.draft(edition, words(), by=officer, at=FRIDAY)
    assert shown(edition, START) == []
    acts.publish(draft, version=0, by=officer, at=FRIDAY)
    for at, seen in (
        (START - timedelta(seconds=1), 0),
        (START, 1),
        (END - timedelta(seconds=1), 1),
        (END, 0),
    ):
        assert len(shown(edition, at)) == seen, at
    assert [row.title for row in announcements.begun(edition, EVERYONE, at=END)] == ["國定假日服務時間調整"]


def test_gravest_comes_first_and_each_audience_sees_its_own(edition, officer):
    published(edition, officer, title="一般", ends_at=None)
    published(edition, officer, title="緊急", severity="urgent")
    published(edition, officer, title="會員", audience="members")
    published(edition, officer, title="供應商", audience="suppliers")
    assert shown(edition, START) == ["緊急", "一般"]
    assert set(shown(edition, START, ("everyone", "members"))) == {"緊急", "一般", "會員"}


def test_withdrawn_is_gone_at_once(edition, officer):
    made = published(edition, officer)
    with pytest.raises(Refusal) as refused:
        acts.withdraw(made, " ", version=made.version, by=officer, at=START)
    assert refused.value.code == "announcement.reason_missing"
    acts.withdraw(made, "寫錯日期", version=made.version, by=officer, at=START)
    assert shown(edition, START) == []
    assert list(announcements.begun(edition, EVERYONE, at=END)) == []
    assert Event.objects.get(type="announcement.withdrawn").data["reason"] == "寫錯日期"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda row, by: acts.redraft(row, words(title="新"), version=row.version, by=by, at=FRIDAY), "transition.not_now"),
        (lambda row, by: acts.discard(row, version=row.version, by=by, at=FRIDAY), "transition.not_now"),
        (lambda row, by: acts.publish(row, version=row.version, by=by, at=FRIDAY), "transition.not_now"),
        (lambda row, by: acts.withdraw(row, "x", version=row.version, by=factories.actor(factories.company()), at=FRIDAY), "transition.not_yours"),
    ],
)  # fmt: skip
def test_published_stays_as_it_is(edition, officer, act, code):
    made = published(edition, officer)
    with pytest.raises(Refusal) as refused:
        act(made, officer)
    assert refused.value.code == code
    fresh = Announcement.objects.get()
    assert (fresh.title, fresh.version) == (made.title, made.version)


def test_draft_is_changed_by_who_saw_the_newest(edition, officer):
    made = acts.draft(edition, words(), by=officer, at=FRIDAY)
    acts.redraft(made, words(title="新標題"), version=0, by=officer, at=FRIDAY)
    for late in (acts.redraft, acts.publish):
        with pytest.raises(Stale):
            late(*((made, words()) if late is acts.redraft else (made,)), version=0, by=officer, at=FRIDAY)
    assert Announcement.objects.get().title == "新標題"


def test_times_that_make_no_sense_are_refused(edition, officer):
    with pytest.raises(Refusal) as refused:
        acts.draft(edition, words(ends_at=START), by=officer, at=FRIDAY)
    assert refused.value.code == "announcement.times"
    over = acts.draft(edition, words(), by=officer, at=FRIDAY)
    with pytest.raises(Refusal) as refused:
        acts.publish(over, version=0, by=officer, at=END)
    assert refused.value.code == "announcement.over"
    assert Announcement.objects.get().state == "DRAFT"


@pytest.mark.parametrize("path", ["/", "/plans/", "/en/plans/", "/contact/"])
def test_pages_show_it_from_its_start_to_its_end_kept_or_not(client, edition, officer, path):
    title = "Holiday hours" if path.startswith("/en") else "國定假日服務時間調整"
    seen = []
    with clock.moved_to(FRIDAY):
        client.get(path)
        published(edition, officer)
    for at in (START - timedelta(seconds=5), START, END - timedelta(seconds=5), END):
        with clock.moved_to(at):
            seen += [title in client.get(path).content.decode() for _twice in range(2)]
    assert seen == [False, False, True, True, True, True, False, False]


def test_kept_page_forgets_a_withdrawn_one_and_shows_new_contact_data_at_once(client, edition, officer):
    from tcloud.support.operations.contact import change_contact

    with clock.moved_to(START):
        made = published(edition, officer)
        assert made.title in client.get("/plans/").content.decode()
        acts.withdraw(made, "x", version=made.version, by=officer, at=START)
        assert made.title not in client.get("/plans/").content.decode()
        change_contact(edition, {"hotline": "0800-111-222"}, version=0, by=officer, at=START)
        assert "0800-111-222" in client.get("/plans/").content.decode()


def test_areas_show_what_concerns_them(client, edition, officer):
    published(edition, officer, title="給會員", audience="members")
    published(edition, officer, title="給供應商", audience="suppliers")
    company = factories.granted(edition, at=FRIDAY)
    supplier = factories.supplier(at=FRIDAY)
    with clock.moved_to(START):
        client.force_login(factories.user(company), "django.contrib.auth.backends.ModelBackend")
        page = client.get("/member/points/").content.decode()
        assert "給會員" in page
        assert "給供應商" not in page
        client.force_login(factories.user(supplier.company), "django.contrib.auth.backends.ModelBackend")
        page = client.get("/supplier/").content.decode()
        assert "給供應商" in page
        assert "給會員" not in page
