"""What the gateway's signed messages say, field by field (PROTOCOLS §5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tcloud.adapters.ecpay.mac import FIELD
from tcloud.adapters.gateway_port import Callback, CodesMessage, Method, QueryResult, TradeStatus

TAIPEI = ZoneInfo("Asia/Taipei")
# PROTOCOLS §5 and the gateway's table of fees: its name of each method, and the most NT$ it takes by it
METHODS = {
    Method.CARD: ("Credit", 199_999),
    Method.ATM: ("ATM", 49_999),
    Method.CVS: ("CVS", 6_000),
    Method.BARCODE: ("BARCODE", 20_000),
}
_ISSUED = {
    "2": ("ATM",),
    "10100073": ("CVS", "BARCODE"),
}  # RtnCode of a code message → the PaymentType it is about
_WHOLE = re.compile(r"[0-9]{1,12}")
_CODE = re.compile(r"[0-9A-Z]{1,20}")  # what Code 39 and a teller's machine know
_STATUSES = {
    "0": TradeStatus.UNPAID,
    "1": TradeStatus.PAID,
    "10200095": TradeStatus.FAILED,
    "10200047": TradeStatus.NOT_FOUND,
}


def callback(fields: dict[str, str]) -> Callback:
    """A message to ReturnURL. Raises KeyError, ValueError."""
    custom = tuple(fields.get(f"CustomField{n}", "") for n in range(1, 5))
    return Callback(
        merchant_id=_required(fields, "MerchantID"),
        trade_no=_required(fields, "MerchantTradeNo"),
        gateway_trade_no=_required(fields, "TradeNo"),
        rtn_code=_whole(fields["RtnCode"], "RtnCode"),
        rtn_message=fields.get("RtnMsg", ""),
        amount_twd=_whole(fields["TradeAmt"], "TradeAmt"),
        simulated=_simulated(fields),
        payment_type=fields.get("PaymentType", ""),
        paid_at=moment_of(fields.get("PaymentDate", "")),
        charge_fee_twd=_fee(fields.get("PaymentTypeChargeFee", "")),
        custom_fields=(custom[0], custom[1], custom[2], custom[3]),
        raw=unsigned(fields),
    )


def codes(fields: dict[str, str]) -> CodesMessage:
    """A message to PaymentInfoURL. Raises KeyError, ValueError."""
    kind = _required(fields, "PaymentType").partition("_")[0]
    method = next((method for method, (name, _most) in METHODS.items() if name == kind), None)
    if method is None or method is Method.CARD:
        raise ValueError(f"no codes for {kind}")
    issued = kind in _ISSUED.get(fields["RtnCode"], ())
    barcodes = tuple(fields[f"Barcode{n}"] for n in (1, 2, 3)) if issued and method is Method.BARCODE else ()
    number = {Method.ATM: "vAccount", Method.CVS: "PaymentNo"}.get(method, "")
    if not all(_CODE.fullmatch(code) for code in barcodes):
        raise ValueError("a barcode of other signs")
    return CodesMessage(
        merchant_id=_required(fields, "MerchantID"),
        trade_no=_required(fields, "MerchantTradeNo"),
        gateway_trade_no=fields.get("TradeNo", ""),
        amount_twd=_whole(fields["TradeAmt"], "TradeAmt"),
        issued=issued,
        method=method,
        bank_code=_of_code(fields, "BankCode") if issued and method is Method.ATM else "",
        number=_of_code(fields, number) if issued and number else "",
        barcodes=barcodes,
        expires_at=_end_of_validity(fields.get("ExpireDate", "")),
        raw=unsigned(fields),
    )


def _of_code(fields: Mapping[str, str], name: str) -> str:
    if not _CODE.fullmatch(code := fields[name]):
        raise ValueError(f"{name} of other signs")
    return code


def _end_of_validity(text: str) -> datetime | None:
    """Of a day its end, of a moment itself."""
    if moment := moment_of(text):
        return moment
    day = moment_of(f"{text} 00:00:00")
    return day + timedelta(days=1) if day else None


def query_result(fields: dict[str, str]) -> QueryResult:
    """An answer of QueryTradeInfo/V5. Raises KeyError, ValueError."""
    code = _required(fields, "TradeStatus")
    return QueryResult(
        merchant_id=_required(fields, "MerchantID"),
        trade_no=_required(fields, "MerchantTradeNo"),
        gateway_trade_no=fields.get("TradeNo", ""),
        status=_STATUSES.get(code, TradeStatus.OTHER),
        status_code=code,
        amount_twd=_whole(fields.get("TradeAmt") or "0", "TradeAmt"),
        simulated=_simulated(fields),
        payment_type=fields.get("PaymentType", ""),
        paid_at=moment_of(fields.get("PaymentDate", "")),
        charge_fee_twd=_fee(fields.get("PaymentTypeChargeFee", "")),
        raw=unsigned(fields),
    )


def _required(fields: Mapping[str, str], name: str) -> str:
    if not (value := fields[name]):
        raise ValueError(f"{name} is empty")
    return value


def _whole(text: str, name: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ValueError(f"{name} is not a whole number")
    return int(text)


def _fee(text: str) -> int | None:
    """The gateway's fee: some messages carry it with decimals; it decides nothing."""
    return int(text) if _WHOLE.fullmatch(text) else None


def _simulated(fields: Mapping[str, str]) -> bool:
    """Anything but "0" or nothing counts as simulated: never take doubtful money for real."""
    return fields.get("SimulatePaid", "0") not in {"0", ""}


def moment_of(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y/%m/%d %H:%M:%S").replace(tzinfo=TAIPEI)
    except ValueError:
        return None


def unsigned(fields: Mapping[str, str]) -> dict[str, str]:
    """The fields without the signature."""
    return {key: value for key, value in fields.items() if key != FIELD}
