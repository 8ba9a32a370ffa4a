"""帳本公開摘要: the signed digest of each day of the books (R-18), for anybody to read, keep and check. Holds nobody's data."""

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.core.paginator import Paginator
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from tcloud.points import books

PER_PAGE: Final = 31
LIST_FORMAT: Final = "tcloud.ledger.digests.v1"
SCRIPTS: Final = settings.BASE_DIR / "scripts"
MINUTES, DAY = 10 * 60, 24 * 60 * 60  # how long others may keep the list, and what never changes


@require_safe
def digest_list(request: HttpRequest) -> HttpResponse:
    """What the digests are, every one of them, the keys, and how to check."""
    page = Paginator(books.digests(), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "digests": list(page.object_list), "keys": books.public_keys()}
    return render(request, "public/ledger.html", context)


def _digest(day: str) -> Any:
    found = books.digest_of(day)
    if found is None:
        raise Http404
    return found


@require_safe
def digest_page(request: HttpRequest, day: str) -> HttpResponse:
    """One digest, to the last digit."""
    digest = _digest(day)
    around = {name: digest.day + timedelta(days=step) for name, step in (("before", -1), ("after", 1))}
    known = set(books.digests().filter(day__in=around.values()).values_list("day", flat=True))
    context = {
        "digest": digest,
        "first_id": digest.after_id + 1,
        "published": books.published(digest),
        "sha256": hashlib.sha256(bytes(digest.document)).hexdigest(),
        **{name: other if other in known else None for name, other in around.items()},
    }
    return render(request, "public/ledger_digest.html", context)


@require_safe
@cache_control(public=True, max_age=DAY)
def digest_file(request: HttpRequest, day: str) -> HttpResponseBase:
    """One digest as JSON: document, signature, and the key it was signed with."""
    digest = _digest(day)
    used = [key for key in books.public_keys() if key["key_id"] == digest.key_id]
    return _attached(JsonResponse(books.published(digest) | {"keys": used}), f"tcloud-ledger-{day}.json")


def _stamp(request: HttpRequest) -> str:
    """Changes with the newest digest and with the keys."""
    newest = books.digests().values_list("document", flat=True).first()
    parts = [bytes(newest or b""), *(key["key_id"].encode() for key in books.public_keys())]
    return f'"{hashlib.sha256(b"/".join(parts)).hexdigest()}"'


@require_safe
@cache_control(public=True, max_age=MINUTES)
@condition(etag_func=_stamp)
def digests_file(request: HttpRequest) -> HttpResponseBase:
    """Every digest as one JSON document, the oldest first; written out row by row."""
    return _attached(
        StreamingHttpResponse(_rows(), content_type="application/json"), "tcloud-ledger-digests.json"
    )


def _rows() -> Iterator[str]:
    yield f'{{"format": "{LIST_FORMAT}", "keys": {json.dumps(books.public_keys())}, "digests": ['
    for number, digest in enumerate(books.digests().order_by("day").iterator(chunk_size=500)):
        yield f"{',' if number else ''}\n{json.dumps(books.published(digest))}"
    yield "\n]}\n"


@require_safe
@cache_control(public=True, max_age=MINUTES)
def verifier(request: HttpRequest, *, script: str) -> HttpResponseBase:
    """A program that checks what we hand out without us; `script` is fixed by the address."""
    return _attached(HttpResponse((SCRIPTS / script).read_bytes(), content_type="text/x-python"), script)


def _attached(answer: HttpResponseBase, name: str) -> HttpResponseBase:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
