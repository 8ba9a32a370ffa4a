"""我的訂單: building an order (flyer 3.2 to 3.4), the list, the order's page, and its acts."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan, PlanVersion
from tcloud.choosing.queries import comparisons
from tcloud.core import clock
from tcloud.core.actors import COMPANY
from tcloud.core.refusals import Refusal
from tcloud.invoices import queries as invoices
from tcloud.leads import queries as leads
from tcloud.orders import operations, queries
from tcloud.orders.models import Order
from tcloud.orders.operations.building import KeyReused
from tcloud.payments import queries as payments
from tcloud.points import queries as points_queries
from tcloud.points import rules as points_rules
from tcloud.web.member import renewing, requests
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.choices import considered_in, remember
from tcloud.web.member.orders_forms import OrderForm, first_values
from tcloud.web.member.presentation import terms, timeline
from tcloud.web.member.presentation.standing import Standing, standing, without_binding
from tcloud.web.ui import order_deadlines
from tcloud.web.ui import order_list as order_list_ui
from tcloud.web.ui.downloads import attachment
from tcloud.web.ui.order_acts import Act, common, refund_call
from tcloud.web.ui.order_changes import supplements_of
from tcloud.web.ui.order_list import Choice, OrderFilter
from tcloud.web.ui.order_place import MEMBER
from tcloud.web.ui.order_thread import thread_link


def find(request: MemberRequest, number: str, *, sent: bool = False) -> Order:
    """The company's own order; anybody else's is not found (R-37). `sent`: nor is a draft."""
    mine = queries.of_company(request.company)
    return get_object_or_404(mine.filter(submitted_at__isnull=False) if sent else mine, number=number)


# Building an order


@dataclass(frozen=True)
class Offer:
    """A plan as this company could order it now: its version, and the least and most points (R-17)."""

    plan: Plan
    version: PlanVersion
    least: int
    most: int
    spendable: int
    reserved: int
    held_orders: int

    @property
    def has_points(self) -> bool:
        return self.most >= self.least


def offer_of(request: MemberRequest, code: str) -> Offer:
    """Raises Http404 for a plan that is not listed or takes no orders."""
    plan = plans.by_code(code)
    if plan is None or plan.current is None or not plan.solution.supplier.takes_orders:
        raise Http404
    edition, spendable, reserved, held = request.programme, 0, 0, 0
    if edition.pk is not None:
        statement = points_queries.statement(edition, request.company, at=clock.now())
        spendable, reserved = statement.spendable_points, statement.reserved_points
        held = points_queries.held_orders(edition, request.company) if reserved else 0
    most = points_rules.split(
        plan.current.price_twd,
        spendable,
        numerator=edition.points_share_numerator,
        denominator=edition.points_share_denominator,
    ).points
    return Offer(plan, plan.current, edition.min_points, most, spendable, reserved, held)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def order_new(request: MemberRequest, code: str) -> HttpResponse:
    """The form of a new order. A POST only calculates again and changes nothing; htmx gets the receipt alone."""
    offer = offer_of(request, code)
    follows = renewing.followed(request, offer.plan)
    if request.method == "POST":
        form = _order_form(offer, request.POST)
        if request.headers.get("HX-Request"):
            return render(request, "member/orders/_receipt.html", _sums(offer, form))
        return _show_form(request, offer, _only_points_checked(offer, form))
    values = first_values(
        request.user, most=offer.most, plan=offer.plan.code, version=offer.version.pk
    ) | _earlier_values(request, offer)
    if follows:
        values["follows"] = follows.number
    return _show_form(request, offer, _order_form(offer, initial=values))


def _order_form(offer: Offer, *args: Any, **kwargs: Any) -> OrderForm:
    return OrderForm(*args, least=offer.least, most=offer.most, **kwargs)


def _only_points_checked(offer: Offer, form: OrderForm) -> OrderForm:
    """The same values; calculating again complains about points only, not about fields not yet filled in."""
    if "points" in form.errors:
        for name in [name for name in form.errors if name != "points"]:
            del form.errors[name]
        return form
    return _order_form(offer, initial=dict(form.data.items()))


def _earlier_values(request: MemberRequest, offer: Offer) -> dict[str, Any]:
    """Points and contact of the discarded draft that is being made anew (`?from=`)."""
    number = request.GET.get("from", "")
    mine = Order.objects.filter(company=request.company, plan_version__plan=offer.plan)
    earlier = mine.filter(number=number[:16]).first() if number else None
    if earlier is None:
        return {}
    return {
        "points": min(earlier.points, offer.most),
        "contact_name": earlier.contact_name,
        "contact_email": earlier.contact_email,
        "contact_phone": earlier.contact_phone,
        "reason": next((each.reason for each in earlier.choices.order_by("-id")), ""),
        "follows": earlier.previous_order.number if earlier.previous_order else "",
    }


def _sums(offer: Offer, form: OrderForm) -> dict[str, Any]:
    """Price, points and cash as the form now says; with the most points where it says something impossible."""
    wanted = _whole(form["points"].value())
    used = wanted if wanted is not None and offer.least <= wanted <= offer.most else offer.most
    problem = "" if used == wanted else _("使用點數須在可用範圍內，這裡以最多點數試算。")
    return {"v": offer.version, "used": used, "problem": problem}


def _whole(value: object) -> int | None:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _show_form(
    request: MemberRequest, offer: Offer, form: OrderForm, *, status: int = 200, refusal: str = ""
) -> HttpResponse:
    said = request.POST if request.method == "POST" else request.GET
    context = {
        "plan": offer.plan,
        "offer": offer,
        "form": form,
        "considered": considered_in(said, chosen=offer.plan),
        "follows": renewing.followed(request, offer.plan),
        "introduction": leads.for_plan(request.company, offer.plan),
        "duties": terms.duties(request.programme),
        "steps": terms.BUILDING,
        "refusal": refusal,
        **_sums(offer, form),
    }
    return render(request, "member/orders/new.html", context, status=status)


@member_page
@require_http_methods(["GET", "HEAD", "POST"])
def order_list(request: MemberRequest) -> HttpResponse:
    """我的訂單; a POST creates an order (R-17, R-19, R-38) and leads to its page."""
    if request.method == "POST":
        return _create(request)
    form = _filter(request)
    mine = queries.of_company(request.company)
    shown = order_list_ui.listing(request.GET, mine, form, side=COMPANY, at=clock.now())
    rows = [
        {
            "order": row.order,
            "tone": terms.tone(row.order.state),
            "due": timeline.own_due(row.due),
            "unread": row.unread,
        }
        for row in shown["rows"]
    ]
    group = next((each for each in terms.GROUPS if each.slug == request.GET.get("state")), None)
    return render(
        request, "member/orders/list.html", shown | {"rows": rows, "groups": terms.GROUPS, "group": group}
    )


def _filter(request: MemberRequest) -> OrderFilter:
    choices = [Choice(each.slug, each.label, each.states) for each in terms.GROUPS]
    return OrderFilter(request.GET, choices=choices, party=COMPANY)


@member_page
@require_safe
def order_list_file(request: MemberRequest, kind: str) -> HttpResponse:
    """The orders that the address asks for, as CSV or ODS."""
    company = request.company
    facts = {_("企業會員"): company.name, _("統一編號"): company.ubn}
    orders = queries.of_company(company)
    return order_list_ui.as_file(
        kind, orders, _filter(request), facts=facts, name=company.ubn, at=clock.now()
    )


def _create(request: MemberRequest) -> HttpResponse:
    offer = offer_of(request, request.POST.get("plan", "")[:80])
    form = _order_form(offer, request.POST)
    if not form.is_valid():
        return _show_form(request, offer, form, status=422)
    said = form.cleaned_data
    try:
        order = operations.create(
            request.programme,
            request.company,
            offer.plan,
            version_id=said["version"],
            points=said["points"],
            contact=form.contact,
            idempotency_key=str(said["key"]),
            user=request.user,
            by=request.actor,
            at=clock.now(),
            follows=renewing.earlier_of(request, said["follows"]),
        )
    except KeyReused as refusal:
        back = reverse("order_new", args=[offer.plan.code])
        context = {"code": refusal.code, "sentence": refusal.text(), "back_url": back}
        return render(request, "refused.html", context, status=422)
    except Refusal as refusal:
        kept = _order_form(offer, initial=dict(form.data.items()) | {"version": offer.version.pk})
        return _show_form(request, offer, kept, status=409, refusal=refusal.text())
    considered = considered_in(request.POST, chosen=offer.plan)
    remember(request, order, reason=said["reason"], considered=considered, key=said["key"])
    return redirect("order", order.number)


# One order


@member_page
@require_safe
def order(request: MemberRequest, number: str) -> HttpResponse:
    """The order: what to do next, what happened, what is owed. A draft offers exactly its next step."""
    found = find(request, number)
    if found.state == Order.State.DRAFT:
        return _draft(request, found)
    now = clock.now()
    owed = queries.deadlines(found, at=now)
    told = standing(found, owed, at=now)
    told = told if request.actor.may_bind else without_binding(told)
    ways, thread = renewing.chain(found, at=now), thread_link(found, MEMBER)
    context = {
        "order": found,
        "v": found.plan_version,
        "tone": terms.tone(found.state),
        "stages": terms.STAGES,
        "stage": terms.stage(found),
        "standing": told,
        "acts": _acts(found, told, ways, unread=thread["unread"]),
        "entries": timeline.entries(found, queries.timeline(found), owed),
        "invoices": invoices.of_order(found.number),
        "choices": comparisons.choices_of(found),
        "signers": signers(found),
        **ways,
        "requests": queries.requests_of(found),
        "sent": "sent" in request.GET and found.state == Order.State.SUBMITTED,
        "has_deadlines": bool(timeline.outstanding(owed)),
        "paid": found.paid_at is not None,
        "parts": payments.refunds_of(found.number),
        **thread,
        **supplements_of(found, MEMBER),
        **refund_call(found, MEMBER),
    }
    return render(request, "member/orders/order.html", context)


def _acts(order: Order, told: Standing, ways: dict[str, Any], *, unread: int) -> list[Act]:
    """What the company may do besides the next step, what concerns this state of the order first."""
    acts = list(told.others)
    if ways["may_follow"]:
        acts.append(
            Act(_("續約或更換方案"), reverse("order_renewal", args=[order.number]), icon="refresh-cw")
        )
    if order.state == Order.State.COMPLETED:
        acts.append(Act(_("評價用過的方案"), reverse("review_list"), icon="star"))
    ask = f"{reverse('member_ticket_new')}?order={order.number}"
    return [
        *acts,
        *common(order, MEMBER, unread=unread),
        Act(_("向客服詢問這筆訂單"), ask, icon="headphones"),
    ]


def _draft(request: MemberRequest, found: Order) -> HttpResponse:
    state = found.contract.state if found.contract else ""
    current = {"": 2, "DRAWN_UP": 3}.get(state, 4)
    context = {"order": found, "v": found.plan_version, "contract_state": state, "current": current}
    context["choices"] = comparisons.choices_of(found)
    context |= requests.of_draft(request, found) | renewing.chain(found, at=clock.now())
    return render(request, "member/orders/check.html", context | {"steps": terms.BUILDING})


def signers(order: Order) -> list[dict[str, Any]]:
    """Who has signed the order's contract, and when."""
    contract = order.contract
    if contract is None:
        return []
    said = contract.terms
    rows = (
        (said["buyer_name"], contract.buyer_ubn, contract.signed_at),
        (said["supplier_name"], contract.supplier_ubn, contract.countersigned_at),
    )
    return [{"name": name, "ubn": ubn, "at": at} for name, ubn, at in rows if at]


