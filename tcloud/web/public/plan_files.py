"""Pictures and documents of listed plans."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tcloud.catalogue import reviewing
from tcloud.web.ui.plan_media import file_response


@require_safe
def plan_file(request: HttpRequest, sha256: str) -> HttpResponse:
    """A file that a listed version shows; anything else is not found (R-32)."""
    file = reviewing.public_file(sha256)
    if file is None:
        raise Http404
    return file_response(request, file, public=True)
