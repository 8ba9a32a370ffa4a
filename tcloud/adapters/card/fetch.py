"""Fetch revocation data over HTTP with every bound a hostile or ailing server could stretch."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

import httpx

MAX_OCSP_BYTES: Final = 256_000
MAX_CRL_BYTES: Final = 20_000_000


class FetchError(Exception):
    """The service did not give a usable answer; the text is for the log."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """`timeout` is in seconds and bounds a whole exchange; `allowed_hosts` (None = any) are the hosts that may be asked.

    Addresses come out of certificates, so a list of hosts keeps a stranger's certificate from sending us around the network (SSRF).
    Redirects are never followed.
    """

    http: httpx.Client
    timeout: float = 5.0
    allowed_hosts: Collection[str] | None = None

    def check_url(self, url: str) -> None:
        """Raises FetchError unless the address is http(s), of an allowed host, without credentials."""
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError as error:
            raise FetchError(f"{url!r}: unreadable address") from error
        if parts.scheme not in ("http", "https") or not host or parts.username is not None:
            raise FetchError(f"{url!r}: only plain http(s) addresses are asked")
        if self.allowed_hosts is not None and host not in self.allowed_hosts:
            raise FetchError(f"{url!r}: host not on the list")

    def fetch(
        self, method: str, url: str, *, max_bytes: int, body: bytes | None = None, kind: str = ""
    ) -> bytes:
        """Body of a 200 answer. Raises FetchError for anything else, too large, or too slow."""
        self.check_url(url)
        deadline = time.monotonic() + self.timeout
        # Compressed answers are not asked for, nor unpacked: a small one could fill the memory.
        headers = {"Accept-Encoding": "identity"} | ({"Content-Type": kind} if kind else {})
        try:
            with self.http.stream(
                method, url, content=body, headers=headers, timeout=self.timeout, follow_redirects=False
            ) as response:
                if response.status_code != 200:
                    raise FetchError(f"{url}: HTTP {response.status_code}")
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise FetchError(f"{url}: compressed although not asked for")
                received = bytearray()
                for chunk in response.iter_bytes():
                    received += chunk
                    if len(received) > max_bytes:
                        raise FetchError(f"{url}: more than {max_bytes} bytes")
                    if time.monotonic() > deadline:
                        raise FetchError(f"{url}: slower than {self.timeout} s")
                return bytes(received)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise FetchError(f"{url}: {type(error).__name__}: {error}") from error
