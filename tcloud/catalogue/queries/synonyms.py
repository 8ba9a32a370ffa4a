"""What officers see of the search: groups of synonyms, and words that found nothing."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import Max, Q, QuerySet, Sum

from tcloud.catalogue import text
from tcloud.catalogue.models import NothingFound, SynonymGroup

SHOWN_FROM: Final = 3  # so often must words have been looked for before anybody reads them
SHOWN_DAYS: Final = 90


@dataclass(frozen=True)
class Missed:
    """Words that found nothing, how often in the last 90 days, and when last."""

    words: str
    count: int
    latest: date


def groups(containing: str = "") -> QuerySet[SynonymGroup]:
    """Groups of synonyms by their first word; `containing`: those with a word that holds it."""
    found = SynonymGroup.objects.all()
    if word := text.word_of(containing):
        found = found.filter(Q(keys__icontains=word) | Q(also_keys__icontains=word))
    return found


def group(pk: int) -> SynonymGroup | None:
    """The group of that number."""
    return SynonymGroup.objects.filter(pk=pk).first()


def nothing_found(*, on: date) -> list[Missed]:
    """Words that at least three searches of the last 90 days looked for in vain, the most frequent first; at most 100.

    Rarer words are shown to nobody: they may be somebody's own.
    """
    rows = (
        NothingFound.objects.filter(day__gt=on - timedelta(days=SHOWN_DAYS))
        .values("words")
        .annotate(times=Sum("count"), latest=Max("day"))
        .filter(times__gte=SHOWN_FROM)
        .order_by("-times", "words")
    )
    return [Missed(row["words"], row["times"], row["latest"]) for row in rows[:100]]
