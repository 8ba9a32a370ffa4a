"""From the first page to the authorised look-ups (flyer steps 1.2 to 1.4), each step saved as it is done (R-08, R-10, R-36)."""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance
from tcloud.eligibility.models import Application
from tcloud.eligibility.operations.locking import held
from tcloud.eligibility.states import APPLICATION, ENDED
from tcloud.members import operations as members
from tcloud.members import queries as members_queries
from tcloud.members.models import CardProof, Company
from tcloud.points import queries as points_queries
from tcloud.points.models import Grant
from tcloud.programme.models import Programme

FIRST_CONSENTS = ["personal_data"]
AUTHORISATIONS = ["data_lookup", "declarations"]


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
    locked = held(application)
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
    locked = held(application)
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
    locked = held(application)
    members.record_consents(AUTHORISATIONS, case=locked.case, at=at, ubn=locked.ubn)
    advance(locked, APPLICATION, "authorise", by=by, at=at, case=locked.case, announce=False)
    return locked
