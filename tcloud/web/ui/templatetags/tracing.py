"""Tags of the statement: countdowns, the bar of a grant, the way of points, rules. Load with {% load ui tracing %}."""

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from tcloud.core import clock
from tcloud.core.money import points as figure
from tcloud.points.queries import GrantLine
from tcloud.web.ui import points_words
from tcloud.web.ui.points_way import Drawing
from tcloud.web.ui.templatetags.ui import tdate

register = template.Library()


@register.filter
def days_left(due_at: datetime | None) -> str:
    """「還有 31 天」, 「明天是最後一天」, 「今天是最後一天」; empty when it is over. Calendar days in Taipei."""
    if due_at is None or clock.now() >= due_at:
        return ""
    last = clock.taipei(due_at - timedelta(microseconds=1)).date()
    left = (last - clock.today()).days
    if left < 2:
        return gettext("明天是最後一天") if left else gettext("今天是最後一天")
    return ngettext("還有 %(count)d 天", "還有 %(count)d 天", left) % {"count": left}


@register.filter
def transfer_words(code: str, audience: str = "") -> Any:
    """`code|transfer_words` for companies, `code|transfer_words:"office"` for the office."""
    return points_words.transfer_words(code, office=audience == "office")


@register.simple_tag
def rule_link(number: str) -> SafeString:
    """「R-13」 with the rule's name for who can't see the page it leads to."""
    return format_html(
        '<a class="rule" href="{}#{}">{}<span class="vh"> {}</span></a>',
        reverse("points_guide"),
        number,
        number,
        points_words.RULES.get(number, ""),
    )


@register.inclusion_tag("components/points_bar.html")
def points_bar(line: GrantLine) -> dict[str, Any]:
    """Where a grant's points are: a bar of shapes, and the same in words and figures."""
    free = gettext("可以使用") if line.usable else gettext("已不能使用")
    parts = (
        ("available", free, line.available_points),
        ("reserved", gettext("為訂單保留"), line.reserved_points),
        ("redeemed", gettext("已折抵"), line.redeemed_points),
        ("back", gettext("已收回"), line.taken_back_points),
    )
    total, x, shown = line.grant.points, 0.0, []
    for kind, words, amount in parts:
        if amount or (kind == "available" and line.usable):
            width = 100 * amount / total
            shown.append(
                {"kind": kind, "words": words, "points": amount, "x": f"{x:.3f}", "width": f"{width:.3f}"}
            )
            x += width
    return {"parts": shown, "id": line.grant.pk}


@register.inclusion_tag("components/points_way.html")
def points_way(drawing: Drawing) -> dict[str, Any]:
    """The way from the agency to the supplier, drawn, and as tables of the same numbers."""
    moves = [move for stop in drawing.stops for move in stop.moves]
    return {"drawing": drawing, "moves": moves, "counted": any(move.entries for move in moves)}


@register.filter
def signed(amount_points: int) -> str:
    """「+10,000」, 「−10,000」; a dash for nothing."""
    return f"{'+' if amount_points > 0 else ''}{figure(amount_points)}" if amount_points else "—"


@register.simple_tag
def last_day(due_at: datetime) -> SafeString | str:
    """The last day of a period that is stored as the first moment after it."""
    return tdate(due_at - timedelta(microseconds=1))
