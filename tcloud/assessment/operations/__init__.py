"""What is done with the self-assessment: companies answer it, officers write its versions."""

from tcloud.assessment.operations.answering import complete, save_answers, start
from tcloud.assessment.operations.versions import begin_draft, discard, publish, publish_first, revise

__all__ = [
    "begin_draft",
    "complete",
    "discard",
    "publish",
    "publish_first",
    "revise",
    "save_answers",
    "start",
]
