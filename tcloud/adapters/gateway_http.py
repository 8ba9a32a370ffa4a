"""One request to a payment gateway: bounded in time and size, and honest about whether it may have acted."""

import time

import httpx

from tcloud.adapters.gateway_port import GatewayTooFast, GatewayUnavailable, RefundOutcomeUnknown

MAX_BYTES = 100_000
TOTAL_SECONDS = 20.0


def http_client(
    *, transport: httpx.BaseTransport | None = None, proxy: str | None = None, timeout_seconds: float = 10.0
) -> httpx.Client:
    """A client for a gateway: bounded, no redirects, no proxy from the environment."""
    return httpx.Client(
        transport=transport, proxy=proxy, timeout=timeout_seconds, follow_redirects=False, trust_env=False
    )


def post(
    http: httpx.Client,
    url: str,
    fields: dict[str, str],
    *,
    may_have_acted: bool = False,
    most: int = MAX_BYTES,
) -> bytes:
    """The body of the answer, cut off past `most` bytes.

    Raises GatewayUnavailable; after a request that may have acted RefundOutcomeUnknown for anything but a whole answer; GatewayTooFast.
    """
    silent = RefundOutcomeUnknown if may_have_acted else GatewayUnavailable
    try:
        with http.stream("POST", url, data=fields) as response:
            body = _read(response, most)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
        raise GatewayUnavailable(type(error).__name__) from error  # nothing was sent
    except httpx.HTTPError as error:
        raise silent(type(error).__name__) from error
    if response.status_code == 403:
        raise GatewayTooFast
    if response.status_code != 200:
        raise silent(f"HTTP {response.status_code}")
    return body


def _read(response: httpx.Response, most: int) -> bytes:
    """The body up to the size limit. Raises httpx.ReadTimeout when it only trickles in."""
    body, ends = bytearray(), time.monotonic() + TOTAL_SECONDS
    for chunk in response.iter_bytes():
        body += chunk
        if time.monotonic() > ends:
            raise httpx.ReadTimeout("the answer took too long", request=response.request)
        if len(body) > most:
            break
    return bytes(body)
