"""The provider's envelope gives what its own published examples give."""

import pytest

from sandbox.einvoice import cipher as sandbox
from tcloud.adapters.einvoice.cipher import decrypted, encrypted

KEYS = {"key": "ejCk326UnaZWKisg", "iv": "q9jcZX8Ib9LM8wYk"}
VECTORS = [
    (
        {"MerchantID": "2000132", "BarCode": "/1234567"},
        "XeEOdHpTRvxKEqs/JD9RSd16s7VtpyWVCN6AV44pKTW3DVa6yI7vKmjBRp2eulDhXoru/qBqFDBH3fEqlkMn3bbJfJBfGAq+v+SvttutYnc=",
    ),
    (
        {"Name": "test!*'()~value"},
        "uvI4yrErM37XNQkXGAgRgBuDOiJoVs72Xn/rum9Ejl1DSna4HyLSoY7764PmhTR7JXb9jJWLSjCGcZEDeFiABg==",
    ),
    ({"N": "1234567890"}, "gVwWJnIpl1m3ZDypcRAjiCctilYnQhHn4h8OzJP5IxQPov7HuysXX+jPONvrHS7Z"),
    (
        {"MerchantID": "2000132", "ItemName": "綠界科技測試商品"},
        "XeEOdHpTRvxKEqs/JD9RSd16s7VtpyWVCN6AV44pKTVKsXddZRgV+Cle9oeB2PqsEC2O0oDi4kObiCtdGznG9aAX69Kj0//VjGXhieBYZ3RuGW9v"
        "20xQyBevaBwtOvg1lYjlDw6jsgfToGMUvlGsIJ2DO6/tbXjNZumnRgj2GCSj7LLDRBU3KlkUWji16nO1",
    ),
]


@pytest.mark.parametrize(("data", "text"), VECTORS)
def test_data_is_encrypted_and_decrypted_as_published(data, text):
    assert encrypted(data, **KEYS) == text
    assert decrypted(text, **KEYS) == data
    assert sandbox.opened(text) == data


@pytest.mark.parametrize("text", ["", "!!", "AAAA", VECTORS[0][1][:-4] + "AAA="])
def test_what_the_keys_do_not_open_is_no_answer(text):
    with pytest.raises(ValueError):
        decrypted(text, **KEYS)
