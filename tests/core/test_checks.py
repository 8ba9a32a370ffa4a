"""A public site runs on none of the demo's values; each left in is refused by name."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from tcloud.core.checks import demo_values, refuse_demo_values

LEDGER_KEY = "MC4CAQAwBQYDK2VwBCIEIEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBA"
DEMO_PUBLIC_KEY = "MCowBQYDK2VwAyEAhp3Mm3pyNFJ0EiwBC75quDZ739DCH1G5QWnQKNzyUKI="
GOVERNMENT = django_settings.BASE_DIR / "config" / "pki"


@pytest.fixture
def public(settings: Settings) -> Settings:
    """Settings as a public site has them."""
    settings.DEBUG = False
    settings.SECRET_KEY = "k" * 50
    settings.SITE_URL = "https://www.tcloud.example"
    settings.ALLOWED_HOSTS = ["www.tcloud.example"]
    settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {"form-action": ["'self'", "https://pay.example"]}}
    settings.CARD = {**django_settings.CARD, "trust_folder": str(GOVERNMENT)}
    settings.TIME_STAMP = {"url": "https://tsa.example", "trust_folder": str(GOVERNMENT), "timeout_s": 5}
    settings.GATEWAY = {
        **django_settings.GATEWAY, "url": "https://payment.gateway.example", "merchant_id": "1234567",
        "hash_key": "a" * 16, "hash_iv": "b" * 16,
        "urls": {"ecpay": "https://payment.ecpay.com.tw", "newebpay": "https://core.newebpay.com"},
        "vendor_url": "https://vendor.ecpay.com.tw",
    }  # fmt: skip
    settings.CREDENTIAL_KEYS = ["a2V5IG9mIGEgcHVibGljIHNpdGUsIDMyIGJ5dGVzISE="]
    settings.REGISTRIES = {
        "gcis_url": "https://gcis.example", "tax_url": "https://fia.example",
        "agency_url": "https://agency.example", "agency_key": "a real one",
    }  # fmt: skip
    settings.LEDGER = {"signing_key": LEDGER_KEY, "public_keys": []}
    settings.EMAIL_HOST, settings.EMAIL_PORT = "smtp.example", 587
    settings.REHEARSAL_CLOCK = False
    settings.CREDENTIAL_KEYS = ["Y" * 43 + "="]
    settings.INVOICE_PROVIDER = {"url": "https://einvoice.example", "timeout_s": 5}
    return settings


def authority(name: str) -> bytes:
    """A self-signed certificate of that name, PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, now, now + timedelta(days=1))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def found() -> set[str | None]:
    return {error.id for error in demo_values()}


def test_a_public_site_with_the_governments_anchors_is_accepted(public: Settings) -> None:
    assert found() == set()
    refuse_demo_values()


def test_every_demo_value_at_once_is_named(settings: Settings) -> None:
    settings.DEBUG = False
    with pytest.raises(ImproperlyConfigured) as refusal:
        refuse_demo_values()
    for number in (2, 3, 4, 5, 20, 21, 23, 30, 31, 32, 33, 40, 52, 70, 72):
        assert f"tcloud.E{number:03d}" in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("SECRET_KEY", "only-for-demo" + "x" * 60, "tcloud.E002"),
        ("SECRET_KEY", "short", "tcloud.E002"),
        ("SITE_URL", "http://www.tcloud.example", "tcloud.E003"),
        ("SITE_URL", "https://127.0.0.1:8000", "tcloud.E003"),
        ("ALLOWED_HOSTS", ["*"], "tcloud.E004"),
        ("CREDENTIAL_KEYS", ["Y" * 43 + "=", "dGNsb3VkLWRlbW8tY3JlZGVudGlhbC1rZXktMDAwMzI="], "tcloud.E070"),
        ("CREDENTIAL_KEYS", [], "tcloud.E070"),
        ("CREDENTIAL_KEYS", ["short"], "tcloud.E071"),
        ("INVOICE_PROVIDER", {"url": "https://einvoice-stage.ecpay.com.tw"}, "tcloud.E072"),
        ("GATEWAY", {"url": "https://payment-stage.ecpay.com.tw"}, "tcloud.E020"),
        ("GATEWAY", {"url": "http://127.0.0.1:8100/ecpay"}, "tcloud.E020"),
        ("GATEWAY", {"merchant_id": "3002607"}, "tcloud.E021"),
        ("GATEWAY", {"hash_key": "pwFHCqoQZGmho4w6"}, "tcloud.E021"),
        ("GATEWAY", {"urls": {"newebpay": "https://ccore.newebpay.com"}}, "tcloud.E023"),
        ("REGISTRIES", {"gcis_url": "http://127.0.0.1:8100/gcis"}, "tcloud.E030"),
        ("REGISTRIES", {"agency_key": "sandbox-agency-key"}, "tcloud.E033"),
        ("LEDGER", {"signing_key": "no key"}, "tcloud.E050"),
        ("LEDGER", {"public_keys": ["no key"]}, "tcloud.E050"),
        ("LEDGER", {"signing_key": ""}, "tcloud.E051"),
        ("LEDGER", {"signing_key": django_settings.LEDGER["signing_key"]}, "tcloud.E052"),
        ("LEDGER", {"public_keys": [DEMO_PUBLIC_KEY]}, "tcloud.E052"),
        ("REHEARSAL_CLOCK", True, "tcloud.E060"),
    ],
)
def test_one_demo_value_left_in_is_refused(public: Settings, name: str, value: Any, error: str) -> None:
    current = getattr(public, name)
    setattr(public, name, {**current, **value} if isinstance(value, dict) else value)
    assert found() == {error}


