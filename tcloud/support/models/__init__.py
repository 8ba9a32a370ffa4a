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
from tcloud.support.models.experts import (
    ExpertFeedback,
    ExpertFile,
    ExpertNote,
    ExpertProfile,
    ExpertReport,
    ExpertRequest,
    ExpertSlot,
    NeedArea,
)
from tcloud.support.models.faq import FaqArticle, FaqGroup, FaqVersion, FaqVote
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
    "ExpertFeedback",
    "ExpertFile",
    "ExpertNote",
    "ExpertProfile",
    "ExpertReport",
    "ExpertRequest",
    "ExpertSlot",
    "FaqArticle",
    "FaqGroup",
    "FaqVersion",
    "FaqVote",
    "InboundMail",
    "NeedArea",
    "SupportClosure",
    "SupportSettings",
    "Ticket",
    "TicketMessage",
]
