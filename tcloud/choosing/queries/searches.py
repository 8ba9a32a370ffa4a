"""Saved searches: what of an address they keep, and which plans they find.

`matching` is the one place that speaks to the search of the catalogue.
"""

from datetime import datetime
from typing import Final

from django.core import signing
from django.db.models import QuerySet
from django.http import QueryDict

from tcloud.catalogue.models import Plan
from tcloud.catalogue.queries import listed
from tcloud.catalogue.queries.filters import AREAS, BANDS, Filters
from tcloud.catalogue.queries.search import MOST_SHOWN as MOST
from tcloud.catalogue.queries.search import Categories, ask, ids
from tcloud.choosing.models import SavedSearch
from tcloud.members.models import Company, Membership

LONGEST: Final = 600
_SALT: Final = "tcloud.choosing.search_mail"
# parameters of the list of plans that narrow it; several values where a person may tick several
PARAMETERS: Final = {
    "q": 1, "category": 20, "area": 7, "industry": 20, "price": 1, "price_from": 1, "price_to": 1, "term": 10, "orderable": 1, "trial": 1, "taiwan": 1,
}  # fmt: skip


def canonical(query: str) -> str:
    """The query string with known parameters alone, in one order, so that equal searches are equal texts; empty when it narrows nothing."""
    said, kept = QueryDict(query[: 4 * LONGEST]), QueryDict(mutable=True)
    for name, most in PARAMETERS.items():
        values = [" ".join(value.replace("\x00", "").split())[:100] for value in said.getlist(name)]
        useful = [value for value in dict.fromkeys(values) if value and _is_known(name, value)]
        if useful:
            kept.setlist(name, useful[:most] if most == 1 else sorted(useful[:most]))
    text = kept.urlencode()
    return text if len(text) <= LONGEST else ""


def _is_known(name: str, value: str) -> bool:
    match name:
        case "price":
            return value in {band.slug for band in BANDS}
        case "area":
            return value in AREAS
        case "term" | "industry":
            return value.isascii() and value.isdigit() and len(value) < 3
        case "price_from" | "price_to":
            return value.isascii() and value.isdigit() and len(value) < 11
        case "orderable" | "trial" | "taiwan":
            return value == "1"
        case "category":
            return value.isascii() and value.replace("-", "").replace("_", "").isalnum()
    return True


def matching(query: str) -> QuerySet[Plan]:
    """The newest listed plans that a saved search finds now, at most MOST; none where its words find nothing as they stand."""
    filters, categories = Filters.read(QueryDict(query)), Categories.read()
    criteria = filters.criteria(categories)
    answer = ask(filters.words, criteria, categories)
    if not answer.found or answer.instead:
        return Plan.objects.none()
    found = ids(answer.rung, criteria, categories, sort="newest", per_page=MOST)
    return listed().filter(pk__in=found).order_by("-listed_at", "-pk")


def untold(search: SavedSearch) -> QuerySet[Plan]:
    """Plans it finds that were listed after it was saved and of which it has not told."""
    told = search.hits.values("plan")
    return matching(search.query).filter(listed_at__gt=search.saved_at).exclude(pk__in=told)


def due(*, at: datetime) -> QuerySet[SavedSearch]:
    """Searches whose daily mail is due, the longest due first."""
    return SavedSearch.objects.filter(next_mail_at__lte=at).order_by("next_mail_at", "id")


def may_be_told(search: SavedSearch) -> bool:
    """Whether who saved it still acts for the company."""
    acting = Membership.objects.filter(user=search.saved_by, company=search.company)
    return search.saved_by.is_active and acting.exists()


def of_company(company: Company) -> QuerySet[SavedSearch]:
    """The company's saved searches, by name."""
    return SavedSearch.objects.filter(company=company).select_related("saved_by").order_by("name")


def token_of(search: SavedSearch) -> str:
    """What stands in the letter's link to stop its daily mail: signed, for this search alone."""
    return signing.dumps(search.pk, salt=_SALT)


def search_of_token(token: str) -> int | None:
    """The id of the search that a link speaks of; None when the link was not made by us."""
    try:
        return int(signing.loads(token, salt=_SALT))
    except signing.BadSignature:
        return None
