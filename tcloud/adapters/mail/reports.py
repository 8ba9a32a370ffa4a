"""Delivery status notifications (RFC 3464): what a mail server says of a letter it could not deliver. Nothing in it is believed
beyond that, and none of it can raise.
"""

import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from typing import Final

from tcloud.adapters.mail.parse import MOST_BYTES

_ACTIONS: Final = ("failed", "delayed", "delivered", "relayed", "expanded")  # the gravest first
_STATUS: Final = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})\b")
MOST_GROUPS: Final = 50


@dataclass(frozen=True)
class Report:
    """The gravest thing it says: the action (RFC 3464 §2.3.3) and the status (RFC 3463), "" when it gives none we know."""

    action: str
    status: str


def read(raw: bytes) -> Report | None:
    """The report; None when the mail is none, or a delivery has succeeded."""
    if len(raw) > MOST_BYTES:
        return None
    try:
        message = BytesParser(policy=compat32).parsebytes(raw)
        groups = _groups(message)
    except RecursionError:
        return None
    said = [(_action(group), _status(group)) for group in groups]
    grave = sorted((pair for pair in said if pair[0] in ("failed", "delayed")), key=_gravity)
    return Report(*grave[0]) if grave else None


def _groups(message: Message) -> list[Message]:
    """The groups of fields of its message/delivery-status part, which are for the whole mail and for each recipient."""
    kind = str(message.get_param("report-type") or "").lower()
    parts = message.get_payload()
    if (
        message.get_content_type() != "multipart/report"
        or kind != "delivery-status"
        or not isinstance(parts, list)
    ):
        return []
    found: list[Message] = []
    for part in parts:
        if not isinstance(part, Message) or part.get_content_type() != "message/delivery-status":
            continue
        inside = part.get_payload()
        found += [group for group in inside if isinstance(group, Message)] if isinstance(inside, list) else []
    return found[:MOST_GROUPS]


def _field(group: Message, name: str) -> str:
    return next((str(value) for key, value in group.raw_items() if key.lower() == name), "")


def _action(group: Message) -> str:
    said = _field(group, "action").split("(")[0].strip().lower()
    return said if said in _ACTIONS else ""


def _status(group: Message) -> str:
    found = _STATUS.match(_field(group, "status"))
    return found[1] if found else ""


def _gravity(pair: tuple[str, str]) -> tuple[int, bool]:
    action, status = pair
    return _ACTIONS.index(action), not status.startswith("5.")
