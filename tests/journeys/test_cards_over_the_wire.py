"""R-09 against the sandbox's authority: every kind of card, and every way the authority can fail."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.card_agent import sign_cms
from tcloud.adapters.card import RevocationClient, TrustPolicy, inspect_cms, read_trust_folder
from tcloud.core import clock

pytestmark = pytest.mark.rule("R-09")
UBN, CONTENT, NONCE = "99990004", "證明這是這家公司".encode(), "00112233445566778899aabbccddeeff"


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False) as client:
        yield client


def judge(world: Any, http: httpx.Client, folder: Path, card: Any) -> tuple[bool, tuple[str, ...], str]:
    """(accepted, codes, where the revocation answer came from) of what this card signs now."""
    signed = sign_cms(
        world.cards.sign_key(card.card_id), card.sign_certificate, CONTENT, nonce=bytes.fromhex(NONCE)
    )
    anchors, intermediates = read_trust_folder(folder)
    verdict = inspect_cms(
        signed,
        content=CONTENT,
        nonce=NONCE,
        at=clock.now() + timedelta(seconds=1),
        policy=TrustPolicy(anchors=anchors, intermediates=intermediates),
        revocation=RevocationClient(http, timeout=1),
    )
    return verdict.accepted, verdict.codes, str(verdict.revocation.source)


@pytest.mark.parametrize(
    ("kind", "rank", "codes"),
    [
        ("company", "primary", set()),
        ("company", "secondary", {"secondary_card"}),
        ("expired", "primary", {"expired"}),
        ("not_yet_valid", "primary", {"not_yet_valid"}),
        ("other_authority", "primary", {"chain"}),
        ("forged_authority", "primary", {"chain"}),
        ("other_policy", "primary", {"policy_missing"}),
        ("mismatched_ubn", "primary", {"ubn_mismatch"}),
    ],
)
def test_kind_of_card_is_judged(world, http, trust_folder, kind, rank, codes):
    card = world.cards.issue(UBN, "晨光烘焙坊有限公司（示範）", kind=kind, rank=rank)
    accepted, found, _source = judge(world, http, trust_folder, card)
    assert accepted is (not codes)
    assert codes <= set(found)


def test_revoked_card_is_refused_by_ocsp_and_by_the_list(world, http, trust_folder):
    card = world.cards.issue(UBN, "晨光烘焙坊有限公司（示範）")
    assert judge(world, http, trust_folder, card) == (True, (), "ocsp")
    world.cards.revoke(card.card_id)
    assert judge(world, http, trust_folder, card) == (False, ("revoked",), "ocsp")
    world.switches.set("ocsp", "fail")
    assert judge(world, http, trust_folder, card) == (False, ("revoked",), "crl")


@pytest.mark.parametrize("mode", ["fail", "garbage", "silent"])
def test_authority_that_fails_is_asked_another_way_and_its_silence_accepts_nobody(
    world, http, trust_folder, mode
):
    card = world.cards.issue(UBN, "晨光烘焙坊有限公司（示範）")
    world.switches.set("ocsp", mode)
    assert judge(world, http, trust_folder, card) == (True, (), "crl")
    world.switches.set("crl", mode)
    accepted, codes, _source = judge(world, http, trust_folder, card)
    assert not accepted
    assert "revocation_unknown" in codes
