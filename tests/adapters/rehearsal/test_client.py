"""The followers' client against followers made of functions."""

import json
from datetime import timedelta

import httpx

from tcloud.adapters.rehearsal.client import HttpFollowers, http_client

GOOD, BROKEN, SILENT, LAST = (f"http://{name}.test/clock" for name in ("good", "broken", "silent", "last"))


def test_tell_puts_the_offset_to_every_one_and_names_those_that_did_not_take_it() -> None:
    heard: list[tuple[str, str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        heard.append((request.method, str(request.url), json.loads(request.content)))
        if str(request.url) == SILENT:
            raise httpx.ReadTimeout("silent")
        return httpx.Response(500 if str(request.url) == BROKEN else 200)

    addresses = [GOOD, BROKEN, SILENT, LAST]
    with http_client(transport=httpx.MockTransport(answer)) as http:
        silent = HttpFollowers(http, addresses).tell(timedelta(days=-1, seconds=1.5))
    assert silent == [BROKEN, SILENT]
    assert [url for _method, url, _body in heard] == [GOOD, BROKEN, SILENT, LAST]
    assert {method for method, _url, _body in heard} == {"PUT"}
    assert all(body == {"offset_seconds": -86398.5} for _method, _url, body in heard)


def test_tell_names_addresses_that_are_none() -> None:
    with http_client() as http:
        assert HttpFollowers(http, ["nonsense://x", "http://127.0.0.1:1/"]).tell(timedelta(0)) == [
            "nonsense://x",
            "http://127.0.0.1:1/",
        ]
        assert HttpFollowers(http, []).tell(timedelta(days=1)) == []
