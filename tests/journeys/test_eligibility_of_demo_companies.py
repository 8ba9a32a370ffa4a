"""R-01 to R-07 over the registers' wire: each invented company of the sandbox comes out as its note says."""

from typing import Any

import httpx
import pytest

from tcloud.adapters.registries.clients import RegistryConfig, connect
from tcloud.adapters.registries.facts import gather
from tcloud.adapters.registries.http import Limits
from tcloud.core import clock
from tcloud.eligibility.rules import Decision, EligibilityNumbers, Verdict, judge

NUMBERS = EligibilityNumbers(max_paid_in_capital_twd=100_000_000, insured_employees_below=200)


def check(world: Any, ubn: str) -> Verdict:
    ready = world.ready()
    config = RegistryConfig(
        gcis_url=ready["gcis_url"],
        fia_url=ready["fia_url"],
        agency_url=ready["agency_url"],
        agency_key=ready["agency_key"],
        limits=Limits(silence_seconds=1, total_seconds=2),
    )
    at = clock.now()
    with httpx.HTTPTransport() as transport:
        clients = connect(config, transport=transport)
        facts = gather(ubn, clients=clients, authorisation_reference="tcloud-A1", at=at, total_seconds=4)
    return judge(facts, NUMBERS, today=at.date())


@pytest.mark.rule("R-01")
@pytest.mark.rule("R-02")
@pytest.mark.rule("R-03")
@pytest.mark.rule("R-04")
@pytest.mark.rule("R-05")
@pytest.mark.rule("R-06")
@pytest.mark.parametrize(
    ("ubn", "decision", "rules"),
    [
        ("99990004", Decision.ELIGIBLE, []),
        ("99990036", Decision.ELIGIBLE, []),  # 商業登記
        ("99990068", Decision.ELIGIBLE, []),  # no insured unit
        ("99990166", Decision.ELIGIBLE, []),  # 有限合夥
        ("99990176", Decision.ELIGIBLE, []),  # large capital, 180 employees
        ("99990198", Decision.ELIGIBLE, []),  # paid-in 0 of a 有限公司
        ("99990187", Decision.INELIGIBLE, ["R-01"]),
        ("99990205", Decision.INELIGIBLE, ["R-02"]),
        ("99990216", Decision.INELIGIBLE, ["R-02"]),
        ("99990237", Decision.INELIGIBLE, ["R-03"]),
        ("99990248", Decision.INELIGIBLE, ["R-03"]),
        ("99990258", Decision.INELIGIBLE, ["R-04"]),
        ("99990269", Decision.INELIGIBLE, ["R-05"]),
        ("99990291", Decision.INELIGIBLE, ["R-06"]),
    ],
)
def test_company_comes_out_as_its_note_says(world, ubn, decision, rules):
    verdict = check(world, ubn)
    assert verdict.decision is decision
    assert [result.rule for result in verdict.fails] == rules


@pytest.mark.rule("R-07")
@pytest.mark.parametrize("ubn", ["99990314", "99990325"])
def test_company_whose_sources_are_silent_is_neither_refused_nor_accepted(world, ubn):
    verdict = check(world, ubn)
    assert verdict.decision is Decision.IN_REVIEW
    assert verdict.unknowns


@pytest.mark.rule("R-07")
@pytest.mark.parametrize("mode", ["fail", "garbage"])
@pytest.mark.parametrize("service", ["gcis", "agency"])
def test_service_that_fails_refuses_nobody(world, service, mode):
    world.switches.set(service, mode)
    assert check(world, "99990004").decision is Decision.IN_REVIEW
    world.switches.reset()
    assert check(world, "99990004").decision is Decision.ELIGIBLE
