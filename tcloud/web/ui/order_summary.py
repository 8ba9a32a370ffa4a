"""An order on one sheet: to be printed from its page, or as a PDF."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tcloud.core import clock
from tcloud.orders.models import Order
from tcloud.orders.summary import pdf, summary
from tcloud.web.ui.downloads import attachment
from tcloud.web.ui.order_place import Place


def summary_page(request: HttpRequest, order: Order, place: Place) -> HttpResponse:
    """The sheet as a page made for paper."""
    context = place.context(order) | {
        "sheet": summary(order, at=clock.now()),
        "pdf_url": place.url("summary_pdf", order),
    }
    return render(request, "orders/summary.html", context)


def summary_file(order: Order) -> HttpResponse:
    """The sheet as a PDF/A to save."""
    name = _("訂單摘要-%(number)s.pdf") % {"number": order.number}
    return attachment(pdf(order, at=clock.now()), "application/pdf", name)
