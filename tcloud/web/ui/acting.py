"""For which company a signed-in person acts (R-37): the same answer for the member's pages and for public pages that show her own figures."""

from django.http import HttpRequest

from tcloud.catalogue.models import Supplier
from tcloud.members import queries as members
from tcloud.members.models import Company, User
from tcloud.points.models import Participant

COMPANY_KEY = "member_company"


def companies_of(user: User) -> list[Company]:
    """The companies this person may act for as a member; a supplier's only when it takes part in an edition as a company too."""
    if user.staff_role:
        return []
    companies = [row.company for row in members.memberships(user)]
    sells = set(Supplier.objects.filter(company__in=companies).values_list("company_id", flat=True))
    buys = (
        set(Participant.objects.filter(company__in=sells).values_list("company_id", flat=True))
        if sells
        else set()
    )
    return [company for company in companies if company.pk not in sells or company.pk in buys]


def chosen(request: HttpRequest, companies: list[Company]) -> Company | None:
    """The only company, or the one chosen in this session; a choice that is no longer hers counts for nothing."""
    if len(companies) == 1:
        return companies[0]
    wanted = request.session.get(COMPANY_KEY)
    return next((company for company in companies if company.pk == wanted), None)


def choose(request: HttpRequest, company: Company) -> None:
    """Act for this company for the rest of the session."""
    request.session[COMPANY_KEY] = company.pk


def company_on_show(request: HttpRequest) -> Company | None:
    """The company whose own figures a public page shows; None for visitors, for staff, and while none is chosen."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.is_authenticated:
        return None
    return chosen(request, companies_of(user))
