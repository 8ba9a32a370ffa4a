"""Letters as they were received, in SQLite, and their readable parts."""

from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from sandbox.clock import Clock
from sandbox.database import Database


@dataclass(frozen=True)
class Letter:
    """One letter. `recipients` are the envelope's; `raw` is the message as it came over the wire."""

    id: int
    sender: str
    recipients: tuple[str, ...]
    subject: str
    received_at: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        message = BytesParser(policy=policy.default).parsebytes(self.raw)
        if not isinstance(message, EmailMessage):
            raise TypeError("not a message")
        return message

    def part(self, kind: str) -> str:
        """The body of this kind ("plain" or "html") as text, "" when there is none."""
        body = self.message.get_body((kind,))
        if body is None:
            return ""
        try:
            return str(body.get_content())
        except (LookupError, UnicodeDecodeError):
            content = body.get_payload(decode=True)
            return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""

    def as_json(self) -> dict[str, Any]:
        message = self.message
        attachments = [part.get_filename() or part.get_content_type() for part in message.iter_attachments()]
        return {
            "id": self.id,
            "from": self.sender,
            "to": list(self.recipients),
            "subject": self.subject,
            "text": self.part("plain"),
            "html": self.part("html"),
            "date": self.received_at,
            "headers": {name: str(value) for name, value in message.items()},
            "attachments": attachments,
        }


class Letters:
    """The store; the newest letter has the highest id and ids are never used twice."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        database.script(
            """
            CREATE TABLE IF NOT EXISTS letter (
                id INTEGER PRIMARY KEY AUTOINCREMENT, sender TEXT NOT NULL, recipients TEXT NOT NULL,
                subject TEXT NOT NULL, received_at TEXT NOT NULL, raw BLOB NOT NULL);
            CREATE TABLE IF NOT EXISTS letter_recipient (address TEXT NOT NULL, letter_id INTEGER NOT NULL);
            CREATE INDEX IF NOT EXISTS letter_recipient_address ON letter_recipient (address, letter_id);
            """
        )

    def add(self, sender: str, recipients: list[str], raw: bytes) -> int:
        subject = str(BytesParser(policy=policy.default).parsebytes(raw, headersonly=True)["subject"] or "")
        with self._database.transaction():
            cursor = self._database.run(
                "INSERT INTO letter (sender, recipients, subject, received_at, raw) VALUES (?, ?, ?, ?, ?)",
                (
                    sender,
                    "\n".join(recipients),
                    subject,
                    self._clock.now().isoformat(timespec="seconds"),
                    raw,
                ),
            )
            identity = int(cursor.lastrowid or 0)
            for address in {recipient.lower() for recipient in recipients}:
                self._database.run("INSERT INTO letter_recipient VALUES (?, ?)", (address, identity))
        return identity

    def get(self, identity: int) -> Letter | None:
        row = self._database.one("SELECT * FROM letter WHERE id = ?", (identity,))
        return _letter(row) if row else None

    def to(self, address: str = "", *, since_id: int = 0, limit: int = 200) -> list[Letter]:
        """Oldest first, newer than `since_id`; `address` is a whole address, any case ("" = everybody)."""
        if address:
            rows = self._database.all(
                "SELECT letter.* FROM letter JOIN letter_recipient ON letter_id = id"
                " WHERE address = ? AND id > ? ORDER BY id LIMIT ?",
                (address.lower(), since_id, limit),
            )
        else:
            rows = self._database.all(
                "SELECT * FROM letter WHERE id > ? ORDER BY id LIMIT ?", (since_id, limit)
            )
        return [_letter(row) for row in rows]

    def search(self, text: str = "", limit: int = 200) -> list[Letter]:
        """Newest first; `text` is looked for in recipients and subject."""
        like = f"%{text}%"
        rows = self._database.all(
            "SELECT * FROM letter WHERE recipients LIKE ? OR subject LIKE ? ORDER BY id DESC LIMIT ?",
            (like, like, limit),
        )
        return [_letter(row) for row in rows]

    def clear(self) -> int:
        """Forget all letters; returns how many there were."""
        with self._database.transaction():
            self._database.run("DELETE FROM letter_recipient")
            return self._database.run("DELETE FROM letter").rowcount


def _letter(row: Any) -> Letter:
    return Letter(**{**dict(row), "recipients": tuple(row["recipients"].split("\n"))})
