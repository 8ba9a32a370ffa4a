"""What a company does in the life of its order beside the acts that move it: write to its supplier (the pages are in web/ui)."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.orders.models import Order
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.member.orders import find
from tcloud.web.ui import order_thread
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
