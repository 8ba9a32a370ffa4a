"""When a letter is tried again, when never, and when an address is written to no more (decision 0030)."""

import pytest

from tcloud.outbox import rules
from tcloud.outbox.rules import Refusal


@pytest.mark.parametrize(
    ("recipients", "content", "meaning"),
    [
        ([550], None, Refusal.OF_ADDRESS),
        ([553], None, Refusal.OF_ADDRESS),
        ([450], None, Refusal.FOR_NOW),
        ([550, 451], None, Refusal.FOR_NOW),
        ([], 554, Refusal.OF_LETTER),
        ([], 451, Refusal.FOR_NOW),
        ([], None, Refusal.FOR_NOW),
    ],
)
def test_refusal(recipients, content, meaning):
    assert rules.refusal(recipients, content) is meaning


@pytest.mark.parametrize(
    ("action", "status", "hard"),
    [
        ("failed", "5.1.1", True),
        ("failed", "5.7.1", True),
        ("failed", "5.2.2", False),  # the mailbox is full
        ("failed", "4.4.7", False),
        ("failed", "", False),
        ("delayed", "5.1.1", False),
    ],
)
def test_is_hard(action, status, hard):
    assert rules.is_hard(action, status) is hard


@pytest.mark.parametrize(
    ("bounces", "duty", "held"),
    [(0, True, False), (2, True, False), (3, True, True), (0, False, False), (1, False, True)],
)
def test_is_held(bounces, duty, held):
    assert rules.is_held(bounces, is_duty=duty) is held
