"""Reading a mail that anybody may have made (RFC 5322, 2045 to 2047, 2231, 3834). Nothing in it is believed and none of it can raise."""

import re
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import getaddresses
from typing import Final

from tcloud.adapters.mail import html, quotes
from tcloud.adapters.mail.charsets import decode, plain, words
from tcloud.adapters.mail.port import Incoming, Unreadable

MOST_BYTES: Final = 10_000_000
MOST_DEPTH: Final = 12
MOST_PARTS: Final = 60
MOST_CHARACTERS: Final = 20_000
_ADDRESS: Final = re.compile(r"^[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[a-z0-9-]+(?:\.[a-z0-9-]+)+$")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{3,240}>")
_MACHINES: Final = re.compile(
    r"^(?:mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?|auto-?reply)\b"
)
_BULK: Final = {"bulk", "list", "junk", "auto_reply"}
_MARKS: Final = ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond", "x-auto-response-suppress")


def read(raw: bytes, *, sender: str) -> Incoming:
    """What the mail says; `sender` is that of the envelope, empty for bounces (RFC 5321 §4.5.5). Raises Unreadable."""
    if len(raw) > MOST_BYTES:
        raise Unreadable("too large")
    try:
        message = BytesParser(policy=compat32).parsebytes(raw)
        parts = list(_leaves(message, 0))
    except RecursionError as error:
        raise Unreadable("too deep") from error
    address, name = _author(message)
    written, quoted = quotes.split(_text(message))
    bounce = _is_bounce(message, sender)
    return Incoming(
        message_id=next(iter(_ids(message, "message-id")), ""),
        from_email=address,
        from_name=name[:60],
        subject=words(_header(message, "subject"))[:120],
        references=tuple(dict.fromkeys([*_ids(message, "references"), *_ids(message, "in-reply-to")])),
        text=written[:MOST_CHARACTERS],
        quoted=quoted[:MOST_CHARACTERS],
        files=tuple(_file(part, number) for number, part in enumerate(parts, 1) if not _is_body(part)),
        is_automatic=bounce or _is_automatic(message, address),
        is_bounce=bounce,
    )


def _header(message: Message, name: str) -> str:
    """The header as it came, 8-bit bytes as surrogates; "" when there is none."""
    return next((str(value) for key, value in message.raw_items() if key.lower() == name), "")


def _ids(message: Message, name: str) -> list[str]:
    return _MESSAGE_ID.findall(_header(message, name).encode("ascii", "ignore").decode())[-30:]


def _author(message: Message) -> tuple[str, str]:
    """(address in lower case, name); no address when not exactly one good one is named."""
    named = [str(value) for key, value in message.raw_items() if key.lower() == "from"]
    if len(named) != 1:
        return "", ""
    pairs = [(name, address) for name, address in getaddresses([" ".join(named[0].split())]) if address]
    if len(pairs) != 1:
        return "", ""
    name, address = pairs[0]
    found = address.lower()
    return (found, words(name)) if _ADDRESS.match(found) else ("", words(name))


def _is_bounce(message: Message, sender: str) -> bool:
    report = str(message.get_param("report-type") or "").lower()
    return not sender or (message.get_content_type() == "multipart/report" and report == "delivery-status")


def _is_automatic(message: Message, address: str) -> bool:
    said = _header(message, "auto-submitted").split(";")[0].strip().lower()
    if said and said != "no":
        return True
    if _header(message, "precedence").strip().lower() in _BULK or _MACHINES.match(address):
        return True
    return any(_header(message, name) for name in _MARKS) or message.get_content_type() == "multipart/report"


# Parts


def _leaves(part: Message, depth: int) -> Iterator[Message]:
    """Every part that holds something itself; a forwarded message is one, not opened. Raises Unreadable."""
    for number, leaf in enumerate(_walk(part, depth), 1):
        if number > MOST_PARTS:
            raise Unreadable("too many parts")
        yield leaf


def _walk(part: Message, depth: int) -> Iterator[Message]:
    if depth > MOST_DEPTH:
        raise Unreadable("too deep")
    if children := _children(part):
        for child in children:
            yield from _walk(child, depth + 1)
    else:
        yield part


def _children(part: Message) -> list[Message]:
    """What a multipart holds; nothing for other parts, also for a multipart that is not one."""
    inside = part.get_payload()
    if part.get_content_maintype() != "multipart" or not isinstance(inside, list):
        return []
    return [child for child in inside if isinstance(child, Message)]


def _is_body(part: Message) -> bool:
    return (
        part.get_content_type() in ("text/plain", "text/html")
        and part.get_content_disposition() != "attachment"
        and not part.get_filename()
    )


def _text(part: Message) -> str:
    """The text of a part: of alternatives the plain one, of several one after the other."""
    if children := _children(part):
        if part.get_content_type() == "multipart/alternative":
            plain_ones = [child for child in children if child.get_content_type() == "text/plain"]
            found = next((text for child in plain_ones if (text := _text(child))), "")
            return found or next((text for child in reversed(children) if (text := _text(child))), "")
        return "\n\n".join(text for child in children if (text := _text(child)))
    if not _is_body(part):
        return ""
    text = decode(_content(part), part.get_content_charset())
    text = html.to_text(text) if part.get_content_type() == "text/html" else text
    return plain(text).strip()


def _content(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError):  # an encoding nobody knows
        content = None
    if isinstance(content, bytes):
        return content
    inside = part.get_payload()
    if isinstance(inside, list):  # a forwarded message
        return b"".join(child.as_bytes() for child in inside if isinstance(child, Message))
    return str(inside or "").encode("utf-8", "replace")


def _file(part: Message, number: int) -> tuple[str, bytes]:
    try:
        name = words(part.get_filename() or "")
    except (ValueError, LookupError):
        name = ""
    if not name:
        ending = {"message/rfc822": "eml", "text/html": "html"}.get(part.get_content_type())
        name = f"attachment-{number}.{ending or part.get_content_subtype()}"
    return name, _content(part)
