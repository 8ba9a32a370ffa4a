"""What search engines may read of a page, as schema.org data in JSON-LD: only what the page itself shows.

A block of `application/ld+json` is data that no browser runs: a strict `script-src 'self'` lets it pass (seen in Chromium 156, proved by
tests/browser/test_public_data.py), while a real inline script is refused. Never put in: what the page does not say, ratings nobody gave.
"""

import json
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from tcloud.catalogue.models import Plan, PlanVersion
from tcloud.core.deadlines import english
from tcloud.programme.models import Programme
from tcloud.support.models import FaqVersion
from tcloud.support.queries import contact

# what could end the block or be read as markup, written as JSON knows it
_ESCAPES: Final = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
SCHEMA: Final = "https://schema.org"


def absolute(path: str) -> str:
    """The whole address of a path of the site."""
    return f"{settings.SITE_URL.rstrip('/')}{path}"


def local(thing: Any, field: str) -> str:
    """`field` in the language shown, where there is an English one."""
    wanted = getattr(thing, f"{field}_en", "") if english() else ""
    return str(wanted or getattr(thing, field))


def block(data: dict[str, Any]) -> SafeString:
    """The data as a block for the page."""
    text = json.dumps({"@context": SCHEMA, **data}, ensure_ascii=False).translate(_ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))


def organization(edition: Programme) -> dict[str, Any]:
    """Who runs the site, for the home page."""
    ways = contact.settings_of(edition)
    return {
        "@type": "GovernmentOrganization",
        "name": local(edition, "agency"),
        "url": absolute(reverse("home")),
        "contactPoint": {
            "@type": "ContactPoint",
            "contactType": "customer support",
            "telephone": ways.hotline,
            "email": ways.mailbox,
            "availableLanguage": ["zh-Hant", "en"],
        },
    }


def breadcrumbs(*steps: tuple[str, str]) -> dict[str, Any]:
    """The way from the home page: (name, path) of each step, the page itself last."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "name": str(name), "item": absolute(path)}
            for place, (name, path) in enumerate(steps, 1)
        ],
    }


def product(plan: Plan, version: PlanVersion) -> dict[str, Any]:
    """A plan with its price in NT$; an offer only where it can be ordered here."""
    supplier = plan.solution.supplier
    url = absolute(reverse("plan", args=[plan.code]))
    found: dict[str, Any] = {
        "@type": "Product",
        "name": local(version, "name"),
        "description": local(version, "blurb"),
        "sku": plan.code,
        "category": local(plan.solution.category, "name"),
        "brand": {"@type": "Brand", "name": local(plan.solution, "name")},
        "url": url,
    }
    if supplier.takes_orders:
        found["offers"] = {
            "@type": "Offer",
            "price": str(version.price_twd),
            "priceCurrency": "TWD",
            "availability": f"{SCHEMA}/InStock",
            "url": url,
            "seller": {"@type": "Organization", "name": local(supplier, "name")},
        }
    return found


def questions(versions: list[FaqVersion]) -> dict[str, Any]:
    """Questions with their answers."""
    return {
        "@type": "FAQPage",
        "mainEntity": [
            {
                "@type": "Question",
                "name": local(version, "question"),
                "url": absolute(reverse("faq_article", args=[version.article.code])),
                "acceptedAnswer": {"@type": "Answer", "text": local(version, "answer")},
            }
            for version in versions
        ],
    }
