"""The programme's books against the entries: every kind of disagreement is found and named; `ledger_audit` answers with exit status 1."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tcloud.core.actors import THE_SYSTEM
from tcloud.core.refusals import Refusal
from tcloud.ledger import closing, proof
from tcloud.ledger.models import Digest, Transfer
from tcloud.points import books
from tcloud.points.models import Grant, Reservation
from tests import factories
from tests.factories import NOW
from tests.ledger.closed import as_superuser

pytestmark = pytest.mark.django_db
NIGHT = NOW + timedelta(days=1)


@pytest.fixture
def grants(settings):
    """An edition with a grant that is reserved in part, one redeemed in part, one untouched; the day closed."""
    settings.DEBUG = True
    edition = factories.programme()
    plan = factories.plan()
    from tcloud.orders import operations as orders

    companies = [factories.granted(edition) for _ in range(3)]
    factories.submitted(edition, companies[0], plan, points=1_000)
    order = factories.delivered(edition, companies[1], plan, points=2_000)
    orders.confirm(order, by=factories.actor(companies[1]), at=NOW)
    closing.close_days(by=THE_SYSTEM, at=NIGHT)
    found = books.audit()
    assert found["balanced"], found
    assert (found["grants"], found["editions"]) == (
        {"count": 3, "wrong_count": 0, "wrong": []},
        {"count": 1, "wrong_count": 0, "wrong": []},
    )
    return [Grant.objects.get(company=company) for company in companies]


def account(key):
    return f"(SELECT id FROM ledger_account WHERE key = '{key}')"


# the edit, with {g} for the third grant's id (untouched), {r} the first's (reserved), {d} the second's (redeemed) → what is said of which
EDITS = {
    "a grant of more": ("UPDATE points_grant SET points = 40000 WHERE id = {g}", {"g": ["granted", "sum"]}),
    "a grant without entry": ("DELETE FROM ledger_transfer WHERE key = 'grant/{g}'", {"g": ["granted", "sum"]}),
    "an entry without grant": ("DELETE FROM points_grant WHERE id = {g}", {"g": ["no_such_grant"]}),
    "points that go nowhere": (
        "UPDATE ledger_transfer SET amount_points = 999 WHERE code = 'reserve' AND key LIKE '%/{r}'",
        {"r": ["reserved"]},
    ),
    "a reservation without entry": (
        "UPDATE points_reservation SET points = 1001 WHERE grant_id = {r}",
        {"r": ["reserved"]},
    ),
    "a redemption without entry": (
        "UPDATE points_reservation SET state = 'redeemed' WHERE grant_id = {r}",
        {"r": ["reserved", "redeemed"]},
    ),
    "points left in a closed grant": (
        "UPDATE points_grant SET closed_as = 'expired', closed_at = now() WHERE id = {g}",
        {"g": ["closed_with_points"]},
    ),
    "taken by no rule": ("UPDATE ledger_transfer SET code = 'gift' WHERE code = 'redeem'", {"d": ["sum", "redeemed"]}),
}  # fmt: skip


@pytest.mark.rule("R-18")
@pytest.mark.parametrize(("edit", "said"), EDITS.values(), ids=EDITS)
def test_audit_names_the_grant_and_what_is_wrong_with_it(grants, edit, said):
    ids = dict(zip("rdg", (grant.pk for grant in grants), strict=True))
    as_superuser(edit.format(**ids))
    found = books.audit()
    assert not found["balanced"]
    expected = [{"grant": ids[name], "what": what} for name, what in said.items()]
    assert found["grants"] == {"count": Grant.objects.count(), "wrong_count": 1, "wrong": expected}


@pytest.mark.rule("R-18")
def test_audit_names_the_edition_whose_points_do_not_add_up(grants):
    edition = grants[0].programme_id
    as_superuser(
        "INSERT INTO ledger_account (key, lock_rank, guarded, debits_points, credits_points) VALUES ('pocket', 0, true, 0, 0)",
        f"UPDATE ledger_transfer SET credit_account_id = {account('pocket')} WHERE code = 'redeem'",
    )
    found = books.audit()
    assert not found["balanced"]
    assert found["editions"] == {
        "count": 1,
        "wrong_count": 1,
        "wrong": [
            {
                "edition": edition,
                "appropriated": 3_000_000,
                "left": 2_910_000,
                "in_grants": 88_000,
                "payable": 0,
            }
        ],
    }


@pytest.mark.rule("R-18")
def test_ledger_audit_answers_all_of_it_with_exit_status_0_and_1(grants, tmp_path):
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(proof.published(Digest.objects.get())), encoding="utf-8")
    told, status = ledger_audit(digest=kept)
    assert status == 0
    assert set(told) == {
        "balanced", "accounts", "transfers", "debits_points", "credits_points", "wrong_totals", "overdrawn", "by_code",
        "digests", "grants", "editions", "kept", "differs_from",
    }  # fmt: skip
    assert told["differs_from"] is None
    assert told["kept"]["digests"] == 1
    as_superuser("UPDATE core_event SET data = '{}' WHERE type = 'points.granted'")
    told, status = ledger_audit()
    assert (status, told["balanced"], told["differs_from"]) == (1, False, NOW.date().isoformat())
    assert told["wrong_totals"] == []


@pytest.mark.rule("R-18")
def test_ledger_audit_with_a_kept_digest_says_from_which_day_history_differs(grants, tmp_path):
    kept = tmp_path / "kept.json"
    kept.write_text(json.dumps(proof.published(Digest.objects.get())), encoding="utf-8")
    as_superuser(
        "DELETE FROM ledger_digest", "UPDATE core_event SET data = '{}' WHERE type = 'points.granted'"
    )
    closing.close_days(by=THE_SYSTEM, at=NIGHT)  # signed with the true key: the books alone look well
    told, status = ledger_audit()
    assert (status, told["balanced"]) == (0, True)
    told, status = ledger_audit(digest=kept)
    assert (status, told["balanced"], told["differs_from"]) == (1, False, NOW.date().isoformat())


def test_ledger_audit_refuses_a_file_of_something_else(grants, tmp_path):
    (tmp_path / "x.json").write_text("{}")
    for name in ("x.json", "nothing.json"):
        with pytest.raises(CommandError, match="can't be read"):
            ledger_audit(digest=tmp_path / name)


def ledger_audit(**options):
    """(document, exit status)."""
    out = StringIO()
    try:
        call_command("ledger_audit", stdout=out, **options)
    except SystemExit as end:
        return json.loads(out.getvalue()), end.code
    return json.loads(out.getvalue()), 0


def test_ledger_close_tells_the_days_it_closed(grants):
    out = StringIO()
    with pytest.raises(SystemExit):  # the fixture closed a day that the clock has not reached
        call_command("ledger_close", stdout=out)
    assert json.loads(out.getvalue())["refused"] == "ledger.clock_behind"
    as_superuser("DELETE FROM ledger_digest")
    call_command("ledger_close", stdout=(out := StringIO()))
    told = json.loads(out.getvalue())
    assert told["closed"] == [told["last_day"]]


@pytest.mark.rule("R-37")
def test_proof_of_entry_is_for_the_company_of_the_grant(grants):
    ours, other, _untouched = grants
    mine = Transfer.objects.get(key=f"grant/{ours.pk}")
    assert json.loads(books.proof_of_entry(mine.pk, company=ours.company)["entry"])["id"] == mine.pk
    assert books.proof_of_entry(mine.pk) == books.proof_of_entry(mine.pk, company=ours.company)
    budget = Transfer.objects.get(code="appropriate")
    for entry, company in (
        (mine.pk, other.company),
        (budget.pk, ours.company),
        (mine.pk + 10_000, ours.company),
    ):
        with pytest.raises(LookupError):
            books.proof_of_entry(entry, company=company)


def test_audit_stays_right_while_an_order_is_withdrawn(grants):
    from tcloud.orders import operations as orders
    from tcloud.orders.models import Order

    orders.withdraw(Order.objects.get(state="SUBMITTED"), by=factories.actor(grants[0].company), at=NOW)
    assert Reservation.objects.filter(state="released").exists()
    assert books.audit()["balanced"]
    with pytest.raises(Refusal):
        books.proof_of_entry(Transfer.objects.latest("id").pk)
