"""Messages to people, made from events, each once: letters by mail, notices on the site; and what became of the letters."""

from django.db import models
from django.db.models.functions import Lower

from tcloud.core.models import Event
from tcloud.members.models import User


class Message(models.Model):
    """One e-mail to one address because of one event. The unique key makes a repeated delivery harmless.

    Sent (`sent_at`), given up (`given_up_at`, why in `error`), or still to be tried. A sent one may come back (`bounced_at`).
    """

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    template = models.CharField(max_length=40)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    given_up_at = models.DateTimeField(
        null=True, help_text="Refused for good, or held because the address takes no letters."
    )
    bounced_at = models.DateTimeField(null=True, help_text="When it came back for good.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "template", "to"], name="message_once"),
            models.CheckConstraint(
                name="message_sent_or_given_up",
                condition=models.Q(sent_at=None) | models.Q(given_up_at=None),
            ),
            models.CheckConstraint(
                name="message_given_up_for_a_reason",
                condition=models.Q(given_up_at=None) | ~models.Q(error=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} → {self.to}"


class Bounce(models.Model):
    """What a mail server reported of a letter (RFC 3464). The report itself is not kept: it repeats the letter."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="bounces")
    action = models.CharField(max_length=10, help_text="failed, delayed …")
    status = models.CharField(max_length=12, blank=True, help_text="RFC 3463: 5.1.1, 4.4.7 …")
    is_hard = models.BooleanField()
    received_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "action", "status"], name="bounce_noted_once"),
            models.UniqueConstraint(
                fields=["message"], condition=models.Q(is_hard=True), name="bounce_hard_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.action} {self.status}"


class FailingAddress(models.Model):
    """An address whose letters came back for good, until somebody mends or replaces it; then the row goes."""

    email = models.EmailField()
    hard_bounces = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=12, blank=True, help_text="Of the latest: RFC 3463 or an SMTP code.")
    since = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="failing_address_once"),
            models.CheckConstraint(name="failing_address_failed", condition=models.Q(hard_bounces__gt=0)),
        ]

    def __str__(self) -> str:
        return self.email


class Unwanted(models.Model):
    """Letters of a category that an address has switched off. By address, not by account: contacts without one may too."""

    email = models.EmailField()
    category = models.CharField(max_length=12)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), "category", name="unwanted_once")]

    def __str__(self) -> str:
        return f"{self.email} {self.category}"


class Notice(models.Model):
    """The same as a letter, on the site: one sentence in both languages and where it leads. Made whether mail works or not."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    template = models.CharField(max_length=40)
    sentence = models.CharField(max_length=200)
    sentence_en = models.CharField(max_length=200)
    path = models.CharField(max_length=1000, help_text="Of the site, without the language.")
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "event", "template"], name="notice_once"),
            models.CheckConstraint(
                name="notice_leads_into_the_site",
                condition=models.Q(path__startswith="/") & ~models.Q(path__startswith="//"),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notice_list"),
            models.Index(fields=["user"], condition=models.Q(read_at=None), name="notice_unread"),
            models.Index(fields=["at"], name="notice_age"),
        ]

    def __str__(self) -> str:
        return self.sentence
