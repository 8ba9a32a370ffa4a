"""A person's own address: asking for another, and proving it by a code. And the language she is written to.

As with joining (decision 0009) no code is stored: it follows from the secret key and the row.
"""

import hmac
from datetime import datetime, timedelta
from typing import Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
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


@transaction.atomic(durable=True)
def ask(user: User, email: str, *, by: Actor, at: datetime) -> AddressChange:
    """Send a code to `email`, which becomes her address when she enters it.

    Says nothing about whose address it is: only who reads it learns that another account has it.
    Raises Refusal `address.same`, `address.too_soon`, `address.too_many`.
    """
    held = User.objects.select_for_update().get(pk=user.pk)
    wanted = email.strip().lower()
    if wanted == held.email:
        raise Refusal("address.same", _("這就是目前的信箱，請輸入另一個。"))
    today = AddressChange.objects.filter(
        user=held, asked_at__gt=at - timedelta(days=1), asked_at__lt=at + timedelta(days=1)
    )
    latest = today.order_by("-id").first()
    if latest and clock.is_near(at, latest.asked_at, RESEND_AFTER):
        raise Refusal("address.too_soon", _("驗證碼剛寄出，請等一分鐘後再試。"))
    if today.count() >= CHANGES_A_DAY:
        raise Refusal("address.too_many", _("今天更正信箱的次數已達上限，請明天再試，或洽客服專線。"))
    change = AddressChange.objects.create(user=held, email=wanted, former=held.email, asked_at=at)
    events.record("member.address_asked", change, case=f"user/{held.pk}", by=by, at=at)
    return change


def prove(user: User, typed: str, *, at: datetime) -> AddressChange:
    """The change that `typed` proves; a wrong guess stays counted whatever follows.

    Raises Refusal `address.none`, `address.used_up`, `address.expired`, `address.wrong` (tries left in its sentence).
    """
    with transaction.atomic(durable=True):
        change = AddressChange.objects.select_for_update().filter(user=user).order_by("-id").first()
        if change is None or change.confirmed_at:
            raise Refusal("address.none", _("請先輸入新的信箱。"))
        if change.tries >= TRIES:
            raise Refusal("address.used_up", _("驗證碼錯誤次數過多，請重新寄送驗證碼。"))
        if not clock.is_near(at, change.asked_at, VALID_FOR):
            raise Refusal("address.expired", _("驗證碼已逾時，請重新寄送驗證碼。"))
        digits = "".join(str(int(char)) for char in typed if char.isdecimal())
        right = hmac.compare_digest(digits, code(change))
        if not right:
            AddressChange.objects.filter(pk=change.pk).update(tries=change.tries + 1)
    if not right:
        raise Refusal(
            "address.wrong",
            _("驗證碼不正確，還可以再試 %(left)s 次。請確認是最新一封信中的 6 位數字。"),
            left=TRIES - change.tries - 1,
        )
    return change


@transaction.atomic
def change(proved: AddressChange, *, by: Actor, at: datetime) -> None:
    """The proved address becomes hers: for signing in, and for letters. Harmless to repeat. Raises Refusal `member.email_taken`."""
    row = AddressChange.objects.select_for_update().get(pk=proved.pk)
    if row.confirmed_at:
        return
    try:
        with transaction.atomic():
            User.objects.filter(pk=row.user_id).update(email=row.email)
    except IntegrityError as error:
        raise Refusal("member.email_taken", _("這個 E-mail 已有帳號，請改用其他 E-mail。")) from error
    EmailAddress.objects.filter(user_id=row.user_id).delete()  # allauth would still let the former one in
    AddressChange.objects.filter(pk=row.pk).update(confirmed_at=at)
    events.record("member.address_changed", row, case=f"user/{row.user_id}", by=by, at=at)


@transaction.atomic(durable=True)
def speak(user: User, language: str) -> None:
    """The language of letters to her from now on. Raises LookupError for one we don't speak."""
    if language not in dict(settings.LANGUAGES):
        raise LookupError(language)
    User.objects.filter(pk=user.pk).update(language=language)
