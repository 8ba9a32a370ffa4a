"""Structured data of public pages. Load with {% load structured_data %}."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from tcloud.catalogue.models import Plan, PlanVersion
from tcloud.programme.models import Programme
from tcloud.support.models import FaqVersion
from tcloud.web.public import structured

register = template.Library()


@register.simple_tag
def about_organization(edition: Programme) -> SafeString:
    """Who runs the site."""
    return structured.block(structured.organization(edition))


@register.simple_tag
def about_plan(plan: Plan, version: PlanVersion) -> SafeString:
    """The plan, its price, and the way to it."""
    name = structured.local(version, "name")
    way = structured.breadcrumbs(
        (_("首頁"), reverse("home")),
        (_("找方案"), reverse("catalogue")),
        (name, reverse("plan", args=[plan.code])),
    )
    return _blocks(structured.product(plan, version), way)


@register.simple_tag
def about_question(version: FaqVersion) -> SafeString:
    """One question, and the way to it."""
    name = structured.local(version, "question")
    way = structured.breadcrumbs(
        (_("首頁"), reverse("home")),
        (_("常見問題"), reverse("faq")),
        (name, reverse("faq_article", args=[version.article.code])),
    )
    return _blocks(structured.questions([version]), way)


def _blocks(*found: dict[str, Any]) -> SafeString:
    return mark_safe("".join(map(structured.block, found)))
