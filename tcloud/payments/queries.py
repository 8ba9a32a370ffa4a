"""Questions about charges and invoices."""

from tcloud.payments.models import Charge, GatewayMessage, Invoice, PayCode


def charge_of(order_number: str) -> Charge | None:
    """The order's live charge (open or paid), else its latest."""
    charges = list(Charge.objects.filter(order_number=order_number).order_by("-id"))
    live = [charge for charge in charges if charge.state in ("OPEN", "PAID")]
    return next(iter(live or charges), None)


def codes_of(order_number: str) -> PayCode | None:
    """The code last given out for a charge of the order that may still be paid; None when there is none."""
    payable = PayCode.objects.filter(charge__order_number=order_number, charge__state__in=("OPEN", "CLOSED"))
    return payable.select_related("charge").order_by("-id").first()


def invoice_of(order_number: str) -> Invoice | None:
    """The order's invoice."""
    return Invoice.objects.filter(order_number=order_number).first()


def owed_back() -> list[Charge]:
    """Money that is owed back and not yet returned, for officers (R-30)."""
    return list(Charge.objects.filter(state="TO_REFUND").order_by("id"))


def messages_of(trade_no: str) -> list[GatewayMessage]:
    """Everything the gateway ever said about a trade, oldest first."""
    return list(GatewayMessage.objects.filter(trade_no=trade_no).order_by("id"))
