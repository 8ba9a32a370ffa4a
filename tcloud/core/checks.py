"""System checks: with DEBUG off, nothing of the demo may be left in the settings; with DEBUG on, the site may not be public.

They run with every `manage.py` command that checks (also `check --deploy`, `migrate`, the worker); the web process calls
`refuse_demo_values` before it serves. All are errors: a site that trusts sandbox cards would let anybody be any company.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.exceptions import ImproperlyConfigured

from tcloud.core import signing_keys

DEMO_SECRET: Final = "only-for-demo"  # noqa: S105  how the default begins
SANDBOX_MARKS: Final = ("sandbox", "沙盒")
# PROTOCOLS §5: published by the gateway for everybody's tests; the last is the sandbox's own
PUBLIC_TEST_MERCHANTS: Final = frozenset({"3002607", "2000132", "3002599", "2000214", "MS000000001"})
PUBLIC_TEST_KEYS: Final = frozenset({"pwFHCqoQZGmho4w6", "5294y06JbISpM5x9", "spPjZn66i0OhqJsQ"})
SANDBOX_MAILBOX: Final = 8125
SANDBOX_AGENCY_KEY: Final = "sandbox-agency-key"
DEMO_CREDENTIAL_KEY: Final = "dGNsb3VkLWRlbW8tY3JlZGVudGlhbC1rZXktMDAwMzI="
DEMO_LEDGER_KEY: Final = "b0c2e61a5fbef04b"  # its id


@register(Tags.security)
def demo_values(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Every setting that belongs to the demo and not to a public site, with what to set instead."""
    if settings.DEBUG:
        return list(_debug_in_public())
    return [
        *_site(),
        *_cards(),
        *_time_stamps(),
        *_gateway(),
        *_registers(),
        *_mailbox(),
        *_ledger(),
        *_rehearsal(),
        *_sealed_secrets(),
        *_invoice_provider(),
    ]


def refuse_demo_values() -> None:
    """Raises ImproperlyConfigured with all of them, so that a process started with demo settings ends at once."""
    wrong = demo_values()
    if wrong:
        raise ImproperlyConfigured("\n".join(f"({error.id}) {error.msg} {error.hint}" for error in wrong))


def _debug_in_public() -> Iterable[CheckMessage]:
    if not _is_local(settings.SITE_URL):
        yield _error(1, "DEBUG is on for a public site.", "Set TCLOUD_DEBUG=0.")


def _site() -> Iterable[CheckMessage]:
    key = settings.SECRET_KEY
    if key.startswith(DEMO_SECRET) or len(key) < 50:
        yield _error(
            2,
            "SECRET_KEY is the demo's, or too short.",
            "Set TCLOUD_SECRET_KEY to 50 or more random characters.",
        )
    if _not_public(settings.SITE_URL):
        yield _error(
            3, "SITE_URL is local or without TLS.", "Set TCLOUD_SITE_URL to the public https address."
        )
    if {"*", "testserver"} & set(settings.ALLOWED_HOSTS):
        yield _error(4, "ALLOWED_HOSTS is the demo's.", "Set TCLOUD_ALLOWED_HOSTS to the public host names.")
    targets = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"]
    if any("://" in target and _not_public(target) for target in targets):
        yield _error(5, "The page policy lets forms go to the sandbox.", "Set TCLOUD_GATEWAY_URL to the gateway's own https address.")  # fmt: skip


def _cards() -> Iterable[CheckMessage]:
    hint = "Set TCLOUD_CARD_TRUST_FOLDER to config/pki, the government's own authorities."
    yield from _trust_folder(Path(settings.CARD["trust_folder"]), 10, "company cards", hint)


def _time_stamps() -> Iterable[CheckMessage]:
    stamps = settings.TIME_STAMP
    hint = "Set TCLOUD_TIME_STAMP_TRUST_FOLDER to a folder with anchors/*.pem of the time-stamping authority."
    yield from _trust_folder(Path(stamps["trust_folder"]), 13, "time-stamps", hint)
    if _is_local(stamps["url"]):
        yield _error(16, "The time-stamping authority is the sandbox: it proves no moment.", "Set TCLOUD_TIME_STAMP_URL.")  # fmt: skip


def _trust_folder(folder: Path, first: int, what: str, hint: str) -> Iterable[CheckMessage]:
    """Errors `first` to `first + 2`: no anchors, unreadable, of the sandbox."""
    files = [*sorted(folder.glob("anchors/*.pem")), *sorted(folder.glob("intermediates/*.pem"))]
    if not any(file.parent.name == "anchors" for file in files):
        yield _error(first, f"There are no anchors for {what} in {folder}.", hint)
    for file in files:
        try:
            names = [
                certificate.subject.rfc4514_string()
                for certificate in x509.load_pem_x509_certificates(file.read_bytes())
            ]
        except (OSError, ValueError):
            yield _error(first + 1, f"{file.name} can't be read as a certificate.", hint)
            continue
        if any(mark in name.casefold() for name in names for mark in SANDBOX_MARKS):
            yield _error(first + 2, f"{file.name} is a sandbox authority: anybody has its keys.", hint)


