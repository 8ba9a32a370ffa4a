"""Lead codes: how they are made, read and refused, who takes them up, and what orders keep of them (R-37, R-39)."""

import itertools
import random
from datetime import timedelta

import pytest

from tcloud.core.refusals import Refusal
from tcloud.leads import operations as leads
from tcloud.leads import queries, rules
from tcloud.leads.models import Introduction, Lead
from tcloud.orders import operations as orders
from tests import factories
from tests.factories import NOW

CODES = [rules.draw(random.Random(number).randrange) for number in range(20)]  # the same in every process


def test_known_codes_have_the_published_check_symbol():
    # 1234 → D by Crockford's own calculator: 1234 in base 32 is 16J
    assert rules.CHECKS[1234 % 37] == "D"
    assert rules.draw(lambda below: 1234) == "0000016JD"
    assert rules.is_well_formed("0000016JD")


@pytest.mark.parametrize("code", CODES[:4])
def test_every_single_typing_error_and_every_swap_is_found(code):
    for place, symbol in itertools.product(range(9), rules.CHECKS):
        wrong = code[:place] + symbol + code[place + 1 :]
        assert rules.is_well_formed(wrong) is (wrong == code)
    for one, two in itertools.combinations(range(8), 2):
        mixed = list(code)
        mixed[one], mixed[two] = mixed[two], mixed[one]
        assert rules.is_well_formed("".join(mixed)) is ("".join(mixed) == code)


@pytest.mark.parametrize("typed", ["0o0oO16j d", " 0000-016J-D ", "0000016jd", "0000–016J–D", "OOOO0i6JD"])
def test_read_takes_look_alikes_and_what_people_put_between(typed):
    assert rules.read(typed) == "0000016JD"


def test_codes_are_of_figures_and_letters_only():
    assert all(code.isalnum() and code.isascii() and len(code) == 9 for code in CODES)
    assert len(set(CODES)) == len(CODES)


@pytest.fixture
def supplier(db):
    return factories.supplier()


@pytest.fixture
def plan(supplier):
    return factories.plan(supplier)


@pytest.fixture
def edition(db):
    return factories.programme()


@pytest.fixture
def company(edition):
    return factories.granted(edition)


def make(supplier, *, plan=None, **changes):
    user = supplier.company.memberships.first()
    values = {
        "company_ubn": "", "most_uses": 2, "days": 30, "note": "展場",
        "user": user.user if user else factories.user(supplier.company),
        "by": factories.actor(supplier.company, "supplier"), "at": NOW,
    }  # fmt: skip
    return leads.make(supplier, plan=plan, **values | changes)


def take_up(lead, company, *, at=NOW):
    user = company.memberships.first().user if company.memberships.exists() else factories.user(company)
    return leads.take_up(lead, company, user=user, by=factories.actor(company), at=at)


def code_of(call):
    with pytest.raises(Refusal) as refused:
        call()
    return refused.value.code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"plan": "other"}, "lead.not_your_plan"),
        ({"company_ubn": "12345678"}, "lead.no_such_ubn"),
        ({"company_ubn": "own"}, "lead.own_company"),
        ({"days": 366}, "lead.out_of_range"),
        ({"days": 0}, "lead.out_of_range"),
        ({"most_uses": 1001}, "lead.out_of_range"),
    ],
)
def test_make_refuses(supplier, changes, code):
    if changes.get("plan"):
        changes = {"plan": factories.plan()}
    if changes.get("company_ubn") == "own":
        changes = {"company_ubn": supplier.company.ubn}
    assert code_of(lambda: make(supplier, **changes)) == code
    assert not Lead.objects.exists()


def test_by_code_tells_a_typo_from_an_unknown_code(supplier, plan):
    lead = make(supplier, plan=plan)
    assert queries.by_code(f" {lead.printed.lower()} ") == lead
    wrong = lead.code[:-2] + ("0" if lead.code[-2] != "0" else "1") + lead.code[-1]
    assert code_of(lambda: queries.by_code(wrong)) == "lead.typed_wrong"
    assert code_of(lambda: queries.by_code("0000016JD")) == "lead.unknown"


@pytest.mark.rule("R-39")
def test_take_up_refuses_by_name(edition, supplier, plan, company):
    own, other = supplier.company, factories.granted(edition)
    lead = make(supplier, plan=plan, most_uses=1)
    for_other = make(supplier, plan=plan, company_ubn=other.ubn)
    ended = leads.end(make(supplier), by=factories.actor(own, "supplier"), at=NOW)
    late = lead.expires_at
    assert late == NOW.replace(hour=0) + timedelta(days=31)
    take_up(lead, company)
    for refused, whom, at, code in (
        (lead, other, NOW, "lead.used_up"),
        (lead, other, late, "lead.expired"),
        (lead, own, NOW, "lead.own_company"),
        (for_other, company, NOW, "lead.other_company"),
        (ended, company, NOW, "lead.ended"),
    ):
        assert code_of(lambda: take_up(refused, whom, at=at)) == code  # noqa: B023
    assert Introduction.objects.count() == 1
    assert take_up(for_other, other).company == other


def test_take_up_twice_is_one_and_after_dropping_begins_again(supplier, company):
    lead = make(supplier, most_uses=1)
    first = take_up(lead, company)
    assert take_up(lead, company) == first
    orders.drop_introduction(first, by=factories.actor(company), at=NOW)
    assert not queries.of_company(company).exists()
    assert take_up(lead, company) == first
    assert queries.of_supplier(supplier).get().taken_up == 1


@pytest.mark.parametrize(("tied", "kept"), [("this", True), ("all", True), ("another", False)])
def test_an_order_keeps_the_lead_of_its_plan(edition, supplier, plan, company, tied, kept):
    plans = {"this": plan, "all": None, "another": factories.plan(supplier)}
    lead = make(supplier, plan=plans[tied])
    take_up(lead, company)
    order = factories.draft(edition, company, plan)
    assert order.lead == (lead if kept else None)
    assert factories.draft(edition, company).lead is None  # of another supplier


def test_dropping_frees_drafts_and_leaves_what_was_sent(edition, supplier, company):
    mine = take_up(make(supplier), company)
    cheap = factories.plan(supplier, price_twd=10_000)
    draft, sent = factories.draft(edition, company, cheap), factories.submitted(edition, company, cheap)
    orders.drop_introduction(mine, by=factories.actor(company), at=NOW)
    for order in (draft, sent):
        order.refresh_from_db()
    assert (draft.lead, sent.lead) == (None, mine.lead)
    assert factories.draft(edition, company, cheap).lead is None
