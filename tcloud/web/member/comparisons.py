"""儲存的比較: as it was seen on that day, what has changed since, as a file, to a colleague."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.catalogue.models import PlanVersion
from tcloud.choosing import operations
from tcloud.choosing.models import Comparison
from tcloud.choosing.queries import comparisons as queries
from tcloud.core import clock, money
from tcloud.core.refusals import Refusal
from tcloud.members import queries as members
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.choosing_forms import ComparisonForm, ShareForm
from tcloud.web.member.wishes import is_listed
from tcloud.web.ui import comparing, sheets
from tcloud.web.ui.limits import too_many

PER_PAGE = 20


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def comparison_list(request: MemberRequest) -> HttpResponse:
    """The company's saved comparisons; a POST saves one."""
    if request.method == "POST":
        return _save(request)
    page = Paginator(queries.of_company(request.company), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "member/choosing/comparisons.html", {"page": page, "tab": "comparisons"})


def _save(request: MemberRequest) -> HttpResponse:
    form = ComparisonForm(request.POST)
    if not form.is_valid():
        raise Refusal("comparison.no_name", _("請替這份比較取個名稱，最多60個字。"))
    versions = [int(text) for text in request.POST.getlist("version") if text.isascii() and text.isdigit()]
    made = operations.save_comparison(
        request.company,
        form.cleaned_data["name"],
        [pk for pk in versions if pk < 2**31],
        user=request.user,
        by=request.actor,
        at=clock.now(),
    )
    messages.success(request, _("已儲存比較「%(name)s」。") % {"name": made.name})
    return redirect("comparison", made.pk)


def find(request: MemberRequest, pk: int) -> Comparison:
    """The company's own comparison; anybody else's is not found (R-37)."""
    return get_object_or_404(queries.of_company(request.company), pk=pk)


def versions_of(comparison: Comparison) -> list[PlanVersion]:
    """The versions it pins, in its order."""
    return [column.version for column in comparison.columns.all()]


def since_words(version: PlanVersion) -> str:
    """What has become of the plan since this version was pinned."""
    now = version.plan.current
    if not is_listed(version.plan) or now is None:
        return _("已下架")
    if now.price_twd != version.price_twd:
        return _("價格由%(old)s改為%(new)s") % {
            "old": money.twd(version.price_twd),
            "new": money.twd(now.price_twd),
        }
    if now.pk != version.pk:
        return _("內容已更新（第%(number)d版）") % {"number": now.number}
    return _("沒有變動")


def _groups(request: MemberRequest, versions: list[PlanVersion]) -> list[comparing.Group]:
    since = comparing.Row(_("儲存後的變動"), tuple(since_words(each) for each in versions))
    pinned = comparing.Row(
        _("當時的版本"), tuple(_("第%(number)d版") % {"number": each.number} for each in versions)
    )
    first = comparing.Group(_("儲存的比較"), (pinned, since))
    return [first, *comparing.groups_of(versions, comparing.Money(request.programme))]


@member_page
@require_safe
def comparison(request: MemberRequest, pk: int) -> HttpResponse:
    """One saved comparison."""
    return _page(request, find(request, pk))


def _page(
    request: MemberRequest, kept: Comparison, *, form: ShareForm | None = None, status: int = 200
) -> HttpResponse:
    versions = versions_of(kept)
    codes = [version.plan.code for version in versions]
    wanted = [code for code in codes if code in request.GET.getlist("show")]
    shown = (wanted if len(wanted) > 1 else codes)[: comparing.SHOWN_ON_PHONE]
    seen = [code in shown for code in codes]
    only_differing = request.GET.get("differ") == "1"
    listed = [("compare", version.plan.code) for version in versions if is_listed(version.plan)]
    colleagues = _colleagues(request)
    context: dict[str, Any] = {
        "comparison": kept,
        "versions": versions,
        "shown": shown,
        "columns": [
            {"version": version, "third": not is_seen, "considered": urlencode(listed)}
            for version, is_seen in zip(versions, seen, strict=True)
        ],
        "groups": comparing.table(_groups(request, versions), shown=seen, only_differing=only_differing),
        "only_differing": only_differing,
        "query": urlencode([("differ", "1")] if only_differing else []),
        "again": urlencode(listed),
        "has_colleagues": colleagues.exists(),
        "form": form or ShareForm(colleagues=colleagues),
        "shares": queries.shares(kept),
    }
    return render(request, "member/choosing/comparison.html", context, status=status)


def _colleagues(request: MemberRequest) -> Any:
    return members.people_of(request.company.ubn).exclude(pk=request.user.pk)


@member_page
@require_POST
def share(request: MemberRequest, pk: int) -> HttpResponse:
    """Write to a colleague about it."""
    kept = find(request, pk)
    form = ShareForm(request.POST, colleagues=_colleagues(request))
    if not form.is_valid():
        return _page(request, kept, form=form, status=422)
    if limited := too_many(request, "comparison_mail", key=str(request.user.pk)):
        return limited
    said = form.cleaned_data
    operations.share_comparison(
        kept, said["to"], note=said["note"], user=request.user, by=request.actor, at=clock.now()
    )
    messages.success(request, _("已寄給%(name)s。") % {"name": said["to"].name})
    return redirect("comparison", pk)


@member_page
@require_POST
def deletion(request: MemberRequest, pk: int) -> HttpResponse:
    """Keep it no longer."""
    operations.delete_comparison(find(request, pk), by=request.actor, at=clock.now())
    messages.success(request, _("已刪除比較。"))
    return redirect("comparison_list")


def _sheet(request: MemberRequest, pk: int) -> tuple[sheets.Sheet, str]:
    kept = find(request, pk)
    versions = versions_of(kept)
    made = comparing.sheet(
        kept.name,
        versions,
        _groups(request, versions),
        facts=[
            (_("企業會員"), request.company.name),
            (_("儲存時間"), kept.saved_at),
            (_("儲存的人"), kept.saved_by.name),
        ],
        at=clock.now(),
        only_differing=request.GET.get("differ") == "1",
    )
    return made, f"{_('方案比較')}-{clock.taipei(kept.saved_at):%Y%m%d}"


@member_page
@require_safe
def as_csv(request: MemberRequest, pk: int) -> HttpResponse:
    """The saved comparison as CSV."""
    sheet, filename = _sheet(request, pk)
    return sheets.as_csv(sheet, filename=filename)


@member_page
@require_safe
def as_ods(request: MemberRequest, pk: int) -> HttpResponse:
    """The saved comparison as ODS."""
    sheet, filename = _sheet(request, pk)
    return sheets.as_ods(sheet, filename=filename)
