"""Whole New Taiwan dollars and whole points (1 point = NT$1); never floats."""

MINUS = "\u2212"


def twd(amount_twd: int) -> str:
    """NT$24,000; negative amounts with a true minus sign."""
    return f"{MINUS if amount_twd < 0 else ''}NT${abs(amount_twd):,}"


def points(amount_points: int) -> str:
    """18,000 with thousands separators, without the unit."""
    return f"{MINUS if amount_points < 0 else ''}{abs(amount_points):,}"
