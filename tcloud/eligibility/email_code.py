"""Six digits that prove an e-mail address. Nothing is stored: the code follows from the secret key, the application and a serial."""

import hmac
from datetime import timedelta
from typing import Final

from django.utils.crypto import salted_hmac

VALID_FOR: Final = timedelta(minutes=30)
RESEND_AFTER: Final = timedelta(minutes=1)
TRIES: Final = 5
# Each new code brings new tries: at most CODES_A_DAY × TRIES guesses at a million codes a day
DAY: Final = timedelta(days=1)
CODES_A_DAY: Final = 10


def code(application_id: int, serial: int) -> str:
    """The code that was or will be mailed for this application and serial."""
    digest = salted_hmac("tcloud.email_code", f"{application_id}/{serial}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def matches(application_id: int, serial: int, typed: str) -> bool:
    """Whether `typed` (spaces and full-width digits allowed) is the code, compared in constant time."""
    digits = "".join(str(int(char)) for char in typed if char.isdecimal())
    return hmac.compare_digest(digits, code(application_id, serial))
