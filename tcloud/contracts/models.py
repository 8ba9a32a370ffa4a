"""Contracts, their documents, and signatures in the making (R-20)."""

from datetime import datetime

import pgtrigger
from django.db import models

from tcloud.contracts.states import CONTRACT
from tcloud.core import clock


class Document(models.Model):
    """Bytes kept as they were, found by their digest. Append-only."""

    sha256 = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    media_type = models.CharField(max_length=60)
    created_at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="document_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return self.sha256[:12]


class ContractTemplate(models.Model):
    """One version of the contract's wording. A published one never changes: contracts pin the version they were drawn up in (R-19)."""

    version = models.PositiveIntegerField(unique=True)
    wording = models.JSONField(help_text="contracts.rules.Wording")
    edits = models.PositiveIntegerField(
        default=0, help_text="Counts changes of the draft, so that a stale form is refused."
    )
    drafted_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                models.F("published_at"),
                name="contract_template_one_draft",
                condition=models.Q(published_at=None),
                nulls_distinct=False,
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="contract_template_published_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"v{self.version}"

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"contract_template/{self.version}"


class Contract(models.Model):
    """雲端解決方案買賣契約 of one order. `terms` is what the document says; parties are known by 統一編號."""

    number = models.CharField(max_length=24, unique=True)
    order_number = models.CharField(max_length=16, unique=True)
    buyer_ubn = models.CharField(max_length=8)
    supplier_ubn = models.CharField(max_length=8)
    template_version = models.CharField(max_length=16)
    terms = models.JSONField()
    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=16, default=CONTRACT.initial)
    version = models.PositiveIntegerField(default=0)
    drawn_up_at = models.DateTimeField()
    signed_at = models.DateTimeField(null=True)
    countersigned_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            *CONTRACT.triggers(),
            pgtrigger.ReadOnly(
                name="contract_says_what_it_said",
                fields=["number", "order_number", "buyer_ubn", "supplier_ubn", "template_version", "terms"],
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"order/{self.order_number}"


class SigningSession(models.Model):
    """A document prepared for one card's signature, waiting for it: single use, for hours at most (PROTOCOLS §8)."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="signing_sessions")
    party = models.CharField(max_length=10)
    prepared = models.BinaryField(help_text="The document with room for the signature.")
    parameters = models.JSONField(help_text="What finishing needs; contracts.signing.PreparedSignature.")
    certificate = models.BinaryField()
    signer_ubn = models.CharField(max_length=8)
    base_sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.contract} {self.party}"

    def is_valid(self, *, at: datetime) -> bool:
        """Whether the card may still sign at `at`; not before it was prepared either, should a rehearsal have set the clock back."""
        return clock.is_near(at, self.created_at, self.expires_at - self.created_at)
