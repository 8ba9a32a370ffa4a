"""Tags of the frequently asked questions. Load with {% load ui help %}."""

from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from tcloud.core.deadlines import english
from tcloud.support.models import FaqVersion
from tcloud.web.ui import faq_words, points_words
from tcloud.web.ui.templatetags.tracing import rule_link

register = template.Library()


def _text(version: FaqVersion, field: str) -> str:
    return str(getattr(version, f"{field}_en" if english() else field))


@register.simple_tag
def marked(version: FaqVersion, field: str, terms: list[str]) -> SafeString:
    """`field` of the version in the language shown, with what was looked for inside <mark>."""
    return faq_words.marked(_text(version, field), terms)


@register.simple_tag
def marked_excerpt(version: FaqVersion, field: str, terms: list[str]) -> SafeString:
    """A part of `field` around its first hit, marked."""
    return faq_words.marked(faq_words.excerpt(_text(version, field), terms), terms)


@register.simple_tag
def help_rule(number: str) -> SafeString:
    """A rule's number: with a link where a page explains it."""
    return rule_link(number) if number in points_words.RULES else mark_safe(escape(number))


@register.simple_tag
def local_name(thing: Any) -> str:
    """The name of a thing in the language shown."""
    return str((english() and thing.name_en) or thing.name)
