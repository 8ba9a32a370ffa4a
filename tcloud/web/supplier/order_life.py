"""What a supplier does in the life of an order beside the acts that move it: write to the company (the pages are in web/ui)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.web.supplier.access import Desk
from tcloud.web.ui import order_thread
from tcloud.web.ui.order_place import DESK

METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(METHODS)
def thread(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """What was said on the order."""
    return order_thread.thread_page(request, desk.order(number), DESK, by=desk.actor)


@require_safe
def thread_file(request: HttpRequest, desk: Desk, number: str, pk: int) -> HttpResponse:
    """A file of the thread."""
    return order_thread.thread_file(desk.order(number), pk)
