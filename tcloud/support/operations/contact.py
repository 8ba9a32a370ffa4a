"""Changing how the programme is reached."""

from datetime import datetime, time
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import officers_only
from tcloud.programme.models import Programme
from tcloud.support.models import SupportSettings
from tcloud.support.models.contact import FLYER

FIELDS: Final = (
    "hotline", "hotline_hours", "hotline_hours_en", "mailbox", "staffed_from", "staffed_until", "address", "address_en",
    "first_answer_working_days", "confirm_hours",
)  # fmt: skip


@transaction.atomic(durable=True)
def change_contact(
    programme: Programme, values: dict[str, Any], *, version: int, by: Actor, at: datetime
) -> SupportSettings:
    """Change some of `FIELDS` of an edition; the event tells old and new.

    `version` is that of the row the officer saw. Raises Refusal `contact.nothing_changed`, `contact.impossible`,
    `transition.not_yours`; Stale.
    """
    officers_only(by)
    row = locked(programme)
    if row.version != version:
        raise Stale()
    changed = {name: values[name] for name in FIELDS if name in values and values[name] != getattr(row, name)}
    if not changed:
        raise Refusal("contact.nothing_changed", _("沒有任何內容改變。"))
    told = {
        name: {"from": _plain(getattr(row, name)), "to": _plain(value)} for name, value in changed.items()
    }
    try:
        with transaction.atomic():
            SupportSettings.objects.filter(pk=row.pk).update(**changed, version=version + 1)
    except IntegrityError as error:
        raise Refusal(
            "contact.impossible",
            _("文字客服的開始時刻須早於結束時刻，回覆期限須為1到30個工作天，確認期限須為1到168小時。"),
        ) from error
    events.record(
        "contact.changed", row, case=f"programme/{programme.code}", by=by, at=at, announce=False, changed=told
    )
    row.refresh_from_db()
    return row


def locked(programme: Programme) -> SupportSettings:
    """The edition's row, locked; made from the leaflet at the first time. Call inside a transaction."""
    Programme.objects.select_for_update().get(pk=programme.pk)
    row, _made = SupportSettings.objects.get_or_create(programme=programme, defaults=FLYER)
    return row


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="minutes") if isinstance(value, time) else value
