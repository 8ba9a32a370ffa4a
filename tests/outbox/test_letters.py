"""What the letters say: each event of the journey reaches its people with what to do next, by when, and where."""

import re
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.urls import resolve
from django.utils.translation import override

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tcloud.eligibility import email_code
from tcloud.eligibility import operations as eligibility
from tcloud.eligibility.models import Application, Check
from tcloud.eligibility.states import APPLICATION
from tcloud.members import operations as members
from tcloud.members.models import CardProof, Company
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.orders.states import ORDER
from tcloud.outbox import operations
from tcloud.outbox.letters import COMPOSERS, letter, words
from tcloud.outbox.table import TABLE
from tcloud.payments.models import Charge
from tcloud.points import operations as points
from tcloud.points.models import Grant
from tcloud.programme import operations as programmes
from tcloud.programme.models import Programme
from tcloud.support.states import EXPERT_REQUEST
from tests import factories
from tests.factories import NOW
from tests.payments.gateway import answering, notice, settle

# Moves that nobody is told by mail, and why.
SILENT = {
    "application.consented": "the applicant has just done it",
    "application.card_verified": "the applicant has just done it",
    "application.authorised": "the applicant has just done it",
    "application.abandoned": "nothing to do",
    "order.discarded": "a draft is the company's own affair",
}


@pytest.fixture
def edition(db: None) -> Programme:
    return factories.programme()


@pytest.fixture
def company(edition: Programme) -> Company:
    made = factories.granted(edition)
    factories.user(made, email="owner@example.tw")
    return made


def letters(type: str, *, at: datetime = NOW) -> dict[str, str]:
    """Deliver the newest event of that type: {address: text}."""
    mail.outbox.clear()
    operations.deliver(Event.objects.filter(type=type).latest("id").pk, at=at)
    return {sent.to[0]: f"{sent.subject}\n{sent.body}" for sent in mail.outbox}


def test_every_move_is_told_or_silent_for_a_reason() -> None:
    moves = {
        transition.event
        for machine in (ORDER, APPLICATION, EXPERT_REQUEST)
        for transition in machine.transitions
    }
    assert moves - set(TABLE) == set(SILENT)
    assert {post.template for posts in TABLE.values() for post in posts} == set(COMPOSERS)


@pytest.mark.parametrize(
    "path",
    [
        letter.JOIN,
        letter.ASSESSMENT,
        letter.POINTS,
        letter.PLANS,
        letter.company_order("CE0123456789"),
        letter.supplier_order("CE0123456789"),
        letter.office_reversal(1),
        letter.office_order("CE0123456789"),
        letter.office_refund("charge", 1),
        letter.office_receipt(1),
        letter.OFFICE_REFUNDS,
        letter.QUESTIONS,
        letter.REVIEWS,
        letter.plan("plan-1"),
        letter.comparison(1),
        letter.supplier_question(1),
        letter.supplier_review(1),
        letter.unsubscription("token"),
        letter.visitor_ticket("0" * 32),
        letter.member_ticket("TK0123456789"),
        letter.desk_ticket("TK0123456789"),
    ],
)
def test_every_link_leads_somewhere_in_both_languages(path: str) -> None:
    assert resolve(path)
    with override("en"):
        assert resolve(f"/en{path}")


@pytest.mark.rule("R-22")
def test_a_submitted_order_tells_the_company_and_asks_the_supplier_to_answer_in_three_working_days(
    edition: Programme, company: Company
) -> None:
    order = factories.submitted(edition, company)
    sent = letters("order.submitted")
    assert set(sent) == {"owner@example.tw", order.supplier.contact_email}
    for text in sent.values():
        assert order.number in text
        assert "2027年1月20日（三），剩 3 個工作天" in text
    assert f"/member/orders/{order.number}/" in sent["owner@example.tw"]
    assert f"/supplier/orders/{order.number}/" in sent[order.supplier.contact_email]
    assert "NT$30,000" in sent["owner@example.tw"]
    assert "0809-092-091" in sent["owner@example.tw"]
    assert "09:00–18:00" in sent["owner@example.tw"]


@pytest.mark.rule("R-23")
def test_an_accepted_order_asks_for_payment_in_two_working_days_and_no_more_once_it_is_paid(
    edition: Programme, company: Company
) -> None:
    factories.accepted(edition, company)
    text = letters("order.accepted")["owner@example.tw"]
    assert "請付款" in text
    assert "2027年1月19日（二），剩 2 個工作天" in text
    Order.objects.update(state="PAID")
    assert letters("order.accepted") == {}


