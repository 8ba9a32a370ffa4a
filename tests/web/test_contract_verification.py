"""The public page that says who signed a contract when, and keeps nothing (R-20)."""

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tcloud.contracts.models import Document
from tcloud.members import cards
from tcloud.orders.models import Order
from tcloud.web.public import contract_verification
from tests import factories
from tests.adapters.card import authorities
from tests.english import CHINESE
from tests.web.order_pages import page, with_test_cards

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-20")]
PATH = "/contracts/verify/"


@pytest.fixture(autouse=True)
def _moment(monkeypatch):
    with with_test_cards(monkeypatch):
        cache.clear()
        yield


@pytest.fixture
def order():
    edition = factories.programme()
    accepted = factories.accepted(edition, factories.granted(edition))
    return Order.objects.get(pk=accepted.pk)


def upload(content: bytes, name: str = "契約.pdf", status: int = 200) -> str:
    return page(Client().post(PATH, {"file": SimpleUploadedFile(name, content)}), status)


def test_verifying_names_both_signers_and_keeps_nothing(order):
    content = bytes(order.contract.document.content)
    kept = Document.objects.count()
    text = upload(content)
    assert "2 個簽章有效" in text
    assert order.company.ubn in text
    assert order.supplier.company.ubn in text
    assert "1月15日（五）10:00" in text.replace(" 10:00", "10:00")
    assert order.contact_email not in text
    assert Document.objects.count() == kept


def test_verifying_an_altered_contract_warns(order):
    content = bytearray(order.contract.document.content)
    content[3000] ^= 1
    text = upload(bytes(content))
    assert "請勿採信" in text or "無法驗證" in text
    assert "個簽章有效" not in text


@pytest.mark.parametrize(
    ("content", "said", "status"),
    [
        (b"", "這個檔案是空的", 422),
        (b"hello", "這不是 PDF 檔案", 422),
        (b"%PDF-1.7 broken", "無法驗證", 200),
        (b"%PDF-" + b"0" * contract_verification.MAX_BYTES, "檔案超過 5 MB", 422),
    ],
    ids=["empty", "no pdf", "broken", "too large"],
)
def test_verifying_what_is_no_contract_says_what_is_wrong(content, said, status):
    assert said in upload(content, status=status)


def test_what_is_wrong_is_told_in_english_to_an_english_reader(order, monkeypatch):
    monkeypatch.setattr(cards, "trust_policy", lambda **_: authorities.policy(required_policy="1.2.3"))
    good = bytes(order.contract.document.content)
    told = []
    for content in (b"%PDF-1.7 broken", good):
        answer = Client().post(f"/en{PATH}", {"file": SimpleUploadedFile("a.pdf", content)})
        told += [
            str(answer.context["problem"]),
            *(said for row in answer.context["rows"] for said in row["reasons"]),
        ]
    told = [said for said in told if said]
    assert len(told) == 3
    assert not [said for said in told if CHINESE.search(said)]


def test_verifying_without_a_file_asks_for_one(client):
    assert "請選擇要驗證的 PDF 檔案" in page(client.post(PATH), 422)


def test_verifying_too_often_is_refused(client, monkeypatch):
    monkeypatch.setattr(contract_verification, "RATES", {"contract_verify": "2/m/ip"})
    assert [client.post(PATH).status_code for _ in range(3)] == [422, 422, 429]
    assert client.get(PATH).status_code == 200


def test_the_fingerprint_says_the_same_as_the_file_and_nothing_more(order):
    digest = order.contract.document.sha256
    text = page(Client().post(PATH, {"sha256": f" {digest[:32].upper()} {digest[32:]} "}), 200)
    assert "2 個簽章有效" in text
    assert f"和平台保存的契約{order.contract.number}完全相同" in text
    for secret in (order.contact_email, order.contact_name, order.plan_version.name, f"{order.price_twd:,}"):
        assert secret not in text


@pytest.mark.parametrize(("digest", "status"), [("0" * 64, 404), ("12ab", 422), ("", 422), ("g" * 64, 422)])
def test_an_unknown_or_unreadable_fingerprint_says_what_to_do(order, digest, status):
    text = page(Client().post(PATH, {"sha256": digest}), status)
    assert "指紋" in text


def test_a_file_that_is_not_the_one_kept_is_not_said_to_be(order):
    assert "完全相同" in upload(bytes(order.contract.document.content))
    earlier = factories.signed(order.programme, factories.granted(order.programme))
    content = bytes(Order.objects.get(pk=earlier.pk).contract.document.content)
    assert "完全相同" in upload(content)
    assert "完全相同" not in upload(content + b"\n")


def test_the_code_of_a_contract_leads_here_with_its_number():
    assert "T-CE0123456789" in page(Client().get(PATH, {"contract": "T-CE0123456789"}), 200)
    assert "<script>" not in page(Client().get(PATH, {"contract": "<script>"}), 200)
    assert "QR" not in page(Client().get(PATH, {"contract": "T-CE12"}), 200)
