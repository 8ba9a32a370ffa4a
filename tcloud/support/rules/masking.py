"""R-37: what stands in place of a person's or a company's data until a reason to see them is recorded."""

from typing import Final

STAR: Final = "＊"


def masked_name(name: str) -> str:
    """林大明 → 林＊＊: the first character and two stars, which do not tell how long the name is; empty for none."""
    return f"{name.strip()[0]}{STAR * 2}" if name.strip() else ""


def masked_company(name: str) -> str:
    """光合眼鏡有限公司 → 光合＊＊; empty for none."""
    return f"{name.strip()[:2]}{STAR * 2}" if name.strip() else ""


def masked_number(number: str) -> str:
    """統一編號 99990155 → ＊＊＊＊＊155; order CE0123456789 → ＊…789: the last three characters alone."""
    return STAR * max(len(number) - 3, 0) + number[-3:]


def masked_email(address: str) -> str:
    """owner@example.tw → o＊＊@＊＊; empty for none."""
    return f"{address[0]}{STAR * 2}@{STAR * 2}" if "@" in address else ""
