"""Cards, consents, companies, people and who of them may do what (R-09, R-10, R-36, R-37)."""

from tcloud.members.operations.accounts import (
    accepted_card,
    ask_address,
    change_address,
    choose_language,
    create_staff,
    describe,
    issue_challenge,
    prove_address,
    prove_by_card,
    record_consents,
    register_company,
    register_person,
)
from tcloud.members.operations.people import (
    accept_as,
    accept_as_new,
    check_open,
    invite,
    remove,
    revoke,
    set_right,
)

__all__ = [
    "accept_as",
    "accept_as_new",
    "accepted_card",
    "ask_address",
    "change_address",
    "check_open",
    "choose_language",
    "create_staff",
    "describe",
    "invite",
    "issue_challenge",
    "prove_address",
    "prove_by_card",
    "record_consents",
    "register_company",
    "register_person",
    "remove",
    "revoke",
    "set_right",
]