@pytest.mark.rule("R-24")
def test_a_paid_order_tells_the_supplier_to_invoice_in_two_and_deliver_in_seven_working_days(
    edition: Programme, company: Company
) -> None:
    order = factories.paid(edition, company)
    sent = letters("order.paid")
    supplier = sent[order.supplier.contact_email]
    assert "開立發票期限：2027年1月19日（二），剩 2 個工作天" in supplier
    assert "提供服務期限：2027年1月26日（二），剩 7 個工作天" in supplier
    assert order.company.ubn in supplier
    assert "已收到" in sent["owner@example.tw"]


@pytest.mark.rule("R-26")
def test_a_delivered_order_asks_to_confirm_and_a_silent_confirmation_says_so(
    edition: Programme, company: Company
) -> None:
    order = factories.delivered(edition, company)
    text = letters("order.delivered")["owner@example.tw"]
    assert "請確認服務" in text
    assert "2027年1月22日（五），剩 5 個工作天" in text
    orders.confirm(order, by=factories.actor(company), at=NOW)
    sent = letters("order.completed")
    assert "您已確認收到服務" in sent["owner@example.tw"]
    assert "服務期間到：2028年1月15日（六）" in sent["owner@example.tw"]
    assert "30,000點已核銷，可以請款" in sent[order.supplier.contact_email]
    assert "還沒有登錄發票" in sent[order.supplier.contact_email]


@pytest.mark.rule("R-26")
def test_a_dispute_asks_the_supplier_to_deliver_again_and_its_end_is_told(
    edition: Programme, company: Company
) -> None:
    order = factories.delivered(edition, company)
    supplier, later = factories.supplier_actor(order), NOW + timedelta(days=3)
    orders.dispute(order, reason="無法登入", by=factories.actor(company), at=NOW)
    assert "改善後在訂單頁回報服務已提供" in letters("order.disputed")[order.supplier.contact_email]
    orders.deliver(order, note="已補開帳號", by=supplier, at=later)
    text = letters("order.delivered", at=later)["owner@example.tw"]
    assert "爭議因此結束，確認服務的期限重新起算" in text
    assert "2027年1月25日（一），剩 5 個工作天" in text
    orders.dispute(order, reason="還是不行", by=factories.actor(company), at=later)
    assert letters("order.delivered", at=later) == {}
    orders.withdraw_dispute(order, by=factories.actor(company), at=later)
    sent = letters("order.dispute_withdrawn", at=later)
    assert "您已撤回爭議，並確認收到服務" in sent["owner@example.tw"]
    assert "30,000點已核銷，可以請款" in sent[order.supplier.contact_email]


@pytest.mark.rule("R-16")
def test_a_declined_order_gives_the_reason_and_says_what_became_of_the_points(
    edition: Programme, company: Company
) -> None:
    order = factories.submitted(edition, company)
    orders.decline(order, reason="本月名額已滿", by=factories.supplier_actor(order), at=NOW)
    text = letters("order.declined")["owner@example.tw"]
    assert "本月名額已滿" in text
    assert "30,000點已退回，可以再用於其他訂單" in text


@pytest.mark.rule("R-27")
def test_a_refunded_order_tells_both_and_the_charge_adds_no_second_letter(
    edition: Programme, company: Company
) -> None:
    order = factories.paid(edition, company)
    orders.refund(order, reason="雙方同意", by=factories.officer(), at=NOW)
    sent = letters("order.refunded")
    assert "NT$30,000會由金流退回原來的信用卡" in sent["owner@example.tw"]
    assert "雙方同意" in sent[order.supplier.contact_email]
    assert letters("charge.to_refund") == {}


@pytest.mark.rule("R-27")
@pytest.mark.parametrize("agreed", [False, True])
def test_a_part_that_ends_a_dispute_is_told_to_each_side_in_one_letter(
    edition: Programme, company: Company, agreed: bool
) -> None:
    order = factories.delivered(edition, company)
    supplier = factories.supplier_actor(order)
    orders.dispute(order, reason="少了兩個帳號", by=factories.actor(company), at=NOW)
    if agreed:
        offer = orders.propose_refund(order, 6_000, reason="少用", by=supplier, at=NOW)
        orders.answer_refund(offer, agree=True, by=factories.actor(company), at=NOW)
    else:
        orders.refund_part(order, 6_000, reason="少用", by=factories.officer(), at=NOW)
    assert letters("order.dispute_settled") == {}
    sent = letters("order.part_refunded")
    assert set(sent) == {"owner@example.tw", order.supplier.contact_email}
    who = "雙方同意退還自付款NT$6,000" if agreed else "承辦人員判定部分退款：退還自付款NT$6,000"
    for text in sent.values():
        assert who in text
        assert "爭議結束，訂單完成" in text
        assert "服務已經提供" not in text
        assert "其餘金額繼續" not in text
    assert "24,000點已折抵" in sent["owner@example.tw"]
    assert "服務期間到：2028年1月15日（六）" in sent["owner@example.tw"]
    assert "24,000點已核銷，可以請款" in sent[order.supplier.contact_email]


