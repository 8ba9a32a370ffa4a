"""Every test of a page begins in Traditional Chinese and leaves the language as it found it, whatever address it asked for."""

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def chinese() -> Iterator[None]:
    with translation.override("zh-hant"):
        yield
