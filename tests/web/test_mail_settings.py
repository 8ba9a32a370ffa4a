"""信件設定 and 通知: what one is written to, where and in which language, and what one was told."""

import re
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.members import operations as members
from tcloud.members.models import AddressChange, User
from tcloud.outbox import operations
from tcloud.outbox.categories import CHOOSING, LABELS, SEARCHES
from tcloud.outbox.models import FailingAddress, Message, Notice, Unwanted
from tcloud.programme.models import Programme
from tests import factories

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture
def edition() -> Programme:
    return factories.programme(at=clock.now())


@pytest.fixture
def person(edition: Programme) -> User:
    made = factories.user(factories.participant(edition, at=clock.now()), email="owner@example.tw")
    made.set_password(PASSWORD)
    made.save()
    return made


@pytest.fixture
def browser(person: User) -> Client:
    return factories.signed_in(person)


def told(person: User, count: int) -> list[Notice]:
    event = Event.objects.latest("id")
    return Notice.objects.bulk_create(
        Notice(
            user=person, event=event, template=f"t{n}", sentence=f"通知{n}", sentence_en=f"Notice {n}",
            path="/member/points/", at=clock.now(),
        )
        for n in range(count)
    )  # fmt: skip


class TestNotices:
    def test_list_counts_pages_and_marks_in_both_languages(self, browser: Client, person: User) -> None:
        told(person, 25)
        page = browser.get(reverse("notices")).content.decode()
        assert "25則未讀" in page
        assert "通知24" in page
        assert 'href="?page=2"' in page
        assert "Notice 24" in browser.get("/en/account/notices/").content.decode()

    def test_opening_one_reads_it_and_leads_to_its_case(self, browser: Client, person: User) -> None:
        (notice,) = told(person, 1)
        answer = browser.post(f"/en/account/notices/{notice.pk}/opening/")
        assert (answer.status_code, answer.url) == (302, "/en/member/points/")
        notice.refresh_from_db()
        assert notice.read_at is not None

    def test_someone_elses_is_not_found(self, browser: Client, edition: Programme) -> None:
        other = factories.user(factories.participant(edition, at=clock.now()), email="other@example.tw")
        (notice,) = told(other, 1)
        assert browser.post(reverse("notice_opening", args=[notice.pk])).status_code == 404
        assert "通知0" not in browser.get(reverse("notices")).content.decode()

    def test_marking_all_read_leaves_what_came_since(self, browser: Client, person: User) -> None:
        seen = told(person, 2)
        Notice.objects.create(
            user=person, event=Event.objects.latest("id"), template="new", sentence="s", sentence_en="s", path="/",
            at=clock.now(),
        )  # fmt: skip
        browser.post(reverse("notices_reading"), {"up_to": seen[-1].pk})
        assert Notice.objects.get(read_at=None).template == "new"
        assert browser.post(reverse("notices_reading"), {"up_to": "all"}).status_code == 302
        assert Notice.objects.filter(read_at=None).count() == 1

    def test_list_and_bell_cost_the_same_for_few_and_many(self, browser: Client, person: User) -> None:
        costs = []
        for more in (1, 60):
            Notice.objects.all().delete()
            told(person, more)
            browser.get(reverse("notices"))
            for path in (reverse("notices"), reverse("member_home")):
                with CaptureQueriesContext(connection) as asked:
                    browser.get(path)
                costs.append(len(asked))
        assert costs[:2] == costs[2:]

    def test_strangers_have_no_bell(self, client: Client, edition: Programme) -> None:
        assert reverse("notices") not in client.get(reverse("guide")).content.decode()


class TestSettings:
    def test_language_and_categories_are_kept_and_honoured(self, browser: Client, person: User) -> None:
        page = browser.get(reverse("mail_settings")).content.decode()
        assert page.count("checked") == 1 + len(LABELS)
        assert "一定會寄" in page
        answer = browser.post(reverse("mail_settings"), {"language": "en", "wanted": [SEARCHES]})
        assert answer.status_code == 302
        person.refresh_from_db()
        assert person.language == "en"
        assert CHOOSING in Unwanted.objects.filter(email=person.email).values_list("category", flat=True)
        assert browser.get(reverse("mail_settings")).content.decode().count("checked") == 2

    def test_what_is_not_offered_is_refused(self, browser: Client, person: User) -> None:
        for typed in ({"language": "fr"}, {"language": "en", "wanted": ["duty"]}):
            assert browser.post(reverse("mail_settings"), typed).status_code == 422
        assert not Unwanted.objects.exists()

    def test_a_mailbox_that_fails_is_shown_until_it_works_again(self, browser: Client, person: User) -> None:
        FailingAddress.objects.create(
            email=person.email, hard_bounces=1, since=clock.now(), last_at=clock.now()
        )
        for name in ("member_home", "mail_settings"):
            page = browser.get(reverse(name)).content.decode()
            assert "這個信箱無法送達：owner@example.tw" in page
            assert reverse("mail_address") in page
        browser.post(reverse("mail_address_works"))
        assert "無法送達" not in browser.get(reverse("member_home")).content.decode()

    def test_officers_see_on_the_case_what_reached_nobody(self, edition: Programme) -> None:
        order = factories.submitted(edition, factories.granted(edition, at=clock.now()), at=clock.now())
        event = Event.objects.get(type="order.submitted")
        now = clock.now()
        Message.objects.create(
            event=event, template="order_submitted", to="gone@example.tw", subject="訂單已送出", created_at=now,
            sent_at=now, bounced_at=now,
        )  # fmt: skip
        officer = factories.signed_in(factories.user(staff_role="officer"))
        page = officer.get(reverse("office_order", args=[order.number])).content.decode()
        assert "有信沒有送達" in page
        assert "gone@example.tw" in page


