"""Questions about the closed days (R-18): whether history is what it was, what is published of it, and the proof of one entry."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from tcloud.core import clock, signing_keys
from tcloud.core.refusals import Refusal
from tcloud.ledger import canonical, days, merkle, signing
from tcloud.ledger.models import Digest, Transfer

LIST_FORMAT: Final = "tcloud.ledger.digests.v1"
PROOF_FORMAT: Final = "tcloud.ledger.proof.v1"
NAMED: Final = 100  # wrong days named in a report; all are counted


@dataclass(frozen=True)
class State:
    """How far the books are closed: the last digest, entries after it, and days that are over and not closed."""

    last: Digest | None
    open_entries: int
    late_days: int


def state(*, at: datetime) -> State:
    """How far the books are closed at `at`."""
    last = digests().first()
    open_entries = Transfer.objects.filter(id__gt=last.last_id if last else 0)
    return State(last, open_entries.count(), late_days(at=at))


def late_days(*, at: datetime) -> int:
    """Days (Taipei) that are over at `at` and not closed; before the first is closed, from that of the first entry on."""
    closed = Digest.objects.order_by("-day").values_list("day", flat=True).first()
    if closed is None:
        first = Transfer.objects.order_by("id").values_list("recorded_at", flat=True).first()
        if first is None:
            return 0
        closed = clock.taipei(first).date() - timedelta(days=1)
    return max((clock.taipei(at).date() - closed).days - 1, 0)


def digests() -> QuerySet[Digest]:
    """Every digest, the newest first, without what is not published."""
    return Digest.objects.defer("salt", "blocks").order_by("-day")


def published(digest: Digest) -> dict[str, str]:
    """A digest as it is published: the document to the byte, and its signature (Ed25519) in base64."""
    return {
        "document": bytes(digest.document).decode(),
        "signature": base64.b64encode(bytes(digest.signature)).decode(),
    }


def public_keys() -> list[dict[str, str]]:
    """The public keys, the present one and those retired: key_id, pem."""
    found = signing.public_keys()
    return [{"key_id": key_id, "pem": signing_keys.pem(key)} for key_id, key in found.items()]


def entries_of(digest: Digest | None) -> QuerySet[Transfer]:
    """The entries of a closed day, or with None those not closed yet, in the order of their ids, with accounts and cause."""
    rows = Transfer.objects.select_related("debit_account", "credit_account", "event").order_by("id")
    if digest is None:
        last = digests().first()
        return rows.filter(id__gt=last.last_id if last else 0)
    return rows.filter(id__gt=digest.after_id, id__lte=digest.last_id)


def accounts_of(entry_id: int) -> tuple[str, ...]:
    """The keys of the two accounts of an entry; empty when there is no such entry."""
    rows = Transfer.objects.filter(pk=entry_id).values_list("debit_account__key", "credit_account__key")
    return tuple(rows.first() or ())


# The proof of one entry


def proof_of_entry(entry_id: int) -> dict[str, Any]:
    """One entry, its audit path (RFC 9162 §2.1.3) and its day's digest: what scripts/verify_digest.py verifies without us.

    Raises LookupError when there is no such entry; Refusal `ledger.not_closed_yet`, or `ledger.history_differs` when the entries of its day
    are not those that were signed.
    """
    if not Transfer.objects.filter(pk=entry_id).exists():
        raise LookupError(f"no entry {entry_id}")
    digest = Digest.objects.filter(after_id__lt=entry_id, last_id__gte=entry_id).order_by("day").first()
    if digest is None:
        raise Refusal(
            "ledger.not_closed_yet", _("這筆紀錄還沒有日結。每天的帳在隔天凌晨結算，請於結算後再下載證明。")
        )
    range_of_day = Transfer.objects.filter(id__gt=digest.after_id, id__lte=digest.last_id).order_by("id")
    index = range_of_day.filter(id__lt=entry_id).count()
    block, place = divmod(index, days.BLOCK)
    before = range_of_day.values_list("id", flat=True)[block * days.BLOCK - 1] if block else digest.after_id
    content, leaves = b"", []
    salt = bytes(digest.salt)
    for entry in canonical.entries(before, digest.last_id, salt=salt, most=days.BLOCK):
        leaves.append(merkle.leaf_hash(entry.content))
        if entry.id == entry_id:
            content = entry.content
    path = _path(place, leaves) + _path(block, days.block_roots(digest))
    if not merkle.leads_to(
        bytes.fromhex(digest.root), hashed=leaves[place], index=index, size=digest.entries, path=path
    ):
        raise Refusal(
            "ledger.history_differs", _("這一天的帳與當時簽署的摘要不符，無法提供證明。請通知稽核人員。")
        )
    return {
        "format": PROOF_FORMAT,
        "entry": content.decode(),
        "index": index,
        "path": [hashed.hex() for hashed in path],
        "digest": published(digest),
        "keys": public_keys(),
    }


def _path(index: int, hashes: list[bytes]) -> list[bytes]:
    """The audit path; none where what is stored has no such place, which then leads nowhere."""
    return merkle.path(index, hashes) if index < len(hashes) else []


# The audit


@dataclass
class Findings:
    """What the audit of the closed days found: wrong days with what is wrong about each, and how much was recomputed."""

    days: int = 0
    recomputed_days: int = 0
    recomputed_entries: int = 0
    wrong_days: int = 0
    wrong: list[dict[str, Any]] = field(default_factory=list)

    def note(self, day: date, what: list[str]) -> None:
        """Remember what is wrong about a day, if anything."""
        if what:
            self.wrong_days += 1
            if len(self.wrong) < NAMED:
                self.wrong.append({"day": day.isoformat(), "what": what})


def audit(*, most_entries: int | None = None) -> dict[str, Any]:
    """R-18: recompute every closed day from the entries alone; compare roots, chain, ranges and signatures.

    With `most_entries` only the newest days are recomputed that have no more entries together; chain and signatures are checked for all.
    Memory does not grow with the books. `wrong` names days by what is wrong: `entries` (they are not those that were signed), `blocks`,
    `columns` (the row is not what its document says), `signature` (not by one of our keys), `chain`, `range`, `day` (one is missing before it).
    """
    found, previous = Findings(), None
    first = _first_to_recompute(most_entries)
    for digest in Digest.objects.order_by("day").iterator(chunk_size=200):
        found.days += 1
        wrong = _wrong_in_chain(digest, previous)
        if first is None or digest.day >= first:
            wrong += _wrong_in_entries(digest, found)
        found.note(digest.day, wrong)
        previous = digest
    open_entries = Transfer.objects.filter(id__gt=previous.last_id if previous else 0).count()
    return {
        "days": found.days,
        "last_day": previous.day.isoformat() if previous else None,
        "open_entries": open_entries,
        "recomputed_days": found.recomputed_days,
        "recomputed_entries": found.recomputed_entries,
        "wrong_days": found.wrong_days,
        "wrong": found.wrong,
    }


def _first_to_recompute(most_entries: int | None) -> date | None:
    """The first of the newest days with at most so many entries together; None for all."""
    total = Digest.objects.aggregate(total=Sum("entries"))["total"] or 0
    if most_entries is None or total <= most_entries:
        return None
    first, left = date.max, most_entries
    for day, entries in Digest.objects.order_by("-day").values_list("day", "entries").iterator():
        left -= entries
        if left < 0:
            break
        first = day
    return first


def _wrong_in_chain(digest: Digest, previous: Digest | None) -> list[str]:
    document, wrong = bytes(digest.document), []
    if document != days.document_of(digest):
        wrong.append("columns")
    if not signing.is_signed(document, bytes(digest.signature), key_id=digest.key_id):
        wrong.append("signature")
    if digest.previous_sha256 != (days.hash_of(previous) if previous else ""):
        wrong.append("chain")
    if digest.after_id != (previous.last_id if previous else 0):
        wrong.append("range")
    if previous and digest.day != previous.day + timedelta(days=1):
        wrong.append("day")
    return wrong


def _wrong_in_entries(digest: Digest, found: Findings) -> list[str]:
    sums = days.sum_up(digest.after_id, digest.last_id, salt=bytes(digest.salt))
    found.recomputed_days += 1
    found.recomputed_entries += sums.entries
    if (sums.entries, sums.points, sums.root) != (digest.entries, digest.points, digest.root):
        return ["entries"]
    return [] if sums.blocks == bytes(digest.blocks) else ["blocks"]


# Digests that somebody kept


def kept_digests(text: str) -> list[dict[str, Any]]:
    """The digests in a downloaded file: the list of all, one of them, or the proof of an entry. Raises ValueError for anything else."""
    try:
        content = json.loads(text)
        rows = content["digests"] if "digests" in content else [content.get("digest", content)]
        return [_kept(row) for row in rows]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError("no digests of a ledger") from error


def _kept(row: dict[str, str]) -> dict[str, Any]:
    told = json.loads(row["document"])
    return {
        "day": date.fromisoformat(told["day"]),
        "key_id": str(told["key_id"]),
        "document": row["document"].encode(),
        "signature": base64.b64decode(row["signature"], validate=True),
    }


def compare(kept: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Compare digests that somebody kept with the books: {"digests", "differs_from", "wrong_days", "wrong"}.

    `wrong` names days by what is wrong: `document` (we now say otherwise), `missing` (we have none for that day), `signature` (the kept one
    was not signed by one of our keys, so it proves nothing).
    """
    found, differs = Findings(), []
    for row in sorted(kept, key=lambda row: row["day"]):
        found.days += 1
        ours = Digest.objects.filter(day=row["day"]).values_list("document", flat=True).first()
        if not signing.is_signed(row["document"], row["signature"], key_id=row["key_id"]):
            found.note(row["day"], ["signature"])
        elif ours is None or bytes(ours) != row["document"]:
            differs.append(row["day"])
            found.note(row["day"], ["missing" if ours is None else "document"])
    return {
        "digests": found.days,
        "differs_from": min(differs).isoformat() if differs else None,
        "wrong_days": found.wrong_days,
        "wrong": found.wrong,
    }
