"""Writing a plan: sections, files, a look as buyers will see it, and sending it for review (R-32). Works without JavaScript."""

from collections.abc import Callable
from typing import Any

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.catalogue import drafts, media, reviewing
from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import PlanChange, PlanFile
from tcloud.catalogue.states import WRITABLE
from tcloud.core import clock, events
from tcloud.core.refusals import Refusal, Stale
from tcloud.web.supplier.access import Desk
from tcloud.web.supplier.plan_forms import (
    ANSWERS,
    AnswersForm,
    FileForm,
    NewPlanBasics,
    PlainSection,
    SectionForm,
)
from tcloud.web.ui import order_progress, plan_lines
from tcloud.web.ui.plan_lines import SECTIONS
from tcloud.web.ui.plan_media import file_response

UPLOADS = {"plan_file": "60/h/key"}


def own_change(desk: Desk, pk: int) -> PlanChange:
    """The supplier's own draft. Raises Http404 for anybody else's."""
    found = reviewing.changes_of(desk.supplier).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def facts_of(change: PlanChange) -> plan_lines.Facts:
    """The questions of the draft's category, and its solution and category by name."""
    category = catalogue.category_of(change)
    names = {str(row.pk): row.name for row in change.supplier.solutions.all()}
    if category:
        names[category.code] = category.name
    return plan_lines.Facts(category.answer_template if category else (), names)


@require_safe
def change_page(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """The whole draft line by line, what is still missing, and what can be done with it."""
    return _overview(request, own_change(desk, pk))


def _overview(
    request: HttpRequest, change: PlanChange, *, error: str = "", status: int = 200
) -> HttpResponse:
    writable = change.state in WRITABLE
    problems = catalogue.problems_of(change) if writable else {}
    before = None
    if change.based_on:
        before = drafts.of_version(change.based_on)
    groups = plan_lines.groups(
        change.content,
        facts_of(change),
        before=before,
        problems=problems,
        remarks=change.remarks,
        new=change.plan_id is None,
    )
    due_at, county = reviewing.review_due_at(change)
    context = {
        "change": change,
        "groups": groups,
        "problems": problems,
        "changed": plan_lines.changed(groups) if before is not None else None,
        "writable": writable,
        "due_at": due_at,
        "county": county,
        "error": error,
        "entries": order_progress.entries(events.of_case(change.case)),
    }
    return render(request, "supplier/plans/change.html", context, status=status)


def _section_form(change: PlanChange, section: str, desk: Desk, *args: Any) -> SectionForm:
    initial: dict[str, Any] = {"initial": {"version": change.version}}
    if section == "answers":
        category = catalogue.category_of(change)
        return AnswersForm(
            category.answer_template if category else [],
            change.content.get("answers") or {},
            *args,
            **initial,
        )
    if section == "basics" and change.plan_id is None:
        return NewPlanBasics(list(desk.supplier.solutions.order_by("name")), change.content, *args, **initial)
    return PlainSection(section, change.content, *args, **initial)


@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, desk: Desk, pk: int, section: str) -> HttpResponse:
    """One section. What reads well is kept even when something else on the page does not; nothing typed is lost."""
    change = own_change(desk, pk)
    if section not in SECTIONS or section == "files":
        raise Http404
    if change.state not in WRITABLE:
        messages.info(request, _("這件方案正在審查或已結束，不能修改；審查中可以先取回。"))
        return redirect("supplier_plan_change", pk=pk)
    if request.method != "POST":
        return _show_section(request, change, section, _section_form(change, section, desk))
    form = _section_form(change, section, desk, request.POST)
    whole = form.is_valid()
    if "version" not in form.cleaned_data:
        raise Stale()
    try:
        change = catalogue.save_change(
            change, form.values(), version=form.cleaned_data["version"], by=desk.actor, at=clock.now()
        )
    except Stale:
        return _somebody_saved(request, desk, pk, section, form)
    if not whole:
        _renew_version(form, change.version)
        form.add_error(None, _("其他欄位已儲存；標示的欄位請修正後再存一次。"))
        return _show_section(request, change, section, form)
    messages.success(request, _("已儲存。"))
    following = _next_section(section)
    if request.POST.get("then") == "next" and following:
        if following == "files":
            return redirect("supplier_plan_files", pk=pk)
        return redirect("supplier_plan_section", pk=pk, section=following)
    return redirect("supplier_plan_change", pk=pk)


def _somebody_saved(
    request: HttpRequest, desk: Desk, pk: int, section: str, form: SectionForm
) -> HttpResponse:
    """A colleague saved meanwhile: what was typed stays, and saving once more lets it stand."""
    change = own_change(desk, pk)
    if change.state not in WRITABLE:
        raise Stale()
    _renew_version(form, change.version)
    form.add_error(
        None,
        _(
            "另一位同事或另一個分頁剛儲存過這件方案。您輸入的內容還在下面；再按一次儲存，就以這一頁的內容為準。"
        ),
    )
    return _show_section(request, change, section, form, status=409)


def _renew_version(form: Form, version: int) -> None:
    """What was typed, with the version it is now to be saved upon."""
    if isinstance(form.data, QueryDict):
        typed = form.data.copy()
        typed["version"] = str(version)
        form.data = typed