@pytest.mark.rule("R-30")
def test_money_for_an_order_that_is_over_is_told_to_go_back(edition: Programme, company: Company) -> None:
    order = factories.accepted(edition, company)
    late = NOW + timedelta(days=10)
    orders.close_deadlines(gateway=answering(), at=late)
    assert set(letters("order.unpaid")) == {"owner@example.tw", order.supplier.contact_email}
    assert settle(notice(order, at=late), at=late) == "to_refund"
    assert "NT$30,000" in letters("charge.to_refund")["owner@example.tw"]
    assert Charge.objects.get().state == "TO_REFUND"


@pytest.mark.rule("R-28")
def test_deadline_says_the_last_day_and_what_is_left(db: None) -> None:
    due_at = datetime(2027, 1, 19, tzinfo=NOW.tzinfo)  # the first moment after Monday 18th
    with override("zh-hant"):
        assert words.deadline(due_at, at=NOW) == "2027年1月18日（一），剩 1 個工作天"
        assert words.deadline(due_at, at=due_at - timedelta(hours=1)) == "2027年1月18日（一），今天到期"
        assert words.deadline(due_at, at=due_at) == "2027年1月18日（一），已逾期"
        far = datetime(2040, 1, 2, tzinfo=NOW.tzinfo)
        assert words.deadline(far, at=far - timedelta(days=9)) == "2040年1月1日（日）"
    with override("en"):
        assert words.deadline(due_at, at=NOW).startswith("Mon 18 Jan 2027, ")


def test_the_code_goes_to_the_applicant_and_only_the_newest(db: None) -> None:
    application = eligibility.start(factories.programme(), language="en", by=THE_SYSTEM, at=NOW)
    Application.objects.filter(pk=application.pk).update(contact_email="new@example.tw", code_serial=2)
    for serial in (1, 2):
        events.record(
            "application.code_sent", application, case=application.case, by=THE_SYSTEM, at=NOW,
            to="new@example.tw", serial=serial,
        )  # fmt: skip
    old, new = Event.objects.filter(type="application.code_sent").order_by("id")
    assert operations.deliver(old.pk, at=NOW) == 0
    assert operations.deliver(new.pk, at=NOW) == 1
    sent = mail.outbox[0]
    assert email_code.code(application.pk, 2) in sent.body
    assert not re.search(r"\d{6}", sent.subject)
    assert sent.extra_headers["Content-Language"] == "en"
    assert operations.deliver(new.pk, at=NOW + email_code.VALID_FOR) == 0


@pytest.mark.rule("R-12")
def test_a_company_on_the_waiting_list_learns_its_place(db: None) -> None:
    edition = factories.programme(appropriation=0)
    for number in (1, 2):
        made = factories.participant(edition)
        factories.user(made, email=f"waiting{number}@example.tw")
        points.grant(edition, made, by=factories.actor(made), at=NOW)
    assert "目前第2位" in letters("points.waiting")["waiting2@example.tw"]


@pytest.mark.rule("R-29")
def test_a_missed_obligation_is_mailed_to_the_supplier_alone(edition: Programme, company: Company) -> None:
    order = factories.paid(edition, company)
    late = NOW + timedelta(days=40)
    orders.close_deadlines(gateway=answering(), at=late)
    for kind in ("order.invoice_missed", "order.delivery_missed"):
        sent = letters(kind, at=late)
        assert set(sent) == {order.supplier.contact_email}
        assert "已記入履約紀錄" in sent[order.supplier.contact_email]


def refused(edition: Programme) -> Application:
    """An application that two rules refused, one of them twice asked; its address is known."""
    challenge = members.issue_challenge(purpose="join", holder="test", at=NOW)
    proof = CardProof.objects.create(
        challenge=challenge, ubn="50000006", organisation="測試商行", certificate_serial="1",
        certificate_sha256="0" * 64, signed_message=b"", verdict={}, at=NOW,
    )  # fmt: skip
    application = eligibility.start(edition, language="zh-hant", by=THE_SYSTEM, at=NOW)
    with factories.guards_off():
        Application.objects.filter(pk=application.pk).update(
            state="INELIGIBLE",
            ubn=proof.ubn,
            organisation=proof.organisation,
            card_proof=proof,
            contact_email="new@example.tw",
        )
    for run, rule, outcome, sentence in (
        (1, "R-01", "unknown", "資本額待查。"),
        (2, "R-01", "pass", "資本額符合。"),
        (2, "R-02", "fail", "公司登記的狀態為停業。"),
        (2, "R-03", "fail", "有欠繳稅捐的紀錄。"),
    ):
        Check.objects.create(
            application=application, run=run, rule=rule, outcome=outcome, sentence=sentence, at=NOW,
            evidence=[{"source": "經濟部商工登記"}],
        )  # fmt: skip
    return application


