"""Sending a plan's picture or document, harmless in any browser."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control
from django.utils.http import content_disposition_header

from tcloud.catalogue.models import PlanFile

PUBLIC_SECONDS = 24 * 60 * 60


def file_response(request: HttpRequest, file: PlanFile, *, public: bool) -> HttpResponse:
    """The bytes with their true type, never guessed at (nosniff), never run (CSP sandbox); documents are kept, not opened.

    The address names the digest, so a copy is right for ever: any cache keeps a public one for a day (a delisted plan's picture is gone
    by then), and the digest is its ETag; a draft's stays with the browser that asked.
    """
    etag = f'"{file.sha256}"'
    if etag in request.headers.get("If-None-Match", ""):
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(bytes(file.content.data), content_type=file.media_type)
    response["ETag"] = etag
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = (
        content_disposition_header(file.kind == PlanFile.Kind.DOCUMENT, file.name)
        or f'inline; filename="{file.pk}"'
    )
    if public:
        patch_cache_control(response, public=True, max_age=PUBLIC_SECONDS, immutable=True)
    else:
        patch_cache_control(response, private=True, no_cache=True)
    return response
