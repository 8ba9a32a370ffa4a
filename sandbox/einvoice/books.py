"""The provider's books: invoices by their relate number, voided once, lowered by allowances (PROTOCOLS §6)."""

import json
from typing import Any

from sandbox.clock import Clock
from sandbox.database import Database

TABLES = """
CREATE TABLE IF NOT EXISTS einvoices (
    relate_number TEXT PRIMARY KEY, number TEXT UNIQUE NOT NULL, day TEXT NOT NULL, said TEXT NOT NULL, voided TEXT NOT NULL DEFAULT ''
);
CREATE TABLE IF NOT EXISTS eallowances (
    number TEXT PRIMARY KEY, invoice TEXT NOT NULL, sales INTEGER NOT NULL, tax INTEGER NOT NULL
);
"""


class Refused(Exception):
    """A code other than 1 and its sentence."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Books:
    def __init__(self, database: Database, clock: Clock) -> None:
        self.database, self.clock = database, clock
        database.script(TABLES)

    def issue(self, said: dict[str, Any]) -> dict[str, Any]:
        relate = str(said.get("RelateNumber", ""))
        items = said.get("Items") or []
        sales, tax, total = (_whole(said, name) for name in ("SalesAmount", "TaxAmount", "TotalAmount"))
        if not relate or len(relate) > 20 or not items:
            raise Refused(2000001, "RelateNumber或Items有誤")
        if (
            said.get("InvType") != "07"
            or str(said.get("TaxType")) != "1"
            or len(str(said.get("CustomerIdentifier"))) != 8
        ):
            raise Refused(2000002, "InvType、TaxType或CustomerIdentifier有誤")
        if sales < 1 or round(sum(item["ItemAmount"] for item in items)) != sales or total != sales + tax:
            raise Refused(2000003, "金額不符")
        if abs(tax - (sales + 10) // 20) > 2:
            raise Refused(2000004, "稅額不符")
        with self.database.transaction():
            if self.database.one("SELECT 1 FROM einvoices WHERE relate_number = ?", (relate,)):
                raise Refused(2000005, "RelateNumber重複")
            (count,) = self.database.one("SELECT count(*) FROM einvoices") or (0,)
            number = f"SB{count + 10_000_001:08d}"
            day = self.clock.now().strftime("%Y-%m-%d")
            self.database.run(
                "INSERT INTO einvoices (relate_number, number, day, said) VALUES (?, ?, ?, ?)",
                (relate, number, day, json.dumps(said, ensure_ascii=False)),
            )
        return {"InvoiceNumber": number, "RandomNumber": "6686"}

    def get(self, said: dict[str, Any]) -> dict[str, Any]:
        row = self.database.one(
            "SELECT * FROM einvoices WHERE relate_number = ? OR number = ?",
            (said.get("RelateNumber", ""), said.get("InvoiceNumber", "")),
        )
        if row is None:
            raise Refused(2000006, "查無發票")
        asked = json.loads(row["said"])
        given = self._allowed(row["number"])
        return {
            "RtnData": {
                "MerchantID": said.get("MerchantID"),
                "InvoiceNumber": row["number"],
                "InvoiceDate": row["day"],
                "RelateNumber": row["relate_number"],
                "Buyer_Identifier": asked["CustomerIdentifier"],
                "Seller_Identifier": "",
                "InvoiceType": asked["InvType"],
                "TaxType": 1,
                "TaxRate": 0.05,
                "SalesAmount": asked["SalesAmount"],
                "TaxAmount": asked["TaxAmount"],
                "TotalAmount": asked["TotalAmount"],
                "Issue_Status": "1",
                "Invalid_Status": "1" if row["voided"] else "0",
                "BalanceAmount": asked["SalesAmount"] - given[0],
                "Items": asked["Items"],
            }
        }

    def void(self, said: dict[str, Any]) -> dict[str, Any]:
        reason = str(said.get("Reason", ""))
        if not 1 <= len(reason) <= 20:
            raise Refused(2000007, "Reason有誤")
        with self.database.transaction():
            row = self._invoice(said.get("InvoiceNumber"), said.get("InvoiceDate"))
            if self._allowed(row["number"])[0]:
                raise Refused(2000008, "發票已有折讓")
            self.database.run("UPDATE einvoices SET voided = ? WHERE number = ?", (reason, row["number"]))
        return {}

    def allow(self, said: dict[str, Any]) -> dict[str, Any]:
        details = said.get("Details") or [{}]
        sales, tax = _whole(said, "TotalAmount"), _whole(said, "TaxAmount")
        with self.database.transaction():
            row = self._invoice(
                details[0].get("OriginalInvoiceNumber"), details[0].get("OriginalInvoiceDate")
            )
            asked, given = json.loads(row["said"]), self._allowed(row["number"])
            names = [item["ItemName"] for item in asked["Items"]]
            if sum(each["ItemAmount"] for each in details) != sales or any(
                each["ItemName"] not in names for each in details
            ):
                raise Refused(2000009, "折讓明細不符")
            if given[0] + sales > asked["SalesAmount"] or given[1] + tax > asked["TaxAmount"]:
                raise Refused(2000010, "折讓金額超過發票")
            (count,) = self.database.one("SELECT count(*) FROM eallowances") or (0,)
            number = f"27011510{count + 1:08d}"
            self.database.run(
                "INSERT INTO eallowances VALUES (?, ?, ?, ?)", (number, row["number"], sales, tax)
            )
        return {"AllowanceNo": number, "AllowanceNumber": number}

    def listing(self) -> list[dict[str, Any]]:
        return [
            {**dict(row), "allowances": [dict(each) for each in self.database.all(
                "SELECT * FROM eallowances WHERE invoice = ?", (row["number"],))]}
            for row in self.database.all("SELECT * FROM einvoices ORDER BY number")
        ]  # fmt: skip

    def _invoice(self, number: Any, day: Any) -> Any:
        row = self.database.one("SELECT * FROM einvoices WHERE number = ? AND day = ?", (number, day))
        if row is None:
            raise Refused(2000006, "查無發票")
        if row["voided"]:
            raise Refused(2000011, "發票已作廢")
        return row

    def _allowed(self, number: str) -> tuple[int, int]:
        row = self.database.one(
            "SELECT coalesce(sum(sales), 0), coalesce(sum(tax), 0) FROM eallowances WHERE invoice = ?",
            (number,),
        )
        return (row[0], row[1]) if row else (0, 0)


def _whole(said: dict[str, Any], name: str) -> int:
    value = said.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused(2000003, f"{name}須為整數")
    return value
