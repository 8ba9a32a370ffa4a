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

__all__ = [
    "ExpertFeedback",
    "ExpertFile",
    "ExpertNote",
    "ExpertProfile",
    "ExpertReport",
    "ExpertRequest",
    "ExpertSlot",
    "NeedArea",
]
