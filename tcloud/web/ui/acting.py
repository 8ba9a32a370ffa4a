"""For which company a signed-in person acts (R-37): the same answer for the member's pages and for public pages that show her own figures."""

from django.http import HttpRequest

from tcloud.core.columns import rows
from tcloud.members.models import Company, Membership, User

COMPANY_KEY = "member_company"
# Asked by each page of a member
_PLACES = f"""
    SELECT m.id, m.user_id, m.company_id, m.role, m.may_order,
           {", ".join(f"c.{field.column} AS company__{field.attname}" for field in Company._meta.concrete_fields)}
    FROM members_membership m JOIN members_company c ON c.id = m.company_id
    WHERE m.user_id = %s AND (NOT EXISTS (SELECT FROM catalogue_supplier s WHERE s.company_id = m.company_id)
        OR EXISTS (SELECT FROM points_participant p WHERE p.company_id = m.company_id))
    ORDER BY m.id
"""  # noqa: S608  made of constants


def places_of(user: User) -> list[Membership]:
    """As whose member this person may act, company and person loaded; a supplier's only when it takes part in an edition as a company too."""
    if user.staff_role:
        return []
    places = rows(Membership, _PLACES, [user.pk])
    for place in places:
        place.user = user
    return places


def companies_of(user: User) -> list[Company]:
    """The companies this person may act for as a member."""
    return [place.company for place in places_of(user)]


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
