"""Notices on the site: the same events and people as the letters (`table.TABLE`), for who signs in."""

from datetime import datetime
from typing import Final

from django.db import transaction

from tcloud.core.models import Event
from tcloud.members.models import User
from tcloud.outbox import queries
from tcloud.outbox.letters import Letter
from tcloud.outbox.models import Notice
from tcloud.outbox.recipients import Recipient

BATCH: Final = 1_000


@transaction.atomic
def tell(event: Event, template: str, letters: dict[str, Letter], people: list[Recipient]) -> None:
    """Note what the letter says in one sentence, for everybody of `people` who has an account; harmless to repeat.

    `letters`: the letter by language. None without a place to go, none with a code: that is for the mailbox alone.
    """
    chinese, english = letters["zh-hant"], letters["en"]
    if chinese.link is None or chinese.code:
        return
    Notice.objects.bulk_create(
        [
            Notice(
                user_id=person.user_id,
                event=event,
                template=template,
                sentence=" ".join(chinese.subject.split())[:200],
                sentence_en=" ".join(english.subject.split())[:200],
                path=chinese.link.path,
                at=event.at,
            )
            for person in people
            if person.user_id is not None
        ],
        ignore_conflicts=True,
    )


@transaction.atomic(durable=True)
def read(notice: Notice, *, by: User, at: datetime) -> None:
    """She has opened it; harmless to repeat."""
    Notice.objects.filter(pk=notice.pk, user=by, read_at=None).update(read_at=at)


@transaction.atomic(durable=True)
def read_all(*, by: User, up_to: int, at: datetime) -> int:
    """She has seen all up to the notice `up_to`, the newest on the page she looked at. Returns how many were unread."""
    return Notice.objects.filter(user=by, read_at=None, pk__lte=up_to).update(read_at=at)


@transaction.atomic(durable=True)
def forget_old(*, at: datetime) -> int:
    """Delete a batch of notices older than they are kept; the events stay. Returns how many."""
    old = queries.outlived(at).select_for_update(skip_locked=True).order_by("at").values("pk")[:BATCH]
    return Notice.objects.filter(pk__in=list(old.values_list("pk", flat=True))).delete()[0]
