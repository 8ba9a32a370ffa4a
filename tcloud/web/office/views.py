"""What officers and auditors read: the dashboard, orders, the record, the books."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_safe

from tcloud.choosing.queries import comparisons, voices
from tcloud.contracts import authorities
from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.models import Event
from tcloud.eligibility import queries as applications
from tcloud.invoices import queries as invoices
from tcloud.orders import operations
from tcloud.orders import queries as orders
from tcloud.orders.effects import effects
from tcloud.orders.models import Order
from tcloud.orders.states import ORDER, REFUNDABLE
from tcloud.payments import queries as payments
from tcloud.payments.models import Refund
from tcloud.points import books
from tcloud.points import queries as points
from tcloud.programme import queries as programmes
from tcloud.support.queries import experts
from tcloud.web.office import attention
from tcloud.web.office.access import may_act
from tcloud.web.office.forms import EventFilter, PartRefundForm, ReasonForm
from tcloud.web.ui import order_list as order_list_ui
from tcloud.web.ui import order_progress
from tcloud.web.ui.event_words import words_of
from tcloud.web.ui.order_acts import Act, common
from tcloud.web.ui.order_changes import supplements_of
from tcloud.web.ui.order_list import OrderFilter
from tcloud.web.ui.order_place import OFFICE
from tcloud.web.ui.order_thread import thread_link

PER_PAGE = 20
EVENTS_PER_PAGE = 50
SHOWN = 10


@require_safe
def home(request: HttpRequest, by: Actor) -> HttpResponse:
    """How the edition stands, and what waits for an officer."""
    at = clock.now()
    programme = programmes.latest()
    counts = orders.state_counts()
    late = orders.overdue(at=at)
    review = applications.under_review()
    context = {
        "programme": programme,
        "budget": points.budget(programme) if programme else None,
        "states": [(code, label, counts[code]) for code, label in Order.State.choices if code in counts],
        **attention.blocks(at=at),
        "dispute_count": counts.get("DISPUTED", 0),
        "overdue": late[:SHOWN],
        "overdue_count": late.count(),
        "reviews": review[:SHOWN],
        "review_count": review.count(),
        "owed_back": [
            (row.charge.order_number if isinstance(row, Refund) else row.order_number, amount_twd)
            for row, amount_twd in payments.owed_back()[:SHOWN]
        ],
        "owed_count": payments.owed_count(),
        "reversal_count": points.reversals().filter(state="REQUESTED").count(),
        "late_days": books.late_days(at=at),
        "report_count": voices.open_reports(),
        "to_assign_count": experts.to_assign().count(),
    }
    return render(request, "office/home.html", context)


@require_safe
def order_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Every submitted order, narrowed as the address says."""
    query = _with_words(request.GET)
    shown = order_list_ui.listing(query, orders.all_orders(), OrderFilter(query), at=clock.now())
    return render(request, "office/orders.html", shown)


@require_safe
def order_list_file(request: HttpRequest, by: Actor, kind: str) -> HttpResponse:
    """The orders that the address asks for, as CSV or ODS."""
    form = OrderFilter(_with_words(request.GET))
    return order_list_ui.as_file(kind, orders.all_orders(), form, facts={}, name="office", at=clock.now())


def _with_words(query: QueryDict) -> QueryDict:
    """Other pages of the office lead here by ?number=, an order's or a company's."""
    if "q" in query or "number" not in query:
        return query
    said = query.copy()
    said["q"] = said.pop("number")[-1]
    return said


def find_order(number: str) -> Order:
    """The submitted order. Raises Http404."""
    order = orders.all_orders().filter(number=number).first()
    if order is None:
        raise Http404
    return order


def order_context(order: Order, by: Actor) -> dict[str, Any]:
    """What the order's page shows, forms included where this actor may act."""
    owed = orders.deadlines(order, at=clock.now())
    charge = payments.charge_of(order.number)
    return {
        "order": order,
        "following": orders.following(order),
        "earlier_url": reverse("office_order", args=[order.previous_order.number])
        if order.previous_order
        else "",
        "charge": charge,
        "messages_of_gateway": payments.messages_of(charge.trade_no) if charge else [],
        "invoices": invoices.of_order(order.number),
        "choices": comparisons.choices_of(order),
        "entries": order_progress.of_order(order, orders.timeline(order), owed),
        "contract_url": reverse("office_order_contract", args=[order.number]),
        **thread_link(order, OFFICE),
        **supplements_of(order, OFFICE),
        "acts": _acts(order),
        **_interventions(order, by),
        "refund_standing": orders.refund_standing(order),
        "parts": payments.refunds_of(order.number),
    }


