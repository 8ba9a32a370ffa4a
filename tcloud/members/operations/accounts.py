"""Cards, consents, companies and people (R-09, R-10, R-36)."""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.card import CardDataError, CardVerdict, RevocationChecker, TrustPolicy, inspect_cms
from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.members import addresses, documents, words
from tcloud.members.models import AddressChange, CardChallenge, CardProof, Company, Consent, Membership, User


@transaction.atomic(durable=True)
def issue_challenge(*, purpose: str, holder: str, at: datetime) -> CardChallenge:
    """R-09: something fresh for a card to sign, valid five minutes, for the browser session known as `holder`."""
    return CardChallenge.objects.create(
        nonce=secrets.token_hex(16),
        purpose=purpose,
        holder=holder,
        issued_at=at,
        expires_at=at + timedelta(minutes=settings.CARD["challenge_minutes"]),
    )


def prove_by_card(
    nonce: str,
    signed_message: bytes,
    *,
    purpose: str,
    holder: str,
    at: datetime,
    policy: TrustPolicy,
    revocation: RevocationChecker,
) -> CardProof:
    """R-09, R-10: accept a card's signature over a challenge, once, and keep it as evidence.

    The challenge is used up first, whatever the signature turns out to be; the authority is asked outside any transaction.
    Raises Refusal `card.challenge_unknown`, `card.challenge_used`, `card.challenge_expired`, `card.unreadable`,
    `card.not_accepted` (with every objection in its sentence and their codes in `facts["codes"]`).
    """
    challenge = _use_up(nonce, purpose=purpose, holder=holder, at=at)
    verdict = accepted_card(
        lambda: inspect_cms(
            signed_message,
            content=challenge.text.encode(),
            nonce=challenge.nonce,
            at=at,
            policy=policy,
            revocation=revocation,
        )
    )
    with transaction.atomic(durable=True):
        return CardProof.objects.create(
            challenge=challenge,
            ubn=verdict.facts.ubn or "",
            organisation=verdict.facts.organisation,
            certificate_serial=verdict.facts.serial_hex,
            certificate_sha256=verdict.facts.fingerprint_sha256,
            signed_message=signed_message,
            verdict=describe(verdict),
            at=at,
        )


def accepted_card(judge: Callable[[], CardVerdict]) -> CardVerdict:
    """The verdict that `judge` reaches, when it accepts the card (R-09).

    Raises Refusal `card.unreadable`; `card.not_accepted` with every objection in its sentence and their codes in `facts["codes"]`.
    """
    try:
        verdict = judge()
    except CardDataError as error:
        raise Refusal("card.unreadable", words.sentence_of(error.reason)) from error
    if not verdict.accepted:
        raise Refusal(
            "card.not_accepted",
            "%(sentences)s",
            sentences=words.sentences_of(verdict.reasons),
            codes=verdict.codes,
        )
    return verdict


def _use_up(nonce: str, *, purpose: str, holder: str, at: datetime) -> CardChallenge:
    with transaction.atomic(durable=True):
        challenge = CardChallenge.objects.filter(nonce=nonce, purpose=purpose, holder=holder).first()
        if challenge is None:
            raise Refusal(
                "card.challenge_unknown", _("這次的憑證驗證不是在這個瀏覽器開始的，請重新驗證一次。")
            )
        if not CardChallenge.objects.filter(pk=challenge.pk, used_at=None).update(used_at=at):
            raise Refusal("card.challenge_used", _("這次的憑證驗證已使用過，請重新驗證一次。"))
    if not clock.is_near(at, challenge.issued_at, challenge.expires_at - challenge.issued_at):
        raise Refusal("card.challenge_expired", _("驗證時間已超過 5 分鐘，請重新驗證一次。"))
    return challenge


def describe(verdict: CardVerdict) -> dict[str, object]:
    """What was found about a card, as JSON for the evidence; the revocation answer's bytes in hex."""
    revocation = verdict.revocation
    return {
        "facts": asdict(verdict.facts)
        | {
            "not_before": verdict.facts.not_before.isoformat(),
            "not_after": verdict.facts.not_after.isoformat(),
        },
        "revocation": {
            "status": revocation.status.value,
            "source": revocation.source,
            "url": revocation.url,
            "this_update": revocation.this_update.isoformat() if revocation.this_update else None,
            "evidence_hex": (revocation.evidence or b"")[:16_384].hex(),
        },
    }


