"""The sandbox's authorities in a directory: created once, then issuing, revoking and answering at run time."""

import datetime as dt
import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from sandbox.database import Database
from sandbox.pki import authority as make
from sandbox.pki.authority import YEAR, Profile, Signer, Urls, distinguished_name

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from sandbox.switches import Switches

LAYOUT = 1  # raised when what the directory holds changes shape; an older directory is then made anew
SCHEMA = """
CREATE TABLE IF NOT EXISTS certificate (
    authority TEXT NOT NULL, serial TEXT NOT NULL, der BLOB NOT NULL, revoked_at REAL, reason TEXT,
    PRIMARY KEY (authority, serial)
);
"""
OWN_FILES = ("private", "certificates", "anchors", "intermediates", "pki.json")
DATABASE_FILE = "cards.sqlite3"
SANDBOX = "沙盒測試 SANDBOX"
ISSUING_NAME = distinguished_name(organisation=SANDBOX, unit="沙盒工商憑證管理中心 SANDBOX")
ROOTS = {
    "root": distinguished_name(organisation=SANDBOX, common_name="沙盒憑證總管理中心 SANDBOX ROOT"),
    "other-root": distinguished_name(
        organisation="沙盒其他機構 SANDBOX", common_name="沙盒其他總管理中心 SANDBOX OTHER ROOT"
    ),
    "forged-root": distinguished_name(organisation=SANDBOX, common_name="沙盒憑證總管理中心 SANDBOX ROOT"),
}
ISSUERS = {
    "issuing": ("root", ISSUING_NAME),
    "other": (
        "other-root",
        distinguished_name(organisation="沙盒其他機構 SANDBOX", unit="沙盒其他憑證管理中心 SANDBOX"),
    ),
    "forged": ("forged-root", ISSUING_NAME),  # the right names over the wrong keys
}


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True)
class Issued:
    """A freshly issued end-entity certificate with its key; `key_der` is unencrypted PKCS#8."""

    authority: str
    certificate: x509.Certificate
    key_der: bytes


class Pki:
    """Roots `root`, `other-root`, `forged-root`; issuers `issuing` (the one to trust), `other` (unrelated), `forged`
    (bears the trusted names); delegated OCSP signers `<issuer>-ocsp`; the time-stamp signer `tsa`.

    Use `Pki.open`. Revocation goes through one SQLite file, so every process that opened the directory sees it at once.
    """

    def __init__(self, directory: Path, base_url: str, now: Callable[[], dt.datetime] = utc_now) -> None:
        self.directory = directory
        self.base_url = base_url
        self.now = now
        self.database = Database(directory / DATABASE_FILE)
        self.database.script(SCHEMA)
        self._signers: dict[str, Signer] = {}

    @classmethod
    def open(cls, directory: Path, base_url: str, now: Callable[[], dt.datetime] = utc_now) -> "Pki":
        """Open the PKI in `directory`, making it on first use (about 0.7 s) or when `base_url` is not the one its
        certificates carry; making it anew also discards the cards. `base_url` is without `/pki`: `http://localhost:9000`.
        `now` is the clock for validity, CRL, OCSP and time-stamps; it must return aware datetimes.
        """
        base_url = base_url.rstrip("/")
        directory.mkdir(parents=True, exist_ok=True)
        with _locked(directory / ".lock"):
            if _description(directory) != {"layout": LAYOUT, "base_url": base_url}:
                _discard(directory)
                _create(directory, base_url, now())
        return cls(directory, base_url, now)

    def close(self) -> None:
        """Let go of the database; the directory stays."""
        self.database.close()

    @property
    def root_path(self) -> Path:
        """PEM of the anchor to configure where the sandbox is to be trusted."""
        return self.directory / "anchors" / "root.pem"

    @property
    def issuing_path(self) -> Path:
        """PEM of the intermediate that issues the cards."""
        return self.directory / "intermediates" / "issuing.pem"

    def signer(self, name: str) -> Signer:
        """Certificate and key of one authority or responder; `KeyError` when there is none of that name."""
        if name not in self._signers:
            path = self.directory / "private" / f"{name}.der"
            if not path.exists():
                raise KeyError(name)
            certificate = x509.load_pem_x509_certificate(_certificate_path(self.directory, name).read_bytes())
            self._signers[name] = Signer(certificate, make.key_from_der(path.read_bytes()))
        return self._signers[name]

    def certificate(self, name: str) -> x509.Certificate:
        return self.signer(name).certificate

    def urls(self, issuer: str) -> Urls:
        """What is written into certificates that `issuer` issues."""
        return _urls(self.base_url, issuer)

    def issue(self, profile: Profile, *, authority: str = "issuing") -> Issued:
        """Issue one certificate with a new key (about 65 ms); OCSP knows it from now on."""
        made = make.make_company_certificate(self.signer(authority), profile, self.urls(authority))
        self.database.run(
            "INSERT INTO certificate (authority, serial, der) VALUES (?, ?, ?)",
            (
                authority,
                f"{made.certificate.serial_number:x}",
                made.certificate.public_bytes(serialization.Encoding.DER),
            ),
        )
        return Issued(authority, made.certificate, made.key_der)

    def revoke(self, serial: int, *, authority: str = "issuing", reason: str = "key_compromise") -> None:
        """Revoke from now on; a certificate already revoked keeps its date. `reason` is a name of `x509.ReasonFlags`.

        `KeyError` when this authority never issued the serial number.
        """
        x509.ReasonFlags[reason]
        with self.database.transaction():
            if self.status(serial, authority=authority) is None:
                raise KeyError(f"{serial:x}")
            self.database.run(
                "UPDATE certificate SET revoked_at = ?, reason = ?"
                " WHERE authority = ? AND serial = ? AND revoked_at IS NULL",
                (self.now().timestamp(), reason, authority, f"{serial:x}"),
            )

    def status(self, serial: int, *, authority: str = "issuing") -> "Revocation | None":
        """None for a certificate this authority never issued, otherwise whether and when it was revoked."""
        row = self.database.one(
            "SELECT revoked_at, reason FROM certificate WHERE authority = ? AND serial = ?",
            (authority, f"{serial:x}"),
        )
        if row is None:
            return None
        at = None if row["revoked_at"] is None else dt.datetime.fromtimestamp(row["revoked_at"], dt.UTC)
        return Revocation(at, row["reason"])

    def crl(self, issuer: str) -> bytes:
        """The complete list of `issuer` (also a root: always empty), DER, signed now, good for seven days."""
        now = self.now().replace(microsecond=0)
        signer = self.signer(issuer)
        key_identifier = signer.certificate.extensions.get_extension_for_class(
            x509.SubjectKeyIdentifier
        ).value
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(signer.certificate.subject)
            .last_update(now)
            .next_update(now + dt.timedelta(days=7))
            .add_extension(x509.CRLNumber(int(self.now().timestamp() * 1000)), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(key_identifier), critical=False
            )
        )
        for row in self.database.all(
            "SELECT serial, revoked_at, reason FROM certificate WHERE authority = ? AND revoked_at IS NOT NULL",
            (issuer,),
        ):
            builder = builder.add_revoked_certificate(
                x509.RevokedCertificateBuilder()
                .serial_number(int(row["serial"], 16))
                .revocation_date(dt.datetime.fromtimestamp(row["revoked_at"], dt.UTC))
                .add_extension(x509.CRLReason(x509.ReasonFlags[row["reason"]]), critical=False)
                .build()
            )
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def asgi_app(self, switches: "Switches | None" = None) -> "ASGIApp":
        """OCSP, CRL, AIA and TSA as one ASGI application, to be mounted at `/pki` below `base_url`."""
        from sandbox.pki.services import create_app  # the services need the PKI, not the other way round

        return create_app(self, switches)


