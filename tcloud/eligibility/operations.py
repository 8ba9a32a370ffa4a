"""Joining the programme (flyer step 1): one act a function, each saved as it is done (R-07, R-08)."""

import secrets
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tcloud.adapters.registries.facts import RegistryFacts, gather
from tcloud.adapters.registries.port import CompanyRecord, Registries
from tcloud.core import calendar, clock, events
from tcloud.core.actors import THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.eligibility import email_code, rules
from tcloud.eligibility.models import Application, Check
from tcloud.eligibility.states import APPLICATION, ENDED
from tcloud.members import operations as members
from tcloud.members import queries as members_queries
from tcloud.members.models import CardProof, Company, User
from tcloud.points import operations as points
from tcloud.points import queries as points_queries
from tcloud.points.models import Grant
from tcloud.programme.models import Programme

FIRST_CONSENTS = ["personal_data"]
AUTHORISATIONS = ["data_lookup", "declarations"]
RETRY_EVERY = timedelta(minutes=15)


def _locked(application: Application) -> Application:
    return Application.objects.select_for_update().select_related("programme").get(pk=application.pk)


def _open(programme: Programme) -> None:
    if not programme.is_open:
        raise Refusal("programme.not_open", _("本計畫目前未開放申請，開放時間請見最新公告。"))


@transaction.atomic(durable=True)
def start(programme: Programme, *, language: str, by: Actor, at: datetime) -> Application:
    """Begin an application. Whose it is will be known when a card has proved it. Raises Refusal `programme.not_open`."""
    _open(programme)
    return Application.objects.create(
        programme=programme, token=secrets.token_urlsafe(32), started_at=at, language=language
    )


@transaction.atomic(durable=True)
def consent(application: Application, *, by: Actor, at: datetime) -> Application:
    """Agree to the collection of data (flyer step 1.2, R-36)."""
    locked = _locked(application)
    _open(locked.programme)
    members.record_consents(FIRST_CONSENTS, case=locked.case, at=at)
    advance(locked, APPLICATION, "consent", by=by, at=at, case=locked.case, announce=False)
    return locked


@transaction.atomic(durable=True)
def attach_card(application: Application, proof: CardProof, *, by: Actor, at: datetime) -> Application:
    """R-08, R-10: the card says whose application this is; an open one of the same company is taken up again instead.

    Returns the application to go on with. Raises Refusal `application.member_already`, `application.granted_already` (R-06: its
    points have ended), `transition.not_now`.
    """
    locked = _locked(application)
    _open(locked.programme)
    company = Company.objects.filter(ubn=proof.ubn).first()
    if (
        company
        and points_queries.is_participant(locked.programme, company)
        and not points_queries.may_apply_again(locked.programme, company, at=at)
    ):
        raise _member_already(locked.programme, company, name=proof.organisation, at=at)
    earlier = (
        Application.objects.select_for_update()
        .filter(programme=locked.programme, ubn=proof.ubn)
        .exclude(state__in=ENDED)
        .exclude(pk=locked.pk)
        .first()
    )
    if earlier:
        advance(locked, APPLICATION, "abandon", by=by, at=at, case=locked.case, announce=False)
        Application.objects.filter(pk=earlier.pk).update(token=secrets.token_urlsafe(32), card_proof=proof)
        earlier.refresh_from_db()
        return earlier
    changes = {"ubn": proof.ubn, "organisation": proof.organisation, "card_proof": proof}
    if owner := members_queries.people_of(proof.ubn).first():  # it has an account: the result goes there
        changes |= {"contact_name": owner.name, "contact_email": owner.email}
    try:
        with transaction.atomic():
            advance(
                locked, APPLICATION, "verify_card", by=by, at=at, case=locked.case, changes=changes,
                announce=False, ubn=proof.ubn,
            )  # fmt: skip
    except IntegrityError as error:  # two browsers at once: R-08 keeps one
        raise Refusal(
            "application.open_already", _("貴公司已有一件申請正在辦理，請重新驗證憑證以繼續。")
        ) from error
    return locked


