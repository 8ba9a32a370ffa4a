"""Ask a time-stamping authority over HTTP (RFC 3161 §3.4)."""

import hashlib
import secrets
from collections.abc import Iterable
from typing import Final

import httpx
from asn1crypto import algos, tsp

from tcloud.adapters.card.fetch import Fetcher, FetchError
from tcloud.adapters.time_stamp.port import TimeStamp, TimeStampRefused, TimeStampUnavailable
from tcloud.adapters.time_stamp.token import MAX_TOKEN_BYTES, UNREADABLE, read_token

DIGEST: Final = "sha256"
GRANTED: Final = ("granted", "granted_with_mods")


class TimeStampClient:
    """`TimeStamper` over HTTP: `url` of the authority, `anchors` (DER) it must lead to, `timeout` in seconds for the exchange."""

    def __init__(
        self, url: str, http: httpx.Client, *, anchors: Iterable[bytes], timeout: float = 5.0
    ) -> None:
        self._url, self._anchors = url, tuple(anchors)
        self._fetcher = Fetcher(http, timeout)

    def stamp(self, data: bytes) -> TimeStamp:
        """A verified time-stamp over `data` (SHA-256, with a nonce). Raises TimeStampUnavailable, TimeStampRefused."""
        nonce = secrets.randbits(63)
        request = tsp.TimeStampReq(
            {
                "version": 1,
                "message_imprint": {
                    "hash_algorithm": algos.DigestAlgorithm({"algorithm": DIGEST}),
                    "hashed_message": hashlib.new(DIGEST, data).digest(),
                },
                "nonce": nonce,
                "cert_req": True,
            }
        )
        try:
            answer = self._fetcher.fetch(
                "POST",
                self._url,
                max_bytes=MAX_TOKEN_BYTES,
                body=request.dump(),
                kind="application/timestamp-query",
            )
        except FetchError as error:
            raise TimeStampUnavailable(str(error)) from error
        return read_token(_token(answer, nonce), data, anchors=self._anchors)


def _token(answer: bytes, nonce: int) -> bytes:
    """The token in a response that grants one and repeats our nonce."""
    try:
        response = tsp.TimeStampResp.load(answer)
        status = response["status"]["status"].native
        if status not in GRANTED:
            raise TimeStampRefused(f"the authority answers {status}")
        stated = response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        if stated["nonce"].native != nonce:
            raise TimeStampRefused("the nonce is not the one sent")
        token: bytes = response["time_stamp_token"].dump()
    except UNREADABLE as error:
        raise TimeStampUnavailable(f"unreadable answer: {error}") from error
    return token
