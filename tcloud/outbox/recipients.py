"""Who the people of an audience are, and the language each reads."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Model

from tcloud.catalogue.models import Plan, PlanChange, Supplier
from tcloud.choosing.models import ComparisonShare, Question, Review, SavedSearch
from tcloud.core.models import Event
from tcloud.eligibility.models import Application
from tcloud.members import queries as members
from tcloud.members.models import AddressChange, Invitation, User
from tcloud.orders.models import DraftRequest, Order
from tcloud.payments.models import PaymentAccount, Statement
from tcloud.points.models import Grant, WaitingEntry
from tcloud.programme.models import Programme
from tcloud.support.models import ChatTranscript, Conversation, ExpertRequest, Ticket
from tcloud.support.queries import tickets

APPLICANT: Final = "applicant"
COMPANY: Final = "company"
SUPPLIER: Final = "supplier"
OFFICERS: Final = "officers"
READER: Final = (
    "reader"  # the one person a thing is meant for: who saved a search, asked, or is shown a comparison
)
INVITED: Final = "invited"  # to act for a company; has no account yet, or acts for others
APPROVERS: Final = "approvers"  # who may order for the company
ASKER: Final = "asker"  # of support
AGENTS: Final = "agents"
EXPERT: Final = "expert"
FORMER_EXPERT: Final = "former_expert"  # who had the case until this event
NEW_ADDRESS: Final = "new_address"  # of one person, to be proved
FORMER_ADDRESS: Final = "former_address"

SPOKEN: Final = dict(settings.LANGUAGES)


@dataclass(frozen=True)
class Recipient:
    """An address and the language of what is sent there (a code of settings.LANGUAGES); `user_id` of who signs in with it."""

    email: str
    language: str
    user_id: int | None = None


def of(audience: str, subject: Model, event: Event) -> list[Recipient]:
    """The people of `audience` in what happened to `subject`, each address once, whatever its case.

    Nobody when no address is known yet (an application before its account step). Raises LookupError for a pair nobody foresaw.
    """
    match audience, subject:
        case (str(kind), AddressChange() as change) if kind == NEW_ADDRESS:
            return [Recipient(change.email, change.user.language)]
        case (str(kind), AddressChange() as change) if kind == FORMER_ADDRESS:
            return [Recipient(change.former, change.user.language)]
        case (str(kind), Application() as application) if kind == APPLICANT:
            return _once([application.contact_email], fallback=application.language)
        case (str(kind), (Grant() | WaitingEntry()) as given) if kind == COMPANY:
            return _once(members.company_emails(given.company_id))
        case (str(kind), PaymentAccount() as account) if kind == COMPANY:
            return _once(members.company_emails(account.company_id))
        case (str(kind), Order() as order) if kind == COMPANY:
            emails = [order.contact_email, *members.company_emails(order.company_id)]
            return _once(emails, fallback=order.created_by.language)
        case (str(kind), Order() as order) if kind == SUPPLIER:
            return _people_of(order.supplier)
        case (str(kind), Invitation() as invitation) if kind == INVITED:
            return _once([invitation.email], fallback=invitation.language)
        case (str(kind), DraftRequest() as asked) if kind == APPROVERS:
            return _once(members.approver_emails(asked.order.company_id))
        case (str(kind), DraftRequest() as asked) if kind == READER:
            return _person(asked.asked_by, asked.order.company_id)
        case (str(kind), PlanChange() as change) if kind == SUPPLIER:
            return _people_of(change.supplier)
        case (str(kind), Plan() as plan) if kind == SUPPLIER:
            return _people_of(plan.solution.supplier)
        case (str(kind), (Question() | Review()) as said) if kind == SUPPLIER:
            return _people_of(said.plan.solution.supplier)
        case (str(kind), Review() as review) if kind == COMPANY:
            return _once(members.company_emails(review.company_id))
        case (str(kind), Question() as question) if kind == READER:
            return _person(question.asked_by, question.company_id)
        case (str(kind), SavedSearch() as search) if kind == READER:
            return _person(search.saved_by, search.company_id)
        case (str(kind), ComparisonShare() as share) if kind == READER:
            return _person(share.to, share.comparison.company_id)
        case (str(kind), ExpertRequest() as case) if kind == COMPANY:
            emails = [case.contact_email, *members.company_emails(case.company_id)]
            return _once(emails, fallback=case.created_by.language)
        case (str(kind), ExpertRequest() as case) if kind == EXPERT:
            return _once([case.expert.email] if case.expert else [])
        case (str(kind), ExpertRequest()) if kind == FORMER_EXPERT:
            return _once(members.emails_of(event.data.get("expert")))
        case (
            str(kind),
            Programme() | Grant() | PlanChange() | ExpertRequest() | Statement() | Order(),
        ) if kind == OFFICERS:
            return _once(members.officer_emails())
        case (str(kind), Ticket() as ticket) if kind == ASKER:
            return _once([ticket.email], fallback=ticket.language)
        case (str(kind), Ticket() as ticket) if kind == AGENTS:
            agents = [ticket.assigned_to] if ticket.assigned_to else list(tickets.agents())
            return _once([agent.email for agent in agents])
        case (str(kind), ChatTranscript() as wanted) if kind == ASKER:
            return _once([wanted.email], fallback=wanted.conversation.language)
        case (str(kind), Conversation() as held) if kind == ASKER:
            return _once([held.user.email] if held.user else [], fallback=held.language)
    raise LookupError(f"{audience} of {subject._meta.label}")


def _people_of(supplier: Supplier) -> list[Recipient]:
    company_id = supplier.company_id
    return _once([supplier.contact_email, *(members.company_emails(company_id) if company_id else [])])


def _person(user: User, company_id: int) -> list[Recipient]:
    """One person, as long as she acts for the company."""
    emails = members.company_emails(company_id)
    return _once([user.email]) if user.email in emails else []


def _once(emails: list[str], *, fallback: str = settings.LANGUAGE_CODE) -> list[Recipient]:
    addresses = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
    accounts = members.accounts(addresses)
    fallback = fallback if fallback in SPOKEN else settings.LANGUAGE_CODE
    return [
        Recipient(address, user.language if user.language in SPOKEN else fallback, user.pk)
        if (user := accounts.get(address))
        else Recipient(address, fallback)
        for address in addresses
    ]
