"""Closing the days: what each covers, what is signed, and what refuses to be closed."""

import base64
import hashlib
import json
from datetime import date, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tcloud.core import clock
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger import canonical, closing, days, proof, signing, tasks
from tcloud.ledger import operations as ledger
from tcloud.ledger.merkle import EMPTY_ROOT, leaf_hash, root_of
from tcloud.ledger.models import Account, Digest, Transfer
from tests.factories import NOW
from tests.ledger.closed import DAYS, burn_an_id, close, four_days, post

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rehearsal(settings):
    """The days of these tests lie ahead of the database's clock."""
    settings.DEBUG = True


@pytest.fixture
def accounts():
    ledger.open_accounts(["source"], guarded=False)
    ledger.open_accounts(["a", "b"])


def recorded(day, key):
    """An entry recorded at noon of that day by the database's clock."""
    return Transfer.objects.create(
        key=key, code="grant", amount_points=1, at=NOW, recorded_at=datetime.fromisoformat(f"{day}T12:00:00+08:00"),
        debit_account=Account.objects.get(key="source"), credit_account=Account.objects.get(key="a"),
        event=Event.objects.create(type="test.happened", subject="s", case="c", at=NOW, actor_kind="system"),
    )  # fmt: skip


@pytest.mark.rule("R-18")
def test_close_days_covers_every_entry_once_in_ranges_that_meet():
    four_days()
    made = list(Digest.objects.order_by("day"))
    assert [digest.day.isoformat() for digest in made] == DAYS
    assert [digest.entries for digest in made] == [2, 1, 0, 3]
    assert [digest.points for digest in made] == [420, 50, 0, 35]
    assert made[0].after_id == 0
    assert [digest.after_id for digest in made[1:]] == [digest.last_id for digest in made[:-1]]
    assert made[-1].last_id == Transfer.objects.latest("id").pk
    assert made[2].root == EMPTY_ROOT.hex()
    assert Event.objects.filter(type="ledger.day_closed").count() == 4


@pytest.mark.rule("R-18")
def test_close_days_signs_the_document_as_published_and_names_the_day_before():
    four_days()
    first, second, *_rest = Digest.objects.order_by("day")
    document = bytes(second.document)
    told = json.loads(document)
    assert told == {
        "format": "tcloud.ledger.digest.v1", "day": "2027-01-16", "after_id": first.last_id, "last_id": second.last_id,
        "entries": 1, "points": 50, "root": second.root, "closed_at": "2027-01-16T16:05:00.000000Z",
        "previous_sha256": hashlib.sha256(bytes(first.document)).hexdigest(), "key_id": second.key_id,
    }  # fmt: skip
    signing.public_keys()[second.key_id].verify(bytes(second.signature), document)  # raises when it is not
    assert proof.published(second)["document"].encode() == document


@pytest.mark.rule("R-18")
def test_root_is_over_the_canonical_entries_with_their_causes():
    four_days()
    digest = Digest.objects.get(day=DAYS[0])
    contents = [
        each.content for each in canonical.entries(digest.after_id, digest.last_id, salt=bytes(digest.salt))
    ]
    assert digest.root == root_of(map(leaf_hash, contents)).hex()
    row = Transfer.objects.select_related("event").get(key="k1")
    entry = json.loads(contents[0])
    salt = entry.pop("salt")
    assert salt == canonical.salt_of(bytes(digest.salt), row.pk)
    assert entry.pop("event") == {
        "id": row.event_id, "type": "test.happened", "subject": row.event.subject, "case": "test/1",
        "at": "2027-01-15T02:00:00.000000Z", "recorded_at": days.moment(row.event.recorded_at), "actor_kind": "system",
        "actor_user_id": None, "actor_company_id": None, "actor_name": "系統", "data": {"points": 1, "word": "臺"},
    }  # fmt: skip
    assert entry == {
        "id": row.pk, "key": "k1", "code": "grant", "debit": "source", "credit": "a", "amount_points": 300,
        "at": "2027-01-15T02:00:00.000000Z", "recorded_at": days.moment(row.recorded_at),
    }  # fmt: skip


def test_published_digests_hold_nothing_but_numbers_and_hashes():
    four_days()
    told = json.loads(bytes(Digest.objects.get(day=DAYS[1]).document))
    assert set(told) == {
        "format", "day", "after_id", "last_id", "entries", "points", "root", "previous_sha256", "closed_at", "key_id",
    }  # fmt: skip
    # one entry alone in its day: without the secret salt its hash could be found by guessing
    entry = next(canonical.entries(told["after_id"], told["last_id"], salt=b""))
    assert leaf_hash(entry.content).hex() != told["root"]


def test_canonical_json_writes_numbers_a_reader_may_lose_as_text():
    assert (
        canonical.dumps({"b": [2**53 - 1, 2**60], "a": 1.5})
        == b'{"a":1.5,"b":[9007199254740991,"1152921504606846976"]}'
    )
    assert canonical.dumps({"b": True, "a": "臺\n"}) == '{"a":"臺\\n","b":true}'.encode()


