"""Files that suppliers hand in, read as the message they should be; what can't be read is refused in a sentence (R-24)."""

from collections.abc import Callable
from typing import Final, TypeVar

from tcloud.adapters.mig import messages
from tcloud.adapters.mig.port import Cancellation, IssuedAllowance, IssuedInvoice, Unreadable
from tcloud.core import uploads
from tcloud.core.uploads import File
from tcloud.invoices import words

Message = TypeVar("Message")
MEDIA_TYPE: Final = "application/xml"


def file_of(name: str, content: bytes) -> File:
    """The file as it is kept: its name without tricks, its bytes as they came."""
    return File(uploads.safe_name(name), MEDIA_TYPE, content)


def invoice(content: bytes) -> IssuedInvoice:
    """F0401. Raises Refusal `invoice.unreadable`."""
    return _read(messages.f0401, content)


def voiding(content: bytes) -> Cancellation:
    """F0501. Raises Refusal `invoice.unreadable`."""
    return _read(messages.f0501, content)


def allowance(content: bytes) -> IssuedAllowance:
    """G0401. Raises Refusal `invoice.unreadable`."""
    return _read(messages.g0401, content)


def cancelling(content: bytes) -> Cancellation:
    """G0501. Raises Refusal `invoice.unreadable`."""
    return _read(messages.g0501, content)


def _read(parse: Callable[[bytes], Message], content: bytes) -> Message:
    try:
        return parse(content)
    except Unreadable as error:
        raise words.unreadable(error) from error
