"""Followers over HTTP: `PUT {"offset_seconds": …}` to each address; any answer below 300 says that it follows. No retries."""

from collections.abc import Sequence
from datetime import timedelta

import httpx


def http_client(
    *, transport: httpx.BaseTransport | None = None, timeout_seconds: float = 5.0
) -> httpx.Client:
    """A client for `HttpFollowers`: bounded, no redirects, no proxy from the environment."""
    return httpx.Client(transport=transport, timeout=timeout_seconds, follow_redirects=False, trust_env=False)


class HttpFollowers:
    """`Followers` at these addresses, told one after the other."""

    def __init__(self, http: httpx.Client, addresses: Sequence[str]) -> None:
        self._http = http
        self._addresses = tuple(addresses)

    def tell(self, shift: timedelta) -> list[str]:
        """Tell all, also after one was silent. An offset always replaces the earlier one, so a repeat is harmless."""
        return [address for address in self._addresses if not self._follows(address, shift)]

    def _follows(self, address: str, shift: timedelta) -> bool:
        try:
            answer = self._http.put(address, json={"offset_seconds": shift.total_seconds()})
        except (httpx.HTTPError, httpx.InvalidURL):
            return False
        return answer.status_code < 300