def _acts(order: Order) -> list[Act]:
    """What an officer or auditor may read and take of an order."""
    evidence = gettext(
        "契約、簽章、辦理紀錄、金流原文、發票與點數分錄，附平台簽章與時戳。內含個人資料；下載會留下紀錄。"
    )
    record = f"{reverse('office_events')}?case={order.number}"
    return [
        *common(order, OFFICE, unread=0),
        Act(gettext("這張訂單的稽核紀錄"), record, icon="history"),
        Act(
            gettext("下載證據包（ZIP）"),
            reverse("office_order_evidence", args=[order.number]),
            evidence,
            icon="download",
        ),
    ]


def _interventions(order: Order, by: Actor) -> dict[str, Any]:
    """The forms of what this actor may do to the order, each with what it would do."""
    now, fresh = clock.now(), {"version": order.version}
    shown: dict[str, Any] = {}
    for prefix, act in (("settle", "settle_dispute"), ("refund", "refund")):
        if may_act(by) and order.state in ORDER.find(act).sources:
            shown[f"{prefix}_form"] = ReasonForm(initial=fresh, prefix=prefix)
            shown[f"{prefix}_effects"] = effects(order, act, at=now)
    if may_act(by) and order.state in REFUNDABLE:
        shown["part_form"] = PartRefundForm(initial=fresh, prefix="part")
        shown["part_effects"] = effects(order, "part_refund", at=now)
    return shown


@require_safe
def order_page(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """One order, with everything that happened."""
    return render(request, "office/order.html", order_context(find_order(number), by))


@require_safe
def contract_file(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """The contract as it stands (R-20)."""
    order = find_order(number)
    if order.contract is None:
        raise Http404
    headers = {"Content-Disposition": f'inline; filename="{order.contract.number}.pdf"'}
    content = bytes(order.contract.document.content)
    return HttpResponse(content, content_type="application/pdf", headers=headers)


@require_GET
def evidence_file(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """Everything about an order as one sealed ZIP; that it was taken stands in the order's record (R-37)."""
    order = find_order(number)
    content = operations.make_evidence(order, time_stamper=authorities.time_stamper(), by=by, at=clock.now())
    headers = {"Content-Disposition": f'attachment; filename="{order.number}-evidence.zip"'}
    return HttpResponse(content, content_type="application/zip", headers=headers)


@require_safe
def event_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """辦理紀錄: the append-only record, by case and type."""
    form = EventFilter(request.GET)
    found = events.search()
    if form.is_valid():
        found = events.search(cases=form.cases(), type=form.cleaned_data["type"])
    page = Paginator(found, EVENTS_PER_PAGE).get_page(request.GET.get("page"))
    rows = [{"event": event, "words": words_of(event.type), "url": url_of(event)} for event in page]
    return render(request, "office/events.html", {"form": form, "page": page, "rows": rows})


def url_of(event: Event) -> str:
    """The page of the event's case; empty when it has none."""
    kind, _, name = event.case.partition("/")
    if kind == "order" and event.type != "order.discarded":
        return reverse("office_order", args=[name])
    if kind == "application" and name.isdigit():
        return reverse("office_application", args=[name])
    if kind == "questionnaire":
        return reverse("office_questionnaire", args=[name])
    if kind in ("review", "question") and name.isdigit():
        return reverse("office_review" if kind == "review" else "office_plan_question", args=[name])
    if kind == "expert":
        return reverse("office_expert_request", args=[name])
    if kind == "faq":
        return reverse("office_faq_article", args=[event.subject.rpartition("/")[2]])
    if kind == "ledger":
        return reverse("office_books_day", args=[name])
    if kind == "calendar":
        return f"{reverse('office_calendar')}?year={name}"
    return reverse("office_programme") if kind == "programme" else ""
