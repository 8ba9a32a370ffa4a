"""A contract between invented parties, to look at a wording before it is published."""

from datetime import date

from tcloud.contracts import rules
from tcloud.contracts.document import render
from tcloud.contracts.terms import ContractTerms


def preview(wording: rules.Wording, *, version: int, on: date) -> bytes:
    """The PDF of a contract in this wording, dated `on`; names and numbers say that they are examples."""
    terms = ContractTerms(
        contract_number="預覽", order_number="預覽", programme_name="臺灣雲市集", buyer_name="範例企業有限公司",
        buyer_ubn="00000000", buyer_address="範例地址", buyer_contact="範例聯絡人",
        supplier_name="範例資訊服務股份有限公司", supplier_ubn="00000000", supplier_address="範例地址",
        supplier_contact="範例窗口", plan_name="範例方案", plan_version="1", solution_name="範例解決方案",
        specification=("範例規格一", "範例規格二"), term_months=12, quantity=1, unit="式", price_twd=60_000,
        amount_points=30_000, cash_twd=30_000, signing_date=on, template_version=str(version),
    )  # fmt: skip
    return render(terms, wording)