def _next_section(section: str) -> str | None:
    codes = list(SECTIONS)
    place = codes.index(section) + 1
    return codes[place] if place < len(codes) else None


def _show_section(
    request: HttpRequest, change: PlanChange, section: str, form: SectionForm, *, status: int = 200
) -> HttpResponse:
    mine = {name.removeprefix(ANSWERS) if section == "answers" else name for name in form.fields}
    labels = {name: bound.label for name, bound in form.fields.items()}
    remarks = [
        (name, labels[name], said)
        for name, said in change.remarks.items()
        if name in labels and name.removeprefix(ANSWERS if section == "answers" else "") in mine
    ]
    context = {
        "change": change,
        "section": section,
        "title": SECTIONS[section][0],
        "steps": [title for title, _names in SECTIONS.values()],
        "step": list(SECTIONS).index(section) + 1,
        "form": form,
        "remarks": remarks,
        "no_category": section == "answers" and not isinstance(form, PlainSection) and len(form.fields) == 1,
    }
    return render(request, "supplier/plans/section.html", context, status=status)


@require_safe
def preview(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """The draft as buyers will see it."""
    change = own_change(desk, pk)
    facts = facts_of(change)
    category = catalogue.category_of(change)
    context = {
        "change": change,
        "content": change.content,
        "category": category,
        "groups": plan_lines.groups(change.content, facts),
        "files": reviewing.files_of(change.content),
    }
    return render(request, "supplier/plans/preview.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Pictures and documents of the draft; adding one."""
    change = own_change(desk, pk)
    if request.method != "POST":
        return _files_page(request, change, FileForm(initial={"version": change.version, "kind": "picture"}))
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _files_page(request, change, form)
    if not ratelimit.consume(
        request,
        app="tcloud.supplier",
        action="plan_file",
        config=UPLOADS,
        key=str(desk.supplier.pk),
        limit_get=True,
    ):
        return render(request, "429.html", status=429)
    try:
        _attach(change, form.cleaned_data, desk)
    except Refusal as refusal:
        if refusal.code == "stale" or refusal.code.startswith("transition."):
            raise
        form.add_error("title" if refusal.code == "file.no_title" else "upload", refusal.text())
        return _files_page(request, change, form, status=409)
    messages.success(request, _("檔案已加入草稿，核准後才會公開。"))
    return redirect("supplier_plan_files", pk=pk)


def _attach(change: PlanChange, data: dict[str, Any], desk: Desk) -> None:
    upload, kind = data["upload"], data["kind"]
    most = media.PICTURE_BYTES if kind == PlanFile.Kind.PICTURE else media.DOCUMENT_BYTES
    if upload.size > most:
        raise media.too_large(most)
    catalogue.attach_file(
        change, upload.read(), kind=kind, title=data["title"], title_en=data["title_en"], version=data["version"],
        by=desk.actor, at=clock.now(),
    )  # fmt: skip


def _files_page(
    request: HttpRequest, change: PlanChange, form: FileForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "change": change,
        "form": form,
        "files": reviewing.files_of(change.content),
        "writable": change.state in WRITABLE,
        "remark": change.remarks.get("files", ""),
        "steps": [title for title, _names in SECTIONS.values()],
        "step": len(SECTIONS),
    }
    return render(request, "supplier/plans/files.html", context, status=status)


def _version(request: HttpRequest) -> int:
    """The version the page was drawn from. Raises Stale without one."""
    text = request.POST.get("version", "")
    if not text.isdecimal() or len(text) > 9:
        raise Stale()
    return int(text)


@require_POST
def file_removal(request: HttpRequest, desk: Desk, pk: int, file: int) -> HttpResponse:
    """Take a file out of the draft."""
    catalogue.detach_file(
        own_change(desk, pk), file, version=_version(request), by=desk.actor, at=clock.now()
    )
    messages.success(request, _("已從草稿移除。"))
    return redirect("supplier_plan_files", pk=pk)


@require_safe
def own_file(request: HttpRequest, desk: Desk, sha256: str) -> HttpResponse:
    """A file of the supplier's own, public or not."""
    file = reviewing.file_of(desk.supplier, sha256)
    if file is None:
        raise Http404
    return file_response(request, file, public=False)


def _act(request: HttpRequest, desk: Desk, pk: int, act: Callable[..., object], done: str) -> HttpResponse:
    act(own_change(desk, pk), version=_version(request), by=desk.actor, at=clock.now())
    messages.success(request, done)
    return redirect("supplier_plan_change", pk=pk)


@require_POST
def submission(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Send the draft for review; what is missing is shown where it is missing."""
    try:
        return _act(request, desk, pk, catalogue.submit_change, _("已送審。審查結果會寄信通知您。"))
    except Refusal as refusal:
        if refusal.code != "plan_change.incomplete":
            raise
        return _overview(request, own_change(desk, pk), error=refusal.text(), status=409)


@require_POST
def recall(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Take it out of review to go on writing."""
    return _act(request, desk, pk, catalogue.take_back_change, _("已取回，可以繼續修改；改好後請重新送審。"))


@require_POST
def withdrawal(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Give the draft up."""
    return _act(request, desk, pk, catalogue.withdraw_change, _("已撤回。上架中的方案維持原樣。"))
