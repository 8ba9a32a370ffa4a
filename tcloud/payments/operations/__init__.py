"""Charges, the gateway's messages and invoices (R-24, R-30). Orders decide when; these acts run in their transactions."""

from tcloud.payments.operations.accounts import retire_account, set_bank_account, set_gateway_account
from tcloud.payments.operations.charges import (
    MAX_TRADE_NUMBERS,
    ask_again,
    checkout,
    close_charge,
    mark_paid,
    move_expiry,
    note_verdict,
    open_charge,
    owe_back,
    renew_charge,
    replace_charge,
    store_message,
)
from tcloud.payments.operations.codes import keep_codes
from tcloud.payments.operations.refunds import (
    UNDER_WAY,
    may_be_noted,
    may_try_again,
    note_returned,
    owe_part,
    refund_owed,
    try_again,
)
from tcloud.payments.operations.settlements import explain_difference, fetch_statement, match_statement
from tcloud.payments.operations.transfers import (
    BY_BANK,
    answer_transfers,
    keep_receipt,
    note_receipt_returned,
    note_transfer,
    receipt_like,
)

__all__ = [
    "BY_BANK",
    "MAX_TRADE_NUMBERS",
    "UNDER_WAY",
    "answer_transfers",
    "ask_again",
    "checkout",
    "close_charge",
    "explain_difference",
    "fetch_statement",
    "keep_codes",
    "keep_receipt",
    "mark_paid",
    "match_statement",
    "may_be_noted",
    "may_try_again",
    "move_expiry",
    "note_receipt_returned",
    "note_returned",
    "note_transfer",
    "note_verdict",
    "open_charge",
    "owe_back",
    "owe_part",
    "receipt_like",
    "refund_owed",
    "renew_charge",
    "replace_charge",
    "retire_account",
    "set_bank_account",
    "set_gateway_account",
    "store_message",
    "try_again",
]
