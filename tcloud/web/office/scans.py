"""排程: what the scans are doing, how far they are, and what still waits for them."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tcloud.core import clock, scans
from tcloud.core.actors import Actor
from tcloud.orders import queries as orders
from tcloud.points import queries as points

SCANS: Final[dict[str, Promise]] = {
    "points.take_back": _("收回到期的點數"),
    "points.send_notices": _("到期通知"),
    "points.end_waiting": _("結束候補"),
    "choosing.note_late": _("通知逾期未回覆的提問"),
    "support.close_chats": _("結束無人回覆的對話"),
    "support.erase_chats": _("刪除保存期滿的對話"),
    "support.erase_tickets": _("刪除保存期滿的服務單"),
    "support.erase_mails": _("刪除保存期滿的來信"),
    "outbox.forget_notices": _("刪除保存期滿的通知"),
}


@require_safe
def scan_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """The latest runs with their progress; htmx asks for the table alone while one is under way."""
    at = clock.now()
    runs = scans.progress()
    context = {
        "rows": [
            {
                "words": SCANS.get(row.run.name, row.run.name),
                "progress": row,
                "per_second": round(row.per_second),
            }
            for row in runs
        ],
        "running": any(not row.run.finished_at and not row.silent for row in runs),
        "at": at,
        "backlog": [
            (_("到期待收回的點數"), points.ended(at=at).count(), _("筆")),
            (_("待寄的到期通知"), points.to_notify(at=at).count(), _("筆")),
            (_("逾期待處理的訂單事項"), orders.overdue_unseen(at=at).count(), _("件")),
        ],
        "ticks": scans.last_ticks(),
    }
    template = "office/_scans.html" if getattr(request, "htmx", False) else "office/scans.html"
    return render(request, template, context)
