"""The office: officers act, auditors read, and nobody else gets in."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse

from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.eligibility import deadlines
from tcloud.eligibility import operations as eligibility
from tcloud.eligibility.models import Application, Check
from tcloud.members.models import CardChallenge, CardProof
from tcloud.orders import operations as orders
from tcloud.points import queries as points
from tcloud.points.models import WaitingEntry
from tests import factories as make
from tests.factories import NOW, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def moment() -> Any:
    cache.clear()
    with clock.moved_to(NOW):
        yield


@pytest.fixture
def officer() -> Client:
    return signed_in(make.user(staff_role="officer"))


@pytest.fixture
def auditor() -> Client:
    return signed_in(make.user(staff_role="auditor"))


def application_in_review() -> Application:
    """An application whose sources were silent, as `eligibility.check` leaves it."""
    from tcloud.core.actors import THE_SYSTEM, VISITOR, Actor
    from tcloud.core.transitions import advance
    from tcloud.eligibility.states import APPLICATION

    visitor = Actor(VISITOR)
    edition = make.programme()
    made = eligibility.start(edition, language="zh-hant", by=visitor, at=NOW)
    made = eligibility.consent(made, by=visitor, at=NOW)
    challenge = CardChallenge.objects.create(
        nonce="n" * 32, purpose="join", holder="h", issued_at=NOW, expires_at=NOW + timedelta(minutes=5)
    )
    proof = CardProof.objects.create(
        challenge=challenge, ubn="04595252", organisation="測試審查商行", certificate_serial="01",
        certificate_sha256="0" * 64, signed_message=b"cms", verdict={}, at=NOW,
    )  # fmt: skip
    made = eligibility.attach_card(made, proof, by=visitor, at=NOW)
    made = eligibility.authorise(made, by=visitor, at=NOW)
    evidence: list[dict[str, Any]] = [{"source": "tax_arrears", "url": "https://tax.test/04595252", "asked_at": NOW.isoformat(), "http_status": None,
                 "excerpt": "", "facts": {}, "failure": "connection", "authorisation_reference": ""}]  # fmt: skip
    Check.objects.create(
        application=made,
        run=1,
        rule="R-03",
        outcome="unknown",
        sentence="稅務機關沒有回應。",
        evidence=evidence,
        at=NOW,
    )
    changes = deadlines.begin(edition, at=NOW)
    advance(made, APPLICATION, "review", by=THE_SYSTEM, at=NOW, case=made.case, changes=changes)
    return made


def url_names(prefix: str) -> list[Any]:
    return [name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith(prefix)]


PLAIN = [
    "office_home",
    "office_applications",
    "office_orders",
    "office_points",
    "office_programme",
    "office_programme_close",
    "office_programme_numbers",
    "office_waiting",
    "office_reversals",
    "office_scans",
    "office_events",
    "office_books",
    "office_calendar",
]


class TestAccess:
    def people(self) -> dict[str, Client]:
        edition = make.programme()
        seller = make.supplier()
        return {
            "visitor": Client(),
            "company": signed_in(make.user(make.granted(edition))),
            "supplier": signed_in(make.user(seller.company)),
            "officer": signed_in(make.user(staff_role="officer")),
            "auditor": signed_in(make.user(staff_role="auditor")),
            "support": signed_in(make.user(staff_role="support")),
            "expert": signed_in(make.user(staff_role="expert")),
        }

    def test_each_area_admits_only_its_people(self) -> None:
        areas = {
            "supplier": (["supplier_home", "supplier_orders", "supplier_plans"], {"supplier"}),
            "office": (PLAIN, {"officer", "auditor"}),
            "support": (["support_home"], {"support", "expert"}),
        }
        people = self.people()
        seen = {
            (name, who): client.get(reverse(name)).status_code
            for names, _admitted in areas.values()
            for name in names
            for who, client in people.items()
        }
        expected = {
            (name, who): 302 if who == "visitor" else 200 if who in admitted else 403
            for names, admitted in areas.values()
            for name in names
            for who in people
        }
        assert seen == expected

    def test_no_address_of_an_area_is_open_to_strangers(self) -> None:
        order = make.submitted(edition := make.programme(), make.granted(edition))
        company = signed_in(order.created_by)
        arguments = {"number": order.number, "session_id": 1, "pk": 1, "day": "open", "version": 1, "file": 1}
        for prefix in ("supplier_", "office_", "support_"):
            names = url_names(prefix)
            assert names
            for name in names:
                wanted = get_resolver().reverse_dict.getlist(name)[0][0][0][1]
                url = reverse(name, kwargs={key: arguments.get(key, "sample") for key in wanted})
                for method in ("get", "post"):
                    assert getattr(Client(), method)(url).status_code == 302, (name, method)
                    assert getattr(company, method)(url).status_code == 403, (name, method)

    def test_an_auditor_reads_everything_and_posts_nothing(self, auditor: Client) -> None:
        edition = make.programme()
        order = make.paid(edition, make.granted(edition))
        application = application_in_review()
        assert auditor.get(reverse("office_order", args=[order.number])).status_code == 200
        assert auditor.get(reverse("office_order_contract", args=[order.number])).content.startswith(b"%PDF")
        assert auditor.get(reverse("office_application", args=[application.pk])).status_code == 200
        events = Event.objects.count()
        arguments = {"number": order.number, "pk": application.pk, "day": "open", "version": 1, "file": 1}
        for name in url_names("office_"):
            wanted = get_resolver().reverse_dict.getlist(name)[0][0][0][1]
            url = reverse(name, kwargs={key: arguments.get(key, "sample") for key in wanted})
            data = {
                "version": 0,
                "reason": "x",
                "refund-version": order.version,
                "refund-reason": "x",
                "decision": "eligible",
            }
            assert auditor.post(url, data).status_code == 403, name
        order.refresh_from_db()
        assert order.state == "PAID"
        assert Event.objects.count() == events

    def test_an_auditor_sees_no_forms(self, auditor: Client) -> None:
        edition = make.programme()
        order = make.paid(edition, make.granted(edition))
        for url in (reverse("office_order", args=[order.number]), reverse("office_programme")):
            assert 'name="version"' not in auditor.get(url).text

    def test_a_draft_is_not_the_offices_affair(self, officer: Client) -> None:
        order = make.draft(edition := make.programme(), make.granted(edition))
        assert officer.get(reverse("office_order", args=[order.number])).status_code == 404


class TestApplications:
    def test_the_page_shows_each_rule_with_its_evidence(self, officer: Client) -> None:
        page = officer.get(reverse("office_application", args=[application_in_review().pk])).text
        assert "稅務機關沒有回應。" in page
        assert "https://tax.test/04595252" in page
        assert "連線失敗" in page

    @pytest.mark.rule("R-07")
    @pytest.mark.parametrize(("decision", "state"), [("eligible", "ELIGIBLE"), ("ineligible", "INELIGIBLE")])
    def test_an_officer_decides_with_a_reason(self, officer: Client, decision: str, state: str) -> None:
        application = application_in_review()
        url = reverse("office_application", args=[application.pk])
        assert officer.get(reverse("office_applications")).text.count(url) == 1
        data = {"version": application.version, "decision": decision, "reason": "已電話查證"}
        assert officer.post(url, data).status_code == 302
        application.refresh_from_db()
        assert (application.state, application.decision_reason) == (state, "已電話查證")
        assert "已電話查證" in officer.get(url).text

    def test_a_decision_without_reason_changes_nothing(self, officer: Client) -> None:
        application = application_in_review()
        url = reverse("office_application", args=[application.pk])
        answer = officer.post(url, {"version": application.version, "decision": "eligible", "reason": " "})
        assert "請填寫理由" in answer.text
        application.refresh_from_db()
        assert application.state == "IN_REVIEW"

    def test_a_stale_form_is_refused(self, officer: Client) -> None:
        application = application_in_review()
        data = {"version": application.version - 1, "decision": "eligible", "reason": "查證"}
        answer = officer.post(reverse("office_application", args=[application.pk]), data)
        assert answer.status_code == 409
        application.refresh_from_db()
        assert application.state == "IN_REVIEW"


class TestOrders:
    @pytest.mark.rule("R-27")
    @pytest.mark.parametrize(
        ("name", "prefix", "state"),
        [("office_settle_dispute", "settle", "COMPLETED"), ("office_refund", "refund", "REFUNDED")],
    )
    def test_an_officer_ends_a_dispute_with_a_reason(
        self, officer: Client, name: str, prefix: str, state: str
    ) -> None:
        edition = make.programme()
        order = make.delivered(edition, make.granted(edition))
        order = orders.dispute(order, reason="無法登入", by=make.actor(order.company), at=NOW)
        url, page = reverse(name, args=[order.number]), reverse("office_order", args=[order.number])
        refused = officer.post(url, {f"{prefix}-version": order.version, f"{prefix}-reason": ""})
        assert "請填寫理由" in refused.text
        order.refresh_from_db()
        assert order.state == "DISPUTED"
        data = {f"{prefix}-version": order.version, f"{prefix}-reason": "經查證雙方說法"}
        assert officer.post(url, data).status_code == 302
        order.refresh_from_db()
        assert order.state == state
        assert "經查證雙方說法" in officer.get(page).text
        assert points.audit()["balanced"]
        owed = reverse("office_order", args=[order.number]) in officer.get(reverse("office_home")).text
        assert owed == (state == "REFUNDED")  # the money owed back is on the dashboard

    def test_the_list_takes_the_same_number_of_queries_however_long(
        self, officer: Client, django_assert_max_num_queries: Any
    ) -> None:
        edition = make.programme()
        what = make.plan(price_twd=2_000)
        company = make.granted(edition)
        url = reverse("office_orders")
        make.submitted(edition, company, what, points=100)
        with django_assert_max_num_queries(30) as first:
            officer.get(url)
        for _ in range(3):
            make.submitted(edition, company, what, points=100)
        with django_assert_max_num_queries(len(first)):
            assert officer.get(url).text.count("測試廠商") >= 4

    def test_finds_an_order_by_its_company(self, officer: Client) -> None:
        edition = make.programme()
        ours, other = (make.submitted(edition, make.granted(edition)) for _ in range(2))
        page = officer.get(reverse("office_orders"), {"number": ours.company.ubn}).text
        assert ours.number in page
        assert other.number not in page


class TestProgramme:
    def test_an_officer_pauses_and_opens(self, officer: Client) -> None:
        edition = make.programme()
        page = reverse("office_programme")
        for name, state in (("office_programme_pause", "PAUSED"), ("office_programme_open", "OPEN")):
            assert officer.post(reverse(name), {"version": edition.version}).status_code == 302
            edition.refresh_from_db()
            assert edition.state == state
            assert officer.get(page).status_code == 200
        assert officer.post(reverse("office_programme_pause"), {"version": 0}).status_code == 409

    @pytest.mark.rule("R-12")
    def test_an_appropriation_serves_who_waits_and_counts_a_document_once(self, officer: Client) -> None:
        edition = make.programme(appropriation=0)
        company = make.participant(edition)
        from tcloud.points import operations

        assert isinstance(operations.grant(edition, company, by=make.actor(company), at=NOW), WaitingEntry)
        url, data = (
            reverse("office_appropriate"),
            {
                "appropriation-points": "60000",
                "appropriation-reference": "企字第1號",
            },
        )
        assert officer.post(url, data).status_code == 302
        assert points.spendable(edition, company, at=NOW) == 30_000
        again = officer.post(url, data)
        assert again.status_code == 409
        assert "已經登錄過" in again.text
        assert points.budget(edition)["appropriated"] == 60_001
        assert Event.objects.filter(type="programme.appropriated", data__reference="企字第1號").count() == 1


class TestRecordAndBooks:
    def test_the_record_is_searched_by_case_and_type(self, officer: Client) -> None:
        edition = make.programme()
        order = make.accepted(edition, make.granted(edition))
        url = reverse("office_events")
        of_case = officer.get(url, {"case": order.number}).text
        assert "order.accepted" in of_case
        assert "points.granted</span>" not in of_case
        of_type = officer.get(url, {"type": "points.granted"}).text
        assert "points.granted</span>" in of_type
        assert "order.accepted</span>" not in of_type

    @pytest.mark.rule("R-18")
    def test_the_books_say_whether_they_balance(
        self, officer: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        edition = make.programme()
        make.paid(edition, make.granted(edition))
        url = reverse("office_books")
        assert "帳務平衡" not in officer.get(url).text
        assert "帳務平衡" in officer.get(url, {"check": 1}).text
        broken = points.audit() | {"balanced": False, "wrong_totals": ["grant/1/available"]}
        monkeypatch.setattr(points, "audit", lambda: broken)
        page = officer.get(url, {"check": 1}).text
        assert "帳務不平衡" in page
        assert "grant/1/available" in page

    def test_the_dashboard_shows_what_is_overdue(self, officer: Client) -> None:
        edition = make.programme()
        order = make.paid(edition, make.granted(edition))
        url = reverse("office_order", args=[order.number])
        assert url not in officer.get(reverse("office_home")).text
        with clock.moved_to(NOW + timedelta(days=20)):
            assert url in signed_in(make.user(staff_role="officer")).get(reverse("office_home")).text
