"""What tests of 我的點數 begin with: a browser, the pages and files read back, and a company whose points have moved."""

import csv
import io

from django.urls import reverse
from odfdo import Document

from tests import factories
from tests.points.lives import Life


def browser(life):
    return factories.signed_in(factories.user(life.company))


def page_of(life, query=""):
    return browser(life).get(reverse("points") + query)


def codes(page):
    return [row["entry"].code for row in page.context["rows"]]


def csv_rows(response):
    text = response.content.decode("utf-8")
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:])))


def ods_cells(response):
    document = Document(io.BytesIO(response.content))
    return document.body.tables[0].get_values()


def used(edition):
    """Granted, 10,000 reserved (`first`), 4,000 reserved and given back (`second`), the 10,000 redeemed; an hour between each."""
    life = Life(edition)
    first, second = life.reserve(10_000), life.reserve(4_000)
    life.release(second)
    life.redeem(first)
    return life, first, second
