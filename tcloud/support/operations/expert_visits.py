"""R-35: the visit, what the expert writes down and reports, and what the company says of it."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import COMPANY, EXPERT, OFFICER, Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance, only, person
from tcloud.support.models import (
    ExpertFeedback,
    ExpertFile,
    ExpertNote,
    ExpertReport,
    ExpertRequest,
    ExpertSlot,
)
from tcloud.support.models.experts import MOST_FILES
from tcloud.support.operations.expert_deadlines import NOTHING_OWED, Owed, begin
from tcloud.support.operations.experts import locked
from tcloud.support.rules import experts as rules
from tcloud.support.states import EXPERT_REQUEST

MISSED_BY: Final = ("company", "expert")


class Attachment(NamedTuple):
    """A file as it was sent: its name and its bytes."""

    name: str
    content: bytes


def _visit_of(row: ExpertRequest) -> ExpertSlot | None:
    return row.slots.filter(state=ExpertSlot.State.AGREED).first()


def _begun(row: ExpertRequest, *, at: datetime) -> ExpertSlot | None:
    """The agreed visit of a locked request. Raises Refusal `expert.too_early` before it begins."""
    visit = _visit_of(row)
    if visit is not None and at < visit.starts_at:
        raise Refusal("expert.too_early", _("訪視還沒有開始，開始後才能登錄結果。"))
    return visit


@transaction.atomic(durable=True)
def record_visit(request: ExpertRequest, *, by: Actor, at: datetime) -> ExpertRequest:
    """R-35: the visit took place. Raises Refusal `expert.too_early`, `expert.not_yours`, `transition.…`; Stale."""
    row = locked(request, by=by)
    visit = _begun(row, at=at)
    changes = begin(row, Owed.REPORT, at=visit.ends_at if visit else at) | {"remind_at": None}
    advance(row, EXPERT_REQUEST, "visit", by=by, at=at, case=row.case, changes=changes)
    return row


@transaction.atomic(durable=True)
def record_missed(
    request: ExpertRequest, *, missed_by: str, words: str, by: Actor, at: datetime
) -> ExpertRequest:
    """R-35: somebody did not come (`missed_by` of MISSED_BY); the expert proposes other times. Nobody is punished.

    Raises Refusal `expert.too_early`, `expert.reason_missing`, `expert.not_yours`, `transition.…`; Stale.
    """
    row = locked(request, by=by)
    visit = _begun(row, at=at)
    if missed_by not in MISSED_BY or not words.strip():
        raise Refusal("expert.reason_missing", _("請選擇未到場的一方並說明經過，企業會看到。"))
    row.slots.exclude(state=ExpertSlot.State.DROPPED).update(state=ExpertSlot.State.DROPPED)
    changes = begin(row, Owed.PROPOSE, at=at) | {
        "remind_at": None, "calendar_sequence": row.calendar_sequence + 1, "reason": words.strip(),
    }  # fmt: skip
    advance(
        row, EXPERT_REQUEST, "miss", by=by, at=at, case=row.case, changes=changes, missed_by=missed_by,
        reason=words.strip(), starts_at=visit.starts_at.isoformat() if visit else "",
    )  # fmt: skip
    return row


@transaction.atomic(durable=True)
def add_note(request: ExpertRequest, text: str, *, by: Actor, at: datetime) -> ExpertNote:
    """R-35: something for the expert and the officers alone. Raises Refusal `expert.note_empty`, `expert.not_yours`."""
    row = locked(request, by=by)
    only(by, EXPERT, OFFICER)
    if not text.strip():
        raise Refusal("expert.note_empty", _("請填寫紀錄內容。"))
    made = ExpertNote.objects.create(request=row, author_id=person(by), text=text.strip(), at=at)
    events.record("expert.note_added", row, case=row.case, by=by, at=at, announce=False, note=made.pk)
    return made


@transaction.atomic(durable=True)
def write_report(
    request: ExpertRequest, said: dict[str, str], files: Sequence[Attachment] = (), *, by: Actor, at: datetime
) -> ExpertReport:
    """R-35: the expert reports (`findings`, `advice`, `next_steps`) with up to five files; before the case is closed also a correction.

    A correction is another version; files of the version before are kept with it unless new ones come. Raises Refusal
    `expert.report_incomplete`, `expert.files_too_many`, `expert.file_kind`, `expert.not_yours`, `transition.…`; Stale.
    """
    row = locked(request, by=by)
    findings, advice = said["findings"].strip(), said["advice"].strip()
    if not findings or not advice:
        raise Refusal("expert.report_incomplete", _("請填寫訪視發現與建議。"))
    kinds = _kinds(files)
    last = row.reports.order_by("-number").first()
    number = last.number + 1 if last else 1
    if row.state == "REPORTED" and by.kind == EXPERT:
        events.record("expert.report_corrected", row, case=row.case, by=by, at=at, number=number)
        ExpertRequest.objects.filter(pk=row.pk).update(version=row.version + 1)
    else:
        changes = begin(row, Owed.CLOSE, at=at)
        advance(row, EXPERT_REQUEST, "report", by=by, at=at, case=row.case, changes=changes, number=number)
    made = ExpertReport.objects.create(
        request=row, number=number, author_id=person(by), findings=findings, advice=advice,
        next_steps=said.get("next_steps", "").strip(), at=at,
    )  # fmt: skip
    _attach(made, files, kinds, last)
    return made


def _kinds(files: Sequence[Attachment]) -> list[str]:
    if len(files) > MOST_FILES:
        raise Refusal("expert.files_too_many", _("最多附加5個檔案。"))
    kinds = [rules.media_type(file.name, file.content) for file in files]
    for file, kind in zip(files, kinds, strict=True):
        if not kind:
            raise Refusal(
                "expert.file_kind",
                _("不能附加「%(name)s」：請使用PDF、ODT、ODS、ODP、PNG或JPG檔。"),
                name=file.name[:60],
            )
    return kinds


def _attach(
    made: ExpertReport, files: Sequence[Attachment], kinds: list[str], last: ExpertReport | None
) -> None:
    rows: dict[str, ExpertFile] = {}
    for file, kind in zip(files, kinds, strict=True):
        digest = hashlib.sha256(file.content).hexdigest()
        rows[digest] = ExpertFile(
            report=made, name=file.name[-120:], media_type=kind, content=file.content, size=len(file.content),
            sha256=digest,
        )  # fmt: skip
    if not files and last is not None:
        for old in last.files.all():
            rows[old.sha256] = ExpertFile(
                report=made, name=old.name, media_type=old.media_type, content=old.content, size=old.size,
                sha256=old.sha256,
            )  # fmt: skip
    ExpertFile.objects.bulk_create(rows.values())


@transaction.atomic(durable=True)
def give_feedback(
    request: ExpertRequest, score: int, words: str, *, by: Actor, at: datetime
) -> ExpertFeedback:
    """R-35: the company says once how it was, 1 to 5, which closes a reported case; a closed one still takes it.

    Raises Refusal `expert.feedback_score`, `expert.feedback_given`, `transition.…`; Stale.
    """
    row = locked(request, by=by)
    only(by, COMPANY)
    if not 1 <= score <= 5:
        raise Refusal("expert.feedback_score", _("請選擇1到5分。"))
    said: dict[str, Any] = {"score": score}
    if row.state == "CLOSED":
        events.record("expert.feedback_given", row, case=row.case, by=by, at=at, **said)
    else:
        changes = NOTHING_OWED | {"ended_at": at}
        advance(row, EXPERT_REQUEST, "close", by=by, at=at, case=row.case, changes=changes, **said)
    try:
        with transaction.atomic():
            return ExpertFeedback.objects.create(
                request=row, author_id=person(by), score=score, words=words.strip(), at=at
            )
    except IntegrityError as error:
        raise Refusal("expert.feedback_given", _("貴公司已經回饋過，每件專家服務回饋一次。")) from error