@member_page
@require_POST
def discarding(request: MemberRequest, number: str) -> HttpResponse:
    """Throw a draft away; with `again` start anew with its values."""
    found = find_with_discarded(request, number)
    if found.state != Order.State.DISCARDED:
        operations.discard(found, by=request.actor, at=clock.now())
    if "again" in request.POST:
        url = reverse("order_new", args=[found.plan_version.plan.code])
        return HttpResponseRedirect(f"{url}?from={found.number}")
    return redirect("order_list")


def find_with_discarded(request: MemberRequest, number: str) -> Order:
    """The company's own order, a discarded draft too, so that a repeated press finds what the first one did."""
    mine = Order.objects.filter(company=request.company).select_related("plan_version__plan")
    return get_object_or_404(mine, number=number)


@member_page
@require_POST
def submission(request: MemberRequest, number: str) -> HttpResponse:
    """R-21: send the order (flyer 3.6). Sent twice, it is sent once."""
    draft = get_object_or_404(Order.objects.only("pk"), company=request.company, number=number)
    found = operations.submit(draft, by=request.actor, at=clock.now())
    return HttpResponseRedirect(f"{reverse('order', args=[found.number])}?sent=1")


@member_page
@require_safe
def order_calendar(request: MemberRequest, number: str) -> HttpResponse:
    """The order's deadlines as a calendar file."""
    return order_deadlines.calendar_file(request, find(request, number, sent=True), MEMBER)


@member_page
@require_safe
def contract_file(request: MemberRequest, number: str) -> HttpResponse:
    """The contract as it now stands, with the signatures it has."""
    found = find(request, number)
    if found.contract is None:
        raise Http404
    name = _("契約-%(number)s.pdf") % {"number": found.number}
    return attachment(bytes(found.contract.document.content), "application/pdf", name)
