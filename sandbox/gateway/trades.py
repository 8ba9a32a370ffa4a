"""What the gateway knows of each trade, and the messages it writes about it (field names of PROTOCOLS §5)."""

import json
import random
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import TAIPEI, Clock
from sandbox.database import Database
from sandbox.gateway import mac

UNPAID, PAID, FAILED = "0", "1", "10200095"
MOMENT = "%Y/%m/%d %H:%M:%S"
DAY = "%Y/%m/%d"
FEE_RATE = 0.0275

# name → (label, PaymentType of the callback, is a code paid later elsewhere)
METHODS = {
    "Credit": ("信用卡", "Credit_CreditCard", False),
    "ATM": ("ATM 轉帳", "ATM_TAISHIN", True),
    "CVS": ("超商代碼", "CVS_CVS", True),
    "BARCODE": ("超商條碼", "BARCODE_BARCODE", True),
}
REQUIRED = {  # name → longest allowed text
    "MerchantID": 10,
    "MerchantTradeNo": 20,
    "MerchantTradeDate": 20,
    "PaymentType": 20,
    "TotalAmount": 10,
    "TradeDesc": 200,
    "ItemName": 400,
    "ReturnURL": 200,
    "ChoosePayment": 20,
    "EncryptType": 1,
    "CheckMacValue": 64,
}


class GatewayError(Exception):
    """A refusal in the gateway's own terms. Code "0" stands where the real number is not known to us."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Trade:
    """One trade; `params` are the merchant's, `codes` what an ATM or shop payer needs. Amounts in NT$."""

    merchant_trade_no: str
    trade_no: str
    token: str
    params: dict[str, str]
    amount: int
    status: str
    payment_type: str
    payment_date: str
    trade_date: str
    simulated: bool
    codes: dict[str, str]
    expires_at: str
    refunded: int

    @property
    def label(self) -> str:
        if self.status == PAID and self.refunded:
            return "已退款" if self.refunded == self.amount else "部分退款"
        return {UNPAID: "待付款", PAID: "已付款", FAILED: "付款失敗"}[self.status]

    @property
    def allowed_methods(self) -> dict[str, str]:
        wanted = self.params["ChoosePayment"]
        ignored = self.params.get("IgnorePayment", "").split("#")
        return {
            name: label
            for name, (label, _, _) in METHODS.items()
            if wanted in ("ALL", name) and name not in ignored
        }

    @property
    def fee(self) -> int:
        return max(1, round(self.amount * FEE_RATE)) if self.status == PAID and not self.simulated else 0

    def _common(self) -> dict[str, str]:
        custom = {f"CustomField{n}": self.params.get(f"CustomField{n}", "") for n in range(1, 5)}
        return {
            "MerchantID": self.params["MerchantID"],
            "MerchantTradeNo": self.merchant_trade_no,
            "StoreID": self.params.get("StoreID", ""),
            "TradeNo": self.trade_no,
            "TradeAmt": str(self.amount),
            "PaymentType": self.payment_type,
            "TradeDate": self.trade_date,
            **custom,
        }

    def payment_message(self) -> dict[str, str]:
        """The signed result for ReturnURL and OrderResultURL; RtnCode "1" means paid."""
        paid = self.status == PAID
        message = {
            **self._common(),
            "RtnCode": "1" if paid else FAILED,
            "RtnMsg": "交易成功" if paid else "付款失敗",
            "PaymentDate": self.payment_date,
            "PaymentTypeChargeFee": str(self.fee),
            "PlatformID": self.params.get("PlatformID", ""),
            "SimulatePaid": "1" if self.simulated else "0",
        }
        if self.params.get("NeedExtraPaidInfo") == "Y" and self.payment_type.startswith("Credit"):
            message |= {
                "auth_code": "777777",
                "card4no": "2222",
                "card6no": "431195",
                "gwsr": self.trade_no[-8:],
                "process_date": self.payment_date,
                "amount": str(self.amount),
                "eci": "0",
            }
        return mac.signed(message)

    def codes_message(self) -> dict[str, str]:
        """The signed message for PaymentInfoURL: where and until when to pay."""
        is_atm = self.payment_type.startswith("ATM")
        return mac.signed(
            {
                **self._common(),
                "RtnCode": "2" if is_atm else "10100073",
                "RtnMsg": "Get VirtualAccount Succeeded" if is_atm else "Get CVS Code Succeeded.",
                "PlatformID": self.params.get("PlatformID", ""),
                **self.codes,
            }
        )

    def query_answer(self) -> dict[str, str]:
        """The signed answer of QueryTradeInfo/V5."""
        return mac.signed(
            {
                **self._common(),
                "HandlingCharge": str(self.fee),
                "PaymentTypeChargeFee": str(self.fee),
                "PaymentDate": self.payment_date,
                "TradeStatus": self.status,
                "ItemName": self.params["ItemName"],
            }
        )


