import hashlib
import json

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from tcloud.core.actors import COMPANY, OFFICER, SUPPLIER
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.members import documents, queries
from tcloud.members import operations as members
from tcloud.members.models import Consent, Membership, User
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def agree(*codes):
    return members.record_consents(list(codes), case="application/1", at=NOW, ubn="04595257")


@pytest.mark.rule("R-36")
def test_record_consents_keeps_version_and_digest_of_the_text_shown():
    (consent,) = agree("personal_data")
    text = documents.document("personal_data")
    body = json.dumps([text.title, [part.zh for part in text.parts]], ensure_ascii=False)
    assert consent.text_sha256 == hashlib.sha256(body.encode()).hexdigest()
    assert (consent.document, consent.document_version, consent.at) == ("personal_data", text.version, NOW)


@pytest.mark.rule("R-36")
def test_record_consents_refuses_an_unknown_text_and_keeps_none():
    with pytest.raises(LookupError):
        agree("personal_data", "no-such-text")
    assert not Consent.objects.exists()


@pytest.mark.rule("R-36")
def test_a_consent_is_not_deleted_even_by_raw_sql():
    agree("personal_data")
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        connection.cursor().execute("DELETE FROM members_consent")
    assert Consent.objects.count() == 1


def test_register_person_makes_an_account_that_acts_for_the_company():
    company = factories.company()
    user = factories.user(company, email="Owner@Example.TW")
    assert user.email == "owner@example.tw"
    assert user.check_password(factories.PASSWORD)
    assert Membership.objects.get().role == Membership.Role.OWNER
    assert Event.objects.filter(type="member.joined", case=f"company/{company.pk}").count() == 1


def test_register_person_refuses_an_address_in_use_whatever_its_case():
    factories.user(factories.company(), email="owner@example.tw")
    before = User.objects.count(), Membership.objects.count(), Event.objects.count()
    with pytest.raises(Refusal) as refused:
        factories.user(factories.company(), email="OWNER@example.tw")
    assert refused.value.code == "member.email_taken"
    assert (User.objects.count(), Membership.objects.count(), Event.objects.count()) == before


def test_register_company_takes_the_name_as_registered_now():
    company = members.register_company("04595257", name="舊名商行", address="臺北市")
    again = members.register_company("04595257", name="新名商行", address="新北市")
    assert (again.pk, again.name, again.address) == (company.pk, "新名商行", "新北市")


@pytest.mark.parametrize("number", ["1234567", "1234567a", ""])
def test_database_refuses_a_company_without_eight_digits(number):
    with pytest.raises(IntegrityError, match="eight_digits"), transaction.atomic():
        members.register_company(number, name="測試")


@pytest.mark.rule("R-09")
def test_card_people_leaves_out_who_works_for_the_programme():
    company = factories.company()
    owner, officer = factories.user(company), factories.user(company)
    User.objects.filter(pk=officer.pk).update(staff_role="officer")
    assert list(queries.card_people(company.ubn)) == [owner]


@pytest.mark.rule("R-37")
def test_actor_for_carries_whom_a_person_acts_for():
    company = factories.company()
    user, officer = factories.user(company), factories.user(staff_role="officer")
    assert (queries.actor_for(user, company=company).kind, queries.actor_for(user, company=company).company_id) == (
        COMPANY, company.pk,
    )  # fmt: skip
    assert queries.actor_for(user, company=company, as_supplier=True).kind == SUPPLIER
    assert (queries.actor_for(officer).kind, queries.actor_for(officer).company_id) == (OFFICER, None)
    assert queries.actor_for(user).kind == "visitor"
