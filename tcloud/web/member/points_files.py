"""我的點數 as a file: exactly the entries that the page lists for the same address (R-18)."""

from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.points import tracing
from tcloud.points.tracing import Entry
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.points import MOST
from tcloud.web.member.points_filter import EntryFilter
from tcloud.web.ui import sheets
from tcloud.web.ui.event_words import words_of
from tcloud.web.ui.points_words import actor_words, rule_of, transfer_words


@member_page
@require_safe
def statement_csv(request: MemberRequest) -> HttpResponse:
    """The entries that the address asks for, as CSV."""
    sheet, filename = _sheet(request)
    return sheets.as_csv(sheet, filename=filename)


@member_page
@require_safe
def statement_ods(request: MemberRequest) -> HttpResponse:
    """The entries that the address asks for, as ODS."""
    sheet, filename = _sheet(request)
    return sheets.as_ods(sheet, filename=filename)


def _sheet(request: MemberRequest) -> tuple[sheets.Sheet, str]:
    """Exactly the entries that the page lists for the same address, newest first, and the name of the file.

    Raises Refusal `points.too_many_entries`, `points.wrong_filter`.
    """
    now, company = clock.now(), request.company
    grants = tracing.grants_of(request.programme, company)
    form = EntryFilter(request.GET, grants=grants, order_prefix=request.programme.order_prefix)
    if not form.is_valid():
        raise Refusal("points.wrong_filter", _("篩選條件有錯，請回到「我的點數」修正後再下載。"))
    rows = tracing.entries(grants, form.wanted(), limit=MOST + 1)
    if len(rows) > MOST:
        raise Refusal(
            "points.too_many_entries",
            _("一個檔案最多%(most)s筆，請用日期縮小範圍，分次下載。"),
            most=f"{MOST:,}",
        )
    conditions = [each.text for each in form.conditions()]
    facts: list[tuple[str, sheets.Value]] = [
        (_("企業會員"), company.name),
        (_("統一編號"), company.ubn),
        (_("計算時間"), now),
        (_("篩選條件"), "・".join(conditions) or _("全部")),
    ]
    title = _("點數明細")
    sheet = sheets.Sheet(title, facts, _header(), _WIDTHS_CM, [_cells(entry) for entry in rows])
    return sheet, f"{title}-{company.ubn}-{clock.taipei(now):%Y%m%d}"


_WIDTHS_CM: Final = (2.6, 4.6, 5.2, 6.2, 2.6, 3.2, 2.2, 3.2, 3, 3, 3, 3, 3, 8)


def _header() -> list[str]:
    return [
        _("紀錄編號"), _("時間"), _("類別"), _("依據"), _("辦理者"), _("訂單編號"), _("核發"), _("規則"),
        _("點數"), _("可用增減"), _("可用餘額"), _("保留增減"), _("保留餘額"), _("理由"),
    ]  # fmt: skip


def _cells(entry: Entry) -> list[sheets.Value]:
    return [
        entry.id, entry.at, str(transfer_words(entry.code)), str(words_of(entry.event.type)), str(actor_words(entry.event)),
        entry.order_number, entry.grant_id, rule_of(entry.code, entry.event), entry.points,
        entry.available_change, entry.available_after, entry.reserved_change, entry.reserved_after,
        str(entry.event.data.get("reason", "")),
    ]  # fmt: skip
