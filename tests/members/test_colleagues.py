"""Inviting colleagues, their right to order, and removing them; who may do which, by table (R-37)."""

from datetime import timedelta

import pytest

from tcloud.core.actors import Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.members import operations as members
from tcloud.members import queries
from tcloud.members.models import Invitation, Membership, User
from tests import factories
from tests.factories import NOW, PASSWORD

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=7)


@pytest.fixture
def company():
    return factories.company()


@pytest.fixture
def owner(company):
    return factories.user(company)


def acting(user, company):
    return queries.actor_for(user, company=company)


def invite(company, owner, email="new@example.tw", *, may_order=False, at=NOW):
    return members.invite(
        company, email=email, may_order=may_order, user=owner, by=acting(owner, company), at=at
    )


def colleague(company, owner, *, may_order=False):
    invitation = invite(company, owner, f"c{User.objects.count()}@example.tw", may_order=may_order)
    return members.accept_as_new(
        invitation, name="陳同事", phone="", password=PASSWORD, language="zh-hant", at=NOW
    )


@pytest.mark.parametrize("may_order", [True, False])
def test_accept_as_new_makes_an_account_with_the_right_the_owner_gave(company, owner, may_order):
    user = colleague(company, owner, may_order=may_order)
    row = Membership.objects.get(user=user)
    assert (row.company, row.role, row.may_order) == (company, "colleague", may_order)
    assert acting(user, company).may_bind is may_order
    assert acting(owner, company).may_bind
    assert user.check_password(PASSWORD)
    assert set(Event.objects.values_list("type", flat=True)) >= {
        "member.invited",
        "member.joined",
        "invitation.accepted",
    }


def test_accept_as_joins_the_account_of_that_address_only(company, owner):
    known, stranger = factories.user(factories.company()), factories.user(factories.company())
    invitation = invite(company, owner, known.email.upper())
    with pytest.raises(Refusal) as refused:
        members.accept_as(invitation, stranger, at=NOW)
    assert refused.value.code == "invitation.other_person"
    members.accept_as(invitation, known, at=NOW)
    assert {row.company_id for row in queries.memberships(known)} > {company.pk}
    with pytest.raises(Refusal) as refused:
        members.accept_as(invitation, known, at=NOW)
    assert refused.value.code == "invitation.used"


def test_accept_as_refuses_who_works_for_the_programme(company, owner):
    officer = factories.user(staff_role="officer")
    with pytest.raises(Refusal) as refused:
        members.accept_as(invite(company, owner, officer.email), officer, at=NOW)
    assert refused.value.code == "invitation.staff"
    assert not officer.memberships.exists()


@pytest.mark.parametrize(("at", "open_"), [(LATER - timedelta(seconds=1), True), (LATER, False)])
def test_invitation_is_good_for_seven_days(company, owner, at, open_):
    invitation = invite(company, owner)
    assert queries.open_invitations(company, at=at).exists() is open_
    if open_:
        members.check_open(invitation, at=at)
    else:
        with pytest.raises(Refusal) as refused:
            members.accept_as_new(invitation, name="陳", phone="", password=PASSWORD, language="en", at=at)
        assert refused.value.code == "invitation.expired"
        assert User.objects.count() == 1


def test_invite_again_replaces_the_first_and_revoke_ends_it(company, owner):
    first, second = invite(company, owner), invite(company, owner, "NEW@example.tw", may_order=True)
    assert list(Invitation.objects.filter(state="INVITED")) == [second]
    for _twice in range(2):
        members.revoke(second, by=acting(owner, company), at=NOW)
    for over in (first, second):
        over.refresh_from_db()
        with pytest.raises(Refusal) as refused:
            members.check_open(over, at=NOW)
        assert refused.value.code == "invitation.revoked"


def test_invite_refuses_who_is_there_already(company, owner):
    with pytest.raises(Refusal) as refused:
        invite(company, owner, owner.email)
    assert refused.value.code == "member.already"
    assert not Invitation.objects.exists()


ACTS = {
    "invite": lambda c, row, inv, by, user: members.invite(
        c, email="x@example.tw", may_order=True, user=user, by=by, at=NOW
    ),
    "revoke": lambda c, row, inv, by, user: members.revoke(inv, by=by, at=NOW),
    "set_right": lambda c, row, inv, by, user: members.set_right(c, row.pk, may_order=True, by=by, at=NOW),
    "remove": lambda c, row, inv, by, user: members.remove(c, row.pk, by=by, at=NOW),
}


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", ["owner", "colleague", "ordering colleague", "owner elsewhere", "nobody"])
def test_only_the_owner_manages_people(company, owner, role, act):
    row = Membership.objects.get(user=colleague(company, owner))
    invitation = invite(company, owner)
    elsewhere = factories.company()
    user = {
        "owner": lambda: owner,
        "colleague": lambda: row.user,
        "ordering colleague": lambda: colleague(company, owner, may_order=True),
        "owner elsewhere": lambda: factories.user(elsewhere),
        "nobody": lambda: factories.user(staff_role="officer"),
    }[role]()
    by = (
        Actor("officer", user.pk)
        if role == "nobody"
        else acting(user, elsewhere if "elsewhere" in role else company)
    )
    before = (
        Membership.objects.count(),
        Invitation.objects.filter(state="INVITED").count(),
        Event.objects.count(),
    )
    if role == "owner":
        ACTS[act](company, row, invitation, by, user)
        assert Event.objects.count() == before[2] + 1
        return
    with pytest.raises(Refusal) as refused:
        ACTS[act](company, row, invitation, by, user)
    assert refused.value.code == "member.not_owner"
    assert (
        Membership.objects.count(),
        Invitation.objects.filter(state="INVITED").count(),
        Event.objects.count(),
    ) == before


def test_set_right_and_remove_leave_owners_alone_and_others_at_once(company, owner):
    user, by = colleague(company, owner), acting(owner, company)
    row = Membership.objects.get(user=user)
    members.set_right(company, row.pk, may_order=True, by=by, at=NOW)
    assert acting(user, company).may_bind
    members.remove(company, row.pk, by=by, at=NOW)
    assert not acting(user, company).may_bind
    assert not queries.memberships(user).exists()
    for act in (
        lambda pk: members.remove(company, pk, by=by, at=NOW),
        lambda pk: members.set_right(company, pk, may_order=False, by=by, at=NOW),
    ):
        for pk, code in ((row.pk, "member.gone"), (Membership.objects.get(user=owner).pk, "member.is_owner")):
            with pytest.raises(Refusal) as refused:
                act(pk)
            assert refused.value.code == code
