"""Template tags of the design system. Load with {% load ui %}. Usage of each: /styleguide/."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from itertools import takewhile
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BaseFormSet, Field
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tcloud.core import clock, money
from tcloud.core.deadlines import (
    day_words,
    days_left,
    english,
    joint,
    left_words,
    moment_words,
    place_words,
)
from tcloud.core.workdays import last_day
from tcloud.web.ui.barcode import code39

register = template.Library()
JOURNEY = (_("加入會員"), _("獲得點數"), _("方案選購"), _("進行付款"))  # the flyer's four steps
PAID_BY = {  # how both gateways' names of ways to pay begin, small
    "credit": _("信用卡"),
    "atm": _("ATM 轉帳"),
    "vacc": _("ATM 轉帳"),
    "webatm": _("ATM 轉帳"),
    "cvs": _("超商代碼"),
    "barcode": _("超商條碼"),
    "bank": _("銀行匯款"),
}
UNFOLDED = 2  # entries of a folded timeline that are over and yet shown


def _day(value: date | datetime) -> date:
    return clock.taipei(value).date() if isinstance(value, datetime) else value


# Values


@register.filter
def ntd(amount_twd: int | None) -> str:
    """NT$24,000."""
    return "" if amount_twd is None else money.twd(amount_twd)


@register.filter
def points(amount_points: int | None) -> str:
    """18,000 點 / 18,000 points."""
    if amount_points is None:
        return ""
    figure = money.points(amount_points)
    return ngettext("%(figure)s 點", "%(figure)s 點", abs(amount_points)) % {"figure": figure}


@register.filter
def comma(number: int | None) -> str:
    """18,000: a count without a unit."""
    return "" if number is None else money.points(number)


@register.filter
def months(number: int) -> str:
    """12個月 / 12 months."""
    return ngettext("%(months)s個月", "%(months)s個月", number) % {"months": number}


@register.filter
def seats(number: int) -> str:
    """5人 / 5 users."""
    return ngettext("%(seats)s人", "%(seats)s人", number) % {"seats": number}


@register.filter
def tdate(value: date | datetime | None) -> SafeString | str:
    """2026年11月27日（五） / Fri 27 Nov 2026, in Taipei, inside <time>."""
    if value is None:
        return ""
    day = _day(value)
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), day_words(day))


@register.filter
def tdt(value: datetime | None) -> SafeString | str:
    """2026年11月27日（五）14:32, 24 hours, Taipei."""
    if value is None:
        return ""
    iso = clock.taipei(value).isoformat(timespec="seconds")
    return format_html('<time datetime="{}">{}</time>', iso, moment_words(value))


@register.filter
def until(value: datetime | None) -> str:
    """2026年11月27日（五）24:00 for the first moment after that day, another moment as `tdt` says it: the latest that is still in time."""
    if value is None:
        return ""
    if clock.taipei(value) != clock.start_of(_day(value)):
        return moment_words(value)
    return day_words(last_day(value)) + (", " if english() else "") + "24:00"


@register.filter
def roc(value: date | datetime | None) -> SafeString | str:
    """民國115年11月27日（2026年11月27日）: contracts, letters and receipts. In English the common calendar only."""
    if value is None:
        return ""
    day = _day(value)
    if english():
        return tdate(day)
    words = f"民國{day.year - 1911}年{day.month}月{day.day}日（{day.year}年{day.month}月{day.day}日）"
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), words)


@register.filter
def clock_time(value: Any) -> str:
    """09:00."""
    return date_format(value, "H:i") if value else ""


@register.filter
def paid_by(method: str) -> str | Promise:
    """What a gateway calls the way somebody paid ("Credit_CreditCard") in our words; a name we do not know stays as it is."""
    return PAID_BY.get(method.partition("_")[0].lower(), method)


@register.filter
def local(thing: Any, field: str = "") -> Any:
    """`plan|local:"name"`: name_en where English is shown and there is one, else name. A mapping with zh/en gives that text."""
    if isinstance(thing, Mapping) and not field:
        return (english() and thing.get("en")) or thing.get("zh", "")
    if isinstance(thing, Mapping):
        return (english() and thing.get(f"{field}_en")) or thing.get(field, "")
    if not field:
        return thing
    return (english() and getattr(thing, f"{field}_en", "")) or getattr(thing, field, "")


# Deadlines: `due_at` is the first moment after the last day


@register.filter
def working_days(due_at: datetime | None, county: str = "") -> str:
    """「剩 4 個工作天」, 「今天到期」, 「已逾期」 in the county of who owes it; empty when the calendar of that year is missing."""
    return "" if due_at is None else left_words(days_left(due_at, at=clock.now(), county=county))


@register.filter
def due_tone(due_at: datetime | None, county: str = "") -> str:
    """err when over or due today, warn within 2 working days, else empty: for `tag`."""
    left = None if due_at is None else days_left(due_at, at=clock.now(), county=county)
    return "" if left is None else "err" if left <= 0 else "warn" if left <= 2 else ""


@register.simple_tag
def deadline(due_at: datetime | None, county: str = "") -> SafeString | str:
    """「2026年11月27日（五），剩 4 個工作天」: {% deadline obligation.due_at obligation.county %}."""
    if due_at is None:
        return ""
    words = working_days(due_at, county)
    day = tdate(last_day(due_at))
    if not words:
        return day
    return format_html('{}{}<span class="whole">{}</span>', day, joint(), words)


@register.inclusion_tag("components/due.html")
def due_box(due_at: datetime, label: str = "", total: int = 0, county: str = "") -> dict[str, Any]:
    """The box beside an action: label, day, working days left, and a dot for each of the `total` working days."""
    left = days_left(due_at, at=clock.now(), county=county)
    last = last_day(due_at)
    shown = max(left or 0, 0)
    dots = [{"x": 10 + 18 * i, "on": i >= total - shown} for i in range(total)] if left is not None else []
    return {
        "label": label,
        "day": last,
        "words": day_words(last, year=last.year != clock.today().year),
        "left": left_words(left),
        "dots": dots,
        "width": 18 * total + 2,
    }


@register.filter
def place(county: str) -> str:
    """臺北市 / Taipei City; 全國 for "", the whole nation."""
    return place_words(county)


# Small marks


@register.simple_tag
@lru_cache(maxsize=512)  # its names stand in templates; a list shows dozens
def icon(name: str, css: str = "") -> SafeString:
    """A decorative icon of the sprite (scripts/make_icons.py lists the names)."""
    return format_html(
        '<svg class="icon{}" aria-hidden="true" focusable="false" width="24" height="24"><use href="{}#{}"/></svg>',
        f" {css}" if css else "",
        static("icons.svg"),
        name,
    )


@register.simple_tag
def barcode(text: str, label: str) -> SafeString:
    """{% barcode "610525ABC" _("條碼一") %}: Code 39, drawn wide enough for a shop's till."""
    return code39(text, label)


