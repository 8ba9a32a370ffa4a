"""Evidence of an order: complete, sealed, verified without the platform (R-18, R-20)."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta

import httpx
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from tcloud.adapters.time_stamp import TimeStampClient, read_token
from tcloud.contracts.verification import verify
from tcloud.core import uploads
from tcloud.core.actors import THE_SYSTEM
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal
from tcloud.ledger.closing import close_days
from tcloud.orders import operations as orders
from tcloud.payments import operations as payments
from tests import factories
from tests.adapters.card import authorities, pki
from tests.factories import NOW
from tests.web.test_office_pages import signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-18")]
BY = factories.officer()


@pytest.fixture
def order():
    edition = factories.programme()
    return factories.paid(edition, factories.granted(edition))


def taken(order, *, at=NOW):
    return orders.make_evidence(order, time_stamper=authorities.time_stamper(at), by=BY, at=at)


def opened(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def checked(content: bytes, tmp_path, *options: str) -> subprocess.CompletedProcess:
    path = tmp_path / "evidence.zip"
    path.write_bytes(content)
    command = [sys.executable, str(settings.BASE_DIR / "scripts/verify_evidence.py"), str(path), *options]
    return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_evidence_holds_contract_record_payments_and_points(order, tmp_path):
    content = taken(order)
    files = opened(content)
    judged = verify(
        files["contract.pdf"], policy=authorities.policy(), at=NOW, time_stamp_anchors=(pki.root().der,)
    )
    assert judged.ok
    assert {"signatures/buyer.p7s", "signatures/supplier.p7s", "proof/01.ocsp", "proof/01.crl"} <= set(files)
    assert json.loads(files["order.json"])["number"] == order.number
    assert "order.paid" in [event["type"] for event in json.loads(files["events.json"])]
    assert json.loads(files["payments/messages/0001.json"])["trade_no"].startswith(order.number)
    (reserved,) = json.loads(files["points/entries.json"])
    assert (reserved["amount_points"], reserved["event_case"]) == (order.points, order.case)
    done = checked(content, tmp_path)
    assert (done.returncode, done.stdout[:3]) == (0, "ok:"), done.stdout + done.stderr
    key_id = done.stdout.split()[-1]
    assert checked(content, tmp_path, "--key", key_id).returncode == 0
    assert checked(content, tmp_path, "--key", "0" * 16).returncode == 1


@pytest.mark.rule("R-27", "R-30")
def test_evidence_holds_refunds_proposals_and_remittances():
    supplier, edition = factories.supplier(), factories.programme()
    payments.set_bank_account(
        supplier.company, bank_code="004", bank_name="臺灣銀行", account_no="012345678901", account_name="測試",
        by=factories.actor(supplier.company, "supplier"), at=NOW,
    )  # fmt: skip
    order = factories.accepted(edition, factories.granted(edition), factories.plan(supplier))
    mine, theirs = factories.actor(order.company), factories.supplier_actor(order)
    orders.state_transfer(order, last_five="12345", paid_on=NOW.date(), by=mine, at=NOW)
    proof = uploads.File("存摺.PDF", "application/pdf", b"%PDF-1.7 x")
    receipt = orders.confirm_transfer(
        order, amount_twd=30_000, last_five="12345", received_on=NOW.date(), evidence=proof, by=theirs, at=NOW
    )
    proposal = orders.propose_refund(order, 10_000, reason="少用一半", by=mine, at=NOW)
    orders.answer_refund(proposal, agree=True, by=theirs, at=NOW)
    files = opened(taken(order))
    (proposed,) = json.loads(files["payments/refund-proposals.json"])
    (given,) = json.loads(files["payments/refunds.json"])
    (stated,) = json.loads(files["payments/transfers.json"])
    assert (proposed["reason"], given["amount_twd"], stated["last_five"]) == ("少用一半", 10_000, "12345")
    assert files[f"payments/receipts/{receipt.pk:06d}.pdf"] == proof.content
    said = json.loads(files[f"payments/receipts/{receipt.pk:06d}.json"])
    assert (said["outcome"], said["sha256"], "content" in said) == ("paid", proof.sha256, False)
    assert "012345678901" not in files[f"payments/receipts/{receipt.pk:06d}.json"].decode()


def test_the_manifest_is_time_stamped(order):
    files = opened(taken(order))
    stamp = read_token(files["manifest.json.tst"], files["manifest.json"], anchors=(pki.root().der,))
    assert stamp.at == NOW


def test_entries_of_closed_days_come_with_their_proof(order, settings):
    settings.DEBUG = True  # days are closed ahead of the database's clock
    later = NOW + timedelta(days=2)
    close_days(by=THE_SYSTEM, at=later)
    names = opened(taken(order, at=later))
    assert len([name for name in names if name.startswith("points/proof-")]) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("contract.pdf", "contract.pdf was altered"),
        ("events.json", "events.json was altered"),
        ("manifest.json", "signature"),
        ("added.txt", "missing or added: added.txt"),
        (None, "missing or added: invoice"),
    ],
)
def test_every_alteration_is_found(order, tmp_path, name, said):
    files = opened(taken(order))
    if name:
        files[name] = files.get(name, b"") + b" "
    else:
        del files["obligations.json"]
        said = "missing or added: obligations.json"
    altered = io.BytesIO()
    with zipfile.ZipFile(altered, "w") as archive:
        for each, data in files.items():
            archive.writestr(each, data)
    done = checked(altered.getvalue(), tmp_path)
    assert done.returncode == 1
    assert said in done.stdout


def test_what_is_no_evidence_is_unreadable(tmp_path):
    assert checked(b"nothing", tmp_path).returncode == 2


@pytest.mark.rule("R-37")
def test_taking_it_stands_in_the_record(order):
    taken(order)
    event = Event.objects.get(case=order.case, type="order.evidence_taken")
    assert event.actor_kind == "officer"


def test_a_silent_time_stamp_and_a_missing_key_are_refused(order, settings):
    silent = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(503)))
    down = TimeStampClient("https://tsa.test/", silent, anchors=(pki.root().der,))
    with pytest.raises(Refusal) as refused:
        orders.make_evidence(order, time_stamper=down, by=BY, at=NOW)
    assert refused.value.code == "evidence.no_time_stamp"
    settings.LEDGER = settings.LEDGER | {"signing_key": ""}
    with pytest.raises(Refusal) as refused:
        taken(order)
    assert refused.value.code == "evidence.no_key"


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("role", ["officer", "auditor"])
def test_officers_and_auditors_take_it_from_the_orders_page(order, monkeypatch, role):
    authorities.stand_in(monkeypatch)
    reader = signed_in(factories.user(staff_role=role))
    address = reverse("office_order_evidence", args=[order.number])
    assert address in reader.get(reverse("office_order", args=[order.number])).text
    answer = reader.get(address)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert f"{order.number}-evidence.zip" in answer["Content-Disposition"]
    owner = Client()
    owner.force_login(order.company.memberships.first().user)
    assert owner.get(address).status_code == 403
