"""Questions about invoices and what belongs to them."""

from datetime import datetime

from django.db.models import Prefetch, QuerySet, Sum

from tcloud.invoices.models import Allowance, InvoiceFile, ProviderAccount, ProviderRequest
from tcloud.invoices.rules import InvoiceStanding
from tcloud.members.models import Company
from tcloud.payments.models import Invoice


def of_order(order_number: str) -> list[Invoice]:
    """Every invoice of the order, the newest first, each with its allowances and the names of its files, in three queries."""
    files = InvoiceFile.objects.defer("content").order_by("id")
    return list(
        Invoice.objects.filter(order_number=order_number)
        .prefetch_related(Prefetch("allowances", Allowance.objects.order_by("id")), Prefetch("files", files))
        .order_by("-id")
    )


def standing(invoice: Invoice) -> InvoiceStanding:
    """The invoice and what its allowances have left of it."""
    given = invoice.allowances.filter(state="ISSUED").aggregate(sales=Sum("sales_twd"), tax=Sum("tax_twd"))
    return InvoiceStanding(
        number=invoice.number,
        issued_on=invoice.date,
        buyer_ubn=invoice.buyer_ubn,
        seller_ubn=invoice.seller_ubn,
        sales_left_twd=invoice.sales_twd - (given["sales"] or 0),
        tax_left_twd=invoice.tax_twd - (given["tax"] or 0),
    )


def account_of(company: Company) -> ProviderAccount | None:
    """The company's account with its e-invoice provider."""
    return ProviderAccount.objects.filter(company=company).first()


def open_request(order_number: str) -> ProviderRequest | None:
    """What was asked of the provider about the order and is not settled."""
    return ProviderRequest.objects.filter(order_number=order_number, outcome="").first()


def requests_of(order_number: str) -> QuerySet[ProviderRequest]:
    """Everything asked of the provider about the order, oldest first."""
    return ProviderRequest.objects.filter(order_number=order_number).order_by("id")


def unanswered(*, sent_after: datetime, sent_before: datetime) -> QuerySet[ProviderRequest]:
    """What was sent to a provider within that time and has no answer, the longest ago first."""
    sent = ProviderRequest.objects.filter(outcome="", sent_at__gt=sent_after, sent_at__lte=sent_before)
    return sent.order_by("sent_at", "id")


def files_of(order_number: str) -> list[InvoiceFile]:
    """Every message about the order's invoices as received, oldest first."""
    return list(InvoiceFile.objects.filter(invoice__order_number=order_number).order_by("id"))