def test_the_sandbox_mailbox_is_refused_but_a_local_relay_is_not(public: Settings) -> None:
    public.EMAIL_HOST, public.EMAIL_PORT = "localhost", 8125
    assert found() == {"tcloud.E040"}
    public.EMAIL_PORT = 25
    assert found() == set()


TRUST_FOLDERS = pytest.mark.parametrize(("name", "first"), [("CARD", 10), ("TIME_STAMP", 13)])


@pytest.mark.rule("R-09")
@TRUST_FOLDERS
def test_a_sandbox_authority_among_the_governments_is_refused(
    public: Settings, tmp_path: Path, name: str, first: int
) -> None:
    shutil.copytree(GOVERNMENT, tmp_path / "pki")
    (tmp_path / "pki/anchors/one_more.pem").write_bytes(authority("沙盒憑證總管理中心"))
    setattr(public, name, {**getattr(public, name), "trust_folder": str(tmp_path / "pki")})
    assert found() == {f"tcloud.E0{first + 2}"}


@TRUST_FOLDERS
def test_an_empty_or_broken_trust_folder_is_refused(
    public: Settings, tmp_path: Path, name: str, first: int
) -> None:
    setattr(public, name, {**getattr(public, name), "trust_folder": str(tmp_path)})
    assert found() == {f"tcloud.E0{first}"}
    (tmp_path / "anchors").mkdir()
    (tmp_path / "anchors/broken.pem").write_text("nothing")
    assert found() == {f"tcloud.E0{first + 1}"}


@pytest.mark.rule("R-20")
def test_the_sandbox_time_stamps_are_refused(public: Settings) -> None:
    public.TIME_STAMP = {**public.TIME_STAMP, "url": "http://127.0.0.1:8100/pki/tsa"}
    assert found() == {"tcloud.E016"}


def test_debug_on_a_public_address_is_refused(public: Settings) -> None:
    public.DEBUG = True
    assert found() == {"tcloud.E001"}
    public.SITE_URL = "http://127.0.0.1:8000"
    assert found() == set()


def test_settings_of_a_public_site_pass_djangos_own_deployment_checks_too(tmp_path: Path) -> None:
    """The environment of docs/operations.md, in a process of its own: no warning, no page for developers, no header believed too much."""
    values = {
        "DEBUG": "0", "VAR": str(tmp_path), "SECRET_KEY": "kY7" + "pQ9-zR2_" * 8, "ALLOWED_HOSTS": "www.tcloud.example",
        "SITE_URL": "https://www.tcloud.example", "BEHIND_PROXY": "1", "CARD_TRUST_FOLDER": str(GOVERNMENT),
        "GCIS_URL": "https://gcis.example", "TAX_URL": "https://fia.example", "AGENCY_URL": "https://agency.example",
        "AGENCY_KEY": "a real one", "GATEWAY_URL": "https://pay.example", "GATEWAY_MERCHANT_ID": "1234567",
        "GATEWAY_HASH_KEY": "a" * 16, "GATEWAY_HASH_IV": "b" * 16, "EMAIL_HOST": "smtp.example", "EMAIL_PORT": "587",
        "REVOCATION_HOSTS": "OCSP.example", "TIME_STAMP_URL": "https://tsa.example", "LEDGER_SIGNING_KEY": LEDGER_KEY,
        "CREDENTIAL_KEYS": "Y" * 43 + "=", "INVOICE_PROVIDER_URL": "https://einvoice.example",
    }  # fmt: skip
    script = """
import django
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.urls import NoReverseMatch, reverse
call_command("check", deploy=True, fail_level="WARNING")
assert settings.ALLAUTH_TRUSTED_PROXY_COUNT == 1 and settings.STAFF_SECOND_FACTOR
assert settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE and settings.SECURE_SSL_REDIRECT
assert settings.CARD["revocation_hosts"] == ["ocsp.example"]
try:
    reverse("styleguide")
except NoReverseMatch:
    print("as it should be")
"""
    environment = {f"TCLOUD_{name}": value for name, value in values.items()} | {
        "DATABASE_URL": "postgresql://user:password@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=django_settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.stdout.strip().endswith("as it should be"), done.stderr
