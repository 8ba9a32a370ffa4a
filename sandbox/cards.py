"""Software cards: issued, inserted into readers, locked by three wrong PINs, revoked. Everything is kept in the PKI's directory.

A new directory has one empty reader, `沙盒讀卡機 1`; issuing does not insert. Further readers appear when a card is inserted
into one by name. The sites trusted at first are `localhost` and `127.0.0.1`.
"""

import datetime as dt
import sqlite3
from dataclasses import dataclass
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from sandbox.pki import COMPANY_POLICY, Issued, Pki, Profile
from sandbox.pki.authority import YEAR, key_from_der

PIN_TRIES = 3
PIN_LENGTHS = range(6, 9)
DEFAULT_PIN = "12345678"
DEFAULT_READER = "沙盒讀卡機 1"
DAY = dt.timedelta(days=1)
SCHEMA = """
CREATE TABLE IF NOT EXISTS card (
    sequence INTEGER PRIMARY KEY, card_id TEXT NOT NULL UNIQUE, card_number TEXT NOT NULL UNIQUE,
    ubn TEXT NOT NULL, name TEXT NOT NULL, rank TEXT NOT NULL, kind TEXT NOT NULL,
    pin TEXT NOT NULL, tries_left INTEGER NOT NULL, tells_tries_left INTEGER NOT NULL,
    sign_certificate BLOB, sign_key BLOB, encryption_certificate BLOB NOT NULL, encryption_key BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS card_ubn ON card (ubn);
CREATE TABLE IF NOT EXISTS reader (
    position INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, card_id TEXT UNIQUE REFERENCES card (card_id)
);
CREATE TABLE IF NOT EXISTS trusted_site (host TEXT PRIMARY KEY);
"""
SELECT = "SELECT card.*, reader.name AS reader FROM card LEFT JOIN reader USING (card_id)"


@dataclass(frozen=True)
class Kind:
    """How a card of this kind differs from an ordinary company card."""

    label: str
    authority: str = "issuing"
    begins: dt.timedelta = -DAY
    lasts: dt.timedelta = 5 * YEAR + DAY
    policy: str = COMPANY_POLICY
    has_sign_certificate: bool = True
    has_subject_serial: bool = True
    attribute_ubn: str | None = None  # None: the card's own


KINDS = {
    "company": Kind("工商憑證 IC 卡"),
    "legacy": Kind("舊式工商憑證（主旨沒有統一編號）", has_subject_serial=False),
    "expired": Kind("已過期", begins=-5 * YEAR - 30 * DAY, lasts=5 * YEAR),
    "not_yet_valid": Kind("尚未生效", begins=30 * DAY),
    "other_authority": Kind("其他機構簽發", authority="other"),
    "forged_authority": Kind("冒名機構簽發", authority="forged"),
    "other_policy": Kind("保證等級不符", policy="2.16.886.101.0.3.1"),
    "mismatched_ubn": Kind("兩處統一編號不一致", attribute_ubn="00000000"),
    "encryption_only": Kind("只有加密憑證", has_sign_certificate=False),
}


class CardError(Exception):
    """A card act that the sandbox refuses, with a sentence for people."""


class WrongPin(CardError):
    """A wrong PIN of allowed length; `tries_left` is 0 when this try locked the card."""

    def __init__(self, tries_left: int) -> None:
        super().__init__(
            f"PIN 碼錯誤，還可以再試 {tries_left} 次。" if tries_left else "PIN 碼錯誤三次，卡片已鎖住。"
        )
        self.tries_left = tries_left


class CardLocked(CardError):
    """The PIN was wrong three times earlier; even the right one is refused until the card is unlocked."""

    def __init__(self) -> None:
        super().__init__("卡片已鎖住，請先解鎖。")


class PinLength(CardError):
    """Not 6–8 characters; does not count as a try."""

    def __init__(self) -> None:
        super().__init__("PIN 碼長度應為 6 到 8 個字元。")


@dataclass(frozen=True)
class Card:
    """A card as it stands at the moment of reading. Certificates are DER; `sign_der` is None on encryption-only cards."""

    card_id: str
    card_number: str
    ubn: str
    name: str
    rank: str
    kind: str
    pin: str
    tries_left: int
    tells_tries_left: bool
    sign_der: bytes | None
    encryption_der: bytes
    reader: str | None

    @property
    def locked(self) -> bool:
        return self.tries_left == 0

    @property
    def authority(self) -> str:
        return KINDS[self.kind].authority

    @cached_property
    def sign_certificate(self) -> x509.Certificate | None:
        return None if self.sign_der is None else x509.load_der_x509_certificate(self.sign_der)

    @cached_property
    def encryption_certificate(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.encryption_der)

    @property
    def certificates(self) -> list[x509.Certificate]:
        """The sign certificate, where there is one, then the encryption certificate."""
        found = [self.sign_certificate, self.encryption_certificate]
        return [certificate for certificate in found if certificate is not None]


