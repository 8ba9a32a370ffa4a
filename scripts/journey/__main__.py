"""`make journey`: walk it, print it, audit the books. Exit status 0 and "journey: ok" last, or the step that failed and why."""

import argparse
import concurrent.futures
import os
import sys
import time
from pathlib import Path
from typing import Any

import django

from scripts.journey.demo import running_demo
from scripts.journey.outside import Card, Outside
from scripts.journey.story import Story, SupplierDesk

SUPPLIER_UBN = "99990377"
AT_ONCE = 16


def main() -> int:
    """Run the journeys asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make journey", description=__doc__)
    parser.add_argument("--companies", type=int, default=int(os.environ.get("COMPANIES") or 1))
    options = parser.parse_args()
    with running_demo() as (site_url, ready):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        django.setup()
        outside = Outside(ready)
        began = time.monotonic()
        stories, failures = walk(site_url, outside, outside.new_companies(options.companies))
        took = time.monotonic() - began
        return report(stories, failures, took)


def walk(site_url: str, outside: Outside, cards: list[Card]) -> tuple[list[Story], list[str]]:
    """Every company's journey, many at once; returns them and a sentence for each that failed."""
    from tcloud.web import demo

    email = next(a.email for a in demo.accounts() if a.email.startswith("cloud-stock-software@"))
    desk = SupplierDesk(site_url, outside, outside.card_of(SUPPLIER_UBN), email=email, password=demo.PASSWORD)
    desk.open()
    stories = [Story(site_url, outside, card, desk) for card in cards]
    failures: list[str] = []
    try:
        with concurrent.futures.ThreadPoolExecutor(min(AT_ONCE, len(stories))) as pool:
            running = {pool.submit(story.run): story for story in stories}
            for future in concurrent.futures.as_completed(running):
                if error := future.exception():
                    story = running[future]
                    failures.append(f"{story.card.ubn} “{story.current}”: {type(error).__name__}: {error}")
    finally:
        desk.close()
    return stories, failures


def report(stories: list[Story], failures: list[str], took_s: float) -> int:
    """Print the timeline, the ledger entries and the audit; returns the exit status."""
    _print_timeline(stories[0])
    from tcloud.core.clock import TAIPEI

    entries = _ledger_entries(stories[0])
    if entries:
        print("\n帳本分錄（點）")
        for line in entries:
            print(
                f"  {line.at.astimezone(TAIPEI):%H:%M:%S}  {line.code:<8} {line.debit:>24} → {line.credit:<28} {line.amount_points:>8,}"
            )
    problems = failures + _contract_problems(stories) + _books_problems(stories)
    if len(stories) > 1:
        done = len(stories) - len(failures)
        print(f"\n{done} of {len(stories)} companies, {took_s:.1f} s, {done / took_s:.2f} journeys a second")
    if problems:
        for problem in problems:
            print(f"journey: failed: {problem}", file=sys.stderr)
        print("journey: failed")
        return 1
    print("journey: ok")
    return 0


def _print_timeline(story: Story) -> None:
    print(f"{story.card.name}（{story.card.ubn}）　訂單 {story.order_number or '—'}")
    for step in story.steps:
        print(f"  {step.at_s:7.2f} s  {step.took_s:6.2f} s  {step.title}　{step.detail}")


def _ledger_entries(story: Story) -> list[Any]:
    from tcloud.members.models import Company
    from tcloud.points import queries
    from tcloud.programme.queries import current

    programme, company = current(), Company.objects.filter(ubn=story.card.ubn).first()
    return queries.entries(programme, company) if programme and company else []


def _contract_problems(stories: list[Story]) -> list[str]:
    """The signed contract, verified by what the auditors use (R-20)."""
    from tcloud.contracts.verification import verify
    from tcloud.core import clock
    from tcloud.members import cards

    found = []
    for story in stories:
        if story.contract:
            verdict = verify(
                story.contract,
                policy=cards.trust_policy(),
                at=clock.now(),
                revocation=cards.revocation_checker(),
            )
            signers = [signature.signer_ubn for signature in verdict.signatures]
            if not verdict.ok or signers != [story.card.ubn, SUPPLIER_UBN]:
                found.append(f"{story.card.ubn}: the contract does not verify: {verdict.to_json()}")
    kept = Path(os.environ.get("TCLOUD_VAR", "var")) / "journey-contract.pdf"
    if stories[0].contract:
        kept.write_bytes(stories[0].contract)
        print(f"\n契約：{kept}")
    return found


def _books_problems(stories: list[Story]) -> list[str]:
    """The books of the whole edition, and what each company of this run spent."""
    from tcloud.members.models import Company
    from tcloud.orders.models import Order
    from tcloud.points.books import audit

    result = audit()
    print(
        f"\n帳本查核：{'平衡' if result['balanced'] else '不平衡'}，{result['transfers']:,} 筆分錄，{result['accounts']:,} 個帳戶"
    )
    found = [] if result["balanced"] else [f"the books do not balance: {result}"]
    for story in stories:
        spent = {line.code: line.amount_points for line in _ledger_entries(story)}
        expected = {"grant": 30_000, "reserve": 30_000, "redeem": 30_000}
        if Company.objects.filter(ubn=story.card.ubn).exists() and spent != expected and story.contract:
            found.append(f"{story.card.ubn}: entries {spent}, expected {expected}")
        states = list(Order.objects.filter(company__ubn=story.card.ubn).values_list("state", flat=True))
        if story.contract and states != ["COMPLETED"]:
            found.append(f"{story.card.ubn}: orders {states}")
    return found


if __name__ == "__main__":
    sys.exit(main())
