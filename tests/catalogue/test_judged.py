"""Judged queries on the shipped plans: what must be among the first five is, nearly everything finds something, and order is good."""

import pytest

from tcloud.catalogue.models import Plan
from tcloud.catalogue.queries import search
from tcloud.catalogue.queries.search import Categories, Criteria
from tcloud.web import demo
from tests.catalogue import judged
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def find():
    demo.demo(at=NOW)
    categories = Categories.read()

    def run(words):
        answer = search.ask(words, Criteria(), categories)
        found = search.plans(search.ids(answer.rung, Criteria(), categories)) if answer.counts.total else []
        return [(plan.code, plan.solution.category.code) for plan in found]

    return run


def test_judged_queries_show_what_must_be_there(find):
    queries = judged.queries()
    assert len(queries) >= 60
    everything = list(Plan.objects.values_list("code", "solution__category__code"))
    assert [(one.query, lost) for one in queries if (lost := judged.missing(one, find(one.query)))] == []
    ndcg, zero = judged.measure(find, everything)
    assert ndcg > 0.9
    assert zero == 0


def test_judgements_name_what_is_listed(find):
    everything = list(Plan.objects.values_list("code", "solution__category__code"))
    unknown = {
        name
        for one in judged.queries()
        for name in (*one.best, *one.good, *(name for names in one.must for name in names))
        if not any(judged._named([name], *each) for each in everything)
    }
    assert unknown == set()
