"""Reading a stored mail again, for people."""

from tcloud.adapters.mail import Incoming, Unreadable, parse
from tcloud.support.models import InboundMail


def said(row: InboundMail) -> Incoming | None:
    """What the mail says; None when it can't be read."""
    try:
        return parse.read(bytes(row.raw), sender=row.sender)
    except Unreadable:
        return None
