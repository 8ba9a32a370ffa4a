"""One contract between two invented companies, and the cards to sign it."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from tcloud import contracts
from tcloud.adapters.card import TrustPolicy
from tcloud.contracts.document import Party, render
from tcloud.contracts.rules import Wording
from tcloud.contracts.signing import complete, prepare
from tcloud.contracts.terms import ContractTerms
from tests.adapters.card import pki

CARDS = {
    Party.BUYER: pki.card(),
    Party.SUPPLIER: pki.card(ubn=pki.OTHER_UBN, organisation="雲帆資訊股份有限公司", key_name="supplier"),
}


def terms(**changes: Any) -> ContractTerms:
    values: dict[str, Any] = {
        "contract_number": "CT-2027-0000012345",
        "order_number": "CE4820193756",
        "programme_name": "臺灣雲市集 Tcloud",
        "buyer_name": "和光小吃有限公司",
        "buyer_ubn": pki.UBN,
        "buyer_address": "臺南市中西區友愛街 12 號",
        "buyer_contact": "林小姐　contact@example.tw",
        "supplier_name": "雲帆資訊股份有限公司",
        "supplier_ubn": pki.OTHER_UBN,
        "supplier_address": "臺北市大安區和平東路二段 100 號",
        "supplier_contact": "客服部　service@example.tw",
        "plan_name": "雲端 POS 基本方案",
        "plan_version": "第 3 版",
        "solution_name": "雲帆門市收銀系統",
        "specification": ("雲端收銀帳號 2 組", "每日銷售報表"),
        "term_months": 12,
        "quantity": 1,
        "unit": "套",
        "price_twd": 60_000,
        "amount_points": 30_000,
        "cash_twd": 30_000,
        "signing_date": date(2027, 2, 3),
    }
    return ContractTerms(**values | changes)


FIRST = Wording.from_json(
    json.loads((Path(contracts.__file__).parent / "data/contract_v1.json").read_text(encoding="utf-8"))
)


def drawn_up(**changes: Any) -> bytes:
    """The contract of these terms, in the wording shipped with the product."""
    return render(terms(**changes), FIRST)


def policy(**changes: Any) -> TrustPolicy:
    values: dict[str, Any] = {
        "anchors": (pki.root().der,),
        "intermediates": (pki.moeaca().der,),
        "require_revocation": False,
    }
    return TrustPolicy(**values | changes)


def sign(pdf: bytes, party: Party, **options: Any) -> bytes:
    card = CARDS[party]
    prepared = prepare(
        pdf, card.der, **{"party": party, "at": pki.AT, "chain_der": (pki.moeaca().der,)} | options
    )
    return complete(prepared, card.sign(prepared.tbs))
