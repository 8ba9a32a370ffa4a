"""Joining through the pages (flyer step 1), and everything that may go wrong on the way."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.translation import override

from tcloud.adapters.registries.port import Source
from tcloud.core import clock
from tcloud.eligibility.models import Application
from tcloud.members import cards
from tcloud.members.models import CardProof, Company, Consent, User
from tcloud.points import operations as points_operations
from tcloud.points import queries as points
from tests import factories
from tests.adapters.card import authorities, pki
from tests.english import CHINESE
from tests.web.applicant import ACCOUNT, Applicant, wrong

pytestmark = pytest.mark.django_db


def error(page):
    return page.context["form"].errors.as_text()


def test_leads_from_consent_to_a_signed_in_member(outside, edition):
    applicant = Applicant()
    done = applicant.to_member()
    assert done.url == reverse("join_done")
    assert applicant.get("join_done").status_code == 200
    company = Company.objects.get(ubn=pki.UBN)
    assert (company.name, company.responsible_name) == ("測試麵店有限公司", "林大年")
    assert points.is_participant(edition, company)
    assert User.objects.get(email=ACCOUNT["email"]).check_password(ACCOUNT["password"])
    assert Consent.objects.filter(ubn=pki.UBN).count() == 2
    assert applicant.get("member_home").status_code == 200


@pytest.mark.rule("R-09")
def test_refuses_a_signature_shown_twice_and_offers_a_fresh_challenge(outside, edition):
    applicant, thief = Applicant(), Applicant()
    applicant.to_card()
    signed = applicant.sign(applicant.challenge())
    applicant.post("join_card", **signed)
    thief.to_card()
    answer = thief.post("join_card", **signed)
    assert answer.status_code == 409
    assert "不是在這個瀏覽器開始的" in answer.context["error"]
    again = applicant.post("join_card", **signed)  # sent twice by the same browser: it goes on
    assert again.url == reverse("join_authorisation")
    assert CardProof.objects.count() == 1
    assert answer.context["challenge"]["nonce"] != signed["nonce"]


@pytest.mark.rule("R-09")
def test_refuses_an_expired_challenge_and_takes_the_next(outside, edition):
    applicant = Applicant()
    applicant.to_card()
    signed = applicant.sign(applicant.challenge())
    with clock.moved_to(factories.NOW + timedelta(minutes=6)):
        late = applicant.post("join_card", **signed)
        assert late.status_code == 409
        assert "5 分鐘" in late.context["error"]
        used = applicant.post("join_card", **signed)
        assert "已使用過" in used.context["error"]
        assert applicant.application.state == "CONSENTED"
        assert applicant.show_card().url == reverse("join_authorisation")


@pytest.mark.parametrize("signature", ["", "not base64 at all!", "AAAA", "A" * 70_000])
def test_says_so_when_the_signature_cannot_be_read(outside, edition, signature):
    applicant = Applicant()
    applicant.to_card()
    answer = applicant.post("join_card", nonce=applicant.challenge()["nonce"], signature=signature)
    assert answer.status_code == 409
    assert answer.context["error"]
    assert applicant.application.state == "CONSENTED"


@pytest.mark.rule("R-09")
def test_says_in_english_why_a_card_is_refused(outside, edition, monkeypatch):
    monkeypatch.setattr(cards, "trust_policy", lambda **_: authorities.policy(required_policy="1.2.3"))
    monkeypatch.setattr(cards, "revocation_checker", lambda: None)
    applicant = Applicant()
    applicant.to_card()
    with override("en"):
        refused = [
            applicant.show_card(),
            applicant.post("join_card", **applicant.challenge(), signature="MAA="),
        ]
    for answer, said in zip(refused, ("certificate policy", "not a valid signature"), strict=True):
        assert answer.status_code == 409
        assert said in answer.context["error"]
        assert not CHINESE.search(answer.context["error"])


@pytest.mark.rule("R-08")
def test_takes_up_the_open_application_of_the_same_company(outside, edition):
    first, second = Applicant(), Applicant()
    first.to_check()
    second.to_card()
    assert second.show_card().url == reverse("join_check")
    assert second.application.ubn == pki.UBN
    assert Application.objects.exclude(state="ABANDONED").count() == 1
    assert first.get("join_check").url == reverse("join")  # the other browser has lost it


def test_sends_a_member_to_sign_in(outside, edition):
    Applicant().to_member()
    again = Applicant()
    again.to_card()
    answer = again.show_card()
    assert answer.context["member_already"]
    assert "請直接登入" in answer.context["error"]


@pytest.mark.rule("R-01")
def test_shows_a_company_too_large_on_both_counts_why_and_hears_its_appeal(outside, edition):
    outside.capital_twd, outside.insured = 200_000_000, 500
    applicant = Applicant()
    page = applicant.to_result().content.decode()
    assert "不符合申請資格" in page
    assert "200,000,000" in page
    assert "經濟部商工登記資料" in page
    empty = applicant.post("join_appeal", reason="")
    assert "請說明申覆理由" in error(empty)
    assert applicant.post("join_appeal", reason="人數算錯了").url == reverse("join_result")
    assert applicant.application.state == "IN_REVIEW"
    assert applicant.get("join_account").status_code == 200
    assert not User.objects.filter(email=ACCOUNT["email"]).exists()


@pytest.mark.rule("R-07")
def test_keeps_the_application_of_a_silent_source_and_the_address_to_write_to(outside, edition):
    outside.silent = {Source.TAX_ARREARS}
    applicant = Applicant()
    page = applicant.to_result()
    assert [row["rule"] for row in page.context["unknown"]] == ["R-03"]
    assert "2027年1月20日（三）" in page.content.decode()  # the third working day after Friday 15
    assert applicant.post("join_account", **ACCOUNT).url == reverse("join_result")
    assert applicant.application.code_serial == 0
    assert applicant.get("join_email").url == reverse("join_result")


def test_counts_wrong_codes_and_wants_a_new_one_after_five(outside, edition):
    applicant = Applicant()
    applicant.to_email()
    right = applicant.code()
    assert "還可以再試 4 次" in error(applicant.post("join_email", code=wrong(right)))
    for _try in range(4):
        applicant.post("join_email", code=wrong(right))
    used_up = applicant.post("join_email", code=right)
    assert "錯誤次數過多" in error(used_up)
    too_soon = applicant.post("join_code")
    assert "請等一分鐘" in error(too_soon)
    with clock.moved_to(factories.NOW + timedelta(minutes=2)):
        applicant.post("join_code")
        assert applicant.post("join_email", code=applicant.code()).url == reverse("join_done")


def test_keeps_what_was_typed_but_never_the_password(outside, edition):
    factories.user(email="taken@example.tw")
    applicant = Applicant()
    applicant.to_result()
    answer = applicant.post("join_account", **ACCOUNT | {"email": "Taken@example.tw"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "已有帳號" in error(answer)
    assert ACCOUNT["name"] in page
    assert ACCOUNT["password"] not in page
    weak = applicant.post("join_account", **ACCOUNT | {"password": "12345"})
    assert list(weak.context["form"].errors) == ["password"]
    assert applicant.application.code_serial == 0


def test_sends_one_code_for_a_form_sent_twice(outside, edition):
    applicant = Applicant()
    applicant.to_email()
    assert applicant.post("join_account", **ACCOUNT | {"name": "林大美"}).url == reverse("join_email")
    assert (applicant.application.code_serial, applicant.application.contact_name) == (1, "林大美")


def test_asks_for_every_box(outside, edition):
    applicant = Applicant()
    applicant.post("join")
    assert "請勾選" in error(applicant.post("join_consent"))
    applicant.post("join_consent", personal_data="on")
    applicant.show_card()
    assert list(applicant.post("join_authorisation", data_lookup="on").context["form"].errors) == [
        "declarations"
    ]
    assert applicant.application.state == "CARD_VERIFIED"


def test_leads_back_to_the_page_due_from_any_other(outside, edition):
    applicant = Applicant()
    for name in (
        "join_consent",
        "join_card",
        "join_check",
        "join_result",
        "join_account",
        "join_email",
        "join_done",
    ):
        assert applicant.get(name).url == reverse("join")
    applicant.to_card()
    for name in (
        "join_consent",
        "join_authorisation",
        "join_check",
        "join_result",
        "join_email",
        "join_done",
    ):
        assert applicant.get(name).url == reverse("join_card")
    assert applicant.post("join").url == reverse("join_card")


def test_stops_a_card_reader_gone_wild(outside, edition):
    applicant = Applicant()
    applicant.to_card()
    answers = [applicant.post("join_card", nonce="0", signature="").status_code for _time in range(11)]
    assert answers[-2:] == [409, 429]


def test_begins_nothing_while_the_edition_is_paused(outside, edition):
    from tcloud.core.actors import THE_SYSTEM
    from tcloud.programme import operations as programmes

    programmes.pause(edition, by=THE_SYSTEM, at=factories.NOW)
    applicant = Applicant()
    assert "目前未開放申請" in applicant.get("join").content.decode()
    assert applicant.post("join").status_code == 409
    assert not Application.objects.exists()


@pytest.mark.rule("R-13")
def test_a_company_whose_points_were_taken_back_applies_again_with_its_account(outside, edition):
    applicant = Applicant()
    applicant.to_member()
    company = Company.objects.get(ubn=pki.UBN)
    grant = points_operations.grant(edition, company, by=factories.actor(company), at=factories.NOW)
    before = grant.activate_before - timedelta(seconds=1)
    with clock.moved_to(before):
        early = Applicant()
        early.to_card()
        assert "已是會員" in early.show_card().context["error"]
    with clock.moved_to(grant.activate_before):  # the scan has not run yet
        applicant.client.cookies.clear()
        applicant.client.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
        assert "再次申請" in applicant.get("member_home").content.decode()
        page = applicant.to_result()
        assert "完成再次申請" in page.content.decode()
        assert applicant.get("join_account").url == reverse("join_result")  # nothing to set up
        done = applicant.post("join_return")
        assert done.url == reverse("join_done")
        assert applicant.post("join_return").url == reverse("join_done")  # pressed twice
        assert "再次申請完成" in applicant.get("join_done").content.decode()
        assert points.admission(edition, company) == 2
        assert User.objects.count() == 1
        again = points_operations.grant(edition, company, by=factories.actor(company), at=clock.now())
        assert (again.points, again.admission) == (30_000, 2)


@pytest.mark.rule("R-06", "R-14")
def test_a_company_whose_points_expired_is_told_that_it_may_not_apply_again(outside, edition):
    applicant = Applicant()
    applicant.to_member()
    company = Company.objects.get(ubn=pki.UBN)
    grant = points_operations.grant(edition, company, by=factories.actor(company), at=factories.NOW)
    type(grant).objects.update(activated_at=factories.NOW)
    with clock.moved_to(grant.expires_at):
        again = Applicant()
        again.to_card()
        refused = again.show_card()
        assert "已是會員，並已獲得過本計畫的點數，依 R-06 不能再次申請" in refused.context["error"]
        assert refused.context["member_already"]  # the way to sign in is shown
        assert "再次申請" not in applicant.get("member_home").content.decode()
