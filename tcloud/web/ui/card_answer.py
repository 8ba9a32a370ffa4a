"""What the card component answered, as a page posts it (PROTOCOLS §1.6)."""

import base64
import binascii


def decoded(text: str, *, most: int) -> bytes:
    """The bytes in `text`, Base64 of at most `most` characters; nothing when it is none or longer, which no card can have given."""
    if len(text) > most:
        return b""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