def _gateway() -> Iterable[CheckMessage]:
    gateway = settings.GATEWAY
    host = urlsplit(gateway["url"]).hostname or ""
    if _not_public(gateway["url"]) or "stage" in host:
        yield _error(20, "The payment gateway is the sandbox or a stage.", "Set TCLOUD_GATEWAY_URL to the gateway's own https address.")  # fmt: skip
    if (
        gateway["merchant_id"] in PUBLIC_TEST_MERCHANTS
        or {gateway["hash_key"], gateway["hash_iv"]} & PUBLIC_TEST_KEYS
    ):
        yield _error(
            21,
            "The gateway account is a public test merchant: anybody could sign payments.",
            "Set TCLOUD_GATEWAY_MERCHANT_ID, TCLOUD_GATEWAY_HASH_KEY and TCLOUD_GATEWAY_HASH_IV.",
        )
    for url in (*gateway["urls"].values(), gateway["vendor_url"]):
        if _not_public(url) or "stage" in (urlsplit(url).hostname or "") or "ccore." in url:
            yield _error(23, f"{url} is no gateway of a public site.", "Set TCLOUD_ECPAY_URL, TCLOUD_NEWEBPAY_URL and TCLOUD_ECPAY_VENDOR_URL.")  # fmt: skip


def _registers() -> Iterable[CheckMessage]:
    sources = settings.REGISTRIES
    for number, name in enumerate(("gcis_url", "tax_url", "agency_url")):
        if _not_public(sources[name]):
            yield _error(30 + number, f"{name} is the sandbox or without TLS.", f"Set TCLOUD_{name.upper()} to the real register.")  # fmt: skip
    if sources["agency_key"] == SANDBOX_AGENCY_KEY:
        yield _error(33, "The key for the agencies is the sandbox's.", "Set TCLOUD_AGENCY_KEY.")


def _mailbox() -> Iterable[CheckMessage]:
    if _is_local(f"//{settings.EMAIL_HOST}") and settings.EMAIL_PORT == SANDBOX_MAILBOX:
        yield _error(40, "Mail goes to the sandbox's mailbox and reaches nobody.", "Set TCLOUD_EMAIL_HOST and TCLOUD_EMAIL_PORT.")  # fmt: skip


def _ledger() -> Iterable[CheckMessage]:
    hint = 'Make one as docs/operations.md says under "The ledger\'s key".'
    private, public = settings.LEDGER["signing_key"], settings.LEDGER["public_keys"]
    try:
        keys = [signing_keys.private_key(private).public_key()] if private else []
        keys += [signing_keys.public_key(text) for text in public]
    except ValueError as error:
        yield _error(50, f"A key of the ledger can't be used: {error}.", hint)
        return
    if not keys:
        yield _error(51, "The ledger has no key, neither to sign nor to verify with.", hint)
    if DEMO_LEDGER_KEY in map(signing_keys.key_id, keys):
        yield _error(52, "The ledger's key is the demo's: anybody could sign its history.", hint)


def _rehearsal() -> Iterable[CheckMessage]:
    if settings.REHEARSAL_CLOCK:
        yield _error(60, "The rehearsal clock is on: an officer could move the time of a public site.", "Unset TCLOUD_REHEARSAL_CLOCK.")  # fmt: skip


def _sealed_secrets() -> Iterable[CheckMessage]:
    hint = "Set TCLOUD_CREDENTIAL_KEYS to keys of Fernet.generate_key(), the one in use first."
    keys = settings.CREDENTIAL_KEYS
    if DEMO_CREDENTIAL_KEY in keys or not keys:
        yield _error(70, "Sealed secrets have the demo's key, or none: anybody could open them.", hint)
    try:
        for key in keys:
            Fernet(key)
    except ValueError:
        yield _error(71, "A key for sealed secrets can't be used: 32 bytes in url-safe base64.", hint)


def _invoice_provider() -> Iterable[CheckMessage]:
    url = settings.INVOICE_PROVIDER["url"]
    if _not_public(url) or "stage" in (urlsplit(url).hostname or ""):
        yield _error(72, "The e-invoice provider is the sandbox or a stage.", "Set TCLOUD_INVOICE_PROVIDER_URL to the provider's own https address.")  # fmt: skip


def _is_local(url: str) -> bool:
    host = (urlsplit(url).hostname or "").casefold()
    return host in {"", "localhost", "::1"} or host.startswith("127.") or host.endswith(".localhost")


def _not_public(url: str) -> bool:
    return urlsplit(url).scheme != "https" or _is_local(url)


def _error(number: int, sentence: str, hint: str) -> CheckMessage:
    return Error(sentence, hint=hint, id=f"tcloud.E{number:03d}")
