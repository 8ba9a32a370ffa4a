"""What a supplier does in the life of an order beside the acts that move it: write to the company, change what was agreed upon.

The pages themselves are in web/ui, the same for both sides.
"""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.web.supplier.access import Desk
from tcloud.web.ui import order_changes, order_deadlines, order_summary, order_thread
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


@require_safe
def changes(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """What was agreed upon beside the contract, and what is proposed."""
    return order_changes.changes_page(request, desk.order(number), DESK)


@require_http_methods(METHODS)
def change_new(request: HttpRequest, desk: Desk, number: str, kind: str) -> HttpResponse:
    """Propose a change."""
    return order_changes.new_page(request, desk.order(number), DESK, kind, by=desk.actor)


@require_POST
def change_decision(request: HttpRequest, desk: Desk, number: str, pk: int) -> HttpResponse:
    """Answer a proposal, or take one's own back."""
    return order_changes.decide(request, desk.order(number), DESK, pk, by=desk.actor)


@require_safe
def calendar(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The order's deadlines as a calendar file."""
    return order_deadlines.calendar_file(request, desk.order(number), DESK)


@require_safe
def summary(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The order on one sheet."""
    return order_summary.summary_page(request, desk.order(number), DESK)


@require_safe
def summary_pdf(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """The same as a PDF."""
    return order_summary.summary_file(desk.order(number))
