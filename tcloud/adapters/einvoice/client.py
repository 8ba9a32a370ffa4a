"""ECPay's B2B e-invoices over HTTP (PROTOCOLS §5-6). No retries here: who asks decides when to ask again."""

import json
import time
import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import httpx

from tcloud.adapters.einvoice.cipher import decrypted, encrypted
from tcloud.adapters.einvoice.port import (
    FoundInvoice,
    InvoiceOrder,
    ProviderOutcomeUnknown,
    ProviderRefused,
    ProviderUnavailable,
)
from tcloud.adapters.merchant import Credentials
from tcloud.adapters.mig.port import IssuedInvoice, Item

REVISION: Final = "1.0.0"
MAX_BYTES: Final = 200_000
ITEM_CHARS, REASON_CHARS = 100, 20
OUTPUT_INVOICES: Final = 0  # InvoiceCategory: those that the merchant issued


def http_client(
    *, transport: httpx.BaseTransport | None = None, timeout_seconds: float = 10.0
) -> httpx.Client:
    """A client for `EcpayB2B`: bounded, no redirects, no proxy from the environment."""
    return httpx.Client(transport=transport, timeout=timeout_seconds, follow_redirects=False, trust_env=False)


class EcpayB2B:
    """`EinvoiceProvider` for one supplier's account; `seller_ubn` is the supplier's own number, which answers leave out."""

    def __init__(
        self, http: httpx.Client, base_url: str, credentials: Credentials, *, seller_ubn: str
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._keys = credentials
        self._seller_ubn = seller_ubn

    def __repr__(self) -> str:
        return f"EcpayB2B({self._base_url!r}, {self._keys!r})"

    def issue(self, order: InvoiceOrder) -> str:
        """The number of the invoice, dated today. Raises as the port says."""
        item = {
            "ItemSeq": 1,
            "ItemName": order.item[:ITEM_CHARS],
            "ItemCount": 1,
            "ItemWord": "式",
            "ItemPrice": order.sales_twd,
            "ItemAmount": order.sales_twd,
            "ItemTax": order.tax_twd,
        }
        said = {
            "RelateNumber": order.relate_number,
            "CustomerIdentifier": order.buyer_ubn,
            "CustomerEmail": order.buyer_email,
            "InvType": "07",
            "TaxType": "1",
            "TaxRate": 0.05,
            "Items": [item],
            "SalesAmount": order.sales_twd,
            "TaxAmount": order.tax_twd,
            "TotalAmount": order.total_twd,
        }
        return _text(self._ask("Issue", said), "InvoiceNumber")

    def find(self, relate_number: str) -> FoundInvoice | None:
        """The invoice issued under the relate number; None when the provider knows none. Raises ProviderUnavailable."""
        said = {
            "InvoiceCategory": OUTPUT_INVOICES,
            "InvoiceNumber": "",
            "InvoiceDate": "",
            "RelateNumber": relate_number,
        }
        try:
            answer = self._ask("GetIssue", said)
            data = answer.get("RtnData")
            data = json.loads(data) if isinstance(data, str) else data
            if not isinstance(data, dict) or data.get("RelateNumber") != relate_number:
                raise ProviderUnavailable("an answer about something else")
            return self._found(data)
        except ProviderRefused:
            return None
        except (ProviderOutcomeUnknown, ValueError, KeyError, InvalidOperation) as error:
            raise ProviderUnavailable(str(error)) from error

    def void(self, number: str, issued_on: date, reason: str) -> None:
        """Void an invoice; the provider takes 20 characters of the reason. Raises as the port says."""
        said = {
            "InvoiceNumber": number,
            "InvoiceDate": issued_on.isoformat(),
            "Reason": reason[:REASON_CHARS],
        }
        self._ask("Invalid", said)

    def allow(self, of: IssuedInvoice, sales_twd: int, tax_twd: int) -> str:
        """Lower an invoice of one item; the number of the allowance. Raises as the port says."""
        detail = {
            "OriginalInvoiceNumber": of.number,
            "OriginalInvoiceDate": of.issued_on.isoformat(),
            "OriginalSequenceNumber": 1,
            "ItemName": of.items[0].description,
            "ItemCount": 1,
            "ItemPrice": sales_twd,
            "ItemAmount": sales_twd,
            "Tax": tax_twd,
        }
        answer = self._ask("Allowance", {"TaxAmount": tax_twd, "TotalAmount": sales_twd, "Details": [detail]})
        return _text(answer, "AllowanceNo")

    def _found(self, data: Mapping[str, Any]) -> FoundInvoice:
        message = IssuedInvoice(
            number=_text(data, "InvoiceNumber"),
            issued_on=date.fromisoformat(_text(data, "InvoiceDate")[:10]),
            seller_ubn=str(data.get("Seller_Identifier") or self._seller_ubn),
            buyer_ubn=_text(data, "Buyer_Identifier"),
            invoice_type=_text(data, "InvoiceType"),
            items=tuple(
                Item(_text(item, "ItemName"), Decimal(str(item["ItemAmount"])), "") for item in data["Items"]
            ),
            sales_twd=int(data["SalesAmount"]),
            free_twd=0,
            zero_twd=0,
            tax_type=str(data["TaxType"]),
            tax_rate=Decimal(str(data["TaxRate"])),
            tax_twd=int(data["TaxAmount"]),
            total_twd=int(data["TotalAmount"]),
        )
        raw = json.dumps(dict(data), ensure_ascii=False, indent=1).encode()
        return FoundInvoice(message, str(data["Invalid_Status"]) == "1", int(data["BalanceAmount"]), raw)

    def _ask(self, what: str, said: dict[str, Any]) -> dict[str, Any]:
        """What the provider answers. Raises as `issue`."""
        merchant_id, key, iv = self._keys.merchant_id, self._keys.hash_key, self._keys.hash_iv
        body = {
            "MerchantID": merchant_id,
            "RqHeader": {"Timestamp": int(time.time()), "RqID": str(uuid.uuid4()), "Revision": REVISION},
            "Data": encrypted({"MerchantID": merchant_id} | said, key=key, iv=iv),
        }
        outer = self._post(what, body)
        if outer.get("TransCode") != 1:
            raise ProviderRefused(str(outer.get("TransCode")), str(outer.get("TransMsg", "")))
        try:
            answer = decrypted(str(outer.get("Data")), key=key, iv=iv)
            code = int(answer["RtnCode"])
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderOutcomeUnknown("an answer that these keys do not open") from error
        if code != 1:
            raise ProviderRefused(str(code), str(answer.get("RtnMsg", "")))
        return answer

    def _post(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            with self._http.stream("POST", f"{self._base_url}/B2BInvoice/{what}", json=body) as response:
                content = _read(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise ProviderUnavailable(type(error).__name__) from error  # nothing was sent
        except httpx.HTTPError as error:
            raise ProviderOutcomeUnknown(type(error).__name__) from error
        if response.status_code != 200:
            raise ProviderOutcomeUnknown(f"HTTP {response.status_code}")
        try:
            outer = json.loads(content)
        except ValueError as error:
            raise ProviderOutcomeUnknown("not JSON") from error
        if not isinstance(outer, dict):
            raise ProviderOutcomeUnknown("not an object")
        return outer


def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if len(body) > MAX_BYTES:
            break
    return bytes(body)


def _text(data: Mapping[str, Any], name: str) -> str:
    """Raises ProviderOutcomeUnknown where it is not there."""
    value = str(data.get(name) or "").strip()
    if not value:
        raise ProviderOutcomeUnknown(f"{name} is missing")
    return value
