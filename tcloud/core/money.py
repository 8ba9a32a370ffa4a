"""Whole New Taiwan dollars and whole points (1 point = NT$1); never floats."""

_DIGITS = "零壹貳參肆伍陸柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "萬", "億", "兆")
MINUS = "\u2212"


def twd(amount_twd: int) -> str:
    """NT$24,000; negative amounts with a true minus sign."""
    return f"{MINUS if amount_twd < 0 else ''}NT${abs(amount_twd):,}"


def points(amount_points: int) -> str:
    """18,000 with thousands separators, without the unit."""
    return f"{MINUS if amount_points < 0 else ''}{abs(amount_points):,}"


def in_words(amount_twd: int) -> str:
    """新臺幣參萬元整: the amount as contracts write it, 0 to 9,999,999,999,999,999.

    Raises ValueError outside that range.
    """
    if not 0 <= amount_twd < 10**16:
        raise ValueError(f"amount out of range: {amount_twd}")
    if amount_twd == 0:
        return "新臺幣零元整"
    groups: list[str] = []
    rest, place = amount_twd, 0
    while rest:
        rest, group = divmod(rest, 10_000)
        if group:
            text = _group_in_words(group) + _GROUPS[place]
            groups.append("零" + text if rest and group < 1_000 else text)
        elif groups and not groups[-1].startswith("零"):
            groups[-1] = "零" + groups[-1]
        place += 1
    return "新臺幣" + "".join(reversed(groups)) + "元整"


def _group_in_words(group: int) -> str:
    text, gap = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if digit:
            text += ("零" if gap and text else "") + _DIGITS[digit] + _UNITS[place]
            gap = False
        else:
            gap = True
    return text
