"""Keys of the environment: what openssl writes is read, anything else is refused without repeating it."""

import base64
import hashlib
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tcloud.core import signing_keys


@pytest.fixture
def der():
    """A key as docs/operations.md says to make one."""
    command = ["openssl", "genpkey", "-algorithm", "ed25519", "-outform", "DER"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_key_made_with_openssl_is_read_in_base64_and_pem(der):
    pem = subprocess.run(
        ["openssl", "pkey", "-inform", "DER"], input=der, capture_output=True, check=True
    ).stdout
    public = subprocess.run(
        ["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"],
        input=der,
        capture_output=True,
        check=True,
    ).stdout
    expected = hashlib.sha256(public).hexdigest()[:16]
    for text in (base64.b64encode(der).decode(), pem.decode(), pem.decode().replace("\n", "\\n")):
        assert signing_keys.key_id(signing_keys.private_key(text).public_key()) == expected
    key = signing_keys.public_key(base64.b64encode(public).decode())
    assert signing_keys.key_id(key) == expected
    assert signing_keys.key_id(signing_keys.public_key(signing_keys.pem(key))) == expected


def other_kind():
    return base64.b64encode(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            form.Encoding.DER, form.PrivateFormat.PKCS8, form.NoEncryption()
        )
    ).decode()


def locked():
    return (
        Ed25519PrivateKey.generate()
        .private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.BestAvailableEncryption(b"secret"))
        .decode()
    )


@pytest.mark.parametrize("make", [lambda: "", lambda: "secret!", lambda: "c2VjcmV0", other_kind, locked])
def test_what_is_no_key_is_refused_without_repeating_it(make):
    text = make()
    for read in (signing_keys.private_key, signing_keys.public_key):
        with pytest.raises(ValueError) as refused:
            read(text)
        assert not text or text not in str(refused.value)
