"""What the payment gateways call (PROTOCOLS §5). It gets `1|OK` once its message is kept; a forged or unreadable one gets 400."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from allauth.core.internal import httpkit, ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tcloud.adapters.ecpay.client import form_fields
from tcloud.adapters.gateway_port import ForgedCallback, MalformedCallback, MessageRefused, PaymentGateway
from tcloud.core import clock
from tcloud.orders import operations as orders
from tcloud.payments import queries as payments
from tcloud.payments.gateway import gateway, speakers

logger = logging.getLogger(__name__)
MAX_BYTES = 20_000
FORM = "application/x-www-form-urlencoded"
REFUSED = {"forged", "malformed"}
# Every message is kept; a stranger's only so often, or the record could be filled with them. The gateway's own are never limited.
RATES = {"forged": "30/m/ip"}


@csrf_exempt  # the message proves itself by its CheckMacValue
@require_POST
def gateway_callback(request: HttpRequest) -> HttpResponse:
    """R-30: a payment notice. Repeats, late ones and ones we know nothing of are harmless and get `1|OK`, so that they end."""
    return _answered(_take(request, "ecpay", "parse_callback", orders.receive_callback))


@csrf_exempt  # as above
@require_POST
def gateway_codes(request: HttpRequest) -> HttpResponse:
    """R-30: an account or code by which a charge may be paid elsewhere; answered as a payment notice is."""
    return _answered(_take(request, "ecpay", "parse_codes", orders.receive_codes))


@csrf_exempt  # the message proves itself by its TradeSha
@require_POST
def newebpay_callback(request: HttpRequest) -> HttpResponse:
    """R-30: a payment notice of NewebPay (NotifyURL)."""
    return _answered(_take(request, "newebpay", "parse_callback", orders.receive_callback))


@csrf_exempt  # the payer's browser brings it from the gateway, without our cookies
@require_POST
def newebpay_codes(request: HttpRequest) -> HttpResponse:
    """R-30: NewebPay hands its codes over by the payer's own browser (CustomerURL); it goes on to the order's pay page."""
    taken = _take(request, "newebpay", "parse_codes", orders.receive_codes)
    charge = payments.charge_by(taken.trade_no) if taken.trade_no else None
    if taken.verdict in REFUSED or charge is None:
        return _answered(taken)
    return redirect("order_payment_result", charge.order_number)


@dataclass(frozen=True)
class Taken:
    """What became of a message, and the trade it was about where that is known."""

    verdict: str
    trade_no: str = ""


def _take(request: HttpRequest, kind: str, parse: str, receive: Callable[..., str]) -> Taken:
    body = _body(request)
    if isinstance(body, str):
        return Taken(body)
    try:
        fields = form_fields(body)
        if b"\0" in body or any("\0" in name + value for name, value in fields.items()):
            raise MalformedCallback("a zero byte")
    except MalformedCallback:
        return Taken("malformed")
    speaker = _speaker(kind, parse, fields)
    if speaker is None and not ratelimit.consume(request, app="tcloud.api", action="forged", config=RATES):
        return Taken("forged")
    account_id, client, trade_no = speaker or (None, gateway(), fields.get("MerchantTradeNo", ""))
    verdict = receive(
        body.decode("utf-8"),
        fields,
        gateway=client,
        account_id=account_id,
        remote_address=(httpkit.get_client_ip(request) or "")[:45],
        at=clock.now(),
    )
    return Taken(verdict, trade_no)


def _speaker(kind: str, parse: str, fields: dict[str, str]) -> tuple[int | None, PaymentGateway, str] | None:
    """Whose keys signed the message: (account, its gateway, the trade it is about); None when it is forged."""
    for account_id, client in speakers(kind, fields, gateway()):
        try:
            said = getattr(client, parse)(fields)
        except ForgedCallback:
            continue
        except MessageRefused:
            return account_id, client, fields.get("MerchantTradeNo", "")
        return account_id, client, said.trade_no
    return None


def _answered(taken: Taken) -> HttpResponse:
    refused = taken.verdict in REFUSED | {"content-type", "too-large"}
    return _answer(0 if refused else 1, taken.verdict, taken.trade_no)


def _body(request: HttpRequest) -> bytes | str:
    """The body, or the word for why it is not looked at."""
    if request.content_type != FORM:
        return "content-type"
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not (length.isascii() and length.isdigit()) or int(length) > MAX_BYTES:
        return "too-large"
    body = request.read(MAX_BYTES + 1)
    return body if len(body) <= MAX_BYTES else "too-large"


def _answer(accepted: int, verdict: str, trade_no: str) -> HttpResponse:
    """Plain text as the gateway expects; logged without anything about a person."""
    known = trade_no if trade_no.isascii() and trade_no.isalnum() and len(trade_no) <= 20 else "-"
    logger.log(
        logging.INFO if accepted else logging.WARNING, "gateway callback: trade %s, %s", known, verdict
    )
    text, status = ("1|OK", 200) if accepted else (f"0|{verdict}", 400)
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
