"""Questions about people and companies."""

from datetime import datetime

from django.db.models import QuerySet

from tcloud.core.actors import COMPANY, SUPPLIER, VISITOR, Actor
from tcloud.members.models import Company, Invitation, Membership, User


def memberships(user: User) -> QuerySet[Membership]:
    """For whom this person acts, companies loaded with them."""
    return Membership.objects.filter(user=user).select_related("company").order_by("id")


def people_of(ubn: str) -> QuerySet[User]:
    """Active people who act for the company with this 統一編號."""
    return User.objects.filter(memberships__company__ubn=ubn, is_active=True).order_by("id")


def card_people(ubn: str) -> QuerySet[User]:
    """R-09: whom this company's card may sign in: never someone who also works for the programme, whom a second factor guards."""
    return people_of(ubn).filter(staff_role="")


def member_actor(member: Membership) -> Actor:
    """The actor that a person is for her company; `member` with both loaded."""
    name = f"{member.company.name} {member.user.name}"
    return Actor(COMPANY, member.user_id, member.company_id, name, member.may_order)


def actor_for(user: User, *, company: Company | None = None, as_supplier: bool = False) -> Actor:
    """The actor that a signed-in person is: for a company, for a supplier, or by her role in the programme."""
    if company is not None:
        name = f"{company.name} {user.name}"
        if as_supplier:
            return Actor(SUPPLIER, user.pk, company.pk, name)
        may_bind = Membership.objects.filter(user=user, company=company, may_order=True).exists()
        return Actor(COMPANY, user.pk, company.pk, name, may_bind)
    return Actor(user.staff_role or VISITOR, user.pk, None, user.name)


def company_emails(company_id: int) -> list[str]:
    """Addresses of the people who act for a company."""
    return list(
        User.objects.filter(memberships__company_id=company_id, is_active=True)
        .order_by("id")
        .values_list("email", flat=True)
    )


def approver_emails(company_id: int) -> list[str]:
    """Addresses of the people who may order for a company: whom a colleague without that right asks."""
    found = User.objects.filter(
        memberships__company_id=company_id, memberships__may_order=True, is_active=True
    )
    return list(found.order_by("id").values_list("email", flat=True))


def is_owner(company: Company, user_id: int | None) -> bool:
    """Whether this person keeps the company's account, and so its people."""
    owners = Membership.objects.filter(company=company, role=Membership.Role.OWNER)
    return user_id is not None and owners.filter(user_id=user_id).exists()


def members_of(company: Company) -> QuerySet[Membership]:
    """Everybody who acts for the company, owners first, people loaded with them."""
    found = Membership.objects.filter(company=company, user__is_active=True).select_related("user")
    return found.order_by("-role", "id")


def open_invitations(company: Company, *, at: datetime) -> QuerySet[Invitation]:
    """Invitations that can still be accepted at `at`, the newest first."""
    return Invitation.objects.filter(company=company, state="INVITED", expires_at__gt=at).order_by("-id")


def invitation_of(token: str) -> Invitation | None:
    """The invitation of a letter's link, whatever became of it."""
    return Invitation.objects.filter(token=token).select_related("company", "invited_by").first()


def emails_of(user_id: int | None) -> list[str]:
    """The address of one active person; none for nobody."""
    if user_id is None:
        return []
    return list(User.objects.filter(pk=user_id, is_active=True).values_list("email", flat=True))


def officer_emails() -> list[str]:
    """Addresses of every active programme officer."""
    officers = User.objects.filter(staff_role=User.StaffRole.OFFICER, is_active=True)
    return list(officers.order_by("id").values_list("email", flat=True))


def accounts(emails: list[str]) -> dict[str, User]:
    """The active people who sign in with these addresses, by address; each knows the language she reads."""
    return {user.email: user for user in User.objects.filter(email__in=emails, is_active=True)}
