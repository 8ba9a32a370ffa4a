"""Every test of a page begins in Traditional Chinese and leaves the language as it found it, whatever address it asked for.

For the member pages also: registers and card authorities replaced at their ports, the clock on a Friday morning.
"""

from collections.abc import Iterator

import pytest

from tcloud.core import clock
from tcloud.programme.models import Programme
from tcloud.web.member import join
from tests import factories
from tests.adapters.card import authorities
from tests.web.applicant import FakeRegisters


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRegisters]:
    """What the registers will say; cards of the test authority are good."""
    registers = FakeRegisters()
    monkeypatch.setattr(join, "registers", registers.clients)
    authorities.stand_in(monkeypatch)
    with clock.moved_to(factories.NOW):
        yield registers


@pytest.fixture
def edition(db: None) -> Programme:
    return factories.programme(code="tcloud")
