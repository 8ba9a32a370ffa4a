"""Invoices and payment notices, as tables."""

from dataclasses import dataclass, replace
from datetime import date

import pytest

from tcloud.payments.rules import (
    ExpectedPayment,
    InvoiceDue,
    InvoiceLines,
    PaymentOutcome,
    check_invoice,
    invoice_tax_twd,
    judge_payment,
    split_price,
    untaxed_twd,
)

TODAY = date(2027, 2, 10)
DUE = InvoiceDue(buyer_ubn="04595257", seller_ubn="10458575", price_twd=60_000, paid_on=date(2027, 2, 3))
RIGHT = InvoiceLines("AB12345678", date(2027, 2, 4), "04595257", "10458575", 57_143, 2_857, 60_000)


@pytest.mark.rule("R-24")
@pytest.mark.parametrize(
    ("untaxed", "tax"),
    [(0, 0), (9, 0), (10, 1), (29, 1), (30, 2), (57_143, 2_857), (10**12 + 10, 5 * 10**10 + 1)],
)
def test_invoice_tax_rounds_half_up(untaxed, tax):
    assert invoice_tax_twd(untaxed) == tax


@pytest.mark.rule("R-24")
def test_split_price_finds_every_price_that_has_an_invoice():
    by_total = {sales + invoice_tax_twd(sales): sales for sales in range(5_000)}
    for total in range(5_000):
        assert untaxed_twd(total) == by_total.get(total)
    assert [total for total in range(60) if split_price(total) is None] == [10, 31, 52]


@pytest.mark.rule("R-24")
def test_check_invoice_accepts_the_right_one():
    assert check_invoice(RIGHT, DUE, today=TODAY) == ()
    assert check_invoice(replace(RIGHT, issued_on=DUE.paid_on), DUE, today=DUE.paid_on) == ()


@pytest.mark.rule("R-24")
@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({"number": "A123456789"}, ["number_format"]),
        ({"number": "ab12345678"}, ["number_format"]),
        ({"number": "AB１２３４５６７８"}, ["number_format"]),
        ({"number": "AB12345678\n"}, ["number_format"]),
        ({"buyer_ubn": "10458575"}, ["buyer"]),
        ({"seller_ubn": "04595257"}, ["seller"]),
        ({"total_twd": 59_999}, ["sum", "price"]),
        ({"tax_twd": 2_858}, ["sum", "tax"]),
        ({"tax_twd": 2_858, "sales_twd": 57_142}, ["tax"]),
        ({"sales_twd": 28_571, "tax_twd": 1_429, "total_twd": 30_000}, ["price"]),
        ({"sales_twd": 60_000, "tax_twd": 0}, ["tax"]),
        ({"tax_twd": -1}, ["negative"]),
        ({"issued_on": date(2027, 2, 2)}, ["before_payment"]),
        ({"issued_on": date(2027, 2, 11)}, ["future"]),
        (
            {"buyer_ubn": "", "number": "", "issued_on": date(2026, 1, 1)},
            ["number_format", "buyer", "before_payment"],
        ),
    ],
    ids=str,
)
def test_check_invoice_names_each_wrong_line(change, codes):
    found = check_invoice(replace(RIGHT, **change), DUE, today=TODAY)
    assert [mismatch.code for mismatch in found] == codes


@dataclass(frozen=True)
class Notice:
    merchant_id: str = "3002607"
    trade_no: str = "CE0000000001A"
    amount_twd: int = 30_000
    paid: bool = True
    simulated: bool = False


@pytest.mark.rule("R-30")
@pytest.mark.parametrize(
    ("notice", "outcome", "code"),
    [
        (Notice(), PaymentOutcome.PAID, "paid"),
        (Notice(amount_twd=29_999), PaymentOutcome.MISMATCH, "amount"),
        (Notice(amount_twd=30_001), PaymentOutcome.MISMATCH, "amount"),
        (Notice(merchant_id="2000132"), PaymentOutcome.MISMATCH, "merchant"),
        (Notice(trade_no="CE0000000001B"), PaymentOutcome.MISMATCH, "trade"),
        (Notice(paid=False), PaymentOutcome.IGNORED, "not_paid"),
        (Notice(paid=False, amount_twd=0), PaymentOutcome.IGNORED, "not_paid"),
        (Notice(simulated=True), PaymentOutcome.IGNORED, "simulated"),
        (Notice(simulated=True, trade_no="x"), PaymentOutcome.MISMATCH, "trade"),
    ],
    ids=str,
)
def test_judge_payment_counts_only_the_right_money(notice, outcome, code):
    judgement = judge_payment(ExpectedPayment("3002607", "CE0000000001A", 30_000), notice)
    assert (judgement.outcome, judgement.code) == (outcome, code)