@pytest.mark.rule("R-07")
def test_a_refusal_names_each_rule_that_failed_with_its_source_and_how_to_appeal(edition: Programme) -> None:
    application = refused(edition)
    events.record(
        "application.found_ineligible",
        application,
        case=application.case,
        by=THE_SYSTEM,
        at=NOW,
        announce=False,
    )
    text = letters("application.found_ineligible")["new@example.tw"]
    assert "公司登記的狀態為停業。（資料來源：經濟部商工登記）" in text
    assert "有欠繳稅捐的紀錄。（資料來源：經濟部商工登記）" in text
    assert "資本額" not in text
    assert "申覆" in text


class TestPoints:
    """R-12 to R-16: each end of a grant is told with what it means and what to do."""

    def granted(self, edition: Programme, company: Company) -> Grant:
        return Grant.objects.get(company=company)

    @pytest.mark.rule("R-13")
    def test_a_notice_tells_the_points_the_day_and_what_follows(
        self, edition: Programme, company: Company
    ) -> None:
        grant = self.granted(edition, company)
        at = grant.activate_before - timedelta(days=2)
        points.send_notices(at=at)
        (said,) = letters("points.expiring", at=at).values()
        assert "30,000點還沒有啟用，期限：2027年2月15日（一）" in said
        assert "可以重新申請" in said
        Grant.objects.update(activated_at=NOW)  # used meanwhile: the deadline it spoke of is no longer one
        assert letters("points.expiring", at=at) == {}

    @pytest.mark.rule("R-13")
    def test_points_taken_back_unused_lead_to_applying_again(
        self, edition: Programme, company: Company
    ) -> None:
        grant = self.granted(edition, company)
        points.take_back_due(at=grant.activate_before)
        (said,) = letters("points.returned", at=grant.activate_before).values()
        assert "已全數收回" in said
        assert letter.JOIN in said

    @pytest.mark.rule("R-14")
    def test_points_that_expired_say_that_live_orders_keep_theirs(
        self, edition: Programme, company: Company
    ) -> None:
        grant = self.granted(edition, company)
        Grant.objects.update(activated_at=NOW)
        points.take_back_due(at=grant.expires_at)
        (said,) = letters("points.expired", at=grant.expires_at).values()
        assert "收回30,000點" in said
        assert "進行中訂單已保留的點數不受影響" in said
        assert "不能再次申請" in said

    def test_a_reversal_is_told_to_the_officers_first_and_to_the_company_when_decided(
        self, edition: Programme, company: Company
    ) -> None:
        first, second = (factories.user(staff_role="officer", email=f"o{n}@example.tw") for n in (1, 2))
        case = points.request_reversal(
            self.granted(edition, company), reason="重複申請", by=factories.officer(first), at=NOW
        )
        told = letters("points.reversal_requested")
        assert set(told) == {"o1@example.tw", "o2@example.tw"}
        assert "重複申請" in told["o2@example.tw"]
        points.approve_reversal(case, by=factories.officer(second), at=NOW)
        assert letters("points.reversal_requested") == {}  # somebody has decided
        said = letters("points.reversed")["owner@example.tw"]
        assert "已撤銷" in said
        assert "重複申請" in said

    @pytest.mark.django_db
    @pytest.mark.rule("R-12")
    def test_who_waits_when_the_edition_closes_is_told(self) -> None:
        edition = factories.programme(appropriation=0)
        company = factories.participant(edition)
        factories.user(company, email="waits@example.tw")
        points.grant(edition, company, by=factories.actor(company), at=NOW)
        programmes.close(edition, by=factories.officer(), at=NOW)
        points.end_waiting(at=NOW)
        assert "候補因此終止" in letters("points.waiting_ended")["waits@example.tw"]

    def test_deliver_many_sends_all_and_queues_by_itself_what_fails(
        self, edition: Programme, company: Company
    ) -> None:
        grant = self.granted(edition, company)
        points.take_back_due(at=grant.activate_before)
        good = Event.objects.get(type="points.returned").pk
        mail.outbox.clear()
        assert operations.deliver_many([10**9, good], at=grant.activate_before) == 1
        assert [sent.to for sent in mail.outbox] == [["owner@example.tw"]]
        assert operations.deliver_many([good], at=grant.activate_before) == 0
