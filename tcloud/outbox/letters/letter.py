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


class Thread(NamedTuple):
    """A conversation a letter belongs to: the address it is answered to, the secret of its Message-IDs, and mails it answers."""

    reply_to: str
    token: str
    answers: tuple[str, ...]


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
    unsubscribe: str = ""  # a path that stops letters of this kind, for those one has asked for (RFC 8058)
    thread: Thread | None = None


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
CHAT: Final = "/chat/"
EXPERT_CASES: Final = "/support/visits/"
OFFICE_CALENDAR: Final = "/office/calendar/import/"
OFFICE_REFUNDS: Final = "/office/refunds/"
QUESTIONS: Final = "/member/choosing/questions/"
SUPPLIER_ACCOUNTS: Final = "/supplier/payment-accounts/"
REVIEWS: Final = "/member/choosing/reviews/"


def company_order(number: str) -> str:
    """The order's page for its company."""
    return f"/member/orders/{number}/"


def renewal(number: str) -> str:
    """Where the company renews the service of an order."""
    return f"/member/orders/{number}/renewal/"


def invitation(token: str) -> str:
    """An invitation to act for a company, under its secret address."""
    return f"/member/invitations/{token}/"


def supplier_order(number: str) -> str:
    """The order's page for its supplier."""
    return f"/supplier/orders/{number}/"


def company_order_thread(number: str) -> str:
    """What was said on the order, for its company."""
    return f"/member/orders/{number}/messages/"


def supplier_order_thread(number: str) -> str:
    """What was said on the order, for its supplier."""
    return f"/supplier/orders/{number}/messages/"


def company_order_changes(number: str) -> str:
    """Changes of the order, for its company."""
    return f"/member/orders/{number}/changes/"


def supplier_order_changes(number: str) -> str:
    """Changes of the order, for its supplier."""
    return f"/supplier/orders/{number}/changes/"


def supplier_plan_change(pk: int) -> str:
    """A draft of a plan, for its supplier."""
    return f"/supplier/plans/changes/{pk}/"


def office_plan_change(pk: int) -> str:
    """A plan under review, for officers."""
    return f"/office/plans/changes/{pk}/"


def plan_page(code: str) -> str:
    """The plan as everybody sees it."""
    return f"/plans/{code}/"


def visitor_ticket(token: str) -> str:
    """The page of a visitor's ticket, under its secret address."""
    return f"/tickets/{token}/"


def member_ticket(reference: str) -> str:
    """The page of a company's ticket."""
    return f"/member/tickets/{reference}/"


def ticket_after_chat(number: str) -> str:
    """A new ticket of the company, filled in with what was asked in this conversation."""
    return f"/member/tickets/new/?conversation={number}"


def desk_ticket(reference: str) -> str:
    """A ticket's page for support agents."""
    return f"/support/tickets/{reference}/"


def office_order(number: str) -> str:
    """The order's page for officers."""
    return f"/office/orders/{number}/"


def office_refund(kind: str, pk: int) -> str:
    """Money that is to go back, for officers: `kind` "charge" or "part" of one."""
    return f"/office/refunds/{kind}/{pk}/"


def office_receipt(pk: int) -> str:
    """A remittance that a supplier confirmed, for officers."""
    return f"/office/transfers/{pk}/"


def office_statement(pk: int) -> str:
    """A day's statement of the gateway, for officers."""
    return f"/office/statements/{pk}/"


def office_reversal(pk: int) -> str:
    """A reversal's page for officers."""
    return f"/office/reversals/{pk}/"


def plan(code: str) -> str:
    """A plan's page."""
    return f"/plans/{code}/"


def comparison(pk: int) -> str:
    """A saved comparison's page for its company."""
    return f"/member/choosing/comparisons/{pk}/"


def supplier_question(pk: int) -> str:
    """A question's page for its supplier."""
    return f"/supplier/questions/{pk}/"


def supplier_review(pk: int) -> str:
    """A review's page for its supplier."""
    return f"/supplier/reviews/{pk}/"


def unsubscription(token: str) -> str:
    """Where the mail of a saved search is stopped."""
    return f"/unsubscription/{token}/"


def company_expert(reference: str) -> str:
    """A case of the expert service for its company."""
    return f"/member/experts/{reference}/"


def expert_visit(reference: str) -> str:
    """A case of the expert service for its expert."""
    return f"/support/visits/{reference}/"


def office_expert(reference: str) -> str:
    """A case of the expert service for officers."""
    return f"/office/experts/{reference}/"
