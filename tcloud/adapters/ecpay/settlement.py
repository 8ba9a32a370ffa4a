"""The merchant's statement of a day: /PaymentMedia/TradeNoAio of the vendor host, a CSV file (Big5 or UTF-8, cells as ="…")."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import httpx

from tcloud.adapters.ecpay.mac import FIELD, check_mac_value
from tcloud.adapters.gateway_http import post
from tcloud.adapters.gateway_port import GatewayUnavailable
from tcloud.adapters.merchant import Credentials

STATEMENT = "/PaymentMedia/TradeNoAio"
MAX_BYTES = 20_000_000
# what each column is called; the first is that of the format asked for
_TRADE_NO, _THEIRS = ("廠商訂單編號", "特店訂單編號", "特店交易編號"), ("綠界訂單編號", "綠界交易編號")
_STATUS, _AMOUNT, _FEE, _NET = (
    ("付款狀態", "付款結果"),
    ("交易金額",),
    ("交易手續費", "交易服務費金額"),
    ("應收款項(淨額)",),
)
_PAID = {"已付款", "1", "付款成功"}


@dataclass(frozen=True, slots=True)
class SettledTrade:
    """A paid trade as the statement has it; whole NT$, the fee rounded to whole NT$."""

    trade_no: str
    gateway_trade_no: str
    amount_twd: int
    fee_twd: int
    net_twd: int


class Statements(Protocol):
    """Where the statement of a day comes from."""

    def of_day(self, day: date) -> tuple[bytes, tuple[SettledTrade, ...]]: ...


class EcpayStatements:
    """The statements of one merchant. The gateway gives out one file a minute."""

    def __init__(self, http: httpx.Client, base_url: str, credentials: Credentials) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._keys = credentials

    def of_day(self, day: date) -> tuple[bytes, tuple[SettledTrade, ...]]:
        """The file as it came, and the trades that were paid on that day. Raises GatewayUnavailable also for what is no such file."""
        asked = {
            "MerchantID": self._keys.merchant_id,
            "DateType": "2",
            "BeginDate": day.isoformat(),
            "EndDate": day.isoformat(),
            "MediaFormated": "1",
        }
        signature = check_mac_value(asked, self._keys.hash_key, self._keys.hash_iv)
        body = post(self._http, self._base_url + STATEMENT, {**asked, FIELD: signature}, most=MAX_BYTES)
        if len(body) > MAX_BYTES:
            raise GatewayUnavailable("too large")
        try:
            return body, tuple(_trades(_text(body)))
        except (KeyError, ValueError, csv.Error) as error:
            raise GatewayUnavailable(f"no statement: {error}: {body[:60]!r}") from error


def _text(body: bytes) -> str:
    for encoding in ("utf-8-sig", "big5hkscs"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ValueError("neither UTF-8 nor Big5")


def _trades(text: str) -> Iterator[SettledTrade]:
    rows = ([_bare(cell) for cell in row] for row in csv.reader(io.StringIO(text.replace('="', '"'))) if row)
    header = next(rows, [])
    columns = {name: place for place, name in enumerate(header)}
    number, theirs, status, amount, fee, net = (
        _column(columns, names) for names in (_TRADE_NO, _THEIRS, _STATUS, _AMOUNT, _FEE, _NET)
    )
    for row in rows:
        if len(row) < len(header) or not row[number]:
            continue  # the sums at the end
        if row[status] in _PAID:
            yield SettledTrade(
                row[number], row[theirs], _whole(row[amount]), _whole(row[fee]), _whole(row[net])
            )


def _bare(cell: str) -> str:
    return cell.strip().strip("\ufeff")


def _column(columns: dict[str, int], names: tuple[str, ...]) -> int:
    return (
        next(columns[name] for name in names if name in columns)
        if set(names) & set(columns)
        else _none(names)
    )


def _none(names: tuple[str, ...]) -> int:
    raise KeyError(f"no column {names[0]}")


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?[0-9,]+(\.[0-9]+)?", text):
        raise ValueError(f"no amount: {text[:20]}")
    return round(float(text.replace(",", "")))
