"""contract/*: what one contract costs the server, in milliseconds: building its PDF/A, sealing a card's signature into it (its time-stamp and the
proof of the card included, from stand-in authorities of the tests that answer at once), and verifying both signatures as the public page does.

Beside each, as raw limit, the least that the libraries need for it: typst for a page that only says 契約, pyHanko for digesting a document of
that size, pyHanko for reading both signatures without judging anybody.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from benches.rows import Row

REPEATS = 15


def _ms(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - began)


def _row(name: str, rounds: int, subject: Callable[[], Any], limit: Callable[[], Any]) -> Row:
    """Medians of `REPEATS` calls, limit and subject in turn."""
    subject(), limit()
    values, limits = [], []
    for _round in range(rounds):
        limits.append(statistics.median(_ms(limit) for _ in range(REPEATS)))
        values.append(statistics.median(_ms(subject) for _ in range(REPEATS)))
    return Row(name, "ms", values, limits)


def build(rounds: int) -> Row:
    """The contract of an order, from its terms."""
    import typst

    from tcloud.contracts import document
    from tcloud.contracts.operations.templates import in_force, wording_of
    from tcloud.contracts.terms import ContractTerms

    order = _order()
    terms, wording = ContractTerms.from_json(order.contract.terms), wording_of(in_force())
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=document.font_folders()
    )
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.typ"
        page.write_text('#set text(font: "Noto Sans CJK TC", lang: "zh")\n契約', encoding="utf-8")
        compiler = typst.Compiler(root=folder, font_paths=fonts)
        return _row(
            "contract/build",
            rounds,
            lambda: document.render(terms, wording),
            lambda: compiler.compile(str(page), format="pdf", pdf_standards="a-2b"),
        )


def sign(rounds: int) -> Row:
    """From the card's answer to the sealed document: the supplier's signature on what the company has signed."""
    import hashlib

    from tcloud.contracts import operations as contracts
    from tcloud.contracts.document import Party
    from tcloud.contracts.models import Contract
    from tests import factories

    edition = factories.programme()
    order = factories.submitted(edition, factories.granted(edition))
    contract = Contract.objects.get(pk=order.contract_id)
    session = factories.prepared(contract, Party.SUPPLIER)
    answer, services = factories.signature(session), factories.services(factories.NOW)
    prepared = bytes(session.prepared)

    def digest() -> bytes:
        from pyhanko.pdf_utils.reader import PdfFileReader

        PdfFileReader(BytesIO(prepared)).root  # noqa: B018  parsing is what is measured
        return hashlib.sha256(prepared).digest()

    return _row(
        "contract/sign",
        rounds,
        lambda: contracts.seal(session, answer, services=services, at=factories.NOW),
        digest,
    )


def verify(rounds: int) -> Row:
    """Both signatures, their time-stamps and the proof that the cards were good."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    from tcloud.contracts.models import Contract
    from tcloud.contracts.verification import verify as judge
    from tests import factories
    from tests.adapters.card import pki
    from tests.adapters.card.authorities import policy

    pdf = bytes(Contract.objects.get(pk=_order().contract_id).document.content)
    anchors = (pki.root().der,)

    def ours() -> None:
        verdict = judge(pdf, policy=policy(), at=factories.NOW, time_stamp_anchors=anchors)
        if not verdict.ok:
            raise RuntimeError(verdict.to_json())

    def read() -> None:
        for signature in PdfFileReader(BytesIO(pdf)).embedded_signatures:
            signature.compute_integrity_info()

    return _row("contract/verify", rounds, ours, read)


def _order() -> Any:
    """An order that both cards have signed."""
    from tests import factories

    edition = factories.programme()
    return factories.accepted(edition, factories.granted(edition))
