import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tcloud.core import events
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.refusals import Refusal
from tcloud.ledger import operations as ledger
from tcloud.ledger import queries
from tcloud.ledger.models import Account, Transfer
from tcloud.ledger.operations import Entry
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    return events.record("test.happened", factories.company(), case="test/1", by=THE_SYSTEM, at=factories.NOW)


@pytest.fixture
def accounts():
    ledger.open_accounts(["source"], guarded=False)
    ledger.open_accounts(["a", "b", "c"])
    return "source", "a", "b", "c"


def post(event, *entries):
    return ledger.transfer([Entry(*entry) for entry in entries], event=event, at=factories.NOW)


@pytest.mark.rule("R-18")
def test_transfer_moves_points_between_two_accounts(accounts, event):
    post(event, ("k1", "grant", "source", "a", 300), ("k2", "reserve", "a", "b", 120))
    assert queries.balances(accounts) == {"source": -300, "a": 180, "b": 120, "c": 0}
    assert queries.audit()["balanced"]


@pytest.mark.rule("R-18")
def test_transfer_refuses_to_overdraw_and_changes_nothing(accounts, event):
    post(event, ("k1", "grant", "source", "a", 100))
    with pytest.raises(Refusal) as refused, transaction.atomic():
        post(event, ("k2", "reserve", "a", "b", 60), ("k3", "reserve", "a", "c", 41))
    assert refused.value.code == "ledger.overdrawn"
    assert queries.balances(accounts) == {"source": -100, "a": 100, "b": 0, "c": 0}
    assert Transfer.objects.count() == 1


def test_transfer_posts_the_same_key_once(accounts, event):
    post(event, ("k1", "grant", "source", "a", 100))
    with pytest.raises(IntegrityError), transaction.atomic():
        post(event, ("k1", "grant", "source", "a", 100))
    assert queries.balance("a") == 100


def test_transfer_needs_open_accounts(accounts, event):
    with pytest.raises(LookupError, match="nowhere"):
        post(event, ("k1", "grant", "source", "nowhere", 1))


FORBIDDEN = {
    "edit a balance": "UPDATE ledger_account SET credits_points = credits_points + 1 WHERE key = 'a'",
    "open an account with points on it": "INSERT INTO ledger_account (key, lock_rank, guarded, debits_points, credits_points) "
    "VALUES ('x', 0, true, 0, 5)",
    "lift the guard": "UPDATE ledger_account SET guarded = false WHERE key = 'a'",
    "delete an account": "DELETE FROM ledger_account WHERE key = 'c'",
    "edit a transfer": "UPDATE ledger_transfer SET amount_points = amount_points + 1",
    "delete a transfer": "DELETE FROM ledger_transfer",
}


@pytest.mark.rule("R-18")
@pytest.mark.parametrize("sql", FORBIDDEN.values(), ids=FORBIDDEN)
def test_database_refuses_to(sql, accounts, event):
    post(event, ("k1", "grant", "source", "a", 100))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert queries.audit()["balanced"]


@pytest.mark.rule("R-18")
@pytest.mark.parametrize(("amount", "credit"), [(0, "b"), (-5, "b"), (5, "a")])
def test_database_refuses_a_transfer_of_nothing_or_to_itself(amount, credit, accounts, event):
    post(event, ("k1", "grant", "source", "a", 100))
    with pytest.raises(IntegrityError), transaction.atomic():
        post(event, ("k2", "reserve", "a", credit, amount))


def test_audit_finds_a_total_that_was_tampered_with(accounts, event):
    post(event, ("k1", "grant", "source", "a", 100))
    with factories.guards_off(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_account SET credits_points = credits_points + 7 WHERE key = 'a'")
    found = queries.audit()
    assert not found["balanced"]
    assert found["wrong_totals"] == ["a"]


@pytest.mark.rule("R-18")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("abc"), st.integers(min_value=1, max_value=60)),
        max_size=25,
    )
)
def test_transfer_keeps_every_guarded_balance_and_the_sum(moves, accounts, event):
    """Property: whatever is tried, balances equal a plain model, none is negative, the books balance."""
    with transaction.atomic():
        model = {"a": 100, "b": 0, "c": 0}
        post(event, ("start", "grant", "source", "a", 100))
        for number, (debit, credit, amount) in enumerate(moves):
            legal = debit != credit and model[debit] >= amount
            try:
                with transaction.atomic():
                    post(event, (f"m{number}", "move", debit, credit, amount))
                assert legal
                model[debit] -= amount
                model[credit] += amount
            except (Refusal, IntegrityError):
                assert not legal
        assert queries.balances("abc") == model
        assert queries.audit()["balanced"]
        transaction.set_rollback(True)
    assert not Account.objects.filter(debits_points__gt=0).exists()
