"""The code that proves a person's new address. As with joining (decision 0009) none is stored: it follows from the secret key and the row."""

from datetime import timedelta
from typing import Final

from django.utils.crypto import salted_hmac

from tcloud.members.models import AddressChange, User

VALID_FOR: Final = timedelta(minutes=30)
RESEND_AFTER: Final = timedelta(minutes=1)
TRIES: Final = 5
CHANGES_A_DAY: Final = 5


def code(change: AddressChange) -> str:
    """The six digits that are sent to the new address."""
    digest = salted_hmac("tcloud.address_change", f"{change.pk}/{change.email}", algorithm="sha256").digest()
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def newest(user: User) -> AddressChange | None:
    """What she asked for last, unless it is done."""
    found = AddressChange.objects.filter(user=user).order_by("-id").first()
    return None if found is None or found.confirmed_at else found