@dataclass(frozen=True)
class Revocation:
    """The standing of an issued certificate; `at` is None while it is good."""

    at: dt.datetime | None
    reason: str | None


def _urls(base_url: str, issuer: str) -> Urls:
    prefix = f"{base_url}/pki/{issuer}"
    ocsp = f"{prefix}/ocsp" if issuer in ISSUERS else None
    return Urls(crl=f"{prefix}/complete.crl", issuers=f"{prefix}/IssuedToThisCA.p7b", ocsp=ocsp)


def _certificate_path(directory: Path, name: str) -> Path:
    folder = {"root": "anchors", "issuing": "intermediates"}.get(name, "certificates")
    return directory / folder / f"{name}.pem"


def _create(directory: Path, base_url: str, now: dt.datetime) -> None:
    """Make every authority; `pki.json` is written last and so says that all the rest is there."""
    start = now - YEAR
    made = {name: make.make_root(subject, start, start + 20 * YEAR) for name, subject in ROOTS.items()}
    for name, (root, subject) in ISSUERS.items():
        made[name] = make.make_intermediate(
            made[root], subject, _urls(base_url, root), start, start + 15 * YEAR
        )
        responder = distinguished_name(organisation=SANDBOX, common_name=f"沙盒 OCSP SANDBOX ({name})")
        made[f"{name}-ocsp"] = make.make_responder(made[name], responder, start, start + 10 * YEAR)
    stamper = distinguished_name(organisation=SANDBOX, common_name="沙盒時戳服務 SANDBOX TSA")
    made["tsa"] = make.make_time_stamper(
        made["root"], stamper, _urls(base_url, "root"), start, start + 10 * YEAR
    )
    for name, signer in made.items():
        _write(directory / "private" / f"{name}.der", signer.key_der, mode=0o600)
        pem = signer.certificate.public_bytes(serialization.Encoding.PEM)
        _write(_certificate_path(directory, name), pem)
    description = json.dumps({"layout": LAYOUT, "base_url": base_url})
    _write(directory / "pki.json", description.encode())


def _write(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Put the whole file in place at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    draft.replace(path)


def _description(directory: Path) -> object:
    try:
        return json.loads((directory / "pki.json").read_text())
    except (FileNotFoundError, ValueError):
        return None


def _discard(directory: Path) -> None:
    """Remove what an earlier PKI left, its cards included; files that are not ours stay."""
    for name in OWN_FILES:
        path = directory / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for suffix in ("", "-wal", "-shm"):
        (directory / f"{DATABASE_FILE}{suffix}").unlink(missing_ok=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the directory against other processes."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
