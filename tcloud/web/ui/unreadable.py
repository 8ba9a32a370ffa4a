"""What no browser of ours sends and no page can use is turned away before anything reads it: NUL characters, bodies past all measure."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.http import HttpRequest, HttpResponse, UnreadablePostError

NUL: Final = "\0"
# The largest file a page takes (5 MB) and the rest of its form. A larger file would be written to disk before a form could refuse it.
MOST_BYTES: Final = 6 * 1024 * 1024


class UnreadableMiddleware:
    """Answers 400 to a NUL character in the path, the query, a cookie or a form, 413 to a body above 6 MB.

    PostgreSQL keeps no NUL in text and raises, which would be a 500 wherever an address or a field reaches a query.
    The form is looked at only where the CSRF check reads it anyway; a view exempt from it reads its body itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()) or int(length[:20]) > MOST_BYTES:
            return HttpResponse("413 Content Too Large", status=413, content_type="text/plain")
        cookies = (part for pair in request.COOKIES.items() for part in pair)
        if _has_nul((request.path_info, *cookies)) or _has_nul(_texts(request.GET)):
            return _refusal()
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        if request.method != "POST" or getattr(view, "csrf_exempt", False):
            return None
        try:
            return _refusal() if _has_nul(_texts(request.POST)) else None
        except UnreadablePostError:  # the browser hung up
            return _refusal()


def _texts(form: Any) -> Iterable[str]:
    for name, values in form.lists():
        yield name
        yield from values


def _has_nul(texts: Iterable[str]) -> bool:
    return any(NUL in text for text in texts)


def _refusal() -> HttpResponse:
    return HttpResponse("400 Bad Request", status=400, content_type="text/plain")
