"""Pages that every visitor gets the same are kept ready-made, and thrown away the moment what they show has changed.

Building the list of plans takes ten times as long as Django's least page does (make bench). One small query, the stamp, says whether
a kept page still tells the truth (docs/decisions/0012), so that a price or a paused edition shows at once, in every process.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from tcloud.core import clock
from tcloud.web.ui.context import public_state

PAGES: Final = 256
LONGEST_PATH: Final = 200
SECONDS: Final = 60  # for what the stamp does not see: a company's name, orders that a supplier completed

_NOT_KEPT: Final = "not_kept"

_kept: "OrderedDict[tuple[Any, ...], tuple[float, bytes, dict[str, str]]]" = OrderedDict()
_lock = threading.Lock()


def for_visitors(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Keep the answers of a view for people without a session, by address, language and part of the page asked for."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _is_anybody(request):
            return view(request, *args, **kwargs)
        key = _key(request)
        if kept := _find(key):
            return HttpResponse(kept[0], headers=kept[1])
        response = view(request, *args, **kwargs)
        if response.status_code == 200 and not response.cookies and not hasattr(response, _NOT_KEPT):
            _keep(key, response)
        return response

    return answer


def do_not_keep(response: HttpResponse) -> None:
    """This answer is made anew each time: making it did something."""
    setattr(response, _NOT_KEPT, True)


def _is_anybody(request: HttpRequest) -> bool:
    """Nothing about the request says who asks, or that a message waits for her."""
    personal = {settings.SESSION_COOKIE_NAME, "messages"} & request.COOKIES.keys()
    return request.method == "GET" and not personal and len(request.get_full_path()) <= LONGEST_PATH


def _key(request: HttpRequest) -> tuple[Any, ...]:
    htmx = tuple(sorted((name, value) for name, value in request.headers.items() if name.startswith("Hx-")))
    hour = f"{clock.now():%F %H}"  # and `shift`, because the bar of a rehearsal stands on the page
    return (
        request.get_host(),
        request.scheme,
        request.get_full_path(),
        get_language(),
        htmx,
        hour,
        clock.shift(),
        *public_state(request),
    )


def _find(key: tuple[Any, ...]) -> tuple[bytes, dict[str, str]] | None:
    with _lock:
        found = _kept.get(key)
        if found is None or time.monotonic() >= found[0]:
            return None
        _kept.move_to_end(key)
        return found[1], found[2]


def _keep(key: tuple[Any, ...], response: HttpResponse) -> None:
    with _lock:
        _kept[key] = (time.monotonic() + SECONDS, response.content, dict(response.headers))
        _kept.move_to_end(key)
        while len(_kept) > PAGES:
            _kept.popitem(last=False)
