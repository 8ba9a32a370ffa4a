"""Versions of the questionnaire: officers draft, revise and publish them. A published version never changes."""

import json
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.assessment import rules
from tcloud.assessment.models import Questionnaire
from tcloud.assessment.states import QUESTIONNAIRE
from tcloud.core import events
from tcloud.core.actors import OFFICER, THE_SYSTEM, Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import advance, officers_only

_FIRST = Path(__file__).parents[1] / "data" / "questionnaire_v1.json"


@transaction.atomic
def publish_first(*, at: datetime) -> Questionnaire:
    """The first questionnaire, from the data shipped with the product; harmless when one is published."""
    latest = Questionnaire.objects.filter(state="PUBLISHED").order_by("-number").first()
    if latest:
        return latest
    content = json.loads(_FIRST.read_text(encoding="utf-8"))
    made = Questionnaire.objects.create(content=content, changed_at=at)
    changes = {"number": 1, "published_at": at}
    advance(
        made, QUESTIONNAIRE, "publish", by=THE_SYSTEM, at=at, case=made.case, changes=changes, announce=False
    )
    return made


@transaction.atomic(durable=True)
def begin_draft(*, by: Actor, at: datetime) -> Questionnaire:
    """A draft that copies the version published last; the one there is when somebody has begun it already.

    Raises Refusal `transition.not_yours`.
    """
    officers_only(by)
    latest = _latest_locked()
    draft = Questionnaire.objects.filter(copied_from=latest, state="DRAFT").first()
    if draft:
        return draft
    draft = Questionnaire.objects.create(copied_from=latest, content=latest.content, changed_at=at)
    events.record("questionnaire.drafted", draft, case=draft.case, by=by, at=at, announce=False)
    return draft


@transaction.atomic(durable=True)
def revise(
    draft: Questionnaire, content: dict[str, Any], *, part: str, drawn_from: int, by: Actor, at: datetime
) -> Questionnaire:
    """Keep the draft's content as changed in one `part` (a question's or area's code), well formed or not: publishing checks.

    `drawn_from` is the draft's `version` that the form was drawn from. Raises Stale when another officer changed the draft since;
    Refusal `transition.not_yours`, `transition.not_now`.
    """
    officers_only(by)
    locked = _locked(draft, drawn_from)
    if locked.state != "DRAFT":
        raise Refusal("transition.not_now", _("這份自評表不是草稿，內容不能再修改。"))
    if content == locked.content:
        return locked
    locked.content, locked.changed_at, locked.version = content, at, locked.version + 1
    locked.save(update_fields=["content", "changed_at", "version"])
    events.record("questionnaire.revised", locked, case=locked.case, by=by, at=at, announce=False, part=part)
    return locked


@transaction.atomic(durable=True)
def publish(
    draft: Questionnaire, *, categories: Collection[str], drawn_from: int, by: Actor, at: datetime
) -> Questionnaire:
    """Make the draft the version that companies who begin from now on answer; those who have begun keep theirs.

    `categories` are the codes of the plan categories there are. Raises Refusal `questionnaire.faulty`, `questionnaire.unchanged`,
    `transition.not_yours`, `transition.not_now`; Stale.
    """
    latest = _latest_locked()
    locked = _locked(draft, drawn_from)
    if locked.state == "DRAFT" and by.kind == OFFICER:
        faults = rules.faults(locked.content, categories)
        if faults:
            raise Refusal(
                "questionnaire.faulty", _("草稿還有%(count)s個地方要修正，才能公布。"), count=len(faults)
            )
        if not rules.changes(latest.content, locked.content):
            raise Refusal("questionnaire.unchanged", _("草稿與目前公布的版本相同，不需要公布。"))
    advance(
        locked,
        QUESTIONNAIRE,
        "publish",
        by=by,
        at=at,
        case=locked.case,
        changes={"number": (latest.number or 0) + 1, "published_at": at},
        announce=False,
        number=(latest.number or 0) + 1,
    )
    return locked


@transaction.atomic(durable=True)
def discard(draft: Questionnaire, *, drawn_from: int, by: Actor, at: datetime) -> Questionnaire:
    """Put the draft aside; it stays in the record, nobody answers it.

    Raises Refusal `transition.not_yours`, `transition.not_now`; Stale.
    """
    locked = _locked(draft, drawn_from)
    advance(locked, QUESTIONNAIRE, "discard", by=by, at=at, case=locked.case, announce=False)
    return locked


def _latest_locked() -> Questionnaire:
    """The version published last, held: drafts and publications are begun one after the other. Lock order: it, then the draft."""
    rows = Questionnaire.objects.filter(state="PUBLISHED").select_for_update()
    return rows.latest("number")


def _locked(draft: Questionnaire, drawn_from: int) -> Questionnaire:
    locked = Questionnaire.objects.select_for_update().get(pk=draft.pk)
    if locked.version != drawn_from:
        raise Stale()
    return locked
