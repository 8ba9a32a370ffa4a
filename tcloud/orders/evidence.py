"""What an order leaves behind, as files for a court or an auditor (R-18, R-19, R-20, R-30). Everything is read, nothing interpreted."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from io import BytesIO
from typing import Any, Final

from django.db.models import Model
from pyhanko.pdf_utils.reader import PdfFileReader

from tcloud.contracts.proof import embedded_proof, signatures_in
from tcloud.core import events
from tcloud.core.refusals import Refusal
from tcloud.invoices import queries as invoices
from tcloud.invoices.models import InvoiceFile
from tcloud.ledger import queries as ledger
from tcloud.orders import correspondence, supplements
from tcloud.orders.models import Obligation, Order, OrderMessageFile, RefundProposal
from tcloud.payments import queries as payments
from tcloud.payments.models import BankReceipt, Charge, GatewayMessage, PayCode, TransferNotice
from tcloud.points import books

FORMAT: Final = "tcloud.order.evidence.v1"
README: Final = """訂單證據 Evidence of an order

contract.pdf          契約，含雙方簽章、時戳與憑證狀態證明 the contract, with signatures, time-stamps and proof of the cards
signatures/*.p7s      契約裡每個簽章（CMS，RFC 5652） each signature in it
proof/*               簽署時主管機關對憑證狀態的答覆 what the authorities said of the cards
order.json            訂單 the order · obligations.json 各方義務與期限 what was owed by when
supplements.json      雙方同意的補充約定 what both agreed upon beside the contract · changes.json 所有變更提議 every change proposed
messages.json         雙方在訂單裡的留言 what they wrote to each other on the order · messages/* 附件 the files that came with it
events.json           辦理紀錄 what happened, in order
payments/*            付款請求、繳費代碼與金流往來原文，退款與退款提議，匯款通知與入帳證明 charges, codes, and the gateway's messages as they
                      were received; refunds and proposals of them; remittances with their evidence
invoices/*            發票、折讓、電子發票原檔與加值中心的辦理 invoices, allowances, the e-invoice messages as received, what the provider was asked
points/entries.json   點數分錄 the entries of its points · points/proof-*.json 已日結分錄的證明 proofs of those in closed days
manifest.json         以上各檔案的SHA-256 · manifest.json.sig 平台簽章（Ed25519）· manifest.json.tst 時戳（RFC 3161）

驗證 Verify: python verify_evidence.py FILE.zip   （程式公布於帳本公開摘要頁 published on the page of the ledger's digests）
contract.pdf 也可用任何支援PAdES的軟體驗證 contract.pdf also verifies in any PAdES software
"""


def files_of(order: Order) -> dict[str, bytes]:
    """Name → content of every file about the order, by name. It holds personal data: for officers and auditors, not for publication."""
    found = {"README.txt": README.encode(), "order.json": _json(_order(order))}
    found["obligations.json"] = _json(
        [_row(each) for each in Obligation.objects.filter(order=order).order_by("id")]
    )
    found["events.json"] = _json([_row(event) for event in events.of_case(order.case)])
    found |= dict(_contract(order))
    found |= dict(_between(order))
    found |= dict(_payments(order))
    found |= dict(_invoices(order))
    found |= dict(_points(order))
    return dict(sorted(found.items()))


def _order(order: Order) -> dict[str, Any]:
    supplier = order.supplier.company
    return _row(order, leave_out=("created_by", "idempotency_key", "request_sha256")) | {
        "programme": order.programme.code,
        "company": {"ubn": order.company.ubn, "name": order.company.name},
        "supplier": {"ubn": supplier.ubn if supplier else "", "name": order.supplier.name},
        "plan": {
            "code": order.plan_version.plan.code,
            "version": order.plan_version.number,
            "name": order.plan_version.name,
        },
        "contract": order.contract.number if order.contract else None,
        "previous_order": order.previous_order.number if order.previous_order else None,
        "lead": order.lead.printed if order.lead else None,
    }


def _contract(order: Order) -> Iterator[tuple[str, bytes]]:
    if order.contract is None:
        return
    pdf = bytes(order.contract.document.content)
    yield "contract.pdf", pdf
    yield "contract.json", _json(order.contract.terms)
    for name, signature in signatures_in(pdf):
        yield f"signatures/{name.lower()}.p7s", signature
    proof = embedded_proof(PdfFileReader(BytesIO(pdf)))
    for kind, statements in (("ocsp", proof.ocsps), ("crl", proof.crls)):
        for number, statement in enumerate(statements, 1):
            yield f"proof/{number:02d}.{kind}", statement


def _between(order: Order) -> Iterator[tuple[str, bytes]]:
    """What the parties agreed upon beside the contract, and what they wrote to each other."""
    yield "supplements.json", _json([_row(change) for change in supplements.agreed(order)])
    yield "changes.json", _json([_row(change) for change in supplements.changes(order).order_by("id")])
    said = list(correspondence.messages(order).order_by("id"))
    files = correspondence.files(said, content=True)
    yield (
        "messages.json",
        _json(
            [
                _row(message, leave_out=("request_key",))
                | {
                    "files": [
                        {"kept_as": _kept_as(file), "name": file.name} for file in files.get(message.pk, [])
                    ]
                }
                for message in said
            ]
        ),
    )
    for file in (file for several in files.values() for file in several):
        yield _kept_as(file), bytes(file.content)


def _kept_as(file: OrderMessageFile) -> str:
    return f"messages/{file.message_id:06d}-{file.place}.{_ending(file.name)}"


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()  # one of those that are taken (core.uploads)


def _payments(order: Order) -> Iterator[tuple[str, bytes]]:
    charges = list(Charge.objects.filter(order_number=order.number).order_by("id"))
    yield "payments/charges.json", _json([_row(charge) for charge in charges])
    codes = PayCode.objects.filter(charge__in=charges).order_by("id")
    yield "payments/codes.json", _json([_row(code) for code in codes])
    proposals = RefundProposal.objects.filter(order=order).order_by("id")
    yield "payments/refund-proposals.json", _json([_row(proposal) for proposal in proposals])
    yield "payments/refunds.json", _json([_row(part) for part in payments.refunds_of(order.number)])
    stated = TransferNotice.objects.filter(order_number=order.number).order_by("id")
    yield "payments/transfers.json", _json([_row(notice) for notice in stated])
    receipts = BankReceipt.objects.filter(order_number=order.number).select_related("account").order_by("id")
    for receipt in receipts:
        said = _row(receipt, leave_out=("content",)) | {"account": receipt.account.hint}
        yield f"payments/receipts/{receipt.pk:06d}.json", _json(said)
        yield f"payments/receipts/{receipt.pk:06d}.{_ending(receipt.file_name)}", bytes(receipt.content)
    received = GatewayMessage.objects.filter(trade_no__in=[charge.trade_no for charge in charges])
    for number, message in enumerate(received.order_by("id"), 1):
        yield f"payments/messages/{number:04d}.json", _json(_row(message))


def _invoices(order: Order) -> Iterator[tuple[str, bytes]]:
    for invoice in invoices.of_order(order.number):
        allowances = [_row(allowance) for allowance in invoice.allowances.all()]
        yield f"invoices/{invoice.number}.json", _json(_row(invoice) | {"allowances": allowances})
    yield "invoices/provider.json", _json([_row(asked) for asked in invoices.requests_of(order.number)])
    for place, file in enumerate(invoices.files_of(order.number), 1):
        ending = "json" if file.kind == InvoiceFile.Kind.ANSWER else "xml"
        yield f"invoices/messages/{place:04d}-{file.kind}.{ending}", bytes(file.content)


def _points(order: Order) -> Iterator[tuple[str, bytes]]:
    causes = [event.pk for event in events.of_case(order.case)]
    entries = ledger.lines(event_ids=causes) if causes else []
    yield "points/entries.json", _json([asdict(entry) for entry in entries])
    for entry in entries:
        try:
            yield f"points/proof-{entry.id}.json", _json(books.proof_of_entry(entry.id))
        except Refusal:
            continue  # of a day not closed yet


def _row(row: Model, *, leave_out: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"id": row.pk} | {
        field.name: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in leave_out and not field.primary_key
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()
