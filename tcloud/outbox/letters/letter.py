"""What a letter is, and the event it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Model

from tcloud.core.models import Event
from tcloud.programme.models import Programme


class Link(NamedTuple):
    """Where to go next: the words on it and a path of the site, without the language."""

    label: str
    path: str


@dataclass(frozen=True)
class Letter:
    """One e-mail in one language: what happened, the facts, what to do next and by when, and where."""

    subject: str
    happened: list[str]
    programme: Programme
    facts: list[tuple[str, str]] = field(default_factory=list)
    next_steps: list[str] = field(default_factory=list)
    link: Link | None = None
    code: str = ""


@dataclass(frozen=True)
class Occasion:
    """An event with the thing it happened to, and the moment the letter is written (for the days left)."""

    event: Event
    subject: Model
    at: datetime


# None: there is nothing to say any more, e.g. a newer code was sent meanwhile.
Composer = Callable[[Occasion], Letter | None]


# Paths of the site; tests/outbox/test_letters.py proves that each leads somewhere.
JOIN: Final = "/member/join/"
ASSESSMENT: Final = "/member/assessment/"
POINTS: Final = "/member/points/"
PLANS: Final = "/plans/"
EXPERT_CASES: Final = "/support/visits/"
OFFICE_CALENDAR: Final = "/office/calendar/import/"


def company_order(number: str) -> str:
    """The order's page for its company."""
    return f"/member/orders/{number}/"


def supplier_order(number: str) -> str:
    """The order's page for its supplier."""
    return f"/supplier/orders/{number}/"


def office_reversal(pk: int) -> str:
    """A reversal's page for officers."""
    return f"/office/reversals/{pk}/"


def company_expert(reference: str) -> str:
    """A case of the expert service for its company."""
    return f"/member/experts/{reference}/"


def expert_visit(reference: str) -> str:
    """A case of the expert service for its expert."""
    return f"/support/visits/{reference}/"


def office_expert(reference: str) -> str:
    """A case of the expert service for officers."""
    return f"/office/experts/{reference}/"
