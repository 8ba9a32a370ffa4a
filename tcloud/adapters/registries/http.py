"""One bounded question over HTTP: limits on time, size and redirects; no retries (the job that asks retries)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import httpx

from tcloud.adapters.registries.port import EXCERPT_CHARS, Evidence, RegistryUnavailable, Source, Why

MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds one look-up may take: for connecting, for each silence, and in all (several requests together)."""

    connect_seconds: float = 3.0
    silence_seconds: float = 5.0
    total_seconds: float = 8.0
    max_bytes: int = MAX_BYTES


class Budget:
    """The time one look-up has left, over all its requests."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._ends = time.monotonic() + limits.total_seconds

    @property
    def left_seconds(self) -> float:
        return self._ends - time.monotonic()

    def timeout(self) -> httpx.Timeout:
        left = max(self.left_seconds, 0.001)
        return httpx.Timeout(
            min(self.limits.silence_seconds, left), connect=min(self.limits.connect_seconds, left)
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer: status, text and the evidence so far."""

    status: int
    text: str
    evidence: Evidence

    def understood(self, **facts: Any) -> Evidence:
        """The evidence with what was understood from it (JSON types)."""
        return replace(self.evidence, facts=facts)

    def refuse(self, why: Why, detail: str = "", before: tuple[Evidence, ...] = ()) -> RegistryUnavailable:
        """The exception that says this answer can't be relied on; raise it."""
        failed = replace(self.evidence, failure=why)
        return RegistryUnavailable(self.evidence.source, why, detail, (*before, failed))

    def parsed(self) -> Any:
        """The JSON of the body. Raises RegistryUnavailable (garbage)."""
        try:
            return json.loads(self.text)
        except (ValueError, RecursionError) as error:
            raise self.refuse(Why.GARBAGE, "not JSON") from error


def http_client(
    *, transport: httpx.BaseTransport | None = None, proxy: str | None = None, verify: bool = True
) -> httpx.Client:
    """A client for `ask`: no redirects, no proxy from the environment, a name that says who asks."""
    return httpx.Client(
        transport=transport,
        proxy=proxy,
        verify=verify,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "tcloud/1.0", "Accept": "application/json"},
    )


def public_url(url: httpx.URL) -> str:
    """The URL without user name and password."""
    return str(url.copy_with(username=None, password=None)) if url.userinfo else str(url)


def ask(
    http: httpx.Client,
    source: Source,
    url: str,
    *,
    at: datetime,
    budget: Budget,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    reference: str = "",
) -> Reply:
    """GET `url` and give the whole answer with status 200 or 404.

    Raises RegistryUnavailable for silence, refused connections, other statuses, oversized or undecodable bodies, and for an HTML
    page in place of data (a proxy's, a login page's).
    """
    request = http.build_request("GET", url, params=params, headers=headers, timeout=budget.timeout())
    evidence = Evidence(source, public_url(request.url), at, authorisation_reference=reference)
    try:
        response = http.send(request, stream=True)
        try:
            body = _read(response, budget)
        finally:
            response.close()
    except httpx.TimeoutException as error:
        raise _failed(evidence, Why.TIMEOUT) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _failed(evidence, Why.CONNECTION, type(error).__name__) from error
    return _reply(evidence, response, body, budget)


def _read(response: httpx.Response, budget: Budget) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if budget.left_seconds <= 0:
            raise httpx.ReadTimeout("the look-up's time is used up", request=response.request)
        if len(body) > budget.limits.max_bytes:
            break
    return bytes(body)


def _reply(evidence: Evidence, response: httpx.Response, body: bytes, budget: Budget) -> Reply:
    excerpt = body[: EXCERPT_CHARS * 4].decode("utf-8", "replace").replace("\x00", "\ufffd")[:EXCERPT_CHARS]
    evidence = replace(evidence, http_status=response.status_code, excerpt=excerpt)
    if len(body) > budget.limits.max_bytes:
        raise _failed(evidence, Why.TOO_LARGE)
    if response.status_code in {401, 403}:
        raise _failed(evidence, Why.NOT_AUTHORISED, f"HTTP {response.status_code}")
    if response.status_code not in {200, 404}:
        raise _failed(evidence, Why.HTTP_STATUS, f"HTTP {response.status_code}")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _failed(evidence, Why.GARBAGE, "not UTF-8") from error
    if (
        text.lstrip()[:1] == "<"
    ):  # the content type proves nothing: GCIS labels its empty and plain-text answers freely
        raise _failed(evidence, Why.GARBAGE, "a page instead of data")
    return Reply(response.status_code, text, evidence)


def _failed(evidence: Evidence, why: Why, detail: str = "") -> RegistryUnavailable:
    return RegistryUnavailable(evidence.source, why, detail, (replace(evidence, failure=why),))
