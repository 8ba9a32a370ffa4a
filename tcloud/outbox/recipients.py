"""Who the people of an audience are, and the language each reads."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.db.models import Model

from tcloud.core.models import Event
from tcloud.eligibility.models import Application
from tcloud.members import queries as members
from tcloud.orders.models import Order
from tcloud.points.models import Grant, WaitingEntry
from tcloud.programme.models import Programme
from tcloud.support.models import ExpertRequest

APPLICANT: Final = "applicant"
COMPANY: Final = "company"
SUPPLIER: Final = "supplier"
OFFICERS: Final = "officers"
EXPERT: Final = "expert"
FORMER_EXPERT: Final = "former_expert"  # who had the case until this event


@dataclass(frozen=True)
class Recipient:
    """An address and the language of what is sent there (a code of settings.LANGUAGES)."""

    email: str
    language: str


def of(audience: str, subject: Model, event: Event) -> list[Recipient]:
    """The people of `audience` in what happened to `subject`, each address once, whatever its case.

    Nobody when no address is known yet (an application before its account step). Raises LookupError for a pair nobody foresaw.
    """
    match audience, subject:
        case (str(kind), Application() as application) if kind == APPLICANT:
            return _once([application.contact_email], fallback=application.language)
        case (str(kind), (Grant() | WaitingEntry()) as given) if kind == COMPANY:
            return _once(members.company_emails(given.company_id))
        case (str(kind), Order() as order) if kind == COMPANY:
            emails = [order.contact_email, *members.company_emails(order.company_id)]
            return _once(emails, fallback=order.created_by.language)
        case (str(kind), Order() as order) if kind == SUPPLIER:
            company_id = order.supplier.company_id
            return _once(
                [order.supplier.contact_email, *(members.company_emails(company_id) if company_id else [])]
            )
        case (str(kind), ExpertRequest() as case) if kind == COMPANY:
            emails = [case.contact_email, *members.company_emails(case.company_id)]
            return _once(emails, fallback=case.created_by.language)
        case (str(kind), ExpertRequest() as case) if kind == EXPERT:
            return _once([case.expert.email] if case.expert else [])
        case (str(kind), ExpertRequest()) if kind == FORMER_EXPERT:
            return _once(members.emails_of(event.data.get("expert")))
        case (str(kind), Programme() | Grant() | ExpertRequest()) if kind == OFFICERS:
            return _once(members.officer_emails())
    raise LookupError(f"{audience} of {subject._meta.label}")


def _once(emails: list[str], *, fallback: str = settings.LANGUAGE_CODE) -> list[Recipient]:
    addresses = list(dict.fromkeys(email.strip().lower() for email in emails if email.strip()))
    spoken = members.languages(addresses)
    return [Recipient(address, spoken.get(address, fallback)) for address in addresses]
