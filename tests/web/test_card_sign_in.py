"""Signing in by the company's card (R-09), and who may not."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tcloud.core import clock
from tcloud.members.models import Membership
from tests import factories
from tests.adapters.card import pki
from tests.web.applicant import Applicant

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-09")]


def signed_in(applicant):
    return applicant.client.session.get("_auth_user_id")


def test_lets_the_only_person_in_and_back_to_the_page_wanted(outside, edition):
    person = factories.user(factories.participant(edition, ubn=pki.UBN))
    applicant = Applicant()
    page = applicant.client.get(reverse("card_sign_in"), {"next": reverse("points")})
    answer = applicant.post("card_sign_in", **applicant.sign(page.context["challenge"]))
    assert answer.url == reverse("points")
    assert signed_in(applicant) == str(person.pk)


def test_never_leads_to_another_site(outside, edition):
    factories.user(factories.participant(edition, ubn=pki.UBN))
    applicant = Applicant()
    page = applicant.client.get(reverse("card_sign_in"), {"next": "https://evil.example/"})
    answer = applicant.post("card_sign_in", **applicant.sign(page.context["challenge"]))
    assert answer.url == reverse("after_sign_in")


def test_asks_which_of_several_people_it_is_and_takes_none_of_another_company(outside, edition):
    company = factories.participant(edition, ubn=pki.UBN)
    _first, second = factories.user(company, name="甲"), factories.user(company, name="乙")
    stranger = factories.user(factories.participant(edition), name="丙")
    applicant = Applicant()
    assert applicant.show_card("card_sign_in").url == reverse("card_sign_in_person")
    page = applicant.get("card_sign_in_person").content.decode()
    assert "乙" in page
    assert "丙" not in page
    assert applicant.post("card_sign_in_person", person=stranger.pk).status_code == 200
    assert not signed_in(applicant)
    applicant.post("card_sign_in_person", person=second.pk)
    assert signed_in(applicant) == str(second.pk)
    assert applicant.get("card_sign_in_person").url == reverse("card_sign_in")  # the proof served once


def test_forgets_a_card_after_five_minutes(outside, edition):
    company = factories.participant(edition, ubn=pki.UBN)
    first, _second = factories.user(company), factories.user(company)
    applicant = Applicant()
    applicant.show_card("card_sign_in")
    with clock.moved_to(factories.NOW + timedelta(minutes=6)):
        assert applicant.post("card_sign_in_person", person=first.pk).url == reverse("card_sign_in")
    assert not signed_in(applicant)


def test_leads_a_company_that_has_not_joined_to_joining(outside, edition):
    applicant = Applicant()
    page = applicant.show_card("card_sign_in").content.decode()
    assert reverse("join") in page
    assert not signed_in(applicant)


def test_refuses_a_challenge_given_for_joining(outside, edition):
    factories.user(factories.participant(edition, ubn=pki.UBN))
    applicant = Applicant()
    applicant.to_card()
    answer = applicant.post("card_sign_in", **applicant.sign(applicant.challenge("join_card")))
    assert answer.status_code == 409
    assert not signed_in(applicant)


def test_signs_no_officer_in(outside, edition):
    company = factories.participant(edition, ubn=pki.UBN)
    officer = factories.user(staff_role="officer")
    Membership.objects.create(user=officer, company=company, role=Membership.Role.OWNER)
    applicant = Applicant()
    assert applicant.show_card("card_sign_in").status_code == 200
    assert not signed_in(applicant)


def test_says_why_a_card_of_another_authority_is_refused(outside, edition, monkeypatch):
    from tcloud.adapters.card import TrustPolicy
    from tcloud.members import cards

    factories.user(factories.participant(edition, ubn=pki.UBN))
    monkeypatch.setattr(cards, "trust_policy", lambda **_: TrustPolicy(anchors=(pki.card(key_name="x").der,)))
    answer = (applicant := Applicant()).show_card("card_sign_in")
    assert answer.status_code == 409
    assert answer.context["error"]
    assert not signed_in(applicant)
