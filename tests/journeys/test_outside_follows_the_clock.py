"""R-09, R-30 over the wire a hundred days ahead and back again: cards prove, and the gateway answers, when the outside follows."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.card_agent import sign_cms
from tcloud.adapters.card import RevocationClient, TrustPolicy, inspect_cms, read_trust_folder
from tcloud.adapters.ecpay.client import EcpayClient
from tcloud.adapters.gateway_port import GatewayUnavailable, TradeStatus
from tcloud.adapters.merchant import Credentials
from tcloud.adapters.rehearsal.client import HttpFollowers
from tcloud.core import clock

UBN, CONTENT, NONCE = "99990004", b"this is that company", "00112233445566778899aabbccddeeff"
AHEAD = timedelta(days=100)


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


@pytest.fixture
def outside(world: Any, http: httpx.Client) -> Iterator[HttpFollowers]:
    """The sandbox, told of every move as the product tells it."""
    followers = HttpFollowers(http, [f"{world.base_url}/control/clock"])
    yield followers
    assert followers.tell(timedelta(0)) == []


class _Outside:
    """A card of before the move, and the gateway: what they say at a moment."""

    def __init__(self, world: Any, http: httpx.Client, folder: Path) -> None:
        self._world = world
        self._card = world.cards.issue(UBN, "晨光烘焙坊有限公司（示範）")
        anchors, intermediates = read_trust_folder(folder)
        self._policy = TrustPolicy(anchors=anchors, intermediates=intermediates)
        self._revocation = RevocationClient(http, timeout=2)
        ready = world.ready()["gateway"]
        keys = Credentials(ready["merchant_id"], ready["hash_key"], ready["hash_iv"])
        self._gateway = EcpayClient(http, ready["url"], keys)

    def card_says(self, at: datetime) -> tuple[bool, str | None]:
        signed = sign_cms(
            self._world.cards.sign_key(self._card.card_id), self._card.sign_certificate, CONTENT,
            nonce=bytes.fromhex(NONCE), signing_time=self._world.pki.now(),
        )  # fmt: skip
        verdict = inspect_cms(
            signed, content=CONTENT, nonce=NONCE, at=at, policy=self._policy, revocation=self._revocation
        )
        return verdict.accepted, verdict.revocation.source

    def gateway_says(self, at: datetime) -> TradeStatus:
        return self._gateway.query("NEVEROPENED", amount_twd=1, at=at).status


@pytest.mark.rule("R-09", "R-30")
def test_cards_and_gateway_work_ahead_and_after_coming_back(
    world: Any, http: httpx.Client, outside: HttpFollowers, trust_folder: Path
) -> None:
    there = _Outside(world, http, trust_folder)
    for source in (
        "ocsp",
        "crl",
    ):  # the list is kept from one moment to the next: one of the future is not used
        world.switches.set("ocsp", "ok" if source == "ocsp" else "fail")
        for shift in (timedelta(0), AHEAD, -AHEAD, timedelta(0)):
            assert outside.tell(shift) == []
            at = clock.now() + shift
            expected = (shift >= timedelta(0), source)  # a hundred days ago the card was not valid yet
            assert there.card_says(at + timedelta(seconds=1)) == expected
            assert there.gateway_says(at) is TradeStatus.NOT_FOUND


def test_an_outside_that_was_not_told_accepts_no_card_and_answers_no_question(
    world: Any, http: httpx.Client, outside: HttpFollowers, trust_folder: Path
) -> None:
    """Why followers are told first, and why a move without them is refused."""
    there, at = _Outside(world, http, trust_folder), clock.now() + AHEAD
    accepted, source = there.card_says(at)
    assert (accepted, source) == (False, None)
    with pytest.raises(GatewayUnavailable):
        there.gateway_says(at)
