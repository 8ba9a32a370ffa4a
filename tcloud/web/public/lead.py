"""/go/: a supplier's code, typed or followed; through joining or signing in and the assessment, back to its plan (R-37, R-39).

The way back is the code itself, kept in the session and named in our own address: no address from outside is ever followed.
"""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tcloud.assessment import queries as assessments
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.leads import operations, queries
from tcloud.leads.models import Lead
from tcloud.members import queries as members
from tcloud.members.models import Company, User
from tcloud.points import queries as points
from tcloud.web.ui import lead_memory
from tcloud.web.ui.acting import companies_of, company_on_show
from tcloud.web.ui.context import edition
from tcloud.web.ui.limits import too_many

METHODS = ["GET", "HEAD", "POST"]


class CodeForm(forms.Form):
    """A code as somebody reads it from a leaflet."""

    code = forms.CharField(
        label=_("介紹代碼"),
        help_text=_(
            "供應商給您的代碼有 9 碼，例如 K7QM-2F9D-X。不分大小寫，連字號可以省略；O 與 0、I、L 與 1 視為相同。"
        ),
        max_length=60,
        error_messages={"required": _("請輸入供應商給您的代碼")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "w-10"}),
    )


@never_cache
@require_http_methods(METHODS)
def typed(request: HttpRequest) -> HttpResponse:
    """The page to type a code; a POST leads on, or says what may be wrong with it."""
    if request.method != "POST":
        return _code_page(request, CodeForm(), status=200)
    if limited := too_many(request, "lead"):
        return limited
    form = CodeForm(request.POST)
    found = _found(form)
    return redirect("lead", found.code) if found else _code_page(request, form, status=422)


def _found(form: CodeForm) -> Lead | None:
    """The lead of the code in the form; None when there is none, which stands at the field then."""
    if not form.is_valid():
        return None
    try:
        return queries.by_code(form.cleaned_data["code"])
    except Refusal as refusal:
        form.add_error("code", refusal.text())
        return None


def _code_page(request: HttpRequest, form: CodeForm, *, status: int) -> HttpResponse:
    return render(request, "public/lead_code.html", {"form": form}, status=status)


@never_cache
@require_http_methods(METHODS)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Who introduces what; a POST takes it up for the company that is signed in, or remembers it and leads to joining or signing in."""
    if limited := too_many(request, "lead"):
        return limited
    form = CodeForm({"code": code})
    lead = _found(form)
    if lead is None:
        return _code_page(request, form, status=404)
    if code != lead.code:
        return redirect("lead", lead.code)
    company = company_on_show(request)
    refused = queries.objection(lead, company, at=clock.now())
    if refused is None and request.method == "POST":
        return _go_on(request, lead, company)
    if refused is not None:
        lead_memory.forget(request)
    elif request.method == "GET" and lead_memory.opens_first(request, lead.code):
        operations.note_opened(lead)
    context: dict[str, Any] = {
        "lead": lead,
        "plan": lead.plan,
        "company": company,
        "several": company is None and _acts(request),
        "refused": refused.text() if refused else "",
    }
    return render(request, "public/lead.html", context, status=409 if refused else 200)


def _acts(request: HttpRequest) -> bool:
    """Whether she acts for companies and has not said for which."""
    return isinstance(request.user, User) and bool(companies_of(request.user))


def _go_on(request: HttpRequest, lead: Lead, company: Company | None) -> HttpResponse:
    if company is None or not isinstance(request.user, User):
        lead_memory.remember(request, lead.code)
        if request.POST.get("go") == "join":
            return redirect("join")
        here = urlencode({"next": reverse("lead", args=[lead.code])})
        name = "company_choice" if _acts(request) else "account_login"
        return HttpResponseRedirect(f"{reverse(name)}?{here}")
    by = members.actor_for(request.user, company=company)
    operations.take_up(lead, company, user=request.user, by=by, at=clock.now())
    lead_memory.forget(request)
    if _has_to_assess(request, company):
        return redirect("assessment")
    return redirect("plan", lead.plan.code) if lead.plan else redirect("supplier", lead.supplier.slug)


def _has_to_assess(request: HttpRequest, company: Company) -> bool:
    """R-11: points come with the assessment; a plan is of no use before. The introduction waits with the company."""
    programme = edition(request)
    if programme.pk is None or not points.is_participant(programme, company):
        return False
    done = assessments.of_company(programme, company)
    return done is None or done.completed_at is None
