"""The people who act for a company: invited by an owner, with or without the right to order, and removed by her (R-37)."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import VISITOR, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.members import queries
from tcloud.members.models import Company, Invitation, Membership, User
from tcloud.members.operations.accounts import register_person
from tcloud.members.states import INVITATION

VALID_FOR: Final = timedelta(days=7)


def _only_owner(company: Company, by: Actor) -> None:
    if by.company_id != company.pk or not queries.is_owner(company, by.user_id):
        raise Refusal("member.not_owner", _("只有貴公司的負責帳號可以管理同事與權限。"))


@transaction.atomic(durable=True)
def invite(
    company: Company, *, email: str, may_order: bool, user: User, by: Actor, at: datetime
) -> Invitation:
    """Invite a colleague by e-mail; the letter's link is good for seven days. An open invitation to the same address is replaced.

    Raises Refusal `member.not_owner`, `member.already`.
    """
    _only_owner(company, by)
    Company.objects.select_for_update().get(pk=company.pk)  # of two tabs the second replaces the first's
    address = email.strip().lower()
    if Membership.objects.filter(company=company, user__email__iexact=address).exists():
        raise Refusal("member.already", _("這個 E-mail 已是貴公司的帳號，不需要再邀請。"))
    for earlier in Invitation.objects.select_for_update().filter(
        company=company, email__iexact=address, state="INVITED"
    ):
        _end(earlier, by=by, at=at)
    made = Invitation.objects.create(
        company=company,
        email=address,
        may_order=may_order,
        token=secrets.token_urlsafe(32),
        language=user.language,
        invited_by=user,
        invited_at=at,
        expires_at=at + VALID_FOR,
    )
    events.record("member.invited", made, case=made.case, by=by, at=at, may_order=may_order)
    return made


def _end(invitation: Invitation, *, by: Actor, at: datetime) -> None:
    changes = {"ended_at": at}
    advance(
        invitation, INVITATION, "revoke", by=by, at=at, case=invitation.case, changes=changes, announce=False
    )


@transaction.atomic(durable=True)
def revoke(invitation: Invitation, *, by: Actor, at: datetime) -> Invitation:
    """Take an invitation back; its link no longer works. Raises Refusal `member.not_owner`, `transition.not_now` once accepted."""
    _only_owner(invitation.company, by)
    row = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if row.state != "REVOKED":
        _end(row, by=by, at=at)
    return row


def check_open(invitation: Invitation, *, at: datetime) -> None:
    """Whether the invitation can still be accepted. Raises Refusal `invitation.used`, `invitation.revoked`, `invitation.expired`."""
    if invitation.state == "ACCEPTED":
        raise Refusal("invitation.used", _("這份邀請已經接受過，請直接登入。"))
    if invitation.state == "REVOKED":
        raise Refusal("invitation.revoked", _("這份邀請已取消，請向邀請您的同事確認，或請他重新邀請。"))
    if at >= invitation.expires_at:
        raise Refusal("invitation.expired", _("這份邀請已超過 7 天，請邀請您的同事重新邀請。"))


def _held(invitation: Invitation, *, at: datetime) -> Invitation:
    row = Invitation.objects.select_for_update(of=("self",)).select_related("company").get(pk=invitation.pk)
    check_open(row, at=at)
    return row


@transaction.atomic(durable=True)
def accept_as_new(
    invitation: Invitation, *, name: str, phone: str, password: str, language: str, at: datetime
) -> User:
    """The colleague has no account: one is made for the address the letter went to, which the link proves.

    Raises Refusal as `check_open` says, `member.email_taken`, `member.password_weak`.
    """
    row = _held(invitation, at=at)
    try:
        validate_password(password, User(email=row.email, name=name))
    except ValidationError as error:
        raise Refusal("member.password_weak", " ".join(error.messages)) from error
    by = Actor(VISITOR, name=name)
    user = register_person(
        row.company,
        email=row.email,
        name=name.strip(),
        phone=phone.strip(),
        password_hash=make_password(password),
        language=language,
        by=by,
        at=at,
        role=Membership.Role.COLLEAGUE,
        may_order=row.may_order,
    )
    _accepted(row, user, at=at)
    return user


@transaction.atomic(durable=True)
def accept_as(invitation: Invitation, user: User, *, at: datetime) -> Membership:
    """The colleague has an account of that address and is signed in with it.

    Raises Refusal as `check_open` says, `invitation.other_person`, `invitation.staff`, `member.already`.
    """
    row = _held(invitation, at=at)
    if user.email.lower() != row.email.lower():
        raise Refusal(
            "invitation.other_person",
            _("這份邀請寄給 %(email)s，請用那個帳號登入後再接受。"),
            email=row.email,
        )
    if user.staff_role:
        raise Refusal("invitation.staff", _("計畫工作人員的帳號不能代表企業，請改用其他 E-mail。"))
    try:
        with transaction.atomic():
            made = Membership.objects.create(
                user=user, company=row.company, role=Membership.Role.COLLEAGUE, may_order=row.may_order
            )
    except IntegrityError as error:
        raise Refusal("member.already", _("您已經是這家公司的帳號，不需要再接受邀請。")) from error
    events.record("member.joined", user, case=row.case, by=_self(user), at=at, announce=False)
    _accepted(row, user, at=at)
    return made


def _self(user: User) -> Actor:
    return Actor(VISITOR, user.pk, None, user.name)


def _accepted(row: Invitation, user: User, *, at: datetime) -> None:
    changes = {"accepted_by": user, "ended_at": at}
    advance(row, INVITATION, "accept", by=_self(user), at=at, case=row.case, changes=changes, announce=False)


def _colleague(company: Company, membership_id: int, by: Actor) -> Membership:
    """A colleague's membership, held. Raises Refusal `member.not_owner`, `member.gone`, `member.is_owner`."""
    _only_owner(company, by)
    found = (
        Membership.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(company=company, pk=membership_id)
        .first()
    )
    if found is None:
        raise Refusal("member.gone", _("這位同事已不在名單上，請重新整理頁面。"))
    if found.role == Membership.Role.OWNER:
        raise Refusal("member.is_owner", _("負責帳號一定有訂購權限，也不能在這裡移除；要更換請洽客服專線。"))
    return found


@transaction.atomic(durable=True)
def set_right(
    company: Company, membership_id: int, *, may_order: bool, by: Actor, at: datetime
) -> Membership:
    """Give a colleague the right to order, or take it; said twice, it is done once. Raises Refusal as `_colleague` says."""
    row = _colleague(company, membership_id, by)
    if row.may_order != may_order:
        row.may_order = may_order
        row.save(update_fields=["may_order"])
        events.record(
            "member.right_changed", row.user, case=f"company/{company.pk}", by=by, at=at, announce=False,
            may_order=may_order,
        )  # fmt: skip
    return row


@transaction.atomic(durable=True)
def remove(company: Company, membership_id: int, *, by: Actor, at: datetime) -> None:
    """A colleague no longer acts for the company, from her next click on. Raises Refusal as `_colleague` says."""
    row = _colleague(company, membership_id, by)
    user = row.user
    row.delete()
    events.record("member.removed", user, case=f"company/{company.pk}", by=by, at=at, announce=False)
