"""Real threads on real PostgreSQL: after every race the books balance to the point (R-18)."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections

from tcloud.core.refusals import Refusal
from tcloud.ledger import queries as ledger


@pytest.fixture(autouse=True)
def books_balance(transactional_db: None) -> Iterator[None]:
    """Whatever raced, recomputed from the entries alone every account is right and none overdrawn."""
    yield
    audit = ledger.audit()
    assert audit["balanced"], audit


@pytest.fixture
def race(at_once: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    """`at_once`, with every connection of the pool free for the threads; only a refusal may come out instead of a result."""

    def run(*calls: Callable[[], Any]) -> list[Any]:
        connections.close_all()
        outcomes = at_once(*calls)
        for outcome in outcomes:
            if isinstance(outcome, Exception) and not isinstance(outcome, Refusal):
                raise outcome
        return outcomes

    return run
