"""What a 雲端解決方案買賣契約 says, as plain data (R-19, R-20). Whoever makes one takes every value from the order, none from a form."""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any, Final

_DIGITS: Final = "零壹貳參肆伍陸柒捌玖"
_PLACES: Final = ("", "拾", "佰", "仟")
_GROUPS: Final = ("", "萬", "億", "兆")
_MAX_AMOUNT: Final = 10**16


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractTerms:
    """The terms of one contract. 甲方 is the buyer, 乙方 the supplier.

    `price_twd` is the full price including 5 % business tax, in whole New Taiwan dollars, and equals `amount_points` + `cash_twd`
    (1 point = NT$1, R-17). `…_working_days` are counted as in R-28. `signing_date` is the Taipei day on which the buyer is offered the
    document for signing; it also dates the file, so that the same terms always give the same bytes. `template_version` is that of the
    contracts.ContractTemplate in whose words it is; `verify_url` where anybody may check the signed file, empty for none.
    Raises ValueError when the amounts do not add up or a number or name that must be there is not.
    """

    contract_number: str
    order_number: str
    programme_name: str
    buyer_name: str
    buyer_ubn: str
    buyer_address: str
    buyer_contact: str
    supplier_name: str
    supplier_ubn: str
    supplier_address: str
    supplier_contact: str
    plan_name: str
    plan_version: str
    solution_name: str
    specification: tuple[str, ...]
    term_months: int
    quantity: int
    unit: str
    price_twd: int
    amount_points: int
    cash_twd: int
    signing_date: date
    acceptance_working_days: int = 3
    payment_working_days: int = 2
    invoice_working_days: int = 2
    delivery_working_days: int = 7
    confirmation_working_days: int = 5
    data_export_days: int = 60
    breach_notice_hours: int = 72
    court: str = "臺灣臺北地方法院"
    template_version: str = "1"
    verify_url: str = ""

    def __post_init__(self) -> None:
        if self.amount_points + self.cash_twd != self.price_twd:
            raise ValueError("points and self-payment must add up to the price")
        if self.amount_points < 0 or self.cash_twd < 0 or self.price_twd <= 0:
            raise ValueError("amounts must not be negative, and the price positive")
        if self.term_months < 1 or self.quantity < 1:
            raise ValueError("term and quantity must be at least one")
        for name in (
            "contract_number",
            "order_number",
            "buyer_name",
            "buyer_ubn",
            "supplier_name",
            "supplier_ubn",
            "plan_name",
        ):
            if not getattr(self, name).strip():
                raise ValueError(f"{name} must not be empty")

    def to_json(self) -> dict[str, Any]:
        """All terms as JSON values, for keeping beside the document; `from_json` is the way back."""
        return asdict(self) | {
            "specification": list(self.specification),
            "signing_date": self.signing_date.isoformat(),
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "ContractTerms":
        """Terms from `to_json`; unknown names raise TypeError, missing ones too."""
        known = {field.name for field in fields(cls)}
        if unknown := set(values) - known:
            raise TypeError(f"unknown terms: {sorted(unknown)}")
        return cls(
            **values
            | {
                "specification": tuple(values["specification"]),
                "signing_date": date.fromisoformat(values["signing_date"]),
            }
        )


def in_financial_characters(amount_twd: int) -> str:
    """The amount as contracts and cheques write it: 30000 → 新臺幣參萬元整, 100050 → 新臺幣壹拾萬零伍拾元整.

    Raises ValueError below zero and from 10^16.
    """
    if not 0 <= amount_twd < _MAX_AMOUNT:
        raise ValueError("amount out of range")
    if amount_twd == 0:
        return "新臺幣零元整"
    text, rest, gap = "", amount_twd, False
    for power in range(len(_GROUPS) - 1, -1, -1):
        group, rest = divmod(rest, 10_000**power)
        if not group:
            gap = bool(text)
            continue
        text += ("零" if text and (gap or group < 1000) else "") + _group(group) + _GROUPS[power]
        gap = False
    return f"新臺幣{text}元整"


def _group(number: int) -> str:
    """Up to four digits: 50 → 伍拾, 1005 → 壹仟零伍."""
    text, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _PLACES[place]
        gap = not digit
    return text


def in_roc_calendar(day: date) -> str:
    """中華民國 116 年 2 月 3 日（西元 2027 年）. Raises ValueError before 1912."""
    if day.year < 1912:
        raise ValueError("the calendar of the Republic begins in 1912")
    return f"中華民國 {day.year - 1911} 年 {day.month} 月 {day.day} 日（西元 {day.year} 年）"
