"""The appropriation of an edition: put in and taken out by documents of the agency (R-12, R-18)."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger import operations as ledger
from tcloud.ledger.operations import Entry
from tcloud.points import queries
from tcloud.programme.models import Programme

APPROPRIATION_LOCK_RANK = 9


@transaction.atomic
def appropriate(programme: Programme, points: int, *, reference: str, by: Actor, at: datetime) -> Event:
    """R-12, R-18: the agency puts `points` (> 0) into the edition's appropriation. `reference` names the document; once each.

    Raises Refusal `points.not_positive`, `points.appropriated_already`.
    """
    authority, appropriation = queries.authority_key(programme.pk), queries.appropriation_key(programme.pk)
    ledger.open_accounts([authority], guarded=False)
    ledger.open_accounts([appropriation], lock_rank=APPROPRIATION_LOCK_RANK)
    return _by_document(
        programme, points, "appropriate", authority, appropriation, event="programme.appropriated",
        reference=reference, by=by, at=at,
    )  # fmt: skip


@transaction.atomic
def reduce(programme: Programme, points: int, *, reference: str, by: Actor, at: datetime) -> Event:
    """R-12, R-18: the agency takes `points` (> 0) that are not granted out of the appropriation again, by a document; once each.

    Raises Refusal `points.not_positive`, `points.appropriated_already`, `points.more_than_left`; what is granted is never touched.
    """
    authority, appropriation = queries.authority_key(programme.pk), queries.appropriation_key(programme.pk)
    try:
        return _by_document(
            programme, points, "reduce", appropriation, authority, event="programme.reduced",
            reference=reference, by=by, at=at,
        )  # fmt: skip
    except Refusal as refusal:
        if refusal.code != "ledger.overdrawn":
            raise
        raise Refusal(
            "points.more_than_left", _("尚可核發的點數不足，不能減列這麼多；已核發的點數不受影響。")
        ) from refusal


def _by_document(
    programme: Programme,
    points: int,
    code: str,
    debit: str,
    credit: str,
    *,
    event: str,
    reference: str,
    by: Actor,
    at: datetime,
) -> Event:
    if points <= 0:
        raise Refusal("points.not_positive", _("預算點數必須大於 0。"))
    case = f"programme/{programme.code}"
    recorded = events.record(event, programme, case=case, by=by, at=at, points=points, reference=reference)
    entry = Entry(f"{code}/{programme.pk}/{reference}", code, debit, credit, points)
    try:
        with transaction.atomic():
            ledger.transfer([entry], event=recorded, at=at)
    except IntegrityError as error:  # the same document twice; the event goes with it
        raise Refusal("points.appropriated_already", _("這個文號已經登錄過，不需要重複登錄。")) from error
    return recorded
