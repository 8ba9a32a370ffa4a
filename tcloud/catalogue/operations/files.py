"""Pictures and documents of a plan in the making (R-32): checked by their content, kept once, shown only with a listed version."""

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import drafts, media
from tcloud.catalogue.models import PlanChange, PlanFile, PlanFileContent, VersionFile
from tcloud.catalogue.operations.changes import check_supplier, locked_change
from tcloud.catalogue.states import OPEN, PLAN_CHANGE, WRITABLE
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.core.transitions import advance

_MOST: Final = {"picture": drafts.MOST_PICTURES, "document": drafts.MOST_DOCUMENTS}
_ENDINGS: Final = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
}


@transaction.atomic(durable=True)
def attach_file(
    change: PlanChange,
    data: bytes,
    *,
    kind: str,
    title: str,
    title_en: str = "",
    version: int,
    by: Actor,
    at: datetime,
) -> PlanChange:
    """Add a picture or a document to the draft. The same bytes again only change the title.

    `title` describes the picture for who does not see it, or names the document; it also names the file when it is kept.
    Raises Refusal `file.*` (see `media`), `file.no_title`, `file.too_many`, `transition.*`; Stale.
    """
    said = " ".join(title.split())[:120]
    if not said:
        raise Refusal("file.no_title", _("請用一句話說明這個檔案，看不到圖片的人靠它知道內容。"))
    clean = media.picture(data) if kind == PlanFile.Kind.PICTURE else media.document(data)
    row = _writable(change, version, by, at=at)
    file = _kept(row, clean, kind, said, at=at)
    listed = [entry for entry in row.content.get("files") or [] if entry["file"] != file.pk]
    kinds = PlanFile.objects.filter(pk__in=[entry["file"] for entry in listed]).values_list("kind", flat=True)
    if list(kinds).count(kind) >= _MOST[kind]:
        raise Refusal("file.too_many", _("最多%(most)d個，請先移除一個。"), most=_MOST[kind])
    entry = {"file": file.pk, "title": said, "title_en": " ".join(title_en.split())[:160]}
    return _written(row, [*listed, entry], at=at)


@transaction.atomic(durable=True)
def detach_file(change: PlanChange, file_id: int, *, version: int, by: Actor, at: datetime) -> PlanChange:
    """Take a file out of the draft; the bytes go with it unless a version or another draft shows them. Harmless to repeat."""
    row = _writable(change, version, by, at=at)
    listed = [entry for entry in row.content.get("files") or [] if entry["file"] != file_id]
    row = _written(row, listed, at=at)
    elsewhere = PlanChange.objects.filter(
        supplier_id=row.supplier_id, state__in=OPEN, content__files__contains=[{"file": file_id}]
    )
    if not elsewhere.exists() and not VersionFile.objects.filter(file_id=file_id).exists():
        PlanFile.objects.filter(pk=file_id, supplier_id=row.supplier_id).delete()
    return row


def _writable(change: PlanChange, version: int, by: Actor, *, at: datetime) -> PlanChange:
    row = locked_change(change, version)
    check_supplier(row.supplier, by)
    if row.state not in WRITABLE:
        raise Refusal("transition.not_now", _("這件方案正在審查或已結束，不能修改；審查中可以先取回。"))
    if row.state == "RETURNED":
        advance(row, PLAN_CHANGE, "resume", by=by, at=at, case=row.case, announce=False)
    return row


def _kept(row: PlanChange, clean: media.Clean, kind: str, title: str, *, at: datetime) -> PlanFile:
    """The supplier's file with these bytes, made when it is not there yet."""
    name = "".join(letter for letter in title if letter not in '\\/:*?"<>|')[:100].strip() or "file"
    file, made = PlanFile.objects.get_or_create(
        supplier=row.supplier,
        sha256=clean.sha256,
        defaults={
            "kind": kind,
            "name": name + _ENDINGS[clean.media_type],
            "media_type": clean.media_type,
            "size_bytes": len(clean.data),
            "width_px": clean.width_px,
            "height_px": clean.height_px,
            "created_at": at,
        },
    )
    if made:
        PlanFileContent.objects.create(file=file, data=clean.data)
    return file


def _written(row: PlanChange, files: list[dict[str, object]], *, at: datetime) -> PlanChange:
    content = row.content | {"files": files}
    PlanChange.objects.filter(pk=row.pk).update(content=content, saved_at=at, version=F("version") + 1)
    row.refresh_from_db()
    return row
