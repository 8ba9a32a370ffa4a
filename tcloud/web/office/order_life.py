"""What officers and auditors read of an order's life beside its acts; officers may leave a note (the pages are in web/ui)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.core.actors import Actor
from tcloud.web.office.access import may_act
from tcloud.web.office.views import find_order
from tcloud.web.ui import order_summary, order_thread
from tcloud.web.ui.order_place import OFFICE


@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """What was said on the order."""
    return order_thread.thread_page(request, find_order(number), OFFICE, by=by, may_write=may_act(by))


@require_safe
def thread_file(request: HttpRequest, by: Actor, number: str, pk: int) -> HttpResponse:
    """A file of the thread."""
    return order_thread.thread_file(find_order(number), pk)


@require_safe
def summary(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """The order on one sheet."""
    return order_summary.summary_page(request, find_order(number), OFFICE)


@require_safe
def summary_pdf(request: HttpRequest, by: Actor, number: str) -> HttpResponse:
    """The same as a PDF."""
    return order_summary.summary_file(find_order(number))
