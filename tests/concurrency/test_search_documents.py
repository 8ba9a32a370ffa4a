"""A search document made of several rows that change at the same moment is right in the end, and nobody waits for ever."""

import pytest
from django.db import connection, transaction

from tcloud.catalogue.models import Category, Plan, SearchDocument, Solution, Supplier
from tests import factories

pytestmark = [
    pytest.mark.concurrency,
    pytest.mark.xdist_group("concurrency"),
    pytest.mark.django_db(transaction=True),
]


def test_documents_are_right_whoever_changes_them_at_once(at_once):
    supplier = factories.supplier()
    plans = [factories.plan(supplier, code=f"p{number}") for number in range(4)]

    def reprice(plan, turn):
        def act():
            with transaction.atomic():
                new = Plan.objects.get(pk=plan.pk).current
                new.pk, new.number, new.name, new.price_twd = None, turn + 2, f"新名{turn}", 21 * (100 + turn)
                new.save(force_insert=True)
                Plan.objects.filter(pk=plan.pk).update(current=new)

        return act

    for turn in range(8):
        outcomes = at_once(
            lambda turn=turn: Supplier.objects.update(name=f"廠商{turn}", name_en=f"s{turn}"),
            lambda turn=turn: Solution.objects.update(name_en=f"e{turn}"),
            lambda turn=turn: Category.objects.filter(code="stock").update(name=f"類別{turn}"),
            *[reprice(plan, turn) for plan in plans],
        )
        assert [one for one in outcomes if isinstance(one, Exception)] == []
        kept = list(SearchDocument.objects.order_by("pk").values())
        with connection.cursor() as cursor:
            cursor.execute("SELECT catalogue_refresh_documents((SELECT array_agg(id) FROM catalogue_plan))")
        assert list(SearchDocument.objects.order_by("pk").values()) == kept