@register.simple_tag
def tag(words: str | Promise, tone: str = "", icon_name: str = "") -> SafeString:
    """A status word. Tones: ok warn err info brand points soft, or none."""
    mark = icon(icon_name) if icon_name else ""
    return format_html('<span class="tag{}">{}{}</span>', f" tag--{tone}" if tone else "", mark, words)


@register.simple_tag
def crumbs(*parts: Any) -> SafeString:
    """{% crumbs "我的訂單" orders_url "CE0123456789" %}: label, url, label, url, …, the page itself last. Home comes first by itself."""
    pairs = [{"label": parts[i], "url": parts[i + 1]} for i in range(0, len(parts) - 1, 2)]
    here = parts[-1] if len(parts) % 2 else ""
    return render_to_string("components/crumbs.html", {"pairs": pairs, "here": here})


# Blocks


@register.simple_block_tag
def panel(content: str, title: str = "", id: str = "", tone: str = "", level: int = 2) -> SafeString:
    """{% panel title="點數餘額" id="pt" tone="tint" %}…{% endpanel %}."""
    values = {"content": content, "title": title, "id": id, "tone": tone, "level": level}
    return render_to_string("components/panel.html", values)


@register.simple_block_tag
def notice(content: str, tone: str = "") -> SafeString:
    """{% notice tone="warn" %}…{% endnotice %}; tones: warn ok err, or none for information."""
    return format_html('<div class="note{}">{}</div>', f" note--{tone}" if tone else "", content)


@register.inclusion_tag("components/stepper.html")
def stepper(current: int, steps: Sequence[str | Promise] | None = None, label: str = "") -> dict[str, Any]:
    """Numbered steps with the `current` one (from 1). Without `steps`: the four of the journey."""
    labels = list(steps or JOURNEY)
    items = [
        {"label": text, "state": "done" if n < current else "now" if n == current else "todo"}
        for n, text in enumerate(labels, 1)
    ]
    return {"items": items, "label": label or _("申請進度")}


@register.inclusion_tag("components/split.html")
def split_bar(points_used: int, cash_twd: int) -> dict[str, Any]:
    """A bar of points and cash in proportion."""
    total = points_used + cash_twd
    share = round(100 * points_used / total) if total else 0
    return {"share": share, "rest": 100 - share}


