"""點數說明: what points are, until when they can be used and how each is accounted for; all numbers from the edition (R-11 to R-18)."""

from dataclasses import dataclass
from datetime import date, datetime, time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tcloud.core import clock
from tcloud.points.rules import Split, Terms, split, terms
from tcloud.programme.models import Programme
from tcloud.web.ui import points_way
from tcloud.web.ui.context import edition
from tcloud.web.ui.navigation import url_or_none
from tcloud.web.ui.points_words import rules


@dataclass(frozen=True)
class Example:
    """A grant of that day, with the ends that the rules give it."""

    day: date
    terms: Terms
    today: bool = False


def examples(programme: Programme, now: datetime) -> list[Example]:
    """R-15: a grant of today, and of the next last day of January, whose month has no corresponding day."""
    today = clock.taipei(now).date()
    january = date(today.year + (today > date(today.year, 1, 31)), 1, 31)
    return [_example(programme, today, today=True), _example(programme, january)]


def _example(programme: Programme, day: date, *, today: bool = False) -> Example:
    granted_at = datetime.combine(day, time(10), clock.TAIPEI)
    ends = terms(
        granted_at, activation_months=programme.activation_months, expiry_months=programme.expiry_months
    )
    return Example(day, ends, today)


def order_example(programme: Programme) -> tuple[int, Split]:
    """R-17: a price in NT$ that two thirds of a grant can pay its share of, and its split."""
    whole = (
        programme.grant_points
        * programme.points_share_denominator
        // max(programme.points_share_numerator, 1)
    )
    price = max(whole * 2 // 3 // 1000 * 1000, 1000)
    return price, split(
        price,
        programme.grant_points,
        numerator=programme.points_share_numerator,
        denominator=programme.points_share_denominator,
    )


@require_safe
def points_guide(request: HttpRequest) -> HttpResponse:
    """The page."""
    programme = edition(request)
    price, example = order_example(programme)
    context = {
        "rules": rules(programme),
        "examples": examples(programme, clock.now()),
        "price": price,
        "split": example,
        "rest": programme.grant_points - example.points,
        "drawing": points_way.of_example(programme.grant_points, example.points),
        "join_url": url_or_none("join") or "",
    }
    return render(request, "public/points_guide.html", context)
