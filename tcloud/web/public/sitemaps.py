"""sitemap.xml and robots.txt: every public page in both languages, and what is no page to find."""

from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan
from tcloud.support.models import FaqVersion
from tcloud.support.queries import faq
from tcloud.web.public.policies import POLICIES

PAGES: Final = (
    "home", "guide", "points_guide", "eligibility_check", "catalogue", "faq", "contact", "chat_start", "ticket_new", "announcements", "open_data", "contract_verify", "ledger",
    "sitemap",
)  # fmt: skip
# Public addresses without parameters that are not in it, and why; a test keeps both lists complete.
NOT_LISTED: Final = {
    "healthz": "for machines",
    "compare": "empty without a choice",
    "compare_csv": "empty without a choice",
    "compare_ods": "empty without a choice",
    "lead_code": "for who was given a code",
    "plan_suggestions": "for the box that asks for them",
    "ticket_sent": "the page after a form",
    "evidence_verifier": "a file, linked from its page",
    "ledger_digests": "a file, linked from its page",
    "ledger_verifier": "a file, linked from its page",
    "plans_feed": "a feed, linked from the list of plans",
    "open_data_csv": "a file, linked from its page",
    "open_data_json": "a file, linked from its page",
    "open_data_schema": "a file, linked from its page",
    "sitemap_xml": "itself",
    "robots": "for machines",
}
# Where nothing is to be found by strangers; each also under /en/.
CLOSED: Final = ("member/", "supplier/", "office/", "support/", "account/", "api/", "styleguide/")


class Pages(Sitemap):
    """A part of the map in both languages, each naming the other."""

    i18n = True
    alternates = True
    x_default = True


class StaticPages(Pages):
    """Pages without parameters."""

    def items(self) -> list[str]:
        return list(PAGES)

    def location(self, item: Any) -> str:
        return reverse(item)


class Policies(Pages):
    """The policies."""

    def items(self) -> list[str]:
        return [slug for slug, _title in POLICIES]

    def location(self, item: Any) -> str:
        return reverse("policy", args=[item])


class Plans(Pages):
    """Every listed plan."""

    def items(self) -> QuerySet[Plan]:
        return plans.listed().order_by("code")

    def location(self, item: Any) -> str:
        return reverse("plan", args=[item.code])

    def lastmod(self, item: Plan) -> datetime | None:
        return item.current.created_at if item.current else None


class Suppliers(Pages):
    """Every supplier with a listed plan."""

    def items(self) -> list[Any]:
        found = plans.listed().order_by().values("solution__supplier__slug")
        return list(found.annotate(changed=Max("current__created_at")).order_by("solution__supplier__slug"))

    def location(self, item: Any) -> str:
        return reverse("supplier", args=[item["solution__supplier__slug"]])

    def lastmod(self, item: Any) -> datetime | None:
        changed: datetime | None = item["changed"]
        return changed


class Questions(Pages):
    """Every published question."""

    def items(self) -> QuerySet[FaqVersion]:
        return faq.published()

    def location(self, item: Any) -> str:
        return reverse("faq_article", args=[item.article.code])

    def lastmod(self, item: FaqVersion) -> datetime | None:
        return item.published_at


SITEMAPS: Final = {
    "pages": StaticPages,
    "policies": Policies,
    "plans": Plans,
    "suppliers": Suppliers,
    "questions": Questions,
}


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """What robots should leave alone; a site with debug on (a demo, with invented companies) is not to be found at all."""
    lines = ["User-agent: *"]
    if settings.DEBUG:
        lines.append("Disallow: /")
    else:
        lines += [f"Disallow: /{language}{path}" for language in ("", "en/") for path in CLOSED]
        lines += [
            "Disallow: /*/feedback/",
            "",
            f"Sitemap: {settings.SITE_URL.rstrip('/')}{reverse('sitemap_xml')}",
        ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
