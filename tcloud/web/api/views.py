"""What the payment gateway calls (PROTOCOLS §5). It gets `1|OK` once its message is kept; a forged or unreadable one gets 400."""

import logging
from collections.abc import Callable

from allauth.core.internal import httpkit, ratelimit
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tcloud.adapters.ecpay.client import form_fields
from tcloud.adapters.gateway_port import ForgedCallback, MalformedCallback, MessageRefused
from tcloud.core import clock
from tcloud.orders import operations as orders
from tcloud.payments.gateway import gateway

logger = logging.getLogger(__name__)
MAX_BYTES = 20_000
FORM = "application/x-www-form-urlencoded"
REFUSED = {"forged", "malformed"}
Parse = Callable[[dict[str, str]], object]
# Every message is kept; a stranger's only so often, or the record could be filled with them. The gateway's own are never limited.
RATES = {"forged": "30/m/ip"}


@csrf_exempt  # the message proves itself by its CheckMacValue
@require_POST
def gateway_callback(request: HttpRequest) -> HttpResponse:
    """R-30: a payment notice. Repeats, late ones and ones we know nothing of are harmless and get `1|OK`, so that they end."""
    return _take(request, gateway().parse_callback, orders.receive_callback)


@csrf_exempt  # as above
@require_POST
def gateway_codes(request: HttpRequest) -> HttpResponse:
    """R-30: an account or code by which a charge may be paid elsewhere; answered as a payment notice is."""
    return _take(request, gateway().parse_codes, orders.receive_codes)


def _take(request: HttpRequest, parse: Parse, receive: Callable[..., str]) -> HttpResponse:
    body = _body(request)
    if isinstance(body, str):
        return _answer(0, body, trade_no="")
    try:
        fields = form_fields(body)
        if b"\0" in body or any("\0" in name + value for name, value in fields.items()):
            raise MalformedCallback("a zero byte")
    except MalformedCallback:
        return _answer(0, "malformed", trade_no="")
    if _forged_too_often(request, fields, parse):
        return _answer(0, "forged", trade_no="")
    verdict = receive(
        body.decode("utf-8"),
        fields,
        gateway=gateway(),
        remote_address=(httpkit.get_client_ip(request) or "")[:45],
        at=clock.now(),
    )
    trade_no = fields.get("MerchantTradeNo", "")
    return _answer(0, verdict, trade_no) if verdict in REFUSED else _answer(1, verdict, trade_no)


def _forged_too_often(request: HttpRequest, fields: dict[str, str], parse: Parse) -> bool:
    try:
        parse(fields)
    except ForgedCallback:
        return not ratelimit.consume(request, app="tcloud.api", action="forged", config=RATES)
    except MessageRefused:
        return False
    return False


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