@transaction.atomic
def record_consents(
    codes: list[str], *, case: str, at: datetime, ubn: str = "", user: User | None = None
) -> list[Consent]:
    """R-36: keep that each text, in the version shown, was agreed to. Raises LookupError for an unknown document."""
    shown = [documents.document(code) for code in codes]
    return Consent.objects.bulk_create(
        [
            Consent(
                document=text.code,
                document_version=text.version,
                text_sha256=text.sha256,
                case=case,
                ubn=ubn,
                user=user,
                at=at,
            )
            for text in shown
        ]
    )


@transaction.atomic
def register_company(ubn: str, *, name: str, address: str = "", responsible_name: str = "") -> Company:
    """The company with this 統一編號, with name and address as registered."""
    company, made = Company.objects.select_for_update().get_or_create(
        ubn=ubn, defaults={"name": name, "address": address, "responsible_name": responsible_name}
    )
    told = {"name": name, "address": address, "responsible_name": responsible_name}
    told = {field: value for field, value in told.items() if value}  # a silent register takes nothing away
    if not made and any(getattr(company, field) != value for field, value in told.items()):
        Company.objects.filter(pk=company.pk).update(**told)
        company.refresh_from_db()
    return company


@transaction.atomic
def register_person(
    company: Company,
    *,
    email: str,
    name: str,
    phone: str,
    password_hash: str,
    language: str,
    by: Actor,
    at: datetime,
    role: str = Membership.Role.OWNER,
    may_order: bool = True,
) -> User:
    """An account for a person who acts for `company`. `password_hash` is Django's encoded hash, never a password.

    Raises Refusal `member.email_taken`.
    """
    user = User(
        email=email.strip().lower(), name=name, phone=phone, password=password_hash, language=language
    )
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Refusal(
            "member.email_taken", _("這個 E-mail 已有帳號，請改用其他 E-mail，或直接登入。")
        ) from error
    Membership.objects.create(user=user, company=company, role=role, may_order=may_order)
    events.record("member.joined", user, case=f"company/{company.pk}", by=by, at=at, announce=False)
    return user


@transaction.atomic(durable=True)
def create_staff(email: str, password: str, *, name: str, staff_role: str, by: Actor, at: datetime) -> User:
    """A person who works for the programme."""
    user = User.objects.create_user(email, password, name=name, staff_role=staff_role)
    events.record(
        "member.staff_added", user, case=f"user/{user.pk}", by=by, at=at, announce=False, role=staff_role
    )
    return user


@transaction.atomic(durable=True)
def ask_address(user: User, email: str, *, by: Actor, at: datetime) -> AddressChange:
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
    if latest and clock.is_near(at, latest.asked_at, addresses.RESEND_AFTER):
        raise Refusal("address.too_soon", _("驗證碼剛寄出，請等一分鐘後再試。"))
    if today.count() >= addresses.CHANGES_A_DAY:
        raise Refusal("address.too_many", _("今天更正信箱的次數已達上限，請明天再試，或洽客服專線。"))
    change = AddressChange.objects.create(user=held, email=wanted, former=held.email, asked_at=at)
    events.record("member.address_asked", change, case=f"user/{held.pk}", by=by, at=at)
    return change


def prove_address(user: User, typed: str, *, at: datetime) -> AddressChange:
    """The change that `typed` proves; a wrong guess stays counted whatever follows.

    Raises Refusal `address.none`, `address.used_up`, `address.expired`, `address.wrong` (tries left in its sentence).
    """
    with transaction.atomic(durable=True):
        change = AddressChange.objects.select_for_update().filter(user=user).order_by("-id").first()
        if change is None or change.confirmed_at:
            raise Refusal("address.none", _("請先輸入新的信箱。"))
        if change.tries >= addresses.TRIES:
            raise Refusal("address.used_up", _("驗證碼錯誤次數過多，請重新寄送驗證碼。"))
        if not clock.is_near(at, change.asked_at, addresses.VALID_FOR):
            raise Refusal("address.expired", _("驗證碼已逾時，請重新寄送驗證碼。"))
        digits = "".join(str(int(char)) for char in typed if char.isdecimal())
        right = hmac.compare_digest(digits, addresses.code(change))
        if not right:
            AddressChange.objects.filter(pk=change.pk).update(tries=change.tries + 1)
    if not right:
        raise Refusal(
            "address.wrong",
            _("驗證碼不正確，還可以再試 %(left)s 次。請確認是最新一封信中的 6 位數字。"),
            left=addresses.TRIES - change.tries - 1,
        )
    return change


@transaction.atomic
def change_address(proved: AddressChange, *, by: Actor, at: datetime) -> None:
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
def choose_language(user: User, language: str) -> None:
    """The language of letters to her from now on. Raises LookupError for one we don't speak."""
    if language not in dict(settings.LANGUAGES):
        raise LookupError(language)
    User.objects.filter(pk=user.pk).update(language=language)
