"""Joining the programme (flyer step 1): one act a function, each saved as it is done (R-07, R-08)."""

from tcloud.eligibility.operations.accounts import confirm_email, is_returning, rejoin, send_code, set_account
from tcloud.eligibility.operations.joining import (
    AUTHORISATIONS,
    FIRST_CONSENTS,
    attach_card,
    authorise,
    consent,
    start,
)
from tcloud.eligibility.operations.judging import (
    RETRY_EVERY,
    appeal,
    check,
    decide,
    move_deadlines,
    recheck_silent,
)

__all__ = [
    "AUTHORISATIONS",
    "FIRST_CONSENTS",
    "RETRY_EVERY",
    "appeal",
    "attach_card",
    "authorise",
    "check",
    "confirm_email",
    "consent",
    "decide",
    "is_returning",
    "move_deadlines",
    "recheck_silent",
    "rejoin",
    "send_code",
    "set_account",
    "start",
]
