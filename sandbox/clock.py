"""The sandbox's clock: the machine's, or moved by an offset so that it can follow a rehearsal of the product."""

import threading
from datetime import datetime, timedelta, timezone

TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")  # no daylight saving since 1979


class Clock:
    """Now in Taipei, plus an offset in seconds that `PUT /control/clock` sets. In memory: whoever starts the sandbox gives it anew."""

    def __init__(self, offset_seconds: float = 0) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta(seconds=offset_seconds)

    @property
    def offset_seconds(self) -> float:
        return self._offset.total_seconds()

    def now(self) -> datetime:
        return datetime.now(TAIPEI) + self._offset

    def shift(self, seconds: float) -> None:
        """Set (not add) the offset from the machine's clock, in seconds."""
        with self._lock:
            self._offset = timedelta(seconds=seconds)

    def move_to(self, moment: datetime) -> None:
        """Make `moment` the present; a moment without a zone is taken as Taipei's."""
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=TAIPEI)
        self.shift((moment - datetime.now(TAIPEI)).total_seconds())


def roc_date(iso: str) -> str:
    """`2015-03-12` as the registries write it, `1040312`; an empty text stays empty."""
    if not iso:
        return ""
    year, month, day = iso.split("-")
    return f"{int(year) - 1911:03d}{month}{day}"
