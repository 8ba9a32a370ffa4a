"""Nobody alters history unnoticed: not the database's superuser, and not who holds the key, once anybody kept a digest."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tcloud.core import signing_keys
from tcloud.core.refusals import Refusal
from tcloud.ledger import days, merkle, proof
from tcloud.ledger import queries as ledger
from tcloud.ledger.models import Digest, Transfer
from tests.factories import guards_off
from tests.ledger.closed import DAYS, as_superuser, close, four_days, post

pytestmark = pytest.mark.django_db
EVENT_OF_K3 = "id = (SELECT event_id FROM ledger_transfer WHERE key = 'k3')"
D2 = f"day = '{DAYS[1]}'"


@pytest.fixture(autouse=True)
def rehearsal(settings):
    settings.DEBUG = True
    four_days()
    assert proof.audit()["wrong"] == []


@pytest.fixture
def kept():
    """The list of digests as somebody downloaded it."""
    rows = [proof.published(digest) for digest in Digest.objects.order_by("day")]
    return proof.kept_digests(json.dumps({"digests": rows}))


def wrong():
    return {row["day"]: row["what"] for row in proof.audit()["wrong"]}


# Each edit of the second day's only entry, or of what explains it
EDITS = {
    "amount": "UPDATE ledger_transfer SET amount_points = 51 WHERE key = 'k3'",
    "from another account": "UPDATE ledger_transfer SET debit_account_id = (SELECT id FROM ledger_account WHERE key = 'b') WHERE key = 'k3'",
    "to no account": "UPDATE ledger_transfer SET credit_account_id = 0 WHERE key = 'k3'",
    "code": "UPDATE ledger_transfer SET code = 'grant' WHERE key = 'k3'",
    "key": "UPDATE ledger_transfer SET key = 'k33' WHERE key = 'k3'",
    "moment": "UPDATE ledger_transfer SET at = at + interval '1 microsecond' WHERE key = 'k3'",
    "moment of recording": "UPDATE ledger_transfer SET recorded_at = recorded_at - interval '1 microsecond' WHERE key = 'k3'",
    "another cause": "UPDATE ledger_transfer SET event_id = event_id - 1 WHERE key = 'k3'",
    "no cause": "UPDATE ledger_transfer SET event_id = 0 WHERE key = 'k3'",
    "what the cause says": f"UPDATE core_event SET data = data || '{{\"points\": 2}}' WHERE {EVENT_OF_K3}",
    "who caused it": f"UPDATE core_event SET actor_user_id = 7 WHERE {EVENT_OF_K3}",
    "whose case it was": f"UPDATE core_event SET \"case\" = 'company/9' WHERE {EVENT_OF_K3}",
    "left out": "DELETE FROM ledger_transfer WHERE key = 'k3'",
    "one more, in a gap": "INSERT INTO ledger_transfer (id, key, code, debit_account_id, credit_account_id, amount_points, at, event_id) "
    "SELECT id - 1, 'new', code, debit_account_id, credit_account_id, 1, at, event_id FROM ledger_transfer WHERE key = 'k3'",
}  # fmt: skip


@pytest.mark.rule("R-18")
@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_audit_finds_the_day_of_an_edit_by_the_superuser(edit):
    as_superuser(edit)
    assert wrong() == {DAYS[1]: ["entries"]}


@pytest.mark.rule("R-18")
def test_audit_finds_an_edit_that_leaves_every_balance_right():
    """Both the entry and the totals of its accounts are altered together: the balances still add up, history does not."""
    as_superuser(
        "UPDATE ledger_transfer SET amount_points = 51 WHERE key = 'k3'",
        "UPDATE ledger_account SET debits_points = debits_points + 1 WHERE key = 'a'",
        "UPDATE ledger_account SET credits_points = credits_points + 1 WHERE key = 'c'",
    )
    assert ledger.audit()["balanced"]
    assert wrong() == {DAYS[1]: ["entries"]}


# Each edit of the second day's digest → what is found, by day
DIGEST_EDITS = {
    "points": (f"UPDATE ledger_digest SET points = 51 WHERE {D2}", {DAYS[1]: ["columns", "entries"]}),
    "root": (f"UPDATE ledger_digest SET root = repeat('0', 64) WHERE {D2}", {DAYS[1]: ["columns", "entries"]}),
    "document": (
        f"UPDATE ledger_digest SET document = document || ' ' WHERE {D2}",
        {DAYS[1]: ["columns", "signature"], DAYS[2]: ["chain"]},
    ),
    "signature": (f"UPDATE ledger_digest SET signature = sha512(document) WHERE {D2}", {DAYS[1]: ["signature"]}),
    "salt": (f"UPDATE ledger_digest SET salt = sha256(salt) WHERE {D2}", {DAYS[1]: ["entries"]}),
    "blocks": (f"UPDATE ledger_digest SET blocks = sha256(blocks) WHERE {D2}", {DAYS[1]: ["blocks"]}),
    "left out": (f"DELETE FROM ledger_digest WHERE {D2}", {DAYS[2]: ["chain", "range", "day"]}),
    "the first left out": (
        f"DELETE FROM ledger_digest WHERE day = '{DAYS[0]}'",
        {DAYS[1]: ["chain", "range"]},
    ),
}  # fmt: skip


@pytest.mark.rule("R-18")
@pytest.mark.parametrize(("edit", "found"), DIGEST_EDITS.values(), ids=DIGEST_EDITS)
def test_audit_finds_what_is_wrong_with_an_edited_digest(edit, found):
    as_superuser(edit)
    assert wrong() == found


@pytest.mark.rule("R-18")
def test_audit_finds_history_signed_again_by_a_strangers_key():
    stranger = Ed25519PrivateKey.generate()
    digest = Digest.objects.get(day=DAYS[3])
    digest.points, digest.key_id = 36, signing_keys.key_id(stranger.public_key())
    digest.document = days.document_of(digest)
    digest.signature = stranger.sign(digest.document)
    with guards_off():
        digest.save()
        Transfer.objects.filter(key="k4").update(amount_points=11)
    assert wrong() == {DAYS[3]: ["signature", "entries"]}


@pytest.mark.rule("R-18")
def test_compare_finds_history_signed_again_by_the_true_key(kept):
    """Who holds database and key makes a whole new past; only a digest that somebody kept tells."""
    as_superuser(
        f"DELETE FROM ledger_digest WHERE day >= '{DAYS[1]}'",
        "UPDATE ledger_transfer SET amount_points = 51 WHERE key = 'k3'",
        "UPDATE ledger_account SET debits_points = debits_points + 1 WHERE key = 'a'",
        "UPDATE ledger_account SET credits_points = credits_points + 1 WHERE key = 'c'",
    )
    close(DAYS[3])
    assert ledger.audit()["balanced"]
    assert wrong() == {}
    found = proof.compare(kept)
    assert found["differs_from"] == DAYS[1]
    assert found["wrong"] == [{"day": day, "what": ["document"]} for day in DAYS[1:]]


@pytest.mark.rule("R-18")
def test_compare_finds_the_last_days_left_out(kept):
    as_superuser(f"DELETE FROM ledger_digest WHERE day >= '{DAYS[2]}'")
    assert wrong() == {}
    found = proof.compare(kept)
    assert found["differs_from"] == DAYS[2]
    assert found["wrong"] == [{"day": day, "what": ["missing"]} for day in DAYS[2:]]


def test_compare_believes_no_digest_that_we_did_not_sign(kept):
    kept[1] = kept[1] | {"document": kept[1]["document"].replace(b'"points":50', b'"points":51')}
    assert proof.compare(kept) == {
        "digests": 4, "differs_from": None, "wrong_days": 1, "wrong": [{"day": DAYS[1], "what": ["signature"]}],
    }  # fmt: skip


def test_compare_agrees_with_what_was_kept(kept):
    post(("k7", "move", "a", "b", 1))
    close("2027-01-19")
    assert proof.compare(kept) == {"digests": 4, "differs_from": None, "wrong_days": 0, "wrong": []}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "5",
        "{}",
        '{"digests": 5}',
        '{"document": "{}"}',
        '{"digests": [{"document": "x", "signature": ""}]}',
    ],
)
def test_kept_digests_refuses_what_is_none(text):
    with pytest.raises(ValueError, match="no digests"):
        proof.kept_digests(text)


def test_audit_of_the_newest_days_says_how_far_it_went():
    as_superuser("UPDATE ledger_transfer SET amount_points = 51 WHERE key = 'k3'")
    found = proof.audit(most_entries=3)
    assert (found["days"], found["recomputed_days"], found["recomputed_entries"], found["wrong"]) == (
        4,
        2,
        3,
        [],
    )
    assert proof.audit(most_entries=4)["wrong"] == [{"day": DAYS[1], "what": ["entries"]}]
    assert proof.audit(most_entries=0)["recomputed_days"] == 0


# One entry's proof


def day_of_four_blocks(monkeypatch):
    """Another day, of seven entries, stored in blocks of two."""
    monkeypatch.setattr(days, "BLOCK", 2)
    rows = post(*[(f"n{number}", "grant", "source", "a", 1) for number in range(7)])
    close("2027-01-19")
    return rows


@pytest.mark.rule("R-18")
def test_proof_of_entry_leads_from_every_entry_to_the_signed_root(monkeypatch):
    for row in day_of_four_blocks(monkeypatch):
        given = proof.proof_of_entry(row.pk)
        told = json.loads(given["digest"]["document"])
        assert json.loads(given["entry"])["key"] == row.key
        assert merkle.leads_to(
            bytes.fromhex(told["root"]),
            hashed=merkle.leaf_hash(given["entry"].encode()),
            index=given["index"],
            size=told["entries"],
            path=[bytes.fromhex(each) for each in given["path"]],
        )


def test_proof_of_entry_shows_the_salt_of_no_other_entry():
    digest = Digest.objects.get(day=DAYS[3])
    text = json.dumps(proof.proof_of_entry(Transfer.objects.get(key="k4").pk))
    assert bytes(digest.salt).hex() not in text
    assert text.count("salt") == 1


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE ledger_transfer SET amount_points = 2 WHERE key = 'n4'",
        "DELETE FROM ledger_transfer WHERE key = 'n4'",
        "UPDATE ledger_digest SET blocks = sha256(blocks) WHERE day = '2027-01-19'",
        "UPDATE ledger_digest SET blocks = '' WHERE day = '2027-01-19'",
    ],
)
def test_proof_of_entry_is_refused_where_history_was_altered(monkeypatch, edit):
    rows = day_of_four_blocks(monkeypatch)
    as_superuser(edit)
    with pytest.raises(Refusal) as refused:
        proof.proof_of_entry(rows[5].pk)
    assert refused.value.code == "ledger.history_differs"


def test_proof_of_entry_waits_for_the_day_to_be_closed():
    (row,) = post(("k7", "move", "a", "b", 1))
    with pytest.raises(Refusal) as refused:
        proof.proof_of_entry(row.pk)
    assert refused.value.code == "ledger.not_closed_yet"
    with pytest.raises(LookupError):
        proof.proof_of_entry(row.pk + 1)


def test_entries_of_gives_each_entry_to_one_day():
    post(("k7", "move", "a", "b", 1))
    shown = [row.key for digest in Digest.objects.order_by("day") for row in proof.entries_of(digest)]
    assert shown + [row.key for row in proof.entries_of(None)] == ["k1", "k2", "k3", "k4", "k5", "k6", "k7"]
    assert proof.accounts_of(Transfer.objects.get(key="k3").pk) == ("a", "c")
    assert proof.accounts_of(0) == ()
