"""Which links each audience sees. URL names that no installed page answers to are left out, so areas can be built one by one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.rehearsal import queries as rehearsal


class Entry(NamedTuple):
    """A link of a menu: its words, the URL name it leads to, the icon in side menus, whether it is shown here at all, and to which
    roles of staff (none named: to everybody in the area).
    """

    label: str | Promise
    url_name: str
    icon: str = "chevron-right"
    shown: Callable[[], bool] = lambda: True
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """A link ready to print; `current` when the page shown is it or lies below it."""

    label: str | Promise
    url: str
    icon: str
    current: bool


AREAS = ("member", "supplier", "office", "support")
VISITOR = (
    Entry(_("找方案"), "catalogue"),
    Entry(_("申請步驟"), "guide"),
    Entry(_("資格檢查"), "eligibility_check"),
    Entry(_("常見問題"), "faq"),
    Entry(_("聯絡我們"), "contact"),
)
MEMBER = (
    Entry(_("會員中心"), "member_home"),
    Entry(_("找方案"), "catalogue"),
    Entry(_("我的訂單"), "order_list"),
    Entry(_("我的點數"), "points"),
    Entry(_("我的詢問"), "member_tickets"),
    Entry(_("常見問題"), "faq"),
)
SIDE = {
    "supplier": (
        Entry(_("待辦總覽"), "supplier_home", "layout-dashboard"),
        Entry(_("訂單"), "supplier_orders", "inbox"),
        Entry(_("方案"), "supplier_plans", "package"),
        Entry(_("介紹代碼"), "supplier_leads", "qr-code"),
        Entry(_("企業提問"), "supplier_questions", "message-circle"),
        Entry(_("企業評價"), "supplier_reviews", "star"),
        Entry(_("請款"), "supplier_claims", "banknote"),
        Entry(_("收款設定"), "supplier_payment_accounts", "credit-card"),
        Entry(_("公司資料"), "supplier_company", "building-2"),
    ),
    "office": (
        Entry(_("儀表板"), "office_home", "layout-dashboard"),
        Entry(_("待辦案件"), "office_queue", "inbox"),
        Entry(_("企業申請"), "office_applications", "clipboard-check"),
        Entry(_("訂單"), "office_orders", "shopping-cart"),
        Entry(_("點數"), "office_points", "coins"),
        Entry(_("專家服務"), "office_expert_requests", "user-check"),
        Entry(_("供應商"), "office_suppliers", "store"),
        Entry(_("方案"), "office_plans", "package"),
        Entry(_("評價與提問"), "office_voices", "star"),
        Entry(_("搜尋用詞"), "office_synonyms", "search"),
        Entry(_("請款"), "office_claims", "banknote"),
        Entry(_("待退款項"), "office_refunds", "undo-2"),
        Entry(_("金流對帳"), "office_statements", "scale"),
        Entry(_("供應商收款方式"), "office_payment_accounts", "credit-card"),
        Entry(_("撤銷核發"), "office_reversals", "undo-2"),
        Entry(_("常見問題管理"), "office_faq", "circle-help"),
        Entry(_("計畫設定"), "office_programme", "settings"),
        Entry(_("契約範本"), "office_contract_templates", "file-text"),
        Entry(_("自評表版本"), "office_questionnaires", "list-checks"),
        Entry(_("辦公日曆"), "office_calendar", "calendar-days"),
        Entry(_("文字客服時間"), "office_text_support", "headphones"),
        Entry(_("公告"), "office_announcements", "megaphone"),
        Entry(_("聯絡資料"), "office_contact", "phone"),
        Entry(_("排程"), "office_scans", "clock"),
        Entry(_("帳目核對"), "office_books", "scale"),
        Entry(_("稽核紀錄"), "office_events", "history"),
        Entry(_("演練時鐘"), "office_clock", "timer", rehearsal.allowed),
    ),
    "support": (
        Entry(_("常見問題"), "support_home", "circle-help"),
        Entry(_("常見問題管理"), "support_faq", "pencil", roles=("support",)),
        Entry(_("文字客服"), "support_inbox", "messages-square"),
        Entry(_("常用回覆"), "support_answers", "message-square"),
        Entry(_("服務單"), "support_tickets", "inbox"),
        Entry(_("專家服務"), "support_visits", "user-check", roles=("expert",)),
    ),
}


def area_of(request: HttpRequest) -> str:
    """Which part of the site the path lies in: public, member, supplier, office or support."""
    parts = [part for part in request.path_info.split("/") if part]
    if parts and parts[0] == "en":
        parts = parts[1:]
    return parts[0] if parts and parts[0] in AREAS else "public"


def top(request: HttpRequest, area: str) -> list[Item]:
    """The main menu: the member's for a signed-in company, else the visitor's (also while joining); back offices have a side menu."""
    if area in SIDE:
        return []
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated and not user.is_staff
    return _items(request, MEMBER if signed_in else VISITOR)


def side(request: HttpRequest, area: str) -> list[Item]:
    """The side menu of a back office; empty elsewhere."""
    return _items(request, SIDE.get(area, ()))


def url_or_none(name: str) -> str | None:
    """The URL of that name, or None where no page has it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _items(request: HttpRequest, entries: tuple[Entry, ...]) -> list[Item]:
    role = getattr(getattr(request, "user", None), "staff_role", "")
    known = [
        (entry, url)
        for entry in entries
        if entry.shown() and (not entry.roles or role in entry.roles) and (url := url_or_none(entry.url_name))
    ]
    here = [url for _entry, url in known if request.path.startswith(url)]
    current = max(here, key=len, default=None)
    return [Item(entry.label, url, entry.icon, url == current) for entry, url in known]
