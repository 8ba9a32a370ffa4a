"""Tickets (R-34): what somebody asked, what was said on it, and the mail it came by."""

from typing import Any

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.core.counties import COUNTIES, NATION
from tcloud.members.models import Company, User
from tcloud.orders.models import Order
from tcloud.programme.models import Programme
from tcloud.support.states import TICKET


class Ticket(models.Model):
    """A question by a visitor or a member. An answer is owed by `answer_due_at`, the first moment after the deadline; none when null.

    The deadline follows from `begins_at`, `working_days`, `county` and the office calendar of `calendar_serial` (R-28).
    Once nothing is owed, it is kept until `erase_due_at` (R-36): then its messages go and who asked is emptied.
    """

    class State(models.TextChoices):
        UNCONFIRMED = "UNCONFIRMED", _("待確認信箱")
        LAPSED = "LAPSED", _("逾時未確認")
        OPEN = "OPEN", _("待客服回覆")
        WAITING = "WAITING", _("待補充說明")
        ANSWERED = "ANSWERED", _("已回覆")
        CLOSED = "CLOSED", _("已結案")

    class Category(models.TextChoices):
        JOINING = "joining", _("申請與資格")
        POINTS = "points", _("點數")
        ORDERS = "orders", _("訂單與付款")
        SERVICE = "service", _("方案與服務")
        ACCOUNT = "account", _("帳號與登入")
        OTHER = "other", _("其他")

    class Channel(models.TextChoices):
        FORM = "form", _("網頁")
        MEMBER = "member", _("會員中心")
        MAIL = "mail", _("電子郵件")
        CHAT = "chat", _("文字客服")

    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    reference = models.CharField(max_length=16, unique=True)
    # Two secrets: whoever is sent a copy of a letter learns where to reply to, and not where to read.
    page_token = models.CharField(max_length=32, unique=True)
    mail_token = models.CharField(max_length=32, unique=True)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=TICKET.initial)
    version = models.PositiveIntegerField(default=0)
    category = models.CharField(max_length=10, choices=Category.choices)
    subject = models.CharField(max_length=120)
    name = models.CharField(max_length=60)
    email = models.EmailField()
    language = models.CharField(max_length=8, default="zh-hant")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="+")
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")
    request_key = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  none for mails (R-38)
    assigned_to = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    confirm_before = models.DateTimeField(
        help_text="Until then a visitor must confirm the address; a member need not."
    )
    begins_at = models.DateTimeField(null=True, help_text="When the message came that an answer is owed to.")
    working_days = models.PositiveSmallIntegerField(null=True)
    county = models.CharField(max_length=3, blank=True)
    calendar_serial = models.BigIntegerField(null=True)
    answer_due_at = models.DateTimeField(null=True)
    late_at = models.DateTimeField(
        null=True, help_text="When the scan found the answer that is owed overdue."
    )
    first_answered_at = models.DateTimeField(null=True)
    last_message_at = models.DateTimeField()
    bounced_at = models.DateTimeField(null=True, help_text="When a letter to the address came back.")
    erase_due_at = models.DateTimeField(
        null=True, help_text="None while an answer or a confirmation is owed."
    )
    erased_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            *TICKET.triggers(),
            pgtrigger.ReadOnly(
                name="ticket_stays_what_it_is",
                fields=[
                    "programme",
                    "reference",
                    "page_token",
                    "mail_token",
                    "channel",
                    "company",
                    "order",
                    "created_at",
                ],
            ),
            pgtrigger.Trigger(
                name="ticket_asker_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange("name", "email", "subject", "erased_at"),
                func="""
                    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL THEN RETURN NEW; END IF;
                    RAISE EXCEPTION 'pgtrigger: Cannot change who asked but by erasing it';
                """,
            ),
            pgtrigger.Protect(name="ticket_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="ticket_owes_an_answer_while_open",
                condition=models.Q(
                    state="OPEN", answer_due_at__isnull=False, begins_at__isnull=False, working_days__gt=0,
                    calendar_serial__gte=0,
                )
                | ~models.Q(state="OPEN") & models.Q(answer_due_at=None, late_at=None),
            ),
            models.CheckConstraint(
                name="ticket_of_a_company_for_its_order", condition=models.Q(order=None) | models.Q(company__isnull=False)
            ),
            models.CheckConstraint(name="ticket_of_a_known_county", condition=models.Q(county__in=[NATION, *COUNTIES])),
            models.CheckConstraint(
                name="ticket_kept_until_a_day_once_nothing_is_owed",
                condition=models.Q(state__in=["UNCONFIRMED", "OPEN"], erase_due_at=None)
                | ~models.Q(state__in=["UNCONFIRMED", "OPEN"]) & models.Q(erase_due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="ticket_erased_in_its_time",
                condition=models.Q(erased_at=None)
                | models.Q(
                    erase_due_at__isnull=False, erased_at__gte=models.F("erase_due_at"), name="", email="", subject=""
                ),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["state", "-last_message_at"], name="ticket_list"),
            models.Index(fields=["company", "-created_at"], name="ticket_of_company"),
            models.Index(fields=["answer_due_at"], condition=models.Q(late_at=None), name="ticket_owed"),
            models.Index(fields=["erase_due_at"], condition=models.Q(erased_at=None), name="ticket_to_erase"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"ticket/{self.reference}"


class InboundMail(models.Model):
    """A mail as it came over the wire, stored before it is acted on. The same mail twice is one row.

    One that is in a ticket is emptied with it, any other at `erase_due_at` (R-36).
    """

    class Verdict(models.TextChoices):
        WAITING = "", _("尚未處理")
        OPENED = "opened", _("開立服務單")
        ADDED = "added", _("加入服務單")
        HELD = "held", _("待客服查看")
        DISMISSED = "dismissed", _("不處理")
        AUTOMATIC = "automatic", _("自動回覆，略過")
        BOUNCED = "bounced", _("退信")

    key = models.CharField(
        max_length=64, unique=True, help_text="Of Message-ID and sender; a repeat has the same."
    )
    message_id = models.CharField(max_length=250, blank=True)
    sender = models.CharField(max_length=254, blank=True, help_text="Of the envelope; empty for bounces.")
    recipient = models.CharField(max_length=254)
    raw = models.BinaryField()
    received_at = models.DateTimeField()
    from_email = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    handled_at = models.DateTimeField(null=True)
    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True)
    why = models.CharField(max_length=40, blank=True)
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="mails")
    erase_due_at = models.DateTimeField(null=True, help_text="Of one that is in no ticket.")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            pgtrigger.ReadOnly(
                name="inbound_mail_stays_what_it_is", fields=["key", "recipient", "received_at"]
            ),
            pgtrigger.Trigger(
                name="inbound_mail_raw_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(
                    "message_id", "sender", "raw", "from_email", "subject", "erased_at"
                ),
                func="""
                    IF OLD.erased_at IS NULL AND NEW.erased_at IS NOT NULL AND (
                        NEW.erased_at >= OLD.erase_due_at
                        OR EXISTS (SELECT 1 FROM support_ticket t WHERE t.id = OLD.ticket_id AND t.erased_at IS NOT NULL)
                    ) THEN RETURN NEW; END IF;
                    RAISE EXCEPTION 'pgtrigger: Cannot change a mail but by erasing it in its time';
                """,
            ),
            pgtrigger.Protect(name="inbound_mail_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="inbound_mail_handled_with_a_verdict",
                condition=models.Q(handled_at=None, verdict="") | models.Q(handled_at__isnull=False) & ~models.Q(verdict=""),
            ),
            models.CheckConstraint(
                name="inbound_mail_kept_with_a_ticket_or_until_a_day",
                condition=models.Q(verdict__in=["", "opened", "added"], erase_due_at=None)
                | ~models.Q(verdict__in=["", "opened", "added"]) & models.Q(erase_due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="inbound_mail_erased_whole",
                condition=models.Q(erased_at=None)
                | models.Q(raw=b"", message_id="", sender="", from_email="", subject=""),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["id"], condition=models.Q(handled_at=None), name="inbound_mail_waiting"),
            models.Index(fields=["verdict", "-id"], name="inbound_mail_held"),
            models.Index(
                fields=["erase_due_at"], condition=models.Q(erased_at=None), name="inbound_mail_to_erase"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.from_email} {self.subject}"


class TicketMessage(models.Model):
    """One thing said on a ticket. Notes are for agents alone. Append-only; rows go only with an erased ticket."""

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("提問者")
        AGENT = "agent", _("客服")
        NOTE = "note", _("內部備註")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="messages")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    author = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    author_name = models.CharField(max_length=120)
    body = models.TextField()
    quoted = models.TextField(blank=True, help_text="What a mail repeated of earlier ones; shown folded.")
    mail = models.OneToOneField(InboundMail, on_delete=models.PROTECT, null=True, related_name="message")
    left_out = models.JSONField(default=list, help_text="Names of a mail's attachments that were not taken.")
    request_key = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001  none for mails (R-38)
    at = models.DateTimeField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="ticket_message_append_only", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="ticket_message_goes_with_its_ticket",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM support_ticket t WHERE t.id = OLD.ticket_id AND t.erased_at IS NOT NULL)
                    THEN RAISE EXCEPTION 'pgtrigger: Cannot delete a message before its time'; END IF;
                    RETURN OLD;
                """,
            ),
            pgtrigger.Trigger(
                name="ticket_message_of_a_kept_ticket",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (SELECT 1 FROM support_ticket t WHERE t.id = NEW.ticket_id AND t.erased_at IS NOT NULL)
                    THEN RAISE EXCEPTION 'pgtrigger: Cannot write on an erased ticket'; END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints = [
            models.CheckConstraint(name="ticket_message_says_something", condition=~models.Q(body=""))
        ]
        indexes = [models.Index(fields=["ticket", "id"], name="ticket_message_thread")]

    def __str__(self) -> str:
        return f"{self.ticket_id} {self.kind}"


class Attachment(models.Model):
    """A file that came with a message, checked by `core.uploads`. Append-only; rows go only with an erased ticket."""

    # Nothing to look up before a message is deleted: a batch of them goes in one statement, and the foreign key holds.
    message = models.ForeignKey(TicketMessage, on_delete=models.DO_NOTHING, related_name="attachments")
    name = models.CharField(max_length=120)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()

    class Meta:
        triggers = [
            pgtrigger.Protect(name="attachment_append_only", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="attachment_goes_with_its_ticket",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM support_ticketmessage m JOIN support_ticket t ON t.id = m.ticket_id
                        WHERE m.id = OLD.message_id AND t.erased_at IS NOT NULL
                    ) THEN RAISE EXCEPTION 'pgtrigger: Cannot delete a file before its time'; END IF;
                    RETURN OLD;
                """,
            ),
        ]
        constraints = [models.CheckConstraint(name="attachment_has_a_size", condition=models.Q(size__gt=0))]

    def __str__(self) -> str:
        return self.name


def ticket_erased() -> dict[str, Any]:
    """What is emptied of a ticket when its time has come: who asked is no longer known from it, nor what about."""
    return {"name": "", "email": "", "subject": ""}


def mail_erased() -> dict[str, Any]:
    """What is emptied of a mail when its time has come: all that came over the wire; `key` still tells a repeat."""
    return {"raw": b"", "message_id": "", "sender": "", "from_email": "", "subject": ""}
