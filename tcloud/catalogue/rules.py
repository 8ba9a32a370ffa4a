"""Rules of listing, pure."""


def invoiceable(price_twd: int) -> bool:
    """R-24: whether any invoice can show this tax-inclusive price in whole NT$.

    With 5 % tax rounded half up the possible totals leave out exactly those that leave 10 when divided by 21; a plan at such a price
    could never be invoiced correctly and is not listed.
    """
    return price_twd % 21 != 10
