"""What officers say about words, and what the search notes of itself."""

import json
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue import text
from tcloud.catalogue.models import NothingFound, SynonymGroup
from tcloud.catalogue.models.search import MOST_WORDS
from tcloud.core import events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal, Stale

MOST_IN_A_GROUP: Final = 12
MOST_NOTED_A_DAY: Final = 2000
KEPT_DAYS: Final = 90
_PERSONAL: Final = re.compile(
    r"@|\d{4}|https?:", re.I
)  # addresses, numbers of telephones, companies, identity cards
_SYNONYMS: Final = Path(__file__).parent.parent / "data/synonyms.json"


def by_key(written: Iterable[str]) -> dict[str, str]:
    """Word as it is looked up → as it was written, each once, in the order given; what holds no letter is left out.

    Raises Refusal `synonyms.too_long` for a word of more than 40 characters.
    """
    words: dict[str, str] = {}
    for each in written:
        shown = text.tidy(each)
        if len(shown) > MOST_WORDS:
            raise Refusal("synonyms.too_long", _("「%(word)s」超過40個字，請縮短。"), word=shown[:20] + "…")
        if key := text.word_of(shown):
            words.setdefault(key[:MOST_WORDS], shown)
    return words


def _checked(words: Iterable[str], finds_also: Iterable[str]) -> dict[str, list[str]]:
    same = by_key(words)
    wider = {key: shown for key, shown in by_key(finds_also).items() if key not in same}
    if not same or len(same) + len(wider) < 2:
        raise Refusal("synonyms.too_few", _("請填寫至少兩個詞，例如：打卡、出勤。"))
    if len(same) + len(wider) > MOST_IN_A_GROUP:
        raise Refusal("synonyms.too_many", _("一組最多%(most)s個詞，請分成兩組。"), most=MOST_IN_A_GROUP)
    return {
        "words": list(same.values()), "finds_also": list(wider.values()), "keys": list(same), "also_keys": list(wider),
    }  # fmt: skip


@transaction.atomic
def import_synonyms(*, by: Actor, at: datetime) -> int:
    """The groups shipped with the product, where there are none yet; what officers changed or removed stays so. Returns how many were added."""
    if SynonymGroup.objects.exists():
        return 0
    rows = json.loads(_SYNONYMS.read_text(encoding="utf-8"))
    for row in rows:
        add_synonyms(row["words"], row.get("finds_also", []), by=by, at=at)
    return len(rows)


@transaction.atomic
def add_synonyms(
    words: Iterable[str], finds_also: Iterable[str] = (), *, by: Actor, at: datetime
) -> SynonymGroup:
    """Say that `words` mean the same, and that they also find `finds_also`, which do not find them.

    Raises Refusal `synonyms.too_few` for fewer than two words, `synonyms.too_many` for more than twelve, `synonyms.too_long`.
    """
    group = SynonymGroup.objects.create(**_checked(words, finds_also), changed_at=at)
    _record("synonyms.added", group, by=by, at=at)
    return group


@transaction.atomic
def change_synonyms(
    group: SynonymGroup,
    words: Iterable[str],
    finds_also: Iterable[str] = (),
    *,
    drawn_from: int,
    by: Actor,
    at: datetime,
) -> SynonymGroup:
    """Write the group anew. Raises Refusal as add_synonyms does; Stale when it is not of version `drawn_from` any more."""
    changed = SynonymGroup.objects.filter(pk=group.pk, version=drawn_from).update(
        **_checked(words, finds_also), version=drawn_from + 1, changed_at=at
    )
    if not changed:
        raise Stale()
    group.refresh_from_db()
    _record("synonyms.changed", group, by=by, at=at)
    return group


@transaction.atomic
def remove_synonyms(group: SynonymGroup, *, drawn_from: int, by: Actor, at: datetime) -> None:
    """Take the group back; its words find only themselves again. Raises Stale when it is not of version `drawn_from` any more."""
    kept = SynonymGroup.objects.select_for_update().filter(pk=group.pk, version=drawn_from).first()
    if kept is None:
        raise Stale()
    _record("synonyms.removed", kept, by=by, at=at)
    kept.delete()


def _record(type: str, group: SynonymGroup, *, by: Actor, at: datetime) -> None:
    events.record(
        type, group, case=f"synonyms/{group.pk}", by=by, at=at, announce=False,
        words=list(group.words), finds_also=list(group.finds_also),
    )  # fmt: skip


@transaction.atomic
def note_nothing_found(words: str, *, on: date) -> None:
    """Count that `words` found nothing on that day. Who asked is not known here; what may name a person is not noted.

    At most 2,000 different words a day, so that nobody can fill the table; older than 90 days is thrown away.
    """
    word = text.word_of(words)[:40]
    if len(word) < 2 or _PERSONAL.search(words):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO catalogue_nothingfound AS noted (day, words, count)
            SELECT %(day)s, %(word)s::varchar, 1 WHERE (SELECT count(*) FROM catalogue_nothingfound WHERE day = %(day)s) < %(most)s
                OR EXISTS (SELECT FROM catalogue_nothingfound WHERE day = %(day)s AND words = %(word)s::varchar)
            ON CONFLICT (day, words) DO UPDATE SET count = noted.count + 1
            """,
            {"day": on, "word": word, "most": MOST_NOTED_A_DAY},
        )
    NothingFound.objects.filter(day__lt=on - timedelta(days=KEPT_DAYS)).delete()
