"""What a picture or document must be before it is kept: judged by its content, never by its name, and cleaned (R-32). Knows no model.

Pictures are decoded and written anew, so nothing but pixels is kept: no place, camera or comment, no bytes after the end. Documents are PDF
without scripts, actions, forms that send, or files inside.
"""

import hashlib
import re
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageOps
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from tcloud.core.refusals import Refusal

PICTURE_BYTES: Final = 2 * 1024 * 1024
DOCUMENT_BYTES: Final = 5 * 1024 * 1024
LEAST_PX: Final = 200
MOST_PX: Final = 6_000
KEPT_PX: Final = 1_600
_TYPES: Final = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_BROKEN: Final = (
    OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error,
    Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip


@dataclass(frozen=True)
class Clean:
    """Bytes fit to be kept and shown; a picture with its size in pixels."""

    data: bytes
    media_type: str
    width_px: int | None = None
    height_px: int | None = None

    @property
    def sha256(self) -> str:
        """The digest by which the file is known."""
        return hashlib.sha256(self.data).hexdigest()


def picture(data: bytes) -> Clean:
    """The picture, upright, at most KEPT_PX wide and high, without metadata.

    Raises Refusal `file.empty`, `file.too_large`, `file.not_a_picture`, `file.picture_size`, `file.animated`.
    """
    _check_size(data, PICTURE_BYTES)
    unreadable = Refusal("file.not_a_picture", _("這不是可以讀取的PNG、JPEG或WebP圖片，請換一個檔案。"))
    try:
        image = Image.open(BytesIO(data), formats=list(_TYPES))
    except _BROKEN as error:
        raise unreadable from error
    with image:
        form = str(image.format)
        if not (min(image.size) >= LEAST_PX and max(image.size) <= MOST_PX):
            raise Refusal(
                "file.picture_size",
                _("圖片的長和寬都要在%(least)d到%(most)d像素之間，這張是%(width)d×%(height)d。"),
                least=LEAST_PX, most=MOST_PX, width=image.width, height=image.height,
            )  # fmt: skip
        if getattr(image, "n_frames", 1) > 1:
            raise Refusal("file.animated", _("不接受動態圖片，請上傳單張圖片。"))
        try:
            return _drawn_anew(image, form)
        except _BROKEN as error:
            raise unreadable from error


def _drawn_anew(image: Image.Image, form: str) -> Clean:
    upright = ImageOps.exif_transpose(image)
    see_through = form != "JPEG" and upright.has_transparency_data
    pixels = upright.convert("RGBA" if see_through else "RGB")
    pixels.thumbnail((KEPT_PX, KEPT_PX))
    bare = Image.new(pixels.mode, pixels.size)
    bare.paste(pixels)
    out = BytesIO()
    bare.save(out, format=form, optimize=True, **({} if form == "PNG" else {"quality": 86}))
    return Clean(out.getvalue(), _TYPES[form], *bare.size)


def _check_size(data: bytes, most: int) -> None:
    if not data:
        raise Refusal("file.empty", _("檔案是空的，請重新選擇。"))
    if len(data) > most:
        raise too_large(most)


def too_large(most_bytes: int) -> Refusal:
    """Said also before the bytes are read."""
    return Refusal(
        "file.too_large", _("檔案超過%(most)d MB，請縮小後再上傳。"), most=most_bytes // 1024 // 1024
    )


# PDF (ISO 32000-2): what makes a document do something by itself, or carry something other than pages
_ACTIVE_KEYS: Final = frozenset(
    ["/JS", "/AA", "/EF", "/EmbeddedFiles", "/XFA", "/RichMediaContent", "/JavaScript"]
)
_ACTIVE_KINDS: Final = frozenset(
    [
        "/JavaScript",
        "/Launch",
        "/SubmitForm",
        "/ImportData",
        "/GoToE",
        "/GoToR",
        "/Rendition",
        "/Movie",
        "/Sound",
        "/RichMedia",
    ]
)
_MOST_OBJECTS: Final = 200_000
_MOST_PAGES: Final = 200
_INFLATED: Final = 256 * 1024 * 1024
_STREAM: Final = re.compile(rb"stream\r?\n")
_TWICE_PACKED: Final = re.compile(rb"/Filter\s*\[[^\]]*/Fl[^\]]*/Fl")


def document(data: bytes) -> Clean:
    """The PDF as it came, when it only holds pages.

    Raises Refusal `file.empty`, `file.too_large`, `file.not_a_pdf`, `file.pdf_locked`, `file.pdf_active`, `file.pdf_too_long`.
    """
    _check_size(data, DOCUMENT_BYTES)
    unreadable = Refusal("file.not_a_pdf", _("這不是可以讀取的PDF檔，請重新匯出後再上傳。"))
    if not data.startswith(b"%PDF-") or b"%%EOF" not in data[-2048:] or _swells(data):
        raise unreadable
    try:
        reader = PdfFileReader(BytesIO(data), strict=False)
        if reader.encrypted:
            raise Refusal("file.pdf_locked", _("PDF有密碼或限制，請取消保護後再上傳。"))
        pages, active = _pages(reader), _is_active(reader)
    except (*_BROKEN, PdfError, KeyError, AttributeError, RecursionError, NotImplementedError) as error:
        raise unreadable from error
    if not pages:
        raise unreadable
    if active:
        raise Refusal(
            "file.pdf_active",
            _("PDF裡有程式、自動動作、可送出的表單或附件，請另存成一般PDF（例如以列印方式輸出）後再上傳。"),
        )
    if pages > _MOST_PAGES:
        raise Refusal("file.pdf_too_long", _("PDF最多%(most)d頁，請拆成幾份。"), most=_MOST_PAGES)
    return Clean(data, "application/pdf")


def _swells(data: bytes) -> bool:
    """Whether what is packed in the file is far larger than it looks (a decompression bomb): asked before anything unpacks it."""
    if _TWICE_PACKED.search(data):
        return True
    budget = _INFLATED
    for found in _STREAM.finditer(data):
        unpacker, rest = zlib.decompressobj(), data[found.end() : found.end() + DOCUMENT_BYTES]
        try:
            while rest and budget > 0:
                budget -= len(unpacker.decompress(rest, 1 << 20))
                rest = unpacker.unconsumed_tail
        except zlib.error:
            continue  # packed in another way, or not at all
        if budget <= 0:
            return True
    return False


def _pages(reader: PdfFileReader) -> int:
    return int(reader.root["/Pages"]["/Count"])


def _is_active(reader: PdfFileReader) -> bool:
    """Whether anything that the document holds, from its root on, acts by itself or carries a file."""
    waiting: list[object] = [reader.root]
    seen: set[tuple[int, int]] = set()
    for _count in range(_MOST_OBJECTS):
        if not waiting:
            return False
        thing = waiting.pop()
        if isinstance(thing, generic.IndirectObject):
            if (key := (thing.idnum, thing.generation)) not in seen:
                seen.add(key)
                waiting.append(thing.get_object())
        elif isinstance(thing, generic.DictionaryObject):
            if _acts(thing):
                return True
            waiting.extend(thing.raw_get(key) for key in thing)
        elif isinstance(thing, generic.ArrayObject):
            waiting.extend(thing.raw_get(place) for place in range(len(thing)))
    return True  # more than anybody writes by hand: not looked through, hence not trusted


def _acts(thing: generic.DictionaryObject) -> bool:
    if _ACTIVE_KEYS & set(thing) or {_name(thing, "/S"), _name(thing, "/Subtype")} & _ACTIVE_KINDS:
        return True
    opening = thing.get("/OpenAction")
    return isinstance(opening, generic.DictionaryObject) and _name(opening, "/S") != "/GoTo"


def _name(thing: generic.DictionaryObject, key: str) -> str:
    value = thing.get(key)
    return value if isinstance(value, str) else ""
