"""The self-assessment as pure functions over questionnaire data. Every name here is for the whole app.

A questionnaire's content: `zh`, `en`, `minutes`, `similar_by` (codes of the questions by which companies count as alike), `areas`
(`code`, `zh`, `en`, `intro_zh`, `intro_en`), `questions` in order (`code`, `area`, `kind` single, multi or yes_no, `zh`, `en`,
`help_zh`, `help_en`, `show_if` or nothing, `options`) and `scoring`. An option: `code`, `zh`, `en`, `need` {area: weight 1–4},
`leads_to` {plan category: weight 1–4}, `exclusive`, and where it raises a need `reason_zh`, `reason_en` (「您用紙本排班」).
"""

from tcloud.assessment.rules.answering import (
    Answers,
    Content,
    Problem,
    carried,
    chosen,
    merged,
    problems,
    shown,
)
from tcloud.assessment.rules.comparing import Change, changes
from tcloud.assessment.rules.editing import (
    option_moved,
    option_of,
    question_moved,
    question_of,
    with_area,
    with_option,
    with_question,
    without_option,
    without_question,
)
from tcloud.assessment.rules.forming import KINDS, MOST_OPTIONS, MOST_WEIGHT, RESERVED, YES_NO, Fault, faults
from tcloud.assessment.rules.profiling import AreaNeed, CategoryNeed, Profile, Reason, profile, reasons

__all__ = [
    "KINDS", "MOST_OPTIONS", "MOST_WEIGHT", "RESERVED", "YES_NO",
    "Answers", "AreaNeed", "CategoryNeed", "Change", "Content", "Fault", "Problem", "Profile", "Reason",
    "carried", "changes", "chosen", "faults", "merged", "option_moved", "option_of", "problems", "profile", "question_moved",
    "question_of", "reasons", "shown", "with_area", "with_option", "with_question", "without_option", "without_question",
]  # fmt: skip
