import pytest

from tcloud.core import money


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0, "NT$0"), (24_000, "NT$24,000"), (100_000_000, "NT$100,000,000"), (-500, "\u2212NT$500")],
)
def test_twd_is_written_with_separators_and_a_true_minus(amount, text):
    assert money.twd(amount) == text


@pytest.mark.parametrize(("amount", "text"), [(0, "0"), (18_000, "18,000"), (-18_000, "\u221218,000")])
def test_points_are_written_without_their_unit(amount, text):
    assert money.points(amount) == text
