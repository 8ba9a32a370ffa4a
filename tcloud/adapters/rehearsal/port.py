"""What follows a rehearsal's clock, as the rest of the house sees it."""

from datetime import timedelta
from typing import Protocol


class Followers(Protocol):
    """Systems whose clocks must agree with ours while a rehearsal has moved it. Only test systems can be told such a thing."""

    def tell(self, shift: timedelta) -> list[str]:
        """Tell every one by how much our clock differs from real time; returns the addresses of those that did not follow."""
        ...
