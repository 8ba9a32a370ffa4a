"""公告: drafted, looked at, published, withdrawn. Each act is one operation."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.programme import queries as programmes
from tcloud.programme.models import Programme
from tcloud.support.models import Announcement
from tcloud.support.operations import announcements as acts
from tcloud.support.queries import announcements
from tcloud.web.office.access import may_act
from tcloud.web.office.forms import VersionForm
from tcloud.web.office.support_forms import AnnouncementForm, WithdrawalForm
from tcloud.web.ui import order_progress

PER_PAGE = 25
METHODS = ["GET", "HEAD", "POST"]


def standing(row: Announcement) -> tuple[str, str]:
    """What it is now, in a word and its tone: a published one may wait, be shown or be over."""
    if row.state != Announcement.State.PUBLISHED:
        return row.get_state_display(), "info" if row.state == Announcement.State.DRAFT else "soft"
    now = clock.now()
    if row.starts_at > now:
        return _("已發布，尚未開始"), "warn"
    if row.ends_at is not None and row.ends_at <= now:
        return _("已結束"), "soft"
    return _("公告中"), "ok"


def _programme() -> Programme:
    found = programmes.latest()
    if found is None:
        raise Http404
    return found


def _find(pk: int) -> Announcement:
    return get_object_or_404(announcements.of_programme(_programme()), pk=pk)


@require_safe
def announcement_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """All of the edition, newest first."""
    programme = programmes.latest()
    found = announcements.of_programme(programme) if programme else Announcement.objects.none()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"row": row, "standing": standing(row)} for row in page.object_list]
    return render(
        request, "office/announcements/list.html", {"page": page, "rows": rows, "may_act": may_act(by)}
    )


@require_http_methods(METHODS)
def announcement_new(request: HttpRequest, by: Actor) -> HttpResponse:
    """A draft; `?from=` begins with the words of another."""
    programme = _programme()
    if request.method != "POST":
        return _form(request, by, _blank(request))
    form = AnnouncementForm(request.POST)
    if form.is_valid():
        try:
            made = acts.draft(programme, form.words(), by=by, at=clock.now())
        except Refusal as refusal:
            form.add_error(None, refusal.text())
            return _form(request, by, form, status=409)
        messages.success(request, _("草稿已儲存，請確認後發布。"))
        return redirect("office_announcement", made.pk)
    return _form(request, by, form, status=422)


def _blank(request: HttpRequest) -> AnnouncementForm:
    wanted = request.GET.get("from", "")
    if wanted.isascii() and wanted.isdigit() and len(wanted) < 10:
        return AnnouncementForm.of(_find(int(wanted)), version=0)
    now = clock.now()
    return AnnouncementForm(
        initial={"version": 0, "severity": "info", "audience": "everyone", "starts_date": now.date(), "starts_time": now.time()}
    )  # fmt: skip


def _form(
    request: HttpRequest,
    by: Actor,
    form: AnnouncementForm,
    *,
    row: Announcement | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "row": row, "may_act": may_act(by)}
    return render(request, "office/announcements/form.html", context, status=status)


@require_safe
def announcement_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """As readers will see it, and what may be done now."""
    return _page(request, by, _find(pk))


def _page(
    request: HttpRequest,
    by: Actor,
    row: Announcement,
    *,
    form: WithdrawalForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {
        "row": row,
        "standing": standing(row),
        "entries": order_progress.entries(events.of_case(row.case)),
        "may_act": may_act(by),
        "bad_form": form,
        "withdrawal_form": form or WithdrawalForm(initial={"version": row.version}),
    }
    return render(request, "office/announcements/announcement.html", context, status=status)


@require_http_methods(METHODS)
def announcement_words(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Change a draft."""
    row = _find(pk)
    if request.method != "POST":
        return _form(request, by, AnnouncementForm.of(row, version=row.version), row=row)
    form = AnnouncementForm(request.POST)
    if not form.is_valid():
        return _form(request, by, form, row=row, status=422)
    try:
        acts.redraft(row, form.words(), version=form.cleaned_data["version"], by=by, at=clock.now())
    except Refusal as refusal:
        if refusal.code == "stale":
            raise
        form.add_error(None, refusal.text())
        return _form(request, by, form, row=row, status=409)
    messages.success(request, _("草稿已儲存，請確認後發布。"))
    return redirect("office_announcement", row.pk)


def _version(request: HttpRequest) -> int:
    form = VersionForm(request.POST)
    return int(form.cleaned_data["version"]) if form.is_valid() else -1


@require_POST
def announcement_publication(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Show it from its start on."""
    row = acts.publish(_find(pk), version=_version(request), by=by, at=clock.now())
    shown_now = row.starts_at <= clock.now()
    messages.success(
        request, _("已發布，顯示在每一頁上方。") if shown_now else _("已發布，到開始時間就會顯示。")
    )
    return redirect("office_announcement", row.pk)


@require_POST
def announcement_withdrawal(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Take it off every page."""
    row, form = _find(pk), WithdrawalForm(request.POST)
    if not form.is_valid():
        return _page(request, by, row, form=form, status=422)
    said = form.cleaned_data
    acts.withdraw(row, said["reason"], version=said["version"], by=by, at=clock.now())
    messages.success(request, _("已撤下。"))
    return redirect("office_announcement", row.pk)


@require_POST
def announcement_discarding(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Throw a draft away."""
    acts.discard(_find(pk), version=_version(request), by=by, at=clock.now())
    messages.success(request, _("草稿已捨棄。"))
    return redirect("office_announcements")
