"""What officers do with single cases: decide applications, settle disputes, refund. Each is one operation."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal
from tcloud.eligibility import operations as eligibility
from tcloud.eligibility import queries as applications
from tcloud.eligibility.models import Application
from tcloud.orders import operations as orders
from tcloud.web.office.access import may_act, same_version
from tcloud.web.office.evidence_words import findings
from tcloud.web.office.forms import DecisionForm, PartRefundForm, ReasonForm
from tcloud.web.office.views import PER_PAGE, find_order, order_context
from tcloud.web.ui import order_progress

# Applications


@require_safe
def application_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Applications under review, the most urgent first; with ?all=1 every application whose company is proved."""
    everything = request.GET.get("all") == "1"
    found = applications.proved() if everything else applications.under_review()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "office/applications.html", {"page": page, "everything": everything})


def _application(pk: int) -> Application:
    found = applications.proved().select_related("card_proof").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def application_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """What each rule said with its evidence, and the decision (R-07)."""
    application = _application(pk)
    form = None
    if request.method == "POST":
        form = DecisionForm(request.POST)
        if form.is_valid():
            return _decide(request, application, form, by)
    elif application.state == "IN_REVIEW" and may_act(by):
        form = DecisionForm(initial={"version": application.version})
    context = {
        "application": application,
        "findings": findings(applications.latest_checks(application)),
        "entries": order_progress.entries(events.of_case(application.case)),
        "form": form,
    }
    return render(request, "office/application.html", context)


def _decide(request: HttpRequest, application: Application, form: DecisionForm, by: Actor) -> HttpResponse:
    data = form.cleaned_data
    same_version(data["version"], application.version)
    eligible = data["decision"] == "eligible"
    eligibility.decide(application, eligible=eligible, reason=data["reason"], by=by, at=clock.now())
    messages.success(request, _("已判定符合資格。") if eligible else _("已判定不符合資格。"))
    return redirect("office_application", pk=application.pk)


# Orders


def _intervene(
    request: HttpRequest, by: Actor, number: str, *, prefix: str, act: Callable[..., object], done: str
) -> HttpResponse:
    order = find_order(number)
    form = ReasonForm(request.POST, prefix=prefix)
    if not form.is_valid():
        context = order_context(order, by) | {f"{prefix}_form": form, "bad_form": form}
        return render(request, "office/order.html", context)
    same_version(form.cleaned_data["version"], order.version)
    act(order, reason=form.cleaned_data["reason"], by=by, at=clock.now())
    messages.success(request, done)
    return redirect("office_order", number=order.number)


@require_POST
def settle_dispute(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """An officer finds that the service was provided (R-27)."""
    done = _("爭議已處理：服務成立，點數已核銷。")
    return _intervene(request, by, number, prefix="settle", act=orders.settle_dispute, done=done)


@require_POST
def refund(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """An officer ends a paid order (R-27)."""
    done = _("已決定退款：自付款列入待退，點數已釋出。")
    return _intervene(request, by, number, prefix="refund", act=orders.refund, done=done)


@require_POST
def part_refund(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """An officer decides that a part of the cash goes back (R-27)."""
    order = find_order(number)
    form = PartRefundForm(request.POST, prefix="part")
    if form.is_valid():
        said = form.cleaned_data
        same_version(said["version"], order.version)
        try:
            orders.refund_part(order, said["amount_twd"], reason=said["reason"], by=by, at=clock.now())
            messages.success(request, _("已決定部分退款：款項列入待退，點數依比例釋出。"))
            return redirect("office_order", number=order.number)
        except Refusal as refusal:
            form.add_error("amount_twd" if refusal.code.startswith("refund.") else None, refusal.text())
    context = order_context(order, by) | {"part_form": form, "bad_form": form}
    return render(request, "office/order.html", context)
