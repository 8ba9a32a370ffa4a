"""統一編號 (unified business number): eight digits with a checksum (R-10, PROTOCOLS §4)."""

import re

_WEIGHTS = (1, 2, 1, 2, 1, 2, 4, 1)
_EIGHT_DIGITS = re.compile(r"[0-9]{8}", re.ASCII)


def is_valid(ubn: str) -> bool:
    """R-10: whether `ubn` is a possible 統一編號 under the rule in force since 2023-04-01.

    Each digit times its weight, the decimal digits of the products added up; divisible by five. With a seven in the seventh
    place the product 28 may count as 10, hence as one or nothing. 00000000 passes the arithmetic but is a placeholder.
    Source: announcement of the Fiscal Information Agency, 2021-12-22.
    """
    if not _EIGHT_DIGITS.fullmatch(ubn) or ubn == "00000000":
        return False
    products = (int(digit) * weight for digit, weight in zip(ubn, _WEIGHTS, strict=True))
    total = sum(product // 10 + product % 10 for product in products)
    return total % 5 == 0 or (ubn[6] == "7" and (total + 1) % 5 == 0)