class Trades:
    """The trades in SQLite. Every change is one compare-and-set statement."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        database.script(
            """
            CREATE TABLE IF NOT EXISTS trade (
                merchant_trade_no TEXT PRIMARY KEY, trade_no TEXT NOT NULL UNIQUE, token TEXT NOT NULL UNIQUE,
                params TEXT NOT NULL, amount INTEGER NOT NULL, status TEXT NOT NULL DEFAULT '0',
                payment_type TEXT NOT NULL DEFAULT '', payment_date TEXT NOT NULL DEFAULT '',
                trade_date TEXT NOT NULL, simulated INTEGER NOT NULL DEFAULT 0, codes TEXT NOT NULL DEFAULT '{}',
                expires_at TEXT NOT NULL DEFAULT '', refunded INTEGER NOT NULL DEFAULT 0);
            CREATE TABLE IF NOT EXISTS refund (
                id INTEGER PRIMARY KEY, merchant_trade_no TEXT NOT NULL, amount INTEGER NOT NULL, at TEXT NOT NULL);
            """
        )

    def _one(self, column: str, value: str) -> Trade:
        row = self._database.one(f"SELECT * FROM trade WHERE {column} = ?", (value,))  # noqa: S608 - our own names
        if row is None:
            raise GatewayError("10200047", f"查無訂單編號 {value}。")
        return _trade(row)

    def get(self, merchant_trade_no: str) -> Trade:
        """The trade of a merchant's number, else `GatewayError` 10200047."""
        return self._one("merchant_trade_no", merchant_trade_no)

    def by_token(self, token: str) -> Trade:
        return self._one("token", token)

    def latest(self, limit: int = 200) -> list[Trade]:
        rows = self._database.all("SELECT * FROM trade ORDER BY rowid DESC LIMIT ?", (limit,))
        return [_trade(row) for row in rows]

    def open(self, params: dict[str, str]) -> Trade:
        """Check a checkout form and record the trade; every refusal is a `GatewayError`."""
        check_order(params)
        now = self._clock.now()
        trade_no = f"{now:%y%m%d%H%M%S}{random.randrange(10**8):08d}"
        cursor = self._database.run(
            "INSERT INTO trade (merchant_trade_no, trade_no, token, params, amount, trade_date)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (merchant_trade_no) DO NOTHING",
            (
                params["MerchantTradeNo"],
                trade_no,
                secrets.token_urlsafe(16),
                json.dumps(params),
                int(params["TotalAmount"]),
                now.strftime(MOMENT),
            ),
        )
        if cursor.rowcount == 0:
            raise GatewayError("10200047", "MerchantTradeNo 重複，特店訂單編號不可再次使用。")
        return self.get(params["MerchantTradeNo"])

    def choose(self, trade: Trade, method: str) -> Trade:
        """Fix the method of payment; for a code paid elsewhere, issue the code. Refuses a method not offered."""
        if method not in trade.allowed_methods:
            raise GatewayError("0", "這筆交易不能使用這個付款方式。")
        if trade.codes and trade.payment_type == METHODS[method][1]:
            return trade
        codes, expires = self._codes(trade, method)
        changed = self._database.run(
            "UPDATE trade SET payment_type = ?, codes = ?, expires_at = ? WHERE merchant_trade_no = ? AND status = '0'",
            (
                METHODS[method][1],
                json.dumps(codes),
                expires.strftime(MOMENT) if expires else "",
                trade.merchant_trade_no,
            ),
        )
        if changed.rowcount == 0:
            raise GatewayError("0", "這筆交易已經結束。")
        return self.get(trade.merchant_trade_no)

    def _codes(self, trade: Trade, method: str) -> tuple[dict[str, str], datetime | None]:
        now = self._clock.now()
        digits = f"{int(trade.trade_no) % 10**16:016d}"
        if method == "ATM":
            day = now + timedelta(days=_bounded(trade.params.get("ExpireDate"), 3, 60))
            expires = day.replace(hour=23, minute=59, second=59)
            return {"BankCode": "812", "vAccount": digits, "ExpireDate": expires.strftime(DAY)}, expires
        if method == "CVS":
            expires = now + timedelta(minutes=_bounded(trade.params.get("StoreExpireDate"), 7 * 1440, 43_200))
            return {"PaymentNo": f"LLL{digits[:11]}", "ExpireDate": expires.strftime(MOMENT)}, expires
        if method == "BARCODE":
            expires = now + timedelta(days=_bounded(trade.params.get("StoreExpireDate"), 7, 30))
            roc = f"{expires.year - 1911 - 100:02d}{expires:%m%d}"
            bars = {"Barcode1": f"{roc}6EA", "Barcode2": digits, "Barcode3": f"{now:%m%d}{trade.amount:011d}"}
            return {**bars, "ExpireDate": expires.strftime(MOMENT)}, expires
        return {}, None

    def pay(self, trade: Trade, *, simulated: bool = False, declined: bool = False) -> Trade:
        """The payer pays (or the card is declined). Refuses a trade that is paid, failed or expired."""
        now = self._clock.now()
        if trade.expires_at and not simulated:
            limit = datetime.strptime(trade.expires_at, MOMENT).replace(tzinfo=TAIPEI)
            if now > limit:
                atm = trade.payment_type.startswith("ATM")
                raise GatewayError("10100058" if atm else "10300006", "繳費期限已過。")
        changed = self._database.run(
            "UPDATE trade SET status = ?, payment_date = ?, simulated = ?,"
            " payment_type = CASE payment_type WHEN '' THEN 'Credit_CreditCard' ELSE payment_type END"
            " WHERE merchant_trade_no = ? AND status = '0'",
            (FAILED if declined else PAID, now.strftime(MOMENT), int(simulated), trade.merchant_trade_no),
        )
        if changed.rowcount == 0:
            raise GatewayError("0", "這筆交易已經結束，不能再付款。")
        return self.get(trade.merchant_trade_no)

    def refund(self, params: dict[str, str]) -> Trade:
        """CreditDetail/DoAction with Action=R: gives back `TotalAmount` of a paid card trade, in parts if wished."""
        trade = self.get(params.get("MerchantTradeNo", ""))
        amount = _amount(params.get("TotalAmount", ""))
        if params.get("TradeNo") != trade.trade_no:
            raise GatewayError("10200047", "TradeNo 與訂單編號不符。")
        if params.get("Action") != "R":
            raise GatewayError("0", "沙盒只支援退刷（Action=R）。")
        if trade.status != PAID or trade.simulated or not trade.payment_type.startswith("Credit"):
            raise GatewayError("0", "只有已付款的信用卡交易可以退刷。")
        with self._database.transaction():
            changed = self._database.run(
                "UPDATE trade SET refunded = refunded + ? WHERE merchant_trade_no = ? AND refunded + ? <= amount",
                (amount, trade.merchant_trade_no, amount),
            )
            if changed.rowcount == 0:
                raise GatewayError("10200050", "退款金額超過可退金額。")
            self._database.run(
                "INSERT INTO refund (merchant_trade_no, amount, at) VALUES (?, ?, ?)",
                (trade.merchant_trade_no, amount, self._clock.now().strftime(MOMENT)),
            )
        return self.get(trade.merchant_trade_no)

    def refunds(self, merchant_trade_no: str) -> list[dict[str, Any]]:
        rows = self._database.all(
            "SELECT amount, at FROM refund WHERE merchant_trade_no = ? ORDER BY id", (merchant_trade_no,)
        )
        return [dict(row) for row in rows]


