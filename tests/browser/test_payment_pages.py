"""Codes, refunds, remittances, accounts and statements in a real browser: axe finds nothing, nothing scrolls sideways."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest

from tcloud.adapters.ecpay.settlement import SettledTrade
from tcloud.orders import operations as orders
from tcloud.orders.models import Order
from tcloud.payments import operations as payments
from tcloud.payments.models import BankReceipt, Charge, StatementLine
from tests import factories
from tests.adapters.card import authorities
from tests.browser.conftest import Person, accessible
from tests.factories import NOW
from tests.orders.test_transfers import EVIDENCE
from tests.payments import gateway

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@dataclass(frozen=True)
class Scene:
    """An order to be paid with barcodes or by remittance, one whose refund is discussed, and what officers see."""

    company: str
    supplier: str
    officer: str
    pages: dict[str, list[str]]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    authorities.stand_in(monkeypatch)
    edition, supplier = factories.programme(), factories.supplier()
    assert supplier.company is not None
    seller = factories.actor(supplier.company, "supplier")
    payments.set_bank_account(
        supplier.company, bank_code="004", bank_name="臺灣銀行中正分行", account_no="012345678901",
        account_name=supplier.company.name, by=seller, at=NOW,
    )  # fmt: skip
    company = factories.granted(edition)
    owner, boss = factories.user(company), factories.user(supplier.company)
    officer = factories.user(staff_role="officer")
    plan = factories.plan(supplier, price_twd=14_000)
    waiting = factories.accepted(edition, company, plan)
    fields = gateway.codes_fields(waiting, "BARCODE", at=NOW)
    orders.receive_codes(urlencode(fields), fields, gateway=gateway.answering(), remote_address="", at=NOW)
    Charge.objects.update(next_query_at=NOW)
    orders.state_transfer(waiting, last_five="12345", paid_on=NOW.date(), by=factories.actor(company), at=NOW)
    paid = factories.paid(edition, company, plan)
    orders.refund_part(paid, 1_000, reason="少一個模組", by=factories.officer(), at=NOW)
    orders.propose_refund(paid, 2_000, reason="用不到報表，雙方電話談過", by=seller, at=NOW)
    again = orders.confirm_transfer(
        Order.objects.get(pk=paid.pk), amount_twd=7_000, last_five="54321", received_on=NOW.date(), evidence=EVIDENCE, by=seller, at=NOW
    )  # fmt: skip
    assert again.outcome == BankReceipt.Outcome.AGAIN
    mine = Charge.objects.get(order_number=paid.number)
    payments.match_statement(
        None, NOW.date(), b"file", [SettledTrade(mine.trade_no, "27", 6_999, 200, 6_799), SettledTrade("X1", "28", 5, 1, 4)], at=NOW,
    )  # fmt: skip
    difference = StatementLine.objects.get(result="amount")
    member, desk = f"/member/orders/{waiting.number}", f"/supplier/orders/{waiting.number}"
    return Scene(
        owner.email,
        boss.email,
        officer.email,
        {
            "company": [f"{member}/payment/", f"{member}/payment/result/", f"{member}/payment/transfer/",
                        f"/member/orders/{paid.number}/refund/", f"/member/orders/{paid.number}/"],
            "supplier": [f"{desk}/", f"{desk}/transfer/", f"/supplier/orders/{paid.number}/refund/"],
            "officer": ["/office/", f"/office/orders/{paid.number}/", "/office/refunds/", f"/office/transfers/{again.pk}/",
                        f"/office/refunds/part/{mine.refunds.get().pk}/", "/office/payment-accounts/", "/office/statements/",
                        f"/office/statements/{difference.statement_id}/", f"/office/statements/differences/{difference.pk}/"],
        },
    )  # fmt: skip


@pytest.mark.parametrize("width", [390])
def test_payment_pages_fit_a_phone_and_can_be_read(
    width: int, scene: Scene, person: Callable[..., Person]
) -> None:
    pictures = os.environ.get("TCLOUD_PICTURES")  # a folder, when somebody wants to look
    for who in ("company", "supplier", "officer"):
        seen = person(width)
        seen.sign_in(getattr(scene, who))
        paths = scene.pages[who]
        if who == "supplier":
            seen.open("/supplier/payment-accounts/")
            seen.page.fill("main [name=password]", factories.PASSWORD)
            seen.submit()
            seen.arrive("**/supplier/payment-accounts/")
            paths = [*paths, "/supplier/payment-accounts/"]
        for prefix in ("", "/en"):
            for number, path in enumerate(paths):
                seen.open(prefix + path)
                accessible(seen)
                if pictures:
                    seen.page.screenshot(path=f"{pictures}/{who}{number}{prefix[1:]}.png", full_page=True)