def _member_already(programme: Programme, company: Company, *, name: str, at: datetime) -> Refusal:
    """Why a company that takes part can't apply: it is a member; R-06: and, when its points have ended, it can't become one again."""
    grants = Grant.objects.filter(programme=programme, company=company)
    if grants.exclude(closed_as="", usable_until__gt=at).exclude(closed_as="unactivated").exists():
        sentence = _(
            "%(name)s 已是會員，並已獲得過本計畫的點數，依 R-06 不能再次申請。請直接登入查看點數與訂單。"
        )
        return Refusal("application.granted_already", sentence, name=name)
    return Refusal("application.member_already", _("%(name)s 已是會員，請直接登入。"), name=name)


@transaction.atomic(durable=True)
def authorise(application: Application, *, by: Actor, at: datetime) -> Application:
    """Authorise the look-ups and make the declarations (flyer step 1.4, R-36)."""
    locked = _locked(application)
    members.record_consents(AUTHORISATIONS, case=locked.case, at=at, ubn=locked.ubn)
    advance(locked, APPLICATION, "authorise", by=by, at=at, case=locked.case, announce=False)
    return locked


def check(
    application: Application, *, clients: Registries, at: datetime, by: Actor = THE_SYSTEM
) -> Application:
    """R-01 to R-07: ask every source, outside any transaction, and decide; what could not be answered goes to review.

    A repeat while another check runs changes nothing twice. Raises Refusal `transition.not_now` when there is nothing to check.
    """
    facts = gather(
        application.ubn,
        clients=clients,
        authorisation_reference=f"{application.programme.code}-A{application.pk}",
        at=at,
    )
    with transaction.atomic(durable=True):
        locked = _locked(application)
        if locked.state not in ("AUTHORISED", "IN_REVIEW") or locked.with_officer_at:
            return locked  # decided, or taken over by an officer, while the sources were asked
        verdict = rules.judge(
            facts,
            rules.EligibilityNumbers(
                max_paid_in_capital_twd=locked.programme.max_capital_twd,
                insured_employees_below=locked.programme.max_employees,
            ),
            prior_grant=_prior_grant(locked, at=at),
            today=clock.taipei(at).date(),
        )
        _keep_checks(locked, verdict, at=at)
        return _decide(locked, verdict, facts, by=by, at=at)


def _prior_grant(application: Application, *, at: datetime) -> rules.PriorGrant:
    company = Company.objects.filter(ubn=application.ubn).first()
    of_edition = Grant.objects.filter(programme=application.programme, company=company)
    if company is None or not of_edition.exists():
        return rules.PriorGrant.NONE
    if points_queries.may_apply_again(application.programme, company, at=at):
        return rules.PriorGrant.TAKEN_BACK_UNACTIVATED
    return rules.PriorGrant.HELD


def _keep_checks(application: Application, verdict: rules.Verdict, *, at: datetime) -> None:
    run = Check.objects.filter(application=application).values("run").distinct().count() + 1
    Check.objects.bulk_create(
        [
            Check(
                application=application,
                run=run,
                rule=result.rule,
                outcome=result.outcome.value,
                sentence=result.sentence_zh,
                evidence=[item.as_json() for item in result.evidence],
                at=at,
            )
            for result in verdict.results
        ]
    )


def _decide(
    application: Application, verdict: rules.Verdict, facts: RegistryFacts, *, by: Actor, at: datetime
) -> Application:
    changes: dict[str, object] = {"checked_at": at, "next_check_at": None}
    if isinstance(facts.company, CompanyRecord):
        changes["facts"] = {
            "name": facts.company.name,
            "address": facts.company.address,
            "responsible_name": facts.company.representative,
        }
    outcome = {result.rule: result.outcome.value for result in verdict.results}
    if verdict.decision is rules.Decision.IN_REVIEW:
        changes["next_check_at"] = at + RETRY_EVERY
        if application.state == "IN_REVIEW":
            Application.objects.filter(pk=application.pk).update(**changes)
            application.refresh_from_db()
            return application
        changes["review_due_at"] = calendar.due(at, application.programme.review_working_days).at
        name = "review"
    else:
        name = "pass" if verdict.decision is rules.Decision.ELIGIBLE else "fail"
        changes |= _without_password(name)
    advance(
        application, APPLICATION, name, by=by, at=at, case=application.case, changes=changes, rules=outcome
    )
    return application


def _without_password(outcome: str) -> dict[str, object]:
    """Who is refused gets no account: the password typed while waiting is forgotten. After an appeal it is asked for again."""
    return {"password_hash": ""} if outcome == "fail" else {}