def check_order(params: dict[str, str]) -> None:
    """The checks of AioCheckOut/V5, in the order: merchant, signature, fields, amount."""
    if params.get("MerchantID") not in mac.MERCHANTS:
        raise GatewayError("0", "特店編號 MerchantID 不存在。")
    if not mac.is_signed(params):
        raise GatewayError("10200073", "CheckMacValue Error：檢查碼不正確。")
    for name, longest in REQUIRED.items():
        value = params.get(name, "")
        if not value or len(value) > longest:
            raise GatewayError("10200050" if name == "TotalAmount" else "0", f"欄位 {name} 缺漏或過長。")
    if not re.fullmatch(r"[0-9A-Za-z]{1,20}", params["MerchantTradeNo"]):
        raise GatewayError("0", "MerchantTradeNo 只能是 20 碼以內的英數字。")
    try:
        datetime.strptime(params["MerchantTradeDate"], MOMENT)  # noqa: DTZ007 - only the form is checked
    except ValueError as error:
        raise GatewayError("0", "MerchantTradeDate 格式應為 yyyy/MM/dd HH:mm:ss。") from error
    if params["PaymentType"] != "aio" or params["EncryptType"] != "1":
        raise GatewayError("0", "PaymentType 必須是 aio，EncryptType 必須是 1。")
    _amount(params["TotalAmount"])
    for name in ("ReturnURL", "ClientBackURL", "OrderResultURL", "PaymentInfoURL"):
        if params.get(name) and not re.match(r"https?://", params[name]):
            raise GatewayError("0", f"{name} 不是網址。")
    wanted = params["ChoosePayment"]
    if wanted != "ALL" and wanted not in METHODS:
        raise GatewayError("0", f"沙盒不提供付款方式 {wanted}。")


def _amount(text: str) -> int:
    """Whole NT$, at least 1, else `GatewayError` 10200050."""
    if not re.fullmatch(r"[1-9][0-9]{0,8}", text):
        raise GatewayError("10200050", "金額必須是大於 0 的整數。")
    return int(text)


def _bounded(text: str | None, default: int, most: int) -> int:
    return min(max(int(text), 1), most) if text and text.isdigit() else default


def _trade(row: Any) -> Trade:
    values = dict(row)
    values["params"] = json.loads(values["params"])
    values["codes"] = json.loads(values["codes"])
    values["simulated"] = bool(values["simulated"])
    return Trade(**values)
