"""R-34: closures of text support, announced and revoked by officers."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import officers_only, person
from tcloud.support.models import SupportClosure

CASE = "support/hours"


@transaction.atomic(durable=True)
def announce_closure(
    begins_at: datetime, ends_at: datetime, *, reason: str, reason_en: str = "", by: Actor, at: datetime
) -> SupportClosure:
    """R-34: nobody answers from `begins_at` until before `ends_at`. It shows at once on the contact page and in the chat.

    Raises Refusal `closure.over`, `closure.reason_missing`, `closure.announced`, `closure.empty`, `transition.not_yours`.
    """
    officers_only(by)
    if not reason.strip():
        raise Refusal("closure.reason_missing", _("請填寫暫停服務的原因，會顯示給使用者。"))
    if begins_at >= ends_at:
        raise Refusal("closure.empty", _("結束時間必須晚於開始時間。"))
    if ends_at <= at:
        raise Refusal("closure.over", _("這段時間已經過去，請確認日期與時間。"))
    try:
        with transaction.atomic():
            made = SupportClosure.objects.create(
                begins_at=begins_at, ends_at=ends_at, reason=reason.strip(), reason_en=reason_en.strip(),
                announced_by_id=person(by), announced_at=at,
            )  # fmt: skip
    except IntegrityError as error:
        raise Refusal("closure.announced", _("這段時間已經公告過暫停服務。")) from error
    events.record(
        "support.closure_announced", made, case=CASE, by=by, at=at, announce=False,
        begins_at=begins_at.isoformat(), ends_at=ends_at.isoformat(), reason=made.reason,
    )  # fmt: skip
    return made


@transaction.atomic(durable=True)
def revoke_closure(closure: SupportClosure, *, by: Actor, at: datetime) -> SupportClosure:
    """R-34: text support is staffed after all. Raises Refusal `closure.revoked`, `closure.over`, `transition.not_yours`."""
    officers_only(by)
    held = SupportClosure.objects.select_for_update().get(pk=closure.pk)
    if held.revoked_at is not None:
        raise Refusal("closure.revoked", _("這則公告已經撤銷。"))
    if held.ends_at <= at:
        raise Refusal("closure.over", _("這段時間已經過去，不能再撤銷。"))
    held.revoked_at = at
    held.save(update_fields=["revoked_at"])
    events.record(
        "support.closure_revoked", held, case=CASE, by=by, at=at, announce=False, reason=held.reason
    )
    return held
