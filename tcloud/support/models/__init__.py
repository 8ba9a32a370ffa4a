"""Tables of support, one module a subject."""

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

__all__ = [
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
    "NeedArea",
]
