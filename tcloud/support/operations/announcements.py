"""Drafting, publishing and withdrawing announcements."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import advance, officers_only
from tcloud.programme.models import Programme
from tcloud.support.models import Announcement
from tcloud.support.models.announcements import WORDS
from tcloud.support.states import ANNOUNCEMENT


@transaction.atomic(durable=True)
def draft(programme: Programme, words: dict[str, Any], *, by: Actor, at: datetime) -> Announcement:
    """A new announcement, seen by officers alone until it is published. Raises Refusal `announcement.times`, `transition.not_yours`."""
    _check(words, by=by)
    row = Announcement.objects.create(
        programme=programme, created_at=at, **{name: words[name] for name in WORDS}
    )
    events.record("announcement.drafted", row, case=row.case, by=by, at=at, announce=False)
    return row


@transaction.atomic(durable=True)
def redraft(
    announcement: Announcement, words: dict[str, Any], *, version: int, by: Actor, at: datetime
) -> Announcement:
    """Change a draft. Raises Refusal `announcement.times`, `transition.not_yours`, `transition.not_now` once published; Stale."""
    _check(words, by=by)
    row = _locked(announcement, version=version)
    if row.state != Announcement.State.DRAFT:
        raise Refusal("transition.not_now", _("已發布的公告不能修改；請撤下後，以它的內容另建一則。"))
    for name in WORDS:
        setattr(row, name, words[name])
    row.version += 1
    row.save(update_fields=[*WORDS, "version"])
    events.record("announcement.redrafted", row, case=row.case, by=by, at=at, announce=False)
    return row


@transaction.atomic(durable=True)
def publish(announcement: Announcement, *, version: int, by: Actor, at: datetime) -> Announcement:
    """Show it from its start to its end. Raises Refusal `announcement.over`, `transition.not_yours`, `transition.not_now`; Stale."""
    row = _locked(announcement, version=version)
    if row.ends_at is not None and row.ends_at <= at:
        raise Refusal("announcement.over", _("結束時間已經過了，請先修改結束時間再發布。"))
    advance(
        row,
        ANNOUNCEMENT,
        "publish",
        by=by,
        at=at,
        case=row.case,
        changes={"published_at": at},
        announce=False,
    )
    return row


@transaction.atomic(durable=True)
def withdraw(
    announcement: Announcement, reason: str, *, version: int, by: Actor, at: datetime
) -> Announcement:
    """Take it off every page now. Raises Refusal `announcement.reason_missing`, `transition.not_yours`, `transition.not_now`; Stale."""
    row = _locked(announcement, version=version)
    if not reason.strip():
        raise Refusal("announcement.reason_missing", _("請填寫撤下的理由。"))
    advance(
        row,
        ANNOUNCEMENT,
        "withdraw",
        by=by,
        at=at,
        case=row.case,
        announce=False,
        reason=reason.strip()[:200],
    )
    return row


@transaction.atomic(durable=True)
def discard(announcement: Announcement, *, version: int, by: Actor, at: datetime) -> Announcement:
    """Throw a draft away. Raises Refusal `transition.not_yours`, `transition.not_now`; Stale."""
    row = _locked(announcement, version=version)
    advance(row, ANNOUNCEMENT, "discard", by=by, at=at, case=row.case, announce=False)
    return row


def _check(words: dict[str, Any], *, by: Actor) -> None:
    officers_only(by)
    if words["ends_at"] is not None and words["ends_at"] <= words["starts_at"]:
        raise Refusal("announcement.times", _("結束時間須晚於開始時間。"))


def _locked(announcement: Announcement, *, version: int) -> Announcement:
    row = Announcement.objects.select_for_update().get(pk=announcement.pk)
    if row.version != version:
        raise Stale()
    return row
