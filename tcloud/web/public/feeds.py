"""An Atom feed (RFC 4287) of the plans listed last, in the language of its address."""

from datetime import datetime
from typing import Any, Final

from django.contrib.syndication.views import Feed
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _

from tcloud.catalogue import queries as plans
from tcloud.catalogue.models import Plan
from tcloud.core.money import twd
from tcloud.web.public.structured import absolute, local
from tcloud.web.ui.context import edition

NEWEST: Final = 30


class NewPlans(Feed):
    """The newest plans, each by its own address, which is also its id."""

    feed_type = Atom1Feed

    def get_object(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return edition(request)

    def title(self, obj: Any) -> str:
        return _("%(programme)s：新上架的方案") % {"programme": local(obj, "name")}

    def subtitle(self, obj: Any) -> str:
        return local(obj, "tagline")

    def link(self, obj: Any) -> str:
        return absolute(reverse("catalogue"))

    def feed_url(self, obj: Any) -> str:
        return absolute(reverse("plans_feed"))

    def items(self, obj: Any) -> QuerySet[Plan]:
        return plans.listed().order_by("-document__listed_at", "-pk")[:NEWEST]

    def item_title(self, item: Any) -> str:
        return local(item.current, "name")

    def item_description(self, item: Any) -> str:
        price = twd(item.current.price_twd)
        return _("%(blurb)s（%(price)s，%(months)s個月）") % {
            "blurb": local(item.current, "blurb"),
            "price": price,
            "months": item.current.term_months,
        }

    def item_link(self, item: Any) -> str:
        return absolute(reverse("plan", args=[item.code]))

    def item_author_name(self, item: Any) -> str:
        return local(item.solution.supplier, "name")

    def item_categories(self, item: Any) -> tuple[str, ...]:
        return (local(item.solution.category, "name"),)

    def item_pubdate(self, item: Any) -> datetime | None:
        listed: datetime | None = item.listed_at
        return listed

    def item_updateddate(self, item: Any) -> datetime:
        made: datetime = item.current.created_at
        return max(made, item.listed_at)
