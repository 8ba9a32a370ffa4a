"""Text support (R-34): conversations and their messages, transcripts, closures, canned answers, who is at the desk."""

from typing import Any, Final

import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from tcloud.members.models import Company, User
from tcloud.orders.models import Order
from tcloud.programme.models import Programme
from tcloud.support.states import CONVERSATION

LONGEST: Final = 2000  # characters of a message


class ChatTerms(models.Model):
    """The numbers of text support, one row an edition; without a row the defaults hold (docs/decisions/0018).

    Tickets are kept as long as conversations (0019).
    """

    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, related_name="+")
    visitor_days = models.PositiveSmallIntegerField(
        default=90, help_text="Days that a visitor's conversation or ticket is kept after it ended."
    )
    company_days = models.PositiveSmallIntegerField(
        default=730, help_text="Days that a company's conversation or ticket is kept after it ended."
    )
    idle_minutes = models.PositiveSmallIntegerField(
        default=30, help_text="Silence after closing time that ends a conversation an agent left open."
    )

    def __str__(self) -> str:
        return f"{self.programme_id}: {self.visitor_days}/{self.company_days}"


class Conversation(models.Model):
    """Somebody writes to text support and an agent answers.

    A visitor is known by a key that only her browser holds (its digest is kept here), a member by her account. `opened_at` gives the
    place in the queue, also after a hand-over; `waiting_since` how long she has waited now.
    """

    class State(models.TextChoices):
        WAITING = "WAITING", _("等候中")
        ASSIGNED = "ASSIGNED", _("對話中")
        CLOSED = "CLOSED", _("已結束")

    class Closing(models.TextChoices):
        """Why an agent ends a conversation."""

        ANSWERED = "answered", _("已回答")
        TICKET = "ticket", _("改以服務單處理")
        SILENT = "silent", _("對方沒有回應")
        ABUSIVE = "abusive", _("言語不當")

    number = models.CharField(max_length=12, unique=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, related_name="+")
    visitor_key_sha256 = models.CharField(max_length=64, blank=True)
    visitor_name = models.CharField(max_length=40, blank=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="+")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="+")
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=10, choices=State.choices, default=CONVERSATION.initial)
    version = models.PositiveIntegerField(default=0)
    agent = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    wanted_agent = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="Handed over to; any may take it.",
    )
    handover_note = models.CharField(max_length=500, blank=True, help_text="For the next agent only.")
    last_sequence = models.PositiveIntegerField(default=0)
    last_asker_sequence = models.PositiveIntegerField(
        default=0, help_text="Of the latest message by who asks."
    )
    last_agent_sequence = models.PositiveIntegerField(
        default=0, help_text="Of the latest message by an agent."
    )
    last_message_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    waiting_since = models.DateTimeField()
    first_taken_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_as = models.CharField(max_length=12, blank=True)
    erase_due_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            *CONVERSATION.triggers(),
            pgtrigger.ReadOnly(
                name="conversation_stays_whose_it_is",
                fields=["number", "programme", "user", "company", "order", "opened_at"],
            ),
            pgtrigger.Protect(name="conversation_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="conversation_is_a_visitors_or_a_members",
                condition=models.Q(user=None, company=None, order=None) & ~models.Q(visitor_key_sha256="")
                | models.Q(user=None, company=None, order=None, erased_at__isnull=False)
                | models.Q(user__isnull=False, company__isnull=False, visitor_key_sha256=""),
            ),
            models.CheckConstraint(
                name="conversation_has_its_agent",
                condition=models.Q(state="WAITING", agent=None)
                | models.Q(state="ASSIGNED", agent__isnull=False)
                | models.Q(state="CLOSED"),
            ),
            models.CheckConstraint(
                name="conversation_closed_for_a_reason",
                condition=models.Q(state="CLOSED", closed_at__isnull=False, erase_due_at__isnull=False)
                & ~models.Q(closed_as="")
                | ~models.Q(state="CLOSED") & models.Q(closed_at=None, closed_as="", erase_due_at=None),
            ),
            models.CheckConstraint(
                name="conversation_erased_in_its_time",
                condition=models.Q(erased_at=None)
                | models.Q(state="CLOSED", erased_at__gte=models.F("erase_due_at"), visitor_name=""),
            ),
            models.UniqueConstraint(
                name="conversation_one_open_of_a_visitor",
                fields=["visitor_key_sha256"],
                condition=~models.Q(state="CLOSED") & ~models.Q(visitor_key_sha256=""),
            ),
            models.UniqueConstraint(
                name="conversation_one_open_of_a_member",
                fields=["user"],
                condition=~models.Q(state="CLOSED") & models.Q(user__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["opened_at", "id"], name="conversation_queue", condition=models.Q(state="WAITING")
            ),
            models.Index(fields=["agent", "state"], name="conversation_of_agent"),
            models.Index(fields=["-closed_at", "-id"], name="conversation_closed"),
            models.Index(
                fields=["erase_due_at"], name="conversation_to_erase", condition=models.Q(erased_at=None)
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"chat/{self.number}"

    @property
    def is_open(self) -> bool:
        """Whether messages may still be written."""
        return self.state != "CLOSED"

    @property
    def is_unanswered(self) -> bool:
        """Whether the asker wrote last."""
        return self.last_asker_sequence > self.last_agent_sequence


class ChatMessage(models.Model):
    """One message, or one notice of what happened. Append-only; `sequence` counts up by one within its conversation.

    `client_id` comes from the form: the same one again is the same message. Rows go only with an erased conversation.
    """

    class Author(models.TextChoices):
        ASKER = "asker", _("提問者")
        AGENT = "agent", _("客服")
        SYSTEM = "system", _("系統")

    class Notice(models.TextChoices):
        """What a message of the system tells; its words: tcloud/web/ui/chat_words.py."""

        TAKEN = "taken", "taken"
        TAKEN_OVER = "taken_over", "taken from an agent who had gone"
        HANDED_OVER = "handed_over", "handed over"
        RETURNED = "returned", "returned to the queue"
        CLOSED = "closed", "closed by the agent"
        LEFT = "left", "ended by who asked"
        UNANSWERED = "unanswered", "closed at closing time, never answered"
        RAN_OUT = "ran_out", "closed after closing time, silent"

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="messages")
    sequence = models.PositiveIntegerField()
    author = models.CharField(max_length=6, choices=Author.choices)
    agent = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    notice = models.CharField(max_length=12, choices=Notice.choices, blank=True)
    body = models.TextField(blank=True)
    client_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["conversation", "sequence"]
        triggers = [
            pgtrigger.Protect(name="chat_message_append_only", operation=pgtrigger.Update),
            pgtrigger.Trigger(
                name="chat_message_goes_with_its_conversation",
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF NOT EXISTS (SELECT 1 FROM support_conversation c WHERE c.id = OLD.conversation_id AND c.erased_at IS NOT NULL)
                    THEN RAISE EXCEPTION 'pgtrigger: Cannot delete a message before its time'; END IF;
                    RETURN OLD;
                """,
            ),
            pgtrigger.Trigger(
                name="chat_message_follows",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM support_conversation c
                        WHERE c.id = NEW.conversation_id AND c.last_sequence = NEW.sequence AND c.erased_at IS NULL
                    ) THEN RAISE EXCEPTION 'pgtrigger: Cannot write out of turn'; END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="chat_message_in_turn", fields=["conversation", "sequence"]),
            models.UniqueConstraint(name="chat_message_once", fields=["conversation", "client_id"]),
            models.CheckConstraint(
                name="chat_message_says_something",
                condition=models.Q(author="system", body="", client_id=None) & ~models.Q(notice="")
                | models.Q(author__in=["asker", "agent"], notice="", client_id__isnull=False)
                & ~models.Q(body=""),
            ),
            models.CheckConstraint(
                name="chat_message_by_an_agent_with_a_name",
                condition=~models.Q(author="agent") | models.Q(agent__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id}/{self.sequence}"


class ChatTranscript(models.Model):
    """Somebody asked for the conversation by mail: one row an address, so one letter an address."""

    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="transcripts")
    email = models.EmailField(blank=True, help_text="Emptied with an erased conversation.")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(
        null=True, help_text="When its letter was queued: once the conversation is closed."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="chat_transcript_once", fields=["conversation", "email"], condition=~models.Q(email="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.conversation_id} → {self.email}"


class SupportClosure(models.Model):
    """R-34: text support is closed from `begins_at` until before `ends_at`, as an officer announced; revoked, it never was."""

    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=100)
    reason_en = models.CharField(max_length=160, blank=True)
    announced_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    announced_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            pgtrigger.ReadOnly(
                name="support_closure_says_what_it_said",
                fields=["begins_at", "ends_at", "reason", "reason_en", "announced_by", "announced_at"],
            ),
            pgtrigger.Protect(name="support_closure_kept", operation=pgtrigger.Delete),
        ]
        constraints = [
            models.CheckConstraint(
                name="support_closure_lasts_and_says_why",
                condition=models.Q(begins_at__lt=models.F("ends_at")) & ~models.Q(reason=""),
            ),
            models.UniqueConstraint(
                name="support_closure_once",
                fields=["begins_at", "ends_at"],
                condition=models.Q(revoked_at=None),
            ),
        ]
        indexes = [models.Index(fields=["ends_at"], name="support_closure_ends")]

    def __str__(self) -> str:
        return f"{self.begins_at:%F %R}–{self.ends_at:%F %R}"


class CannedAnswer(models.Model):
    """An answer that agents put in with one press, in both languages; the agents keep them themselves."""

    title = models.CharField(max_length=60)
    body = models.TextField(max_length=LONGEST)
    body_en = models.TextField(max_length=LONGEST)
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="canned_answer_one_of_a_title", fields=["title"], condition=models.Q(retired_at=None)
            ),
            models.CheckConstraint(
                name="canned_answer_in_both_languages",
                condition=~models.Q(body="") & ~models.Q(body_en="") & ~models.Q(title=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ChatPresence(models.Model):
    """An agent at the desk: seen a short while ago, and not away by her own word."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="+")
    seen_at = models.DateTimeField()
    is_away = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.user_id} {'away' if self.is_away else 'here'}"


def fields_erased() -> dict[str, Any]:
    """What is emptied of a conversation when its time has come: whoever asked is no longer known from it."""
    return {"visitor_key_sha256": "", "visitor_name": "", "handover_note": ""}
