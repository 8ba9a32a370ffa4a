"""`make journey`: walk it, print it, audit the books. Exit status 0 and "journey: ok" last, or the step that failed and why.

`--until completed` is the flyer's four steps; `unused`, `expired` and `late-release` rehearse the end of a grant's life, for which an
officer moves the clock of the whole site and brings it back to real time, whatever happened.
"""

import argparse
import concurrent.futures
import os
import sys
import time
from pathlib import Path
from typing import Any

import django

from scripts.journey.browser import Lost
from scripts.journey.demo import running_demo
from scripts.journey.office import OfficeDesk
from scripts.journey.outside import Card, Outside
from scripts.journey.story import Story, SupplierDesk

SUPPLIER_UBN = "99990377"
AT_ONCE = 16
ENDS = ("unused", "expired", "late-release")


def main() -> int:
    """Run the journeys asked for; returns the exit status."""
    parser = argparse.ArgumentParser(prog="make journey", description=__doc__)
    parser.add_argument("--companies", type=int, default=int(os.environ.get("COMPANIES") or 1))
    parser.add_argument("--until", choices=["completed", *ENDS], default="completed")
    options = parser.parse_args()
    with running_demo() as (site_url, ready):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        os.environ.setdefault(
            "TCLOUD_REHEARSAL_CLOCK", "1"
        )  # as the demo has it: the time here is the site's
        django.setup()
        outside = Outside(ready)
        if options.until != "completed":
            return rehearse(site_url, outside, options.until)
        began = time.monotonic()
        stories, failures = walk(site_url, outside, outside.new_companies(options.companies))
        took = time.monotonic() - began
        return report(stories, failures, took)


def walk(site_url: str, outside: Outside, cards: list[Card]) -> tuple[list[Story], list[str]]:
    """Every company's journey, many at once; returns them and a sentence for each that failed."""
    desk = supplier_desk(site_url, outside)
    stories = [Story(site_url, outside, card, desk) for card in cards]
    return stories, run_all(stories, desk)


def run_all(stories: list[Story], desk: SupplierDesk) -> list[str]:
    """Run them, many at once, and close the supplier's desk; a sentence for each that failed."""
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
    return failures


def supplier_desk(site_url: str, outside: Outside, *, patience_s: float = 0) -> SupplierDesk:
    """The supplier's clerk, signed in, with the card in its reader."""
    from tcloud.web import demo

    email = next(a.email for a in demo.accounts() if a.email.startswith("cloud-stock-software@"))
    desk = SupplierDesk(
        site_url,
        outside,
        outside.card_of(SUPPLIER_UBN),
        email=email,
        password=demo.PASSWORD,
        patience_s=patience_s,
    )
    desk.open()
    return desk


def rehearse(site_url: str, outside: Outside, end: str) -> int:
    """One life of a grant, up to the end asked for; then the clock goes back to real time. Returns the exit status."""
    from scripts.journey.lives import LIVES
    from tcloud.web import demo

    officer = next(account.email for account in demo.accounts() if account.role == "officer")
    office = OfficeDesk(site_url, email=officer, password=demo.PASSWORD)
    try:
        if office.back():
            print("journey: 時鐘還停在先前的演練，先調回實際時間。", flush=True)
    except Lost as lost:
        return _verdict([f"the clock of this site can't be moved: {lost}"])
    desk = supplier_desk(site_url, outside)
    (card,) = outside.new_companies(1)
    story = Story(site_url, outside, card, desk)
    life, problems = LIVES[end](story, office), []
    try:
        life.run()
    except Exception as error:
        problems.append(f"{card.ubn} “{story.current}”: {type(error).__name__}: {error}")
    finally:
        problems += _clear_up(desk, office)
    return _conclude(story, life.entries, problems)


def _clear_up(desk: SupplierDesk, office: OfficeDesk) -> list[str]:
    """The clock back at real time and the supplier's card taken away, whatever happened; a sentence for what failed."""
    failed = []
    for what, act in (("the clock was not brought back", office.back), ("the card stays", desk.close)):
        try:
            act()
        except Exception as error:
            failed.append(f"{what}: {type(error).__name__}: {error}")
    return failed


def _conclude(story: Story, expected: tuple[tuple[str, int], ...], problems: list[str]) -> int:
    """Print the life and judge the books by it; returns the exit status."""
    from tcloud.core import clock

    print("時鐘：" + ("實際時間" if not clock.shift() else f"仍是演練時間 {clock.now():%F %R}"))
    print(f"{story.card.name}（{story.card.ubn}）")
    for step in story.steps:
        print(f"  {step.shown_at:%Y-%m-%d %H:%M}  {step.took_s:6.2f} s  {step.title}　{step.detail}")
    entries = _ledger_entries(story)
    _print_entries(entries, "%Y-%m-%d %H:%M")
    found = tuple((line.code, line.amount_points) for line in entries)
    if not problems and found != expected:
        problems.append(f"{story.card.ubn}: entries {found}, expected {expected}")
    return _verdict([*problems, *_audit_problems()])


def report(stories: list[Story], failures: list[str], took_s: float) -> int:
    """Print the timeline, the ledger entries and the audit; returns the exit status."""
    _print_timeline(stories[0])
    _print_entries(_ledger_entries(stories[0]), "%H:%M:%S")
    problems = failures + _contract_problems(stories) + _books_problems(stories)
    if len(stories) > 1:
        done = len(stories) - len(failures)
        print(f"\n{done} of {len(stories)} companies, {took_s:.1f} s, {done / took_s:.2f} journeys a second")
    return _verdict(problems)


def _verdict(problems: list[str]) -> int:
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


def _print_entries(entries: list[Any], form: str) -> None:
    from tcloud.core.clock import TAIPEI

    if entries:
        print("\n帳本分錄（點）")
    for line in entries:
        when = line.at.astimezone(TAIPEI).strftime(form)
        print(f"  {when}  {line.code:<8} {line.debit:>24} → {line.credit:<28} {line.amount_points:>8,}")


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


def _audit_problems() -> list[str]:
    """The books of the whole edition, recomputed from the entries alone."""
    from tcloud.points.books import audit

    result = audit()
    print(
        f"\n帳本查核：{'平衡' if result['balanced'] else '不平衡'}，{result['transfers']:,} 筆分錄，{result['accounts']:,} 個帳戶"
    )
    return [] if result["balanced"] else [f"the books do not balance: {result}"]


def _books_problems(stories: list[Story]) -> list[str]:
    """The books of the whole edition, and what each company of this run spent."""
    from tcloud.members.models import Company
    from tcloud.orders.models import Order

    found = _audit_problems()
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
