"""People, companies, cards and consents."""

from datetime import UTC
from typing import ClassVar

import pgtrigger
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from tcloud.members.states import INVITATION


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """A person with an account; the address is kept in lower case."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser):
    """A person who signs in. What she may do comes from `staff_role` or from her memberships."""

    class StaffRole(models.TextChoices):
        NONE = "", "—"
        OFFICER = "officer", "執行單位"
        AUDITOR = "auditor", "稽核"
        SUPPORT = "support", "客服"
        EXPERT = "expert", "專家"

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=60)
    phone = models.CharField(max_length=30, blank=True)
    language = models.CharField(max_length=8, default="zh-hant")
    staff_role = models.CharField(max_length=10, choices=StaffRole.choices, blank=True, default="")
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(db_default=models.functions.Now())

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="member_email_once_whatever_the_case")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def is_staff(self) -> bool:
        """Django's word for: works for the programme."""
        return bool(self.staff_role)

    @property
    def username(self) -> str:
        """For libraries that ask; the address is the name."""
        return self.email


class Company(models.Model):
    """A company, business or limited partnership, known by its 統一編號 (R-10: from the card, never from a form)."""

    ubn = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=200, blank=True)
    responsible_name = models.CharField(max_length=60, blank=True)
    is_synthetic = models.BooleanField(default=False, help_text="Invented for demo and tests.")
    joined_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="company_ubn_is_eight_digits", condition=models.Q(ubn__regex=r"^\d{8}$")
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.ubn}）"


class Membership(models.Model):
    """A person acts for a company. `may_order`: whether she may bind it (sign, submit, confirm); an owner always may."""

    class Role(models.TextChoices):
        OWNER = "owner", "負責帳號"
        COLLEAGUE = "colleague", "同事"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    may_order = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "company"], name="membership_once"),
            models.CheckConstraint(
                name="membership_owner_may_order",
                condition=~models.Q(role="owner") | models.Q(may_order=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} @ {self.company}"


class Invitation(models.Model):
    """An owner invites a colleague to act for the company, by e-mail; whoever holds the letter's link answers it, once.

    `may_order`: the right the colleague will have. `expires_at` is the first moment after it.
    """

    class State(models.TextChoices):
        INVITED = "INVITED", _("已邀請，等待接受")
        ACCEPTED = "ACCEPTED", _("已接受")
        REVOKED = "REVOKED", _("已取消")

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    may_order = models.BooleanField()
    token = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=INVITATION.initial)
    version = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=8, default="zh-hant")
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "company",
                Lower("email"),
                name="invitation_one_open",
                condition=models.Q(state="INVITED"),
            ),
            models.CheckConstraint(
                name="invitation_accepted_by_somebody",
                condition=models.Q(state="ACCEPTED", accepted_by__isnull=False)
                | ~models.Q(state="ACCEPTED") & models.Q(accepted_by=None),
            ),
        ]
        triggers = [
            *INVITATION.triggers(),
            pgtrigger.ReadOnly(
                name="invitation_stays_as_sent", fields=["company", "email", "may_order", "token"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} → {self.company_id}"

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"company/{self.company_id}"


class CardChallenge(models.Model):
    """R-09: what a card must sign to prove itself, once, within five minutes, in the browser session that asked (`holder`)."""

    nonce = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=16)
    holder = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="challenge_expiry")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.issued_at:%F %T}"

    @property
    def text(self) -> str:
        """The text the card signs; readable, so that a person could see what was signed."""
        issued = self.issued_at.astimezone(UTC)  # the same text however the moment was read
        return f"臺灣雲市集 工商憑證驗證|{self.purpose}|{self.nonce}|{issued:%Y-%m-%dT%H:%M:%SZ}"


class CardProof(models.Model):
    """R-09: a card that proved a company: the signed message and what the authority said of the certificate, kept as evidence."""

    challenge = models.OneToOneField(CardChallenge, on_delete=models.PROTECT)
    ubn = models.CharField(max_length=8)
    organisation = models.CharField(max_length=120)
    certificate_serial = models.CharField(max_length=64)
    certificate_sha256 = models.CharField(max_length=64)
    signed_message = models.BinaryField()
    verdict = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="card_proof_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.ubn} {self.at:%F %T}"


class Consent(models.Model):
    """R-36: who agreed to which version of which text, and when. Kept with the text's digest."""

    document = models.CharField(max_length=40)
    document_version = models.CharField(max_length=16)
    text_sha256 = models.CharField(max_length=64)
    case = models.CharField(max_length=80)
    ubn = models.CharField(max_length=8, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case"], name="consent_case")]
        triggers = [
            pgtrigger.Protect(name="consent_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.document_version}"


class AddressChange(models.Model):
    """A person wants to be written to elsewhere: the new address counts once the code that was sent there is entered."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    email = models.EmailField()
    former = models.EmailField()
    asked_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="address_change_to_another", condition=~models.Q(email=models.F("former"))
            ),
            models.CheckConstraint(name="address_change_few_tries", condition=models.Q(tries__lte=5)),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.asked_at:%F %T}"
