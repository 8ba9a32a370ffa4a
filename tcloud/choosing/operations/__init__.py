"""What people do while they choose a plan and after they have used it. Each function is one act."""

from tcloud.choosing.operations.choices import record_choice
from tcloud.choosing.operations.comparisons import delete_comparison, save_comparison, share_comparison
from tcloud.choosing.operations.questions import (
    answer_question,
    ask,
    hide_question,
    note_late,
    show_question,
    withdraw_question,
)
from tcloud.choosing.operations.reports import let_stand, report_question, report_review
from tcloud.choosing.operations.reviews import (
    answer_review,
    hide_review,
    restore_review,
    revise_review,
    withdraw_review,
    write_review,
)
from tcloud.choosing.operations.wishes import (
    add_favourite,
    delete_search,
    mail_search,
    remove_favourite,
    save_search,
    send_matches,
)

__all__ = [
    "add_favourite",
    "answer_question",
    "answer_review",
    "ask",
    "delete_comparison",
    "delete_search",
    "hide_question",
    "hide_review",
    "let_stand",
    "mail_search",
    "note_late",
    "record_choice",
    "remove_favourite",
    "report_question",
    "report_review",
    "restore_review",
    "revise_review",
    "save_comparison",
    "save_search",
    "send_matches",
    "share_comparison",
    "show_question",
    "withdraw_question",
    "withdraw_review",
    "write_review",
]