@transaction.atomic(durable=True)
def decide(application: Application, *, eligible: bool, reason: str, by: Actor, at: datetime) -> Application:
    """R-07: an officer decides a case under review; the reason is kept and shown. Raises Refusal `application.reason_missing`."""
    if not reason.strip():
        raise Refusal("application.reason_missing", _("請填寫判定理由，理由會顯示給申請企業。"))
    locked = _locked(application)
    if locked.state != "IN_REVIEW":
        raise Refusal("transition.not_now", _("這件申請目前不在審查中，請重新整理頁面。"))
    name = "pass" if eligible else "fail"
    changes = {"decision_reason": reason.strip(), "next_check_at": None} | _without_password(name)
    advance(
        locked, APPLICATION, name, by=by, at=at, case=locked.case, changes=changes,
        reason=reason.strip(),
    )  # fmt: skip
    return locked


@transaction.atomic(durable=True)
def appeal(application: Application, *, reason: str, by: Actor, at: datetime) -> Application:
    """R-07: the company objects to a refusal; an officer looks at it again."""
    if not reason.strip():
        raise Refusal("application.reason_missing", _("請說明申覆理由。"))
    locked = _locked(application)
    others = Application.objects.filter(programme=locked.programme, ubn=locked.ubn).exclude(state__in=ENDED)
    if others.exists():
        raise Refusal("application.open_already", _("貴公司已有一件申請正在辦理。"))
    changes = {
        "with_officer_at": at,
        "review_due_at": calendar.due(at, locked.programme.review_working_days).at,
        "next_check_at": None,
    }
    advance(
        locked, APPLICATION, "appeal", by=by, at=at, case=locked.case, changes=changes, reason=reason.strip()
    )
    return locked


@transaction.atomic(durable=True)
def set_account(
    application: Application, *, name: str, email: str, phone: str, password: str, by: Actor, at: datetime
) -> Application:
    """Who will use the account (flyer step 1.5); a code goes to the address. May be called again to correct it.

    Under review (R-07) only the address is kept, so that the result can be mailed; the code follows when the company is eligible.
    Raises Refusal `member.email_taken`, `member.password_weak` and those of `send_code`.
    """
    locked = _locked(application)
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
    locked = _locked(application)
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
        locked = _locked(application)
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
    locked = _locked(application)
    company = Company.objects.filter(ubn=locked.ubn).first()
    if company is None or not is_returning(locked):
        raise Refusal("transition.not_now", _("請先設定帳號並驗證E-mail。"))
    advance(locked, APPLICATION, "activate", by=by, at=at, case=locked.case, changes={"company": company})
    points.admit(locked.programme, company, at=at)
    return locked


def _take_a_try(application: Application, code: str, *, at: datetime) -> int:
    """Count the try in its own transaction: a wrong guess stays counted whatever follows. Returns the serial of the right code."""
    with transaction.atomic(durable=True):
        locked = _locked(application)
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


def recheck_silent(*, clients: Registries, at: datetime, limit: int = 100) -> int:
    """R-07: ask again for the applications whose sources were silent; after the review deadline an officer takes over.

    Returns how many were asked again.
    """
    # further away than any pause: set while a rehearsal was ahead
    when_due = Q(next_check_at__lte=at) | Q(next_check_at__gt=at + 2 * RETRY_EVERY)
    due = Application.objects.filter(when_due, state="IN_REVIEW").order_by("next_check_at")
    applications = list(due.select_related("programme")[:limit])
    for application in applications:
        # first: one that can't be checked must not keep the others waiting
        Application.objects.filter(when_due, pk=application.pk).update(next_check_at=at + RETRY_EVERY)
        if application.review_due_at and at >= application.review_due_at:
            _hand_to_officer(application, at=at)
        else:
            check(application, clients=clients, at=at)
    return len(applications)


def _hand_to_officer(application: Application, *, at: datetime) -> None:
    with transaction.atomic(durable=True):
        handed = Application.objects.filter(pk=application.pk, state="IN_REVIEW", with_officer_at=None)
        if handed.update(with_officer_at=at, next_check_at=None):
            events.record(
                "application.handed_to_officer", application, case=application.case, by=THE_SYSTEM, at=at
            )