@register.inclusion_tag("components/receipt.html")
def receipt(
    price_twd: int,
    points_used: int,
    title: str = "",
    id: str = "receipt",
    note: str = "",
    level: int = 2,
    paid: bool = False,
) -> dict[str, Any]:
    """Price − points = cash, with the split bar (R-17). `points_used` is what is or would be used; 1 point is NT$1."""
    return {
        "price": price_twd,
        "points_used": points_used,
        "cash": price_twd - points_used,
        "title": title or _("付款明細"),
        "id": id,
        "note": note,
        "level": level,
        "paid": paid,
    }


@register.inclusion_tag("components/timeline.html")
def timeline(entries: Sequence[Mapping[str, Any]], level: int = 3, fold: bool = False) -> dict[str, Any]:
    """Entries: title, state (done, now, late, todo), and what there is of when, due_at, who, text, rule, url, url_label;
    `said`: it is no step that was completed. `fold`: what is over but for the newest of it opens on a press, unless something is late.
    """
    over = len(list(takewhile(lambda entry: entry["state"] == "done", entries)))
    folded = over - UNFOLDED if fold and over > UNFOLDED + 1 else 0
    return {"earlier": entries[:folded], "entries": entries[folded:], "level": level}


@register.inclusion_tag("components/summary_list.html")
def summary_list(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows: label, value, and what there is of hint, url with action (「變更」)."""
    return {"rows": rows}


@register.inclusion_tag("components/stat.html")
def stat(label: str, value: Any, unit: str = "", note: str = "", tone: str = "") -> dict[str, Any]:
    """One figure of a <dl class="grid grid--4">. `tone`: up, down or none."""
    return {"label": label, "value": value, "unit": unit, "note": note, "tone": tone}


@register.inclusion_tag("components/empty.html")
def empty(
    title: str, text: str = "", url: str = "", action: str = "", icon_name: str = "inbox", level: int = 2
) -> dict[str, Any]:
    """Why there is nothing, and the one next action."""
    return {
        "title": title,
        "text": text,
        "url": url,
        "action": action,
        "icon_name": icon_name,
        "level": level,
    }


@register.inclusion_tag("components/confirm.html")
def confirm(title: str, reference: str = "", reference_label: str = "", text: str = "") -> dict[str, Any]:
    """The green panel at the end of a journey; holds the page's h1."""
    return {"title": title, "reference": reference, "reference_label": reference_label, "text": text}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(context: template.Context, page: Page) -> dict[str, Any]:
    """Pages of a list; keeps the other parameters of the address."""
    links = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {"page": page, "numbers": list(links), "request": context["request"]}


@register.inclusion_tag("components/plan_card.html")
def plan_card(plan: Any, points_max: int = 0, level: int = 3, compare: bool = True) -> dict[str, Any]:
    """A plan in a list (inside <ul class="grid plans" role="list">). `points_max`: points usable on it at most (R-17)."""
    return {"plan": plan, "v": plan.current, "points_max": points_max, "level": level, "compare": compare}


# Forms


@register.inclusion_tag("components/plan_files.html")
def plan_files(version: Any) -> dict[str, Any]:
    """Pictures and documents of a listed version."""
    uses = list(version.files.select_related("file"))
    return {
        "pictures": [use for use in uses if use.file.kind == "picture"],
        "documents": [use for use in uses if use.file.kind == "document"],
    }


@register.inclusion_tag("components/error_summary.html")
def error_summary(*forms: "BaseForm | BaseFormSet[Any]") -> dict[str, Any]:
    """All errors of the forms and sets of forms, linked to their fields; takes focus. Prints nothing when there are none."""
    single = [each for form in forms for each in (form if isinstance(form, BaseFormSet) else [form])]
    return {"items": [item for form in single if form.is_bound for item in _errors(form)]}


def _errors(form: BaseForm) -> list[dict[str, str]]:
    rows = [{"href": "", "text": str(error)} for error in form.non_field_errors()]
    for bound in form:
        target = bound.id_for_label or (f"{bound.auto_id}_0" if bound.auto_id else "")
        if bound.use_fieldset and bound.auto_id:
            target = f"{bound.auto_id}_0"
        rows += [{"href": f"#{target}", "text": _named(error, bound.label)} for error in bound.errors]
    return rows


def _named(error: object, label: object) -> str:
    """Django's own 「這個欄位是必須的」 says nothing away from its field; name the field then."""
    if str(error) == str(Field.default_error_messages["required"]):
        return gettext("請填寫「%(label)s」") % {"label": label}
    return str(error)


@register.inclusion_tag("components/field.html")
def field(bound: Any) -> dict[str, Any]:
    """One field with label, hint, errors: {% field form.email %}."""
    return {"field": bound}


@register.inclusion_tag("components/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """Hidden and visible fields of a form, in order."""
    return {"form": form}
