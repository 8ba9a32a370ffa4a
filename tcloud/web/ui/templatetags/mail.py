"""Letters and notices on pages. Load with {% load mail %}."""

from typing import Any

from django import template

from tcloud.members.models import User
from tcloud.outbox import queries

register = template.Library()


@register.inclusion_tag("components/bell.html", takes_context=True)
def bell(context: template.Context) -> dict[str, Any]:
    """The link to the notices with how many are unread; one indexed count, only for who is signed in."""
    user = context.get("user")
    count = queries.unread(user) if isinstance(user, User) else 0
    most = queries.MOST_COUNTED
    return {"count": count, "shown": f"{most}+" if count > most else str(count)}


@register.inclusion_tag("components/failing_mailbox_banner.html", takes_context=True)
def failing_mailbox(context: template.Context) -> dict[str, Any]:
    """Above one's first page: letters to her address come back."""
    user = context.get("user")
    found = queries.failing_address(user.email) if isinstance(user, User) else None
    return {"failing": found}


@register.inclusion_tag("components/undelivered.html")
def undelivered(case: str) -> dict[str, Any]:
    """For officers, on the page of a case: letters about it that reached nobody."""
    return {"letters": list(queries.undelivered(case)[:20])}