class TestAddress:
    @pytest.fixture
    def sure(self, browser: Client) -> Client:
        """A browser whose person has just proved herself again."""
        answer = browser.post(
            reverse("account_reauthenticate"), {"password": PASSWORD, "next": reverse("mail_address")}
        )
        assert answer.status_code == 302
        return browser

    def code(self) -> str:
        mail.outbox.clear()
        operations.deliver(Event.objects.filter(type="member.address_asked").latest("id").pk, at=clock.now())
        (sent,) = mail.outbox
        found = re.search(r"^\s+(\d{6})$", sent.body, re.M)
        assert found
        return found[1]

    def test_needs_the_password_again(self, browser: Client) -> None:
        answer = browser.post(reverse("mail_address"), {"email": "new@example.tw"})
        assert answer.status_code == 302
        assert reverse("account_reauthenticate") in answer.url
        assert not AddressChange.objects.exists()

    def test_is_changed_by_the_code_sent_there_and_told_to_the_former_one(
        self, sure: Client, person: User
    ) -> None:
        FailingAddress.objects.create(
            email=person.email, hard_bounces=3, since=clock.now(), last_at=clock.now()
        )
        Unwanted.objects.create(email=person.email, category=SEARCHES, at=clock.now())
        answer = sure.post(reverse("mail_address"), {"email": "New@Example.tw"})
        assert answer.url == reverse("mail_address_code")
        code = self.code()
        assert mail.outbox[0].to == ["new@example.tw"]
        wrong = f"{(int(code) + 1) % 1_000_000:06d}"
        page = sure.post(reverse("mail_address_code"), {"code": wrong})
        assert page.status_code == 422
        assert "還可以再試 4 次" in page.content.decode()
        assert sure.post(reverse("mail_address_code"), {"code": code}).status_code == 302
        person.refresh_from_db()
        assert person.email == "new@example.tw"
        assert "無法送達" not in sure.get(reverse("member_home")).content.decode()
        assert Unwanted.objects.filter(email="new@example.tw").exists()
        FailingAddress.objects.all().delete()
        mail.outbox.clear()
        operations.deliver(Event.objects.get(type="member.address_changed").pk, at=clock.now())
        assert [sent.to for sent in mail.outbox] == [["owner@example.tw"]]
        assert code not in mail.outbox[0].body

    def test_five_wrong_codes_end_it(self, sure: Client, person: User) -> None:
        sure.post(reverse("mail_address"), {"email": "new@example.tw"})
        right = self.code()
        wrong = f"{(int(right) + 1) % 1_000_000:06d}"
        for _try in range(5):
            sure.post(reverse("mail_address_code"), {"code": wrong})
        page = sure.post(reverse("mail_address_code"), {"code": right})
        assert "錯誤次數過多" in page.content.decode()
        person.refresh_from_db()
        assert person.email == "owner@example.tw"

    def test_another_accounts_address_is_told_only_to_who_reads_it(self, sure: Client, person: User) -> None:
        factories.user(email="taken@example.tw")
        assert sure.post(reverse("mail_address"), {"email": "taken@example.tw"}).status_code == 302
        page = sure.post(reverse("mail_address_code"), {"code": self.code()})
        assert "已有帳號" in page.content.decode()
        person.refresh_from_db()
        assert person.email == "owner@example.tw"

    @pytest.mark.parametrize(
        ("email", "said"),
        [
            ("owner@example.tw", "就是目前的信箱"),
            ("second@example.tw", "等一分鐘"),
            ("no address", "完整的E-mail"),
        ],
    )
    def test_what_can_not_be_asked_keeps_what_was_typed(
        self, sure: Client, person: User, email: str, said: str
    ) -> None:
        members.ask_address(person, "first@example.tw", by=factories.officer(), at=clock.now())
        page: Any = sure.post(reverse("mail_address"), {"email": email})
        assert page.status_code == 422
        assert said in page.content.decode()
        assert email in page.content.decode()
        assert AddressChange.objects.count() == 1
