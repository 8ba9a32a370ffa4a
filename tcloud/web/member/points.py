"""我的點數: what can be used now, until when, and every entry with its cause (R-11 to R-18)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tcloud.core import clock
from tcloud.points import queries as points
from tcloud.points.queries import GrantLine
from tcloud.web.member.access import MemberRequest, member_page, page_of

ENTRIES: dict[str, Promise] = {
    "grant": _("核發點數"),
    "reserve": _("為訂單保留"),
    "release": _("訂單未成立，退回點數"),
    "redeem": _("訂單完成，折抵點數"),
    "expire": _("逾期，收回點數"),
    "return": _("逾期未啟用，收回點數"),
}


@member_page
@require_safe
def statement(request: MemberRequest) -> HttpResponse:
    """The statement, ready to print."""
    now = clock.now()
    mine = points.statement(request.programme, request.company, at=now)
    context = {
        "statement": mine,
        "grants": [{"line": line, "status": status(line)} for line in mine.lines],
        "entries": entries(request),
        "place": points.place_in_line(request.programme, request.company),
        "now": now,
    }
    return render(request, "member/points/statement.html", context)


def status(line: GrantLine) -> dict[str, Any]:
    """In a word, and in a tone: closed as what, over, in use, or waiting to be activated (R-13, R-14)."""
    if line.grant.closed_as:
        return {"words": line.grant.get_closed_as_display(), "tone": "", "open": False}
    if not line.usable:
        return {"words": _("已逾期"), "tone": "err", "open": False}
    if line.grant.activated_at:
        return {"words": _("使用中"), "tone": "ok", "open": True}
    return {"words": _("尚未啟用"), "tone": "warn", "open": True}


def entries(request: MemberRequest) -> list[dict[str, Any]]:
    """Every ledger entry, newest first: what it was, what it did to the free points, what remained, and the order behind it."""
    rows: list[dict[str, Any]] = []
    free = 0
    for line in points.entries(request.programme, request.company):
        change = _own(line.credit) * line.amount_points - _own(line.debit) * line.amount_points
        free += change
        area, _slash, number = line.event_case.partition("/")
        of_order = number if area == "order" else ""
        rows.append(
            {
                "at": line.at,
                "words": ENTRIES.get(line.code, line.code),
                "points": line.amount_points,
                "change": change,
                "free": free,
                "order": of_order,
                "url": page_of("order", of_order) if of_order else "",
            }
        )
    return rows[::-1]


def _own(account: str) -> bool:
    return account.startswith("grant/") and account.endswith("/available")
