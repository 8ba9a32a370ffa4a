"""Make the contract document: terms in, PDF/A-2b out, the same bytes for the same terms (R-20)."""

import json
import unicodedata
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Final
from zoneinfo import ZoneInfo

import qrcode
import typst

from tcloud.contracts import rules
from tcloud.contracts.fonts import can_show, font_folders
from tcloud.contracts.terms import ContractTerms, in_financial_characters, in_roc_calendar

TAIPEI: Final = ZoneInfo("Asia/Taipei")
TEMPLATES: Final = Path(__file__).parent / "templates_typst"
CONTRACT_TEMPLATE: Final = "contract.typ"
STAMP_TEMPLATE: Final = "stamp.typ"
ORDER_TEMPLATE: Final = "order.typ"
REPLACEMENT: Final = "〓"  # the geta mark, which typesetters put where they have no type


class Party(StrEnum):
    BUYER = "buyer"
    SUPPLIER = "supplier"


# Signature boxes on the last page of every template, in PDF points from the lower left corner of an A4 page: left, bottom, right, top.
SIGNATURE_BOXES: Final[dict[Party, tuple[float, float, float, float]]] = {
    Party.BUYER: (71.0, 512.0, 291.0, 624.0),
    Party.SUPPLIER: (304.0, 512.0, 524.0, 624.0),
}

_compiling = Lock()


def render(terms: ContractTerms, wording: rules.Wording) -> bytes:
    """The contract as PDF/A-2b: the `wording` of its template filled with the `terms`, page numbers, a QR code to where it can be verified,
    and two empty signature boxes.

    It is tagged for screen readers, but does not claim PDF/UA or PDF/A-2a: the signature fields added later are not tagged.

    Deterministic: the document is dated by `terms.signing_date`. Text of users and officers reaches Typst as JSON values, never as markup.
    Raises KeyError when the wording names a value that no contract has.
    """
    made_at = datetime(
        terms.signing_date.year, terms.signing_date.month, terms.signing_date.day, tzinfo=TAIPEI
    )
    return compile_template(CONTRACT_TEMPLATE, _template_data(terms, wording), made_at=made_at)


def compile_template(name: str, data: dict[str, Any], *, made_at: datetime) -> bytes:
    """Typeset one of the templates here with `data` (JSON values) as PDF/A-2b; `made_at` becomes the file's creation time."""
    payload = json.dumps(_printable(data), ensure_ascii=False)
    with _compiling:  # one compiler keeps its caches; a page takes a few milliseconds
        pdf = _compiler().compile(
            str(TEMPLATES / name),
            format="pdf",
            sys_inputs={"data": payload},
            pdf_standards="a-2b",
            timestamp=int(made_at.timestamp()),
            pdf_tags=name != STAMP_TEMPLATE,
        )
    if not isinstance(pdf, bytes):
        raise TypeError("typst did not return one document")
    return pdf


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=font_folders())
    return typst.Compiler(root=TEMPLATES, font_paths=fonts)


def _printable(value: Any) -> Any:
    """Text in one Unicode form, without control characters; what the typeface cannot show becomes 〓 (PDF/A allows no blanks)."""
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", " ".join(value.split()))
        visible = (char for char in text if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
        return "".join(char if can_show(char) else REPLACEMENT for char in visible)
    if isinstance(value, dict):
        return {key: _printable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(item) for item in value]
    return value


def _template_data(terms: ContractTerms, wording: rules.Wording) -> dict[str, Any]:
    values = terms.to_json() | {
        "price": _money(terms.price_twd),
        "points": f"{terms.amount_points:,} 點",
        "points_money": _money(terms.amount_points),
        "cash": _money(terms.cash_twd),
        "date": in_roc_calendar(terms.signing_date),
    }
    return values | {
        "preamble": rules.fill(wording.preamble, values),
        "articles": [
            {"title": article.title, "clauses": [rules.fill(clause, values) for clause in article.clauses]}
            for article in wording.articles
        ],
        "qr": _qr(terms.verify_url) if terms.verify_url else [],
        "boxes": {party.value: list(box) for party, box in SIGNATURE_BOXES.items()},
    }


def _qr(url: str) -> list[str]:
    """The modules of a QR code, a line of 0 and 1 for each row (ISO/IEC 18004, level M, without its quiet zone)."""
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    code.add_data(url)
    return ["".join("01"[bool(module)] for module in row) for row in code.get_matrix()]


def _money(amount_twd: int) -> str:
    return f"{in_financial_characters(amount_twd)}（NT$ {amount_twd:,}）"
