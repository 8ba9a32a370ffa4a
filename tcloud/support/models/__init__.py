"""What support keeps, one module per subject."""

from tcloud.support.models.announcements import Announcement
from tcloud.support.models.chat import (
    CannedAnswer,
    ChatMessage,
    ChatPresence,
    ChatTerms,
    ChatTranscript,
    Conversation,
    SupportClosure,
)
from tcloud.support.models.contact import SupportSettings
from tcloud.support.models.tickets import Attachment, InboundMail, Ticket, TicketMessage

__all__ = [
    "Announcement",
    "Attachment",
    "CannedAnswer",
    "ChatMessage",
    "ChatPresence",
    "ChatTerms",
    "ChatTranscript",
    "Conversation",
    "InboundMail",
    "SupportClosure",
    "SupportSettings",
    "Ticket",
    "TicketMessage",
]
