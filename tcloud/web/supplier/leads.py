"""介紹代碼: a supplier makes codes for its plans, prints them, and sees what became of them: counts, and orders that were sent (R-37)."""

from typing import Any

import qrcode
import qrcode.image.svg
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan, Supplier
from tcloud.core import clock
from tcloud.core.refusals import Refusal
from tcloud.leads import operations, queries
from tcloud.leads.models import Lead
from tcloud.orders import queries as orders
from tcloud.web.supplier.access import Desk
from tcloud.web.ui.limits import too_many
from tcloud.web.ui.templatetags.ui import local

PER_PAGE = 20
ALL_PLANS = 0
DAYS = (7, 30, 90, 180, 365)
FIELDS = {"lead.not_your_plan": "plan", "lead.no_such_ubn": "company_ubn", "lead.own_company": "company_ubn"}


class LeadForm(forms.Form):
    """What the code leads to, for whom, how long and how often."""

    plan = forms.TypedChoiceField(label=gettext_lazy("方案"), coerce=int, initial=ALL_PLANS)
    company_ubn = forms.RegexField(
        r"^\d{8}$",
        label=gettext_lazy("只給這家企業（統一編號）"),
        help_text=gettext_lazy("8 碼數字。不填就是任何企業都能使用。"),
        required=False,
        error_messages={"invalid": gettext_lazy("統一編號必須是 8 碼數字，例如 04595257")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}),
    )
    days = forms.TypedChoiceField(label=gettext_lazy("有效天數"), coerce=int, initial=30)
    most_uses = forms.IntegerField(
        label=gettext_lazy("最多幾家企業使用"),
        help_text=gettext_lazy("1 到 1,000。指定企業時只能用一次。"),
        min_value=1,
        max_value=operations.MOST_USES,
        initial=100,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "w-10"}),
        error_messages={
            "required": gettext_lazy("請填寫次數，例如 100"),
            "invalid": gettext_lazy("請填寫 1 到 1,000 的整數"),
            "min_value": gettext_lazy("請填寫 1 到 1,000 的整數"),
            "max_value": gettext_lazy("請填寫 1 到 1,000 的整數"),
        },
    )
    note = forms.CharField(
        label=gettext_lazy("備註"),
        help_text=gettext_lazy("只有貴公司看得到，例如「11 月展場傳單」。請不要寫個人資料。"),
        max_length=80,
        required=False,
    )

    def __init__(self, *args: Any, supplier: Supplier, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = plans.listed().filter(solution__supplier=supplier).order_by("current__name", "id")
        self.plans: dict[int, Plan] = {plan.pk: plan for plan in own}
        choices: list[tuple[Any, Any]] = [(ALL_PLANS, _("所有上架中的方案"))]
        choices += [(pk, local(plan.current, "name")) for pk, plan in self.plans.items()]
        self.fields["plan"].choices = choices  # type: ignore[attr-defined]
        days = [(n, _("%(days)d 天") % {"days": n}) for n in DAYS]
        self.fields["days"].choices = days  # type: ignore[attr-defined]


@require_http_methods(["GET", "HEAD", "POST"])
def lead_list(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The supplier's codes with their counts; a POST makes one."""
    bound = request.POST if request.method == "POST" else None
    form, status = LeadForm(bound, supplier=desk.supplier), 200
    if request.method == "POST":
        if limited := too_many(request, "lead_make", key=str(desk.supplier.pk)):
            return limited
        if form.is_valid() and (lead := _made(request, desk, form)):
            messages.success(request, _("已建立介紹代碼 %(code)s。") % {"code": lead.printed})
            return redirect("supplier_lead", lead.pk)
        status = 422
    page = Paginator(queries.of_supplier(desk.supplier), PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page)
    ordered = orders.ordered_by_lead(shown)
    now = clock.now()
    rows = [{"lead": lead, "ordered": ordered.get(lead.pk, 0), "alive": _alive(lead, now)} for lead in shown]
    return render(request, "supplier/leads.html", {"form": form, "page": page, "rows": rows}, status=status)


def _alive(lead: Lead, now: Any) -> bool:
    return lead.ended_at is None and now < lead.expires_at


def _made(request: HttpRequest, desk: Desk, form: LeadForm) -> Lead | None:
    said = form.cleaned_data
    try:
        return operations.make(
            desk.supplier,
            plan=form.plans[said["plan"]] if said["plan"] else None,
            company_ubn=said["company_ubn"],
            most_uses=said["most_uses"],
            days=said["days"],
            note=said["note"],
            user=request.user,  # type: ignore[arg-type]
            by=desk.actor,
            at=clock.now(),
        )
    except Refusal as refusal:
        form.add_error(FIELDS.get(refusal.code), refusal.text())
        return None


def _own(desk: Desk, pk: int) -> Any:
    return get_object_or_404(queries.of_supplier(desk.supplier), pk=pk)


def address_of(lead: Lead) -> str:
    """Where the code leads, as printed and drawn."""
    return f"{settings.SITE_URL.rstrip('/')}{reverse('lead', args=[lead.code])}"


@require_safe
def lead_page(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """One code to print, its counts, and the orders that were sent with it: only there is a company named."""
    lead = _own(desk, pk)
    sent = orders.of_supplier(desk.supplier).filter(lead=lead)
    page = Paginator(sent, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "lead": lead,
        "address": address_of(lead),
        "ordered": orders.ordered_by_lead([lead]).get(lead.pk, 0),
        "page": page,
        "alive": _alive(lead, clock.now()),
    }
    return render(request, "supplier/lead.html", context)


@require_safe
def lead_picture(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """The QR code of the address, as a drawing."""
    picture = qrcode.make(
        address_of(_own(desk, pk)),
        image_factory=qrcode.image.svg.SvgPathFillImage,
        error_correction=qrcode.ERROR_CORRECT_M,
        box_size=12,
        border=4,
    )
    return HttpResponse(picture.to_string(), content_type="image/svg+xml")


@require_POST
def lead_ending(request: HttpRequest, desk: Desk, pk: int) -> HttpResponse:
    """Nobody takes the code up any more."""
    operations.end(_own(desk, pk), by=desk.actor, at=clock.now())
    messages.success(request, _("已停用代碼，已接受介紹的企業不受影響。"))
    return redirect("supplier_lead", pk)
