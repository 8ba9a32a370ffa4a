"""Saved searches: what of an address they keep, and which plans they find.

`matching` is the one place that speaks to the search of the catalogue.
"""

from datetime import datetime
from typing import Final

from django.core import signing
from django.db.models import QuerySet
from django.http import QueryDict

from tcloud.catalogue import queries as catalogue
from tcloud.catalogue.models import Plan
from tcloud.choosing.models import SavedSearch
from tcloud.members.models import Company, Membership

LONGEST: Final = 600
_SALT: Final = "tcloud.choosing.search_mail"
# parameters of the list of plans that narrow it; several values where a person may tick several
PARAMETERS: Final = {"q": 1, "category": 20, "price": 1, "term": 10, "orderable": 1}
BANDS_TWD: Final = {
    "to-10000": (1, 10_000),
    "to-30000": (10_001, 30_000),
    "to-60000": (30_001, 60_000),
    "over-60000": (60_001, None),
}


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
            return value in BANDS_TWD
        case "term":
            return value.isascii() and value.isdigit() and len(value) < 3
        case "orderable":
            return value == "1"
        case "category":
            return value.isascii() and value.replace("-", "").replace("_", "").isalnum()
    return True


def matching(query: str) -> QuerySet[Plan]:
    """The listed plans that a saved search finds now."""
    said = QueryDict(query)
    least, most = BANDS_TWD.get(said.get("price", ""), (None, None))
    return catalogue.search(
        said.get("q", ""),
        categories=said.getlist("category"),
        price_min_twd=least,
        price_max_twd=most,
        terms_months=[int(term) for term in said.getlist("term")],
        orderable=said.get("orderable") == "1",
    )


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