class CardStore:
    """The cards, readers and trusted sites of one PKI; safe between threads and processes."""

    def __init__(self, pki: Pki) -> None:
        self.pki = pki
        self._database = pki.database
        self._database.script(SCHEMA)
        with self._database.transaction():
            if not self._database.one("SELECT 1 FROM trusted_site UNION ALL SELECT 1 FROM reader"):
                self._database.run("INSERT INTO reader (name) VALUES (?)", (DEFAULT_READER,))
                self._database.run("INSERT INTO trusted_site VALUES ('localhost'), ('127.0.0.1')")

    def issue(
        self,
        ubn: str,
        name: str,
        *,
        pin: str = DEFAULT_PIN,
        rank: str = "primary",
        kind: str = "company",
        card_id: str | None = None,
        tells_tries_left: bool = True,
        not_before: dt.datetime | None = None,
    ) -> Card:
        """Issue a card with its certificates and 2048-bit keys (about 140 ms).

        `rank` is `primary` (正卡) or `secondary` (附卡), `kind` a key of `KINDS`. `card_id` names the card for scripts
        (`card-0001`… otherwise). With `tells_tries_left=False` a wrong PIN answers the bare 0xA0 of older middleware.
        `not_before` moves the five years (aware). `CardError` for a bad PIN, rank, kind or a card_id already taken.
        """
        _check(pin, rank, kind)
        now = self.pki.now()
        begins = not_before or now + KINDS[kind].begins
        sign = (
            self._certificate(ubn, name, rank, kind, "sign", begins)
            if KINDS[kind].has_sign_certificate
            else None
        )
        encryption = self._certificate(ubn, name, rank, kind, "encrypt", begins)
        with self._database.transaction():
            row = self._database.one("SELECT COALESCE(MAX(sequence), 0) + 1 AS next FROM card")
            sequence: int = row["next"] if row else 1
            card_id = card_id or f"card-{sequence:04d}"
            try:
                self._database.run(
                    "INSERT INTO card VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        sequence, card_id, f"SB{sequence:014d}", ubn, name, rank, kind, pin, PIN_TRIES, tells_tries_left,
                        _der(sign), sign and sign.key_der, _der(encryption), encryption.key_der,
                    ),
                )  # fmt: skip
            except sqlite3.IntegrityError as error:
                raise CardError(f"已經有代號為「{card_id}」的卡片。") from error
        return self.get(card_id)

    def get(self, card_id: str) -> Card:
        """`CardError` when there is no such card."""
        row = self._database.one(f"{SELECT} WHERE card_id = ?", (card_id,))
        if row is None:
            raise CardError(f"沒有代號為「{card_id}」的卡片。")
        return _card(row)

    def all(self, ubn: str | None = None) -> list[Card]:
        """All cards in the order of issue, or those of one UBN."""
        rows = self._database.all(f"{SELECT} WHERE ? IS NULL OR ubn = ? ORDER BY sequence", (ubn, ubn))
        return [_card(row) for row in rows]

    def revoke(self, card_id: str, *, reason: str = "key_compromise") -> None:
        """Revoke all certificates of the card; OCSP and CRL say so at once. Revoking again changes nothing."""
        card = self.get(card_id)
        for certificate in card.certificates:
            self.pki.revoke(certificate.serial_number, authority=card.authority, reason=reason)

    def is_revoked(self, card: Card) -> bool:
        """Whether the card's first certificate (the sign certificate, normally) is revoked."""
        standing = self.pki.status(card.certificates[0].serial_number, authority=card.authority)
        return standing is not None and standing.at is not None

    def unlock(self, card_id: str) -> None:
        """Give back all three tries, as the counter of the registration office would."""
        self.get(card_id)
        self._database.run("UPDATE card SET tries_left = ? WHERE card_id = ?", (PIN_TRIES, card_id))

    def login(self, card_id: str, pin: str) -> None:
        """Present a PIN. Raises `PinLength`, `CardLocked` or `WrongPin`; the right one restores the three tries."""
        if len(pin) not in PIN_LENGTHS:
            raise PinLength
        with self._database.transaction():
            card = self.get(card_id)
            if card.locked:
                raise CardLocked
            tries_left = PIN_TRIES if pin == card.pin else card.tries_left - 1
            if tries_left != card.tries_left:
                self._database.run("UPDATE card SET tries_left = ? WHERE card_id = ?", (tries_left, card_id))
        if pin != card.pin:
            raise WrongPin(tries_left)

    def sign_key(self, card_id: str) -> rsa.RSAPrivateKey | None:
        """The signing key, None on an encryption-only card. Guard it with `login`."""
        return self._key("sign_key", card_id)

    def encryption_key(self, card_id: str) -> rsa.RSAPrivateKey | None:
        return self._key("encryption_key", card_id)

    def readers(self) -> dict[str, Card | None]:
        """Readers in the order they were plugged in, each with the card in it."""
        inside = {card.reader: card for card in self.all() if card.reader}
        rows = self._database.all("SELECT name FROM reader ORDER BY position")
        return {row["name"]: inside.get(row["name"]) for row in rows}

    def insert(self, card_id: str, reader: str = DEFAULT_READER) -> None:
        """Put the card into the reader, plugging the reader in where needed; a card that is in it comes out, and the card
        leaves the reader it was in."""
        self.get(card_id)
        if not reader.strip():
            raise CardError("請寫出讀卡機的名稱。")
        with self._database.transaction():
            self._database.run("INSERT OR IGNORE INTO reader (name) VALUES (?)", (reader,))
            self._database.run("UPDATE reader SET card_id = NULL WHERE card_id = ?", (card_id,))
            self._database.run("UPDATE reader SET card_id = ? WHERE name = ?", (card_id, reader))

    def remove(self, reader: str) -> None:
        """Take out whatever card is in the reader. `CardError` when there is no such reader."""
        if not self._database.run("UPDATE reader SET card_id = NULL WHERE name = ?", (reader,)).rowcount:
            raise CardError(f"沒有名稱為「{reader}」的讀卡機。")

    def unplug(self, reader: str) -> None:
        """Take the reader away, with the card in it. `CardError` when there is no such reader."""
        if not self._database.run("DELETE FROM reader WHERE name = ?", (reader,)).rowcount:
            raise CardError(f"沒有名稱為「{reader}」的讀卡機。")

    def trusted_sites(self) -> list[str]:
        return [row["host"] for row in self._database.all("SELECT host FROM trusted_site ORDER BY host")]

    def trust(self, host: str) -> None:
        """Let pages of this host use the component; a host name without scheme or port."""
        self._database.run("INSERT OR IGNORE INTO trusted_site VALUES (?)", (host.lower(),))

    def distrust(self, host: str) -> None:
        self._database.run("DELETE FROM trusted_site WHERE host = ?", (host.lower(),))

    def _certificate(
        self, ubn: str, name: str, rank: str, kind: str, usage: str, begins: dt.datetime
    ) -> Issued:
        rules = KINDS[kind]
        profile = Profile(
            name=name,
            subject_serial=ubn if rules.has_subject_serial else None,
            attribute_ubn=rules.attribute_ubn or ubn,
            rank=rank,
            usage=usage,
            not_before=begins,
            not_after=begins + rules.lasts,
            policy=rules.policy,
        )
        return self.pki.issue(profile, authority=rules.authority)

    def _key(self, column: str, card_id: str) -> rsa.RSAPrivateKey | None:
        row = self._database.one(f"SELECT {column} FROM card WHERE card_id = ?", (card_id,))  # noqa: S608 two constants
        if row is None:
            raise CardError(f"沒有代號為「{card_id}」的卡片。")
        return None if row[0] is None else key_from_der(row[0])


def _check(pin: str, rank: str, kind: str) -> None:
    if len(pin) not in PIN_LENGTHS or not pin.isascii():
        raise CardError("PIN 碼應為 6 到 8 個英數字元。")
    if rank not in ("primary", "secondary"):
        raise CardError("卡別應為 primary 或 secondary。")
    if kind not in KINDS:
        raise CardError(f"沒有「{kind}」這種卡片。可用的有：{'、'.join(KINDS)}")


def _der(issued: Issued | None) -> bytes | None:
    return None if issued is None else issued.certificate.public_bytes(Encoding.DER)


def _card(row: sqlite3.Row) -> Card:
    return Card(
        card_id=row["card_id"],
        card_number=row["card_number"],
        ubn=row["ubn"],
        name=row["name"],
        rank=row["rank"],
        kind=row["kind"],
        pin=row["pin"],
        tries_left=row["tries_left"],
        tells_tries_left=bool(row["tells_tries_left"]),
        sign_der=row["sign_certificate"],
        encryption_der=row["encryption_certificate"],
        reader=row["reader"],
    )
