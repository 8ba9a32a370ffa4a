"""Announcements: a banner on every page from one moment to another."""

from functools import reduce
from operator import or_
from typing import Final

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.core.stamp import public_change
from tcloud.programme.models import Programme
from tcloud.support.states import ANNOUNCEMENT

WORDS: Final = ("title", "title_en", "body", "body_en", "severity", "audience", "starts_at", "ends_at")


def _changed(*fields: str) -> pgtrigger.Q:
    """Any of the columns is to become another."""
    return reduce(or_, (pgtrigger.Q(**{f"old__{name}__df": pgtrigger.F(f"new__{name}")}) for name in fields))


class Announcement(models.Model):
    """Drafted, then published by an officer; shown from `starts_at` to before `ends_at` (null: until withdrawn). What is published stays."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("草稿")
        DISCARDED = "DISCARDED", _("已捨棄")
        PUBLISHED = "PUBLISHED", _("已發布")
        WITHDRAWN = "WITHDRAWN", _("已撤下")

    class Severity(models.TextChoices):
        INFO = "info", _("一般消息")
        WARN = "warn", _("請留意")
        URGENT = "urgent", _("緊急")

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("所有人")
        MEMBERS = "members", _("企業會員")
        SUPPLIERS = "suppliers", _("供應商")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=ANNOUNCEMENT.initial)
    version = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=60)
    title_en = models.CharField(max_length=100)
    body = models.CharField(max_length=500, blank=True)
    body_en = models.CharField(max_length=800, blank=True)
    severity = models.CharField(max_length=8, choices=Severity.choices)
    audience = models.CharField(max_length=10, choices=Audience.choices)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            public_change("announcement_public"),
            *ANNOUNCEMENT.triggers(),
            pgtrigger.Protect(
                name="announcement_published_stays",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__state="DRAFT") & _changed(*WORDS),
            ),
            pgtrigger.Protect(name="announcement_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="announcement_ends_after_it_starts",
                condition=models.Q(ends_at=None) | models.Q(ends_at__gt=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="announcement_published_at_a_moment",
                condition=models.Q(state__in=["DRAFT", "DISCARDED"]) | models.Q(published_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["state", "-starts_at"], name="announcement_shown")]

    def __str__(self) -> str:
        return self.title

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"announcement/{self.pk}"
