"""A refusal becomes a page that says why and leads back; nothing was changed, nothing typed is lost (the browser's Back keeps it).

And what was shown to somebody signed in is not kept. And a page looks at the office calendar once.
"""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme

from tcloud.core import calendar
from tcloud.core.refusals import Refusal


class CalendarMiddleware:
    """All deadlines of one page are told by the office calendar as it was at the first of them: one query, however long the page (R-28)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with calendar.one_look():
            return self.get_response(request)


class PersonalMiddleware:
    """What somebody signed in was shown is kept by no browser and no proxy: after signing out, Back shows nothing of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        signed_in = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        if signed_in and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response


class RefusalMiddleware:
    """Answers 409 to a Refusal: JSON for those who ask for it, a fragment for htmx, else the page `refused.html`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if request.headers.get("Accept", "").startswith("application/json"):
            return JsonResponse({"code": exception.code, "message": exception.text()}, status=409)
        context = {"code": exception.code, "sentence": exception.text(), "back_url": way_back(request)}
        template = "components/refusal.html" if getattr(request, "htmx", False) else "refused.html"
        return render(request, template, context, status=409)


def way_back(request: HttpRequest) -> str:
    """The path of the page the request came from, when it was ours; else the home page."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        parts = urlsplit(referer)
        path = "/" + parts.path.lstrip("/\\")  # two slashes would begin another site's address
        return path + (f"?{parts.query}" if parts.query else "")
    return reverse("home")
