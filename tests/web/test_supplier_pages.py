"""A supplier accepts, declines, invoices and delivers its own orders through its pages."""

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tcloud.contracts.models import SigningSession
from tcloud.core import clock
from tcloud.core.models import Event
from tcloud.orders import operations
from tcloud.orders.models import Obligation, Order
from tcloud.payments import queries as payments
from tests import factories as make
from tests.adapters.card import authorities
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The day of the tests, and card authorities that answer."""
    cache.clear()
    authorities.stand_in(monkeypatch)
    with clock.moved_to(NOW):
        yield


def at_desk(order: Order) -> Client:
    return make.signed_in(make.user(order.supplier.company))


def submitted(**changes: Any) -> Order:
    edition = make.programme()
    return make.submitted(edition, make.granted(edition), **changes)


def paid(price_twd: int = 60_000) -> Order:
    edition = make.programme()
    return make.paid(edition, make.granted(edition), make.plan(price_twd=price_twd))


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def read_card(client: Client, order: Order, ubn: str = "") -> Any:
    company = order.supplier.company
    assert company is not None
    certificate = b64(make.card(ubn or company.ubn).der)
    return client.post(reverse("supplier_accept", args=[order.number]), {"certificate": certificate})


class TestAccess:
    PAGES = ("supplier_order", "supplier_order_contract", "supplier_accept", "supplier_decline", "supplier_invoice", "supplier_deliver", "supplier_invoice_voiding", "supplier_allowance")  # fmt: skip

    @pytest.mark.rule("R-37")
    def test_another_suppliers_order_is_not_found(self) -> None:
        order, other = paid(), submitted()
        stranger = at_desk(other)
        events = Event.objects.count()
        for name in self.PAGES:
            url = reverse(name, args=[order.number])
            assert stranger.get(url).status_code == 404, name
            assert stranger.post(url, {"reason": "x", "note": "x"}).status_code in (404, 405), name
        session = SigningSession.objects.filter(contract=order.contract).latest("id")
        own = reverse("supplier_accept_sign", args=[other.number, session.pk])
        assert stranger.post(own, {"signature": b64(b"x")}).status_code == 404
        assert order.number not in stranger.get(reverse("supplier_orders")).text
        assert Event.objects.count() == events

    def test_a_draft_is_not_yet_the_suppliers(self) -> None:
        edition = make.programme()
        order = make.signed(edition, make.granted(edition))
        client = at_desk(order)
        assert client.get(reverse("supplier_order", args=[order.number])).status_code == 404
        assert order.number not in client.get(reverse("supplier_orders")).text


class TestInbox:
    def test_lists_what_is_owed_by_its_deadline(self) -> None:
        order = paid()
        client = at_desk(order)
        page = client.get(reverse("supplier_home"))
        kinds = [duty.obligation.kind for duty in page.context["urgent"]]
        assert kinds == ["invoice", "deliver"]
        assert (page.context["to_accept"], page.context["overdue"]) == (0, 0)
        assert "剩 2 個工作天" in page.text
        with clock.moved_to(NOW + timedelta(days=6)):
            client = at_desk(order)
            assert client.get(reverse("supplier_home")).context["overdue"] == 1

    def test_narrows_orders_to_a_state(self) -> None:
        edition = make.programme()
        seller = make.supplier()
        what = make.plan(seller, price_twd=2_000)
        company = make.granted(edition)
        waiting = make.submitted(edition, company, what, points=100)
        taken = make.accepted(edition, company, what, points=100)
        page = at_desk(waiting).get(reverse("supplier_orders"), {"state": "ACCEPTED"}).text
        assert taken.number in page
        assert waiting.number not in page

    def test_takes_the_same_number_of_queries_however_many_orders(
        self, django_assert_max_num_queries: Any
    ) -> None:
        edition = make.programme()
        what = make.plan(make.supplier(), price_twd=2_000)
        company = make.granted(edition)
        client = at_desk(make.submitted(edition, company, what, points=100))
        counted = {}
        for name in ("supplier_home", "supplier_orders"):
            with django_assert_max_num_queries(30) as seen:
                client.get(reverse(name))
            counted[name] = len(seen)
        for _ in range(3):
            make.submitted(edition, company, what, points=100)
        for name, most in counted.items():
            with django_assert_max_num_queries(most):
                assert client.get(reverse(name)).status_code == 200

    def test_shows_an_order_in_every_state(self) -> None:
        edition = make.programme()
        what = make.plan(make.supplier(), price_twd=2_000)
        company = make.granted(edition)
        for beginning in (make.submitted, make.accepted, make.paid, make.delivered):
            order = beginning(edition, company, what, points=100)
            page = at_desk(order).get(reverse("supplier_order", args=[order.number]))
            assert page.status_code == 200
            assert company.name in page.text
        contract = at_desk(order).get(reverse("supplier_order_contract", args=[order.number]))
        assert contract.content.startswith(b"%PDF")
        assert contract["Content-Type"] == "application/pdf"

    def test_lists_only_its_own_plans(self) -> None:
        ours, other = make.plan(), make.plan()
        client = Client()
        client.force_login(make.user(ours.solution.supplier.company))
        page = client.get(reverse("supplier_plans")).text
        assert f"/{ours.code}/" in page
        assert f"/{other.code}/" not in page


class TestAccept:
    @pytest.mark.rule("R-20")
    @pytest.mark.rule("R-22")
    def test_countersigns_in_two_steps_and_accepts_once(self) -> None:
        order = submitted()
        client = at_desk(order)
        first = client.get(reverse("supplier_accept", args=[order.number]))
        assert 'data-card="certificate"' in first.text
        assert "不能再婉拒" in first.text
        step = read_card(client, order)
        assert step.status_code == 302
        assert Order.objects.get(pk=order.pk).state == "SUBMITTED"  # reading the card accepts nothing
        session = SigningSession.objects.latest("id")
        page = client.get(step["Location"])
        assert 'data-card="pkcs1"' in page.text
        assert page.context["tbs"] == session.parameters["tbs"]
        answer = {"signature": b64(make.signature(session))}
        for _ in range(2):  # a double click gets the same answer
            done = client.post(step["Location"], answer)
            assert done.status_code == 302
            assert done["Location"] == reverse("supplier_order", args=[order.number])
        order.refresh_from_db()
        assert order.state == "ACCEPTED"
        assert order.contract is not None
        assert order.contract.countersigned_at == order.accepted_at
        assert Event.objects.filter(case=order.case, type="order.accepted").count() == 1

    @pytest.mark.rule("R-38")
    def test_gives_a_second_sending_that_looked_before_the_first_had_finished_the_same_order(self) -> None:
        order = submitted()
        read_card(at_desk(order), order)
        first, second = (SigningSession.objects.latest("id") for _ in range(2))
        signature, by = make.signature(first), make.supplier_actor(order)
        operations.accept(order, first, signature, services=make.services(NOW), by=by, at=NOW)
        assert (
            operations.accept(order, second, signature, services=make.services(NOW), by=by, at=NOW).state
            == "ACCEPTED"
        )
        assert Event.objects.filter(case=order.case, type="order.accepted").count() == 1

    def test_refuses_the_card_of_another_company(self) -> None:
        order = submitted()
        answer = read_card(at_desk(order), order, ubn=order.company.ubn)
        assert answer.status_code == 409
        assert "請改用統一編號" in answer.text
        assert not SigningSession.objects.filter(contract=order.contract, party="supplier").exists()

    @pytest.mark.parametrize("certificate", ["", "not base64!", b64(b"not a certificate")])
    def test_refuses_what_is_no_certificate(self, certificate: str) -> None:
        order = submitted()
        url = reverse("supplier_accept", args=[order.number])
        assert at_desk(order).post(url, {"certificate": certificate}).status_code == 409
        order.refresh_from_db()
        assert order.state == "SUBMITTED"

    def test_refuses_a_wrong_signature_and_lets_the_card_try_again(self) -> None:
        order = submitted()
        client = at_desk(order)
        url = read_card(client, order)["Location"]
        wrong = client.post(url, {"signature": b64(b"\1" * 256)})
        assert wrong.status_code == 409
        assert 'data-card="pkcs1"' in wrong.text
        order.refresh_from_db()
        assert order.state == "SUBMITTED"
        session = SigningSession.objects.latest("id")
        assert client.post(url, {"signature": b64(make.signature(session))}).status_code == 302

    def test_comes_too_late_after_the_deadline(self) -> None:
        order = submitted()
        client = at_desk(order)
        url = read_card(client, order)["Location"]
        session = SigningSession.objects.latest("id")
        due = Obligation.objects.get(order=order, kind="accept").due_at
        with clock.moved_to(due):
            answer = at_desk(order).post(url, {"signature": b64(make.signature(session))})
        assert answer.status_code == 409
        assert "期限已過" in answer.text
        order.refresh_from_db()
        assert order.state == "SUBMITTED"


class TestDecline:
    def test_needs_a_reason_and_then_gives_the_points_back(self) -> None:
        order = submitted()
        client, url = at_desk(order), reverse("supplier_decline", args=[order.number])
        assert "請填寫婉拒的理由" in client.post(url, {"reason": "  "}).text
        order.refresh_from_db()
        assert order.state == "SUBMITTED"
        for _ in range(2):
            assert client.post(url, {"reason": "人手不足"}).status_code == 302
        order.refresh_from_db()
        assert (order.state, order.reason) == ("DECLINED", "人手不足")
        assert Event.objects.filter(case=order.case, type="order.declined").count() == 1


def invoice_data(**changes: str) -> dict[str, str]:
    """A right invoice for NT$60,000 paid at NOW."""
    return {
        "number": "AB12345678", "issued_on_year": "2027", "issued_on_month": "1", "issued_on_day": "15",
        "sales_twd": "57143", "tax_twd": "2857", "total_twd": "60000",
    } | changes  # fmt: skip


class TestInvoice:
    def test_begins_with_the_right_split_of_the_price(self) -> None:
        order = paid()
        form = at_desk(order).get(reverse("supplier_invoice", args=[order.number])).context["form"]
        assert (form["sales_twd"].value(), form["tax_twd"].value(), form["total_twd"].value()) == (
            57_143,
            2_857,
            60_000,
        )

    @pytest.mark.rule("R-24")
    @pytest.mark.parametrize(
        "changes",
        [{}, {"issued_on_year": "116"}, {"number": "ab-12345678"}],
        ids=["common year", "ROC year", "as people type the number"],
    )
    def test_is_recorded_when_every_line_fits(self, changes: dict[str, str]) -> None:
        order = paid()
        client, url = at_desk(order), reverse("supplier_invoice", args=[order.number])
        for _ in range(2):
            assert client.post(url, invoice_data(**changes)).status_code == 302
        recorded = payments.invoice_of(order.number)
        assert recorded is not None
        assert (recorded.number, recorded.date.isoformat()) == ("AB12345678", "2027-01-15")
        assert Obligation.objects.get(order=order, kind="invoice").fulfilled_at
        page = client.get(reverse("supplier_order", args=[order.number])).text
        assert "民國116年1月15日（2027年1月15日）" in page

    @pytest.mark.rule("R-24")
    @pytest.mark.parametrize(
        ("changes", "field", "words"),
        [
            ({"number": "A123"}, "number", "2 個大寫英文字母加 8 個數字"),
            ({"number": ""}, "number", "請填寫發票號碼"),
            ({"total_twd": "30000"}, "total_twd", "應為 60,000 元"),
            (
                {"sales_twd": "28571", "tax_twd": "1429", "total_twd": "30000"},
                "total_twd",
                "契約全額 60,000 元",
            ),
            ({"sales_twd": "57142", "tax_twd": "2858"}, "tax_twd", "應為 2,857 元"),
            ({"sales_twd": "57,143"}, "sales_twd", "不含逗號"),
            ({"sales_twd": "-1"}, "sales_twd", "不可為負數"),
            ({"issued_on_day": "14"}, "issued_on", "不得早於付款日"),
            ({"issued_on_day": "16"}, "issued_on", "不得晚於今天"),
            ({"issued_on_month": "2", "issued_on_day": "30"}, "issued_on", "沒有這一天"),
            ({"issued_on_day": "32"}, "issued_on", "沒有這一天"),
            ({"issued_on_day": ""}, "issued_on", "完整的年、月、日"),
            ({"issued_on_year": "民國"}, "issued_on", "都須為數字"),
        ],
    )
    def test_is_refused_at_the_line_that_does_not_fit(
        self, changes: dict[str, str], field: str, words: str
    ) -> None:
        order = paid()
        data = invoice_data(**changes)
        answer = at_desk(order).post(reverse("supplier_invoice", args=[order.number]), data)
        form = answer.context["form"]
        assert words in " ".join(form.errors[field])
        assert f'href="#id_{field}' in answer.text
        assert "有錯誤：" in answer.text
        kept = data["sales_twd"]
        assert f'value="{kept}"' in answer.text  # what was typed stays
        assert payments.invoice_of(order.number) is None

    def test_says_both_things_wrong_with_one_line(self) -> None:
        order = paid()
        data = invoice_data(total_twd="50000")
        form = at_desk(order).post(reverse("supplier_invoice", args=[order.number]), data).context["form"]
        assert len(form.errors["total_twd"]) == 2

    def test_a_number_serves_one_order(self) -> None:
        orders = [paid(), paid()]
        answers = [
            at_desk(order).post(reverse("supplier_invoice", args=[order.number]), invoice_data())
            for order in orders
        ]
        assert [answer.status_code for answer in answers] == [302, 200]
        assert "已用於其他訂單" in answers[1].text

    def test_waits_for_the_payment(self) -> None:
        order = submitted()
        client = at_desk(order)
        assert (
            client.post(reverse("supplier_invoice", args=[order.number]), invoice_data()).status_code == 302
        )
        assert payments.invoice_of(order.number) is None


class TestDeliver:
    @pytest.mark.rule("R-25")
    def test_needs_a_note_and_then_asks_the_company_to_confirm(self) -> None:
        order = paid()
        client, url = at_desk(order), reverse("supplier_deliver", args=[order.number])
        assert "如何開始使用" in client.post(url, {"note": ""}).text
        order.refresh_from_db()
        assert order.state == "PAID"
        for _ in range(2):
            assert client.post(url, {"note": "請以信箱登入"}).status_code == 302
        order.refresh_from_db()
        assert (order.state, order.delivery_note) == ("DELIVERED", "請以信箱登入")
        assert Obligation.objects.filter(order=order, kind="confirm").count() == 1

    @pytest.mark.rule("R-26")
    @pytest.mark.parametrize("deliver_first", [True, False])
    def test_in_a_dispute_the_button_is_there_and_ends_it(self, deliver_first: bool) -> None:
        order = paid()
        client, url = at_desk(order), reverse("supplier_deliver", args=[order.number])
        if deliver_first:
            client.post(url, {"note": "請以信箱登入"})
        operations.dispute(order, reason="無法登入", by=make.actor(order.company), at=NOW)
        home = client.get(reverse("supplier_home")).text
        assert "有訂單在爭議中" in home
        assert (url in home) is not deliver_first  # what is owed has its button there
        assert url in client.get(reverse("supplier_order", args=[order.number])).text
        assert "爭議結束" in client.get(url).text
        assert client.post(url, {"note": "已補開帳號"}).status_code == 302
        order.refresh_from_db()
        assert (order.state, order.delivery_note) == ("DELIVERED", "已補開帳號")
        assert "已補開帳號" in client.get(reverse("supplier_order", args=[order.number])).text
