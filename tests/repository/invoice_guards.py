"""What the database must refuse about invoices, allowances and providers (R-24, R-27), for test_database_guards.py."""

from django.db.models import Model

from tcloud.invoices.models import Allowance, InvoiceFile, ProviderRequest
from tcloud.payments.models import Invoice
from tests.factories import NOW
from tests.repository.rows import again, change, drop


def rows(invoice: Invoice) -> dict[str, Model]:
    """One row of everything that is guarded beside the invoice."""
    return {
        "allowance": Allowance.objects.create(
            invoice=invoice,
            number="A1",
            date=NOW.date(),
            sales_twd=60,
            tax_twd=3,
            reason="r",
            recorded_at=NOW,
        ),
        "invoice_file": InvoiceFile.objects.create(
            invoice=invoice, kind="F0401", name="x.xml", content=b"x", sha256="0", received_at=NOW
        ),
        "provider_request": ProviderRequest.objects.create(
            order_number=invoice.order_number, kind="issue", relate_number="CE01", said={}, asked_at=NOW
        ),
    }


TRIES = {
    "invoice_one_valid": [lambda w: again(w.invoice, number="AB00000001")],
    "invoice_voided_with_its_reason": [
        lambda w: change(w.invoice, state="VOIDED"),
        lambda w: change(w.invoice, state="VOIDED", voided_on=NOW.date()),
        lambda w: change(w.invoice, state="VOIDED", voided_on="2026-01-01", void_reason="r"),
        lambda w: change(w.invoice, void_reason="r"),
    ],
    "invoice_says_what_it_said": [
        lambda w: change(w.invoice, total_twd=1),
        lambda w: change(w.invoice, number="AB1"),
    ],
    "invoice_kept": [lambda w: drop(w.invoice)],
    "allowance_once": [lambda w: again(w.allowance, sales_twd=1, tax_twd=0)],
    "allowance_of_something": [
        lambda w: again(w.allowance, number="A2", sales_twd=0, tax_twd=0),
        lambda w: again(w.allowance, number="", sales_twd=1, tax_twd=0),
    ],
    "allowance_within_its_invoice": [
        lambda w: again(w.allowance, number="A2", sales_twd=41, tax_twd=2),
        lambda w: again(w.allowance, number="A2", sales_twd=40, tax_twd=3),
        lambda w: (
            change(w.invoice, state="VOIDED", voided_on=NOW.date(), void_reason="r"),
            again(w.allowance, number="A2", sales_twd=1, tax_twd=0),
        ),
    ],
    "allowance_cancelled_with_its_reason": [
        lambda w: change(w.allowance, state="CANCELLED"),
        lambda w: change(w.allowance, cancel_reason="r"),
    ],
    "allowance_says_what_it_said": [lambda w: change(w.allowance, sales_twd=1)],
    "allowance_kept": [lambda w: drop(w.allowance)],
    "invoice_file_append_only": [
        lambda w: change(w.invoice_file, content=b"y"),
        lambda w: drop(w.invoice_file),
    ],
    "provider_request_one_open": [lambda w: again(w.provider_request, relate_number="CE02")],
    "provider_request_settled_with_its_time": [
        lambda w: change(w.provider_request, outcome="done"),
        lambda w: change(w.provider_request, settled_at=NOW),
    ],
    "provider_request_says_what_it_asked": [lambda w: change(w.provider_request, relate_number="CE03")],
    "provider_request_kept": [lambda w: drop(w.provider_request)],
}
