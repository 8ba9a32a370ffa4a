"""Tables of support, one module a subject."""

from tcloud.support.models.chat import (
    CannedAnswer,
    ChatMessage,
    ChatPresence,
    ChatTerms,
    ChatTranscript,
    Conversation,
    SupportClosure,
)

__all__ = [
    "CannedAnswer",
    "ChatMessage",
    "ChatPresence",
    "ChatTerms",
    "ChatTranscript",
    "Conversation",
    "SupportClosure",
]
