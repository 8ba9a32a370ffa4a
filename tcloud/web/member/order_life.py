"""What a company does in the life of its order beside the acts that move it: write to its supplier, change what was agreed upon.

The pages themselves are in web/ui, the same for both sides.
"""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.orders.models import Order
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.orders import find
from tcloud.web.ui import order_changes, order_summary, order_thread
from tcloud.web.ui.order_place import MEMBER

METHODS = ["GET", "HEAD", "POST"]


def find_sent(request: MemberRequest, number: str) -> Order:
    """The company's own order, once it was sent. Raises Http404."""
    return find(request, number, sent=True)


@member_page
@require_http_methods(METHODS)
def thread(request: MemberRequest, number: str) -> HttpResponse:
    """What was said on the order."""
    return order_thread.thread_page(request, find_sent(request, number), MEMBER, by=request.actor)


@member_page
@require_safe
def thread_file(request: MemberRequest, number: str, pk: int) -> HttpResponse:
    """A file of the thread."""
    return order_thread.thread_file(find_sent(request, number), pk)


@member_page
@require_safe
def changes(request: MemberRequest, number: str) -> HttpResponse:
    """What was agreed upon beside the contract, and what is proposed."""
    return order_changes.changes_page(request, find_sent(request, number), MEMBER)


@member_page
@require_http_methods(METHODS)
def change_new(request: MemberRequest, number: str, kind: str) -> HttpResponse:
    """Propose a change."""
    return order_changes.new_page(request, find_sent(request, number), MEMBER, kind, by=request.actor)


@member_page
@require_POST
def change_decision(request: MemberRequest, number: str, pk: int) -> HttpResponse:
    """Answer a proposal, or take one's own back."""
    return order_changes.decide(request, find_sent(request, number), MEMBER, pk, by=request.actor)


@member_page
@require_safe
def summary(request: MemberRequest, number: str) -> HttpResponse:
    """The order on one sheet."""
    return order_summary.summary_page(request, find_sent(request, number), MEMBER)


@member_page
@require_safe
def summary_pdf(request: MemberRequest, number: str) -> HttpResponse:
    """The same as a PDF."""
    return order_summary.summary_file(find_sent(request, number))
