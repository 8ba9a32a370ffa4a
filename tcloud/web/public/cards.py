"""The cards of plans as lists show them, kept ready-made: the best plans stand on many pages, and drawing one costs as much as finding it."""

from collections.abc import Sequence
from typing import Final

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from tcloud.catalogue.queries import search
from tcloud.core.stamp import Kept
from tcloud.web.public.views import with_points
from tcloud.web.ui.context import edition, stamp_of
from tcloud.web.ui.templatetags.ui import plan_card

MOST_KEPT: Final = 2_000  # of about 2 KB, in each language
_kept: Final = Kept()


def cards(request: HttpRequest, plan_ids: Sequence[int]) -> list[SafeString]:
    """The cards of these plans in this order; without those no longer listed. At most one query, none when all are kept."""
    drawn: dict[int, SafeString] = _kept.get(stamp_of(request), get_language(), dict)
    # another thread may empty it between two looks
    found = {pk: card for pk in plan_ids if (card := drawn.get(pk)) is not None}
    if missing := [pk for pk in plan_ids if pk not in found]:
        plans = with_points(edition(request), search.plans(missing))
        made = {
            plan.pk: render_to_string("components/plan_card.html", plan_card(plan, plan.points_max))  # type: ignore[attr-defined]
            for plan in plans
        }
        if len(drawn) + len(made) > MOST_KEPT:
            drawn.clear()
        drawn.update(made)
        found |= made
    return [found[pk] for pk in plan_ids if pk in found]
