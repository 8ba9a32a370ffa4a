"""The account of an eligible company (flyer steps 1.5 and 1.6), or the one it has already (R-13)."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.eligibility import email_code
from tcloud.eligibility.models import Application
from tcloud.eligibility.operations.locking import held
from tcloud.eligibility.states import APPLICATION
from tcloud.members import operations as members
from tcloud.members import queries as members_queries
from tcloud.members.models import Company, User
from tcloud.points import operations as points


@transaction.atomic(durable=True)
def set_account(
    application: Application, *, name: str, email: str, phone: str, password: str, by: Actor, at: datetime
) -> Application:
    """Who will use the account (flyer step 1.5); a code goes to the address. May be called again to correct it.

    Under review (R-07) only the address is kept, so that the result can be mailed; the code follows when the company is eligible.
    Raises Refusal `member.email_taken`, `member.password_weak` and those of `send_code`.
    """
    locked = held(application)
    if locked.state not in ("ELIGIBLE", "IN_REVIEW") or is_returning(locked):
        raise Refusal("transition.not_now", _("請先完成前面的步驟。"))
    address = email.strip().lower()
    if User.objects.filter(email=address).exists():
        raise Refusal("member.email_taken", _("這個 E-mail 已有帳號，請改用其他 E-mail，或直接登入。"))
    try:
        validate_password(password, User(email=address, name=name))
    except ValidationError as error:
        raise Refusal("member.password_weak", " ".join(error.messages)) from error
    changed = address != locked.contact_email
    just_sent = not changed and _just_sent(locked, at=at)
    locked.contact_name, locked.contact_email, locked.contact_phone = name.strip(), address, phone.strip()
    locked.password_hash = make_password(password)
    if changed:
        locked.code_sent_at = None
    locked.save(
        update_fields=["contact_name", "contact_email", "contact_phone", "password_hash", "code_sent_at"]
    )
    # under review there is nothing to activate yet; the same form sent twice sends one code
    if locked.state == "ELIGIBLE" and not just_sent:
        _send_code(locked, by=by, at=at)
    return locked


@transaction.atomic(durable=True)
def send_code(application: Application, *, by: Actor, at: datetime) -> Application:
    """Send a new code; the earlier one is no longer valid.

    Raises Refusal `email_code.too_soon`, `email_code.no_address`, `email_code.too_many`.
    """
    locked = held(application)
    _send_code(locked, by=by, at=at)
    return locked


def _just_sent(application: Application, *, at: datetime) -> bool:
    sent_at = application.code_sent_at
    return sent_at is not None and clock.is_near(at, sent_at, email_code.RESEND_AFTER)


def _send_code(application: Application, *, by: Actor, at: datetime) -> None:
    if not application.contact_email:
        raise Refusal("email_code.no_address", _("請先填寫聯絡人的 E-mail。"))
    if _just_sent(application, at=at):
        raise Refusal("email_code.too_soon", _("驗證碼剛寄出，請等一分鐘後再重寄。"))
    today = {"at__gt": at - email_code.DAY, "at__lt": at + email_code.DAY}
    sent = events.of_case(application.case).filter(type="application.code_sent", **today)
    if sent.count() >= email_code.CODES_A_DAY:
        raise Refusal("email_code.too_many", _("今天寄出的驗證碼已達上限，請明天再試，或洽客服專線。"))
    application.code_sent_at, application.code_tries = at, 0
    application.code_serial += 1
    application.save(update_fields=["code_sent_at", "code_tries", "code_serial"])
    events.record(
        "application.code_sent", application, case=application.case, by=by, at=at,
        to=application.contact_email, serial=application.code_serial,
    )  # fmt: skip


def confirm_email(application: Application, code: str, *, by: Actor, at: datetime) -> User:
    """Flyer step 1.6: the code proves the address; company and account come to life and the company takes part (R-11).

    Raises Refusal `email_code.wrong` (tries left in its sentence), `email_code.used_up`, `email_code.expired`,
    `application.in_review`.
    """
    proved = _take_a_try(application, code, at=at)
    with transaction.atomic(durable=True):
        locked = held(application)
        if locked.code_serial != proved:  # another address was entered meanwhile
            raise Refusal("email_code.wrong_address", _("聯絡資料剛被更改，請輸入最新一封信中的驗證碼。"))
        password_hash = locked.password_hash
        if locked.state == "IN_REVIEW":
            raise Refusal("application.in_review", _("資格仍在查驗中，完成後我們會寄信通知您回來啟用帳號。"))
        facts = locked.facts
        company = members.register_company(
            locked.ubn,
            name=facts.get("name") or locked.organisation,
            address=facts.get("address", ""),
            responsible_name=facts.get("responsible_name", ""),
        )
        advance(
            locked, APPLICATION, "activate", by=by, at=at, case=locked.case,
            changes={"company": company, "password_hash": ""},
        )  # fmt: skip
        user = members.register_person(
            company,
            email=locked.contact_email,
            name=locked.contact_name,
            phone=locked.contact_phone,
            password_hash=password_hash,
            language=locked.language,
            by=by,
            at=at,
        )
        points.admit(locked.programme, company, at=at)
        return user


def is_returning(application: Application) -> bool:
    """R-13: whether the company that applies again has an account already, so that none is made."""
    return members_queries.people_of(application.ubn).exists()


@transaction.atomic(durable=True)
def rejoin(application: Application, *, by: Actor, at: datetime) -> Application:
    """R-13: an eligible company that has an account takes part again; its next assessment is worth a grant.

    Raises Refusal `transition.not_now` while it is not eligible, or when it has no account yet.
    """
    locked = held(application)
    company = Company.objects.filter(ubn=locked.ubn).first()
    if company is None or not is_returning(locked):
        raise Refusal("transition.not_now", _("請先設定帳號並驗證E-mail。"))
    advance(locked, APPLICATION, "activate", by=by, at=at, case=locked.case, changes={"company": company})
    points.admit(locked.programme, company, at=at)
    return locked


def _take_a_try(application: Application, code: str, *, at: datetime) -> int:
    """Count the try in its own transaction: a wrong guess stays counted whatever follows. Returns the serial of the right code."""
    with transaction.atomic(durable=True):
        locked = held(application)
        if locked.code_sent_at is None or locked.code_tries >= email_code.TRIES:
            raise Refusal("email_code.used_up", _("驗證碼錯誤次數過多，請重新寄送驗證碼。"))
        if not clock.is_near(at, locked.code_sent_at, email_code.VALID_FOR):
            raise Refusal("email_code.expired", _("驗證碼已逾時，請重新寄送驗證碼。"))
        right = email_code.matches(locked.pk, locked.code_serial, code)
        if not right:
            Application.objects.filter(pk=locked.pk).update(code_tries=locked.code_tries + 1)
    if not right:
        raise Refusal(
            "email_code.wrong",
            _("驗證碼不正確，還可以再試 %(left)s 次。請確認是最新一封信中的 6 位數字。"),
            left=email_code.TRIES - locked.code_tries - 1,
        )
    return locked.code_serial