def test_close_days_again_closes_nothing(accounts):
    post(("k1", "grant", "source", "a", 300))
    assert len(close(DAYS[0])) == 1
    assert close(DAYS[0]) == []
    assert Digest.objects.count() == 1


def test_close_days_missed_by_a_dead_worker_gives_each_day_its_own_entries(accounts):
    close("2027-01-10")
    first, second = recorded("2027-01-12", "x"), recorded("2027-01-14", "y")
    made = close("2027-01-15")
    assert [digest.day.day for digest in made] == [11, 12, 13, 14, 15]
    assert made[1].last_id == first.pk
    assert made[3].last_id == second.pk
    assert [digest.entries for digest in made] == [0, 1, 0, 1, 0]
    assert proof.audit()["wrong"] == []


def test_close_days_leaves_what_is_recorded_after_midnight_to_the_next_day(accounts):
    close(DAYS[0])
    early, late = recorded(DAYS[1], "x"), recorded(DAYS[2], "y")
    (closed,) = close(DAYS[1])
    assert (closed.entries, closed.last_id) == (1, early.pk)
    (following,) = close(DAYS[2])
    assert (following.entries, following.last_id) == (1, late.pk)


@pytest.mark.parametrize(
    "night", ["2027-01-15T00:05:00+08:00", "2027-01-14T12:00:00+08:00", "2026-01-01T00:00:00+08:00"]
)
def test_close_days_refuses_a_clock_set_back(night, accounts):
    close(DAYS[0])
    post(("k1", "grant", "source", "a", 300))
    with pytest.raises(Refusal) as refused:
        closing.close_days(by=THE_SYSTEM, at=datetime.fromisoformat(night))
    assert refused.value.code == "ledger.clock_behind"
    assert Digest.objects.count() == 1
    assert [digest.entries for digest in close(DAYS[1])] == [1]


def test_close_days_refuses_a_clock_far_ahead_of_the_databases_on_a_public_site(settings, accounts):
    settings.DEBUG = False
    with pytest.raises(Refusal) as refused:
        close("2127-01-15")
    assert refused.value.code == "ledger.clock_ahead"
    assert not Digest.objects.exists()


def test_close_days_refuses_without_a_key(settings, accounts):
    settings.LEDGER = {"signing_key": "", "public_keys": []}
    with pytest.raises(Refusal) as refused:
        close(DAYS[0])
    assert refused.value.code == "ledger.no_signing_key"
    assert not Digest.objects.exists()


def test_a_new_key_signs_on_and_the_retired_one_still_counts(settings, accounts):
    post(("k1", "grant", "source", "a", 300))
    close(DAYS[0])
    retired = proof.public_keys()[0]["pem"].replace("\n", "\\n")
    new = base64.b64encode(_der(Ed25519PrivateKey.generate())).decode()
    settings.LEDGER = {"signing_key": new, "public_keys": [retired]}
    close(DAYS[1])
    assert len({digest.key_id for digest in Digest.objects.all()}) == 2
    assert proof.audit()["wrong"] == []
    settings.LEDGER = {"signing_key": new, "public_keys": []}
    assert proof.audit()["wrong"] == [{"day": DAYS[0], "what": ["signature"]}]


def _der(key):
    from cryptography.hazmat.primitives import serialization as form

    return key.private_bytes(form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption())


def test_state_counts_what_is_open_and_late(accounts):
    post(("k1", "grant", "source", "a", 300))
    first = Transfer.objects.get().recorded_at  # by the database's clock
    before = proof.state(at=first)
    assert (before.last, before.open_entries, before.late_days) == (None, 1, 0)
    assert proof.late_days(at=first + timedelta(days=2)) == 2
    close(DAYS[0])
    burn_an_id()
    post(("k2", "move", "a", "b", 1))
    now = proof.state(at=NOW + timedelta(days=4))
    assert (now.last.day, now.open_entries, now.late_days) == (date(2027, 1, 15), 1, 3)


def test_closing_a_day_of_several_pages_and_blocks_is_the_same(monkeypatch, accounts):
    """Memory is bounded by pages and blocks; neither changes the root."""
    post(*[(f"k{number}", "grant", "source", "a", 1) for number in range(37)])
    (digest,) = close(DAYS[0])
    for page, block in ((1, 8), (5, 4), (8, 8), (37, 64)):
        monkeypatch.setattr(canonical, "PAGE", page)
        monkeypatch.setattr(days, "BLOCK", block)
        sums = days.sum_up(digest.after_id, digest.last_id, salt=bytes(digest.salt))
        assert (sums.root, sums.entries) == (digest.root, 37)
        assert len(sums.blocks) == 32 * -(-37 // block)


def test_task_closes_what_is_due_and_says_why_when_it_cannot(accounts, caplog):
    post(("k1", "grant", "source", "a", 300))
    with clock.moved_to(NOW):
        tasks.close_days(timestamp=0)
        tasks.close_days(timestamp=0)
    assert [digest.day for digest in Digest.objects.all()] == [date(2027, 1, 14)]
    with clock.moved_to(NOW - timedelta(days=9)):
        tasks.close_days(timestamp=0)
    assert "ledger.clock_behind" in caplog.text
    assert Digest.objects.count() == 1
