"""演練時鐘: officers move the clock of a rehearsal and see what happened since; auditors read. Found only where rehearsals are allowed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import wraps
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.core import calendar, clock, months
from tcloud.core.actors import Actor
from tcloud.core.refusals import Stale
from tcloud.core.workdays import CalendarMissing
from tcloud.orders import queries as orders
from tcloud.points import queries as points
from tcloud.rehearsal import operations, queries
from tcloud.rehearsal.followers import followers
from tcloud.web.office.access import may_act
from tcloud.web.office.clock_forms import ClockForm, MoveForm, moment_of, on_boxes, written
from tcloud.web.office.views import url_of
from tcloud.web.ui import rehearsal
from tcloud.web.ui.event_words import words_of

MOVES_PER_PAGE: Final = 10
SHOWN: Final = 20
OPENING: Final = time(9)  # when an office day begins
LONGEST_TERM: Final = timedelta(
    days=30
)  # the longest deadline of an order, holidays included, stays below this


def where_allowed(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """404 where rehearsals are not allowed."""

    @wraps(view)
    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not queries.allowed():
            raise Http404
        return view(request, *args, **kwargs)

    return page


@require_safe
@where_allowed
def clock_page(request: HttpRequest, by: Actor) -> HttpResponse:
    """The time shown and the real one, where to move it, what happened since the latest move, and every move."""
    return _clock_page(request, by, ClockForm(initial=on_boxes(clock.now())))


def _clock_page(request: HttpRequest, by: Actor, form: ClockForm) -> HttpResponse:
    now, shift = clock.now(), clock.shift()
    page = Paginator(queries.moves(), MOVES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form if may_act(by) else None,
        "now": now,
        "real": now - shift,
        "difference": rehearsal.difference(shift),
        "moved": bool(shift),
        "targets": targets(now) if may_act(by) else [],
        "page": page,
        "moves": [(move, rehearsal.difference(move.shift)) for move in page],
        "since": _since() if page.paginator.count else None,
    }
    return render(request, "office/clock.html", context)


@dataclass(frozen=True)
class Target:
    """A button that leads to a moment."""

    label: str | Promise
    moment: datetime

    @property
    def to(self) -> str:
        """The moment as the address carries it."""
        return written(self.moment)


def targets(now: datetime) -> list[Target]:
    """Moments worth moving to: a day and a month on, the next working day, and the next ends and deadlines, soonest first."""
    second = now.replace(microsecond=0)
    month = datetime.combine(months.months_end(second.date(), 1), second.timetz())
    found = [
        Target(gettext_lazy("一天後"), second + timedelta(days=1)),
        Target(gettext_lazy("一個月後"), month),
    ]
    if working := _next_working_day(now):
        found.append(Target(gettext_lazy("下一個工作天"), working))
    ends = points.next_ends(at=now)
    for label, moment in (
        (gettext_lazy("下一筆點數的啟用期限之後"), ends["activation"]),
        (gettext_lazy("下一筆點數的使用期限之後"), ends["expiry"]),
        (gettext_lazy("下一個訂單期限之後"), orders.next_due(at=now)),
    ):
        if moment:
            found.append(Target(label, moment))
    return sorted(found, key=lambda target: target.moment)


def _next_working_day(now: datetime) -> datetime | None:
    """09:00 of the next working day; None where no official calendar says which it is (R-28)."""
    try:
        day = calendar.shown().due(now, 1).day
    except CalendarMissing:
        return None
    return datetime.combine(day, OPENING, clock.TAIPEI)


def _since() -> dict[str, Any]:
    """What happened since the latest move: how often what, and the newest events in full."""
    since = queries.since_latest()
    counts = since.events.order_by("type").values_list("type").annotate(Count("pk"))
    counted = sorted(counts, key=lambda row: -row[1])
    newest = [
        {"event": event, "words": words_of(event.type), "url": url_of(event)}
        for event in since.events[:SHOWN]
    ]
    return {
        "scans": since.scans,
        "count": sum(count for _type, count in counted),
        "counts": [(words_of(type), count) for type, count in counted],
        "newest": newest,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@where_allowed
def move(request: HttpRequest, by: Actor) -> HttpResponse:
    """What a move will do, before it is done; a POST does it."""
    if request.method == "POST":
        return _move(request, by)
    try:
        to = moment_of(request.GET["to"]) if "to" in request.GET else _typed(request)
    except ValidationError:
        return _clock_page(request, by, ClockForm(request.GET))
    newest = queries.moves().first()
    form = MoveForm(initial={"to": written(to), "seen": newest.pk if newest else 0})
    return _preview(request, by, to, form)


def _preview(request: HttpRequest, by: Actor, to: datetime | None, form: MoveForm) -> HttpResponse:
    context = _consequences(to, at=clock.now()) | {"form": form if may_act(by) else None}
    return render(request, "office/clock_move.html", context)


def _typed(request: HttpRequest) -> datetime:
    form = ClockForm(request.GET)
    if not form.is_valid():
        raise ValidationError(form.errors.as_text())
    return form.moment()


def _move(request: HttpRequest, by: Actor) -> HttpResponse:
    form = MoveForm(request.POST)
    form.full_clean()
    data = form.cleaned_data
    if not {"to", "seen"} <= data.keys():
        raise Stale
    if form.errors:
        return _preview(request, by, data["to"], form)
    moved = operations.move(
        data["to"], reason=data["reason"], seen=data["seen"], followers=followers(), by=by, at=clock.now()
    )
    done = (
        _("時鐘已移動，定期工作正在執行；重新整理本頁可看到結果。")
        if moved.shift
        else _("時鐘已回到實際時間。")
    )
    messages.success(request, done)
    return redirect("office_clock")


def _consequences(to: datetime | None, *, at: datetime) -> dict[str, Any]:
    """What will happen between the time shown and `to`, counted. Raises Refusal `rehearsal.too_far`."""
    before = clock.shift()
    shift = operations.shift_to(to, before=before, at=at)
    target = at - before + shift
    forward = target > at
    return {
        "now": at,
        "target": target,
        "forward": forward,
        "difference": rehearsal.difference(shift),
        "grants": points.ended(at=target).count() if forward else 0,
        "notices": points.to_notify(at=target).count() if forward else 0,
        "deadlines": orders.falling_due(at=at, until=target).count() if forward else 0,
        "later_events": 0 if forward else queries.recorded_after(target),
        "missing_year": _missing_year(target),
    }


def _missing_year(target: datetime) -> int | None:
    """The year without an official calendar that deadlines begun at `target` may reach (R-28); None when all are there."""
    for moment in (target, target + LONGEST_TERM):
        try:
            calendar.shown().is_working_day(clock.taipei(moment).date())
        except CalendarMissing as missing:
            return missing.year
    return None
