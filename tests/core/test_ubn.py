import pytest

from tcloud.core import ubn

VECTORS = {
    "04595257": True,  # the Ministry of Finance's own example
    "04595252": True,  # divisible by five only: valid since 2023-04-01
    "04595253": False,
    "10458575": True,  # seventh digit 7, counted as 1 or as 0
    "10458574": True,  # … the other way
    "10458576": False,
    "22099131": True,
    "12345678": False,
    "00000000": False,  # passes the arithmetic, is a placeholder
    "1234567": False,
    "045952570": False,
    "0459525a": False,
    "０４５９５２５７": False,  # full-width digits are for a form to turn
    "04595257\n": False,
    "": False,
}


@pytest.mark.rule("R-10")
@pytest.mark.parametrize("number", VECTORS)
def test_is_valid_follows_the_rule_of_2023(number):
    assert ubn.is_valid(number) is VECTORS[number]
