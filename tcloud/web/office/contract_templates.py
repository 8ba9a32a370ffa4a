"""The wording of contracts, in versions: read, draft, preview, publish (R-19, R-20). Each act is one operation."""

import difflib
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.contracts import operations as contracts
from tcloud.contracts import rules
from tcloud.contracts.models import ContractTemplate
from tcloud.contracts.preview import preview
from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.web.office.access import may_act
from tcloud.web.office.contract_template_forms import (
    ArticleFormSet,
    PreambleForm,
    initial,
    wording_of,
)
from tcloud.web.office.forms import VersionForm
from tcloud.web.ui import order_progress


def _find(version: int) -> tuple[ContractTemplate, rules.Wording]:
    found = get_object_or_404(ContractTemplate, version=version)
    return found, rules.Wording.from_json(found.wording)


def _draft(version: int) -> tuple[ContractTemplate, rules.Wording]:
    found, wording = _find(version)
    if found.published_at:
        raise Http404
    return found, wording


@require_safe
def template_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Every version, the newest first."""
    versions = list(ContractTemplate.objects.order_by("-version").defer("wording"))
    context = {
        "versions": versions,
        "draft": next((each for each in versions if each.published_at is None), None),
        "in_force": next((each for each in versions if each.published_at), None),
        "may_act": may_act(by),
    }
    return render(request, "office/contract_templates/list.html", context)


@require_POST
def begin_draft(request: HttpRequest, by: Actor) -> HttpResponse:
    """Begin the next version, or go on with the one begun."""
    draft = contracts.draft_template(by=by, at=clock.now())
    return redirect("office_contract_template_edit", draft.version)


@require_safe
def template_page(request: HttpRequest, by: Actor, version: int) -> HttpResponse:
    """One version to read."""
    found, wording = _find(version)
    entries = order_progress.entries(list(events.of_case(found.case)))
    context = {"template": found, "wording": wording, "entries": entries, "may_act": may_act(by)}
    return render(request, "office/contract_templates/template.html", context)


@require_safe
def template_preview(request: HttpRequest, by: Actor, version: int) -> HttpResponse:
    """The contract in this wording as a PDF, between invented parties."""
    found, wording = _find(version)
    if any(fault.code in ("unknown", "braces") for fault in rules.faults(wording)):
        messages.error(request, _("條文裡有無法填入的欄位，改好後才能預覽。"))
        return redirect("office_contract_template_publication", version)
    pdf = preview(wording, version=found.version, on=clock.today())
    return HttpResponse(pdf, content_type="application/pdf", headers={"X-Content-Type-Options": "nosniff"})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, by: Actor, version: int) -> HttpResponse:
    """Write in the draft; what is typed is kept also when it can't be published yet."""
    found, wording = _draft(version)
    if request.method != "POST":
        preamble = PreambleForm(initial={"edits": found.edits, "preamble": wording.preamble})
        return _form(request, found, preamble, ArticleFormSet(initial=initial(wording), prefix="article"))
    preamble, articles = PreambleForm(request.POST), ArticleFormSet(request.POST, prefix="article")
    if not (preamble.is_valid() and articles.is_valid()):
        return _form(request, found, preamble, articles, status=422)
    written = wording_of(preamble, articles)
    contracts.edit_template(found, written, drawn_from=preamble.cleaned_data["edits"], by=by, at=clock.now())
    messages.success(request, _("草稿已儲存。"))
    after = (
        "office_contract_template_publication" if "check" in request.POST else "office_contract_template_edit"
    )
    return redirect(after, version)


def _form(
    request: HttpRequest,
    template: ContractTemplate,
    preamble: PreambleForm,
    articles: Any,
    *,
    status: int = 200,
) -> HttpResponse:
    context = {
        "template": template,
        "form": preamble,
        "articles": articles,
        "places": sorted(rules.KNOWN),
        "needed": rules.NEEDED,
    }
    return render(request, "office/contract_templates/edit.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def publication(request: HttpRequest, by: Actor, version: int) -> HttpResponse:
    """What the draft changes and what is wrong with it; a POST publishes it."""
    found, wording = _draft(version)
    if request.method == "POST":
        form = VersionForm(request.POST)
        drawn_from = form.cleaned_data["version"] if form.is_valid() else -1
        contracts.publish_template(found, drawn_from=drawn_from, by=by, at=clock.now())
        messages.success(request, _("第%(version)d版已發布，之後的契約會使用這一版。") % {"version": version})
        return redirect("office_contract_templates")
    current = ContractTemplate.objects.filter(published_at__isnull=False).latest("version")
    context = {
        "template": found,
        "current": current,
        "faults": rules.faults(wording),
        "changes": differences(rules.Wording.from_json(current.wording), wording),
        "may_act": may_act(by),
    }
    return render(request, "office/contract_templates/publication.html", context)


@require_POST
def discard(request: HttpRequest, by: Actor, version: int) -> HttpResponse:
    """Throw the draft away."""
    found, _wording = _draft(version)
    contracts.discard_template(found, by=by, at=clock.now())
    messages.success(request, _("草稿已捨棄，目前的版本不受影響。"))
    return redirect("office_contract_templates")


def differences(before: rules.Wording, after: rules.Wording) -> list[dict[str, str]]:
    """The lines taken out (`-`) and put in (`+`), in the order of the contract, each with the article it stands in."""
    found, where = [], ""
    for line in difflib.ndiff(_lines(before), _lines(after)):
        mark, text = line[0], line[2:]
        title = text[1:] if text.startswith("§") else ""
        if title and mark != "-":
            where = title
        if mark in "+-":
            found.append({"mark": mark, "where": title or where, "text": text.removeprefix("§")})
    return found


def _lines(wording: rules.Wording) -> list[str]:
    lines = [wording.preamble]
    for article in wording.articles:
        lines += [f"§{article.title}", *article.clauses]
    return lines
