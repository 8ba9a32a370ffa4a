"""A supplier's record from its orders (R-29)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tcloud.choosing import operations
from tcloud.choosing.queries import record
from tcloud.orders import operations as orders
from tests import factories
from tests.choosing import scene
from tests.factories import NOW
from tests.payments.gateway import answering

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-29")]


def test_record_counts_kept_missed_and_overdue_and_nothing_that_was_lifted_in_time():
    edition, plan = factories.programme(), factories.plan(price_twd=20_000)
    done = scene.completed(edition, factories.granted(edition), plan)
    lapsing = factories.submitted(edition, factories.granted(edition), plan)
    withdrawn = factories.submitted(edition, factories.granted(edition), plan)
    orders.withdraw(withdrawn, reason="", by=factories.actor(withdrawn.company), at=NOW)
    late = NOW + timedelta(days=30)

    def counts(at):
        found = record.of_suppliers([done.supplier], at=at)[done.supplier_id]
        assert found.completed == 1
        return [(row.kept, row.ended) for row in found.on_time]

    assert counts(NOW) == [(1, 1), (0, 0), (1, 1)]
    overdue = [(1, 2), (0, 1), (1, 1)]  # seen as of then, whether or not a scan has run
    assert counts(late) == overdue
    orders.close_deadlines(gateway=answering(), at=late)
    lapsing.refresh_from_db()
    assert lapsing.state == "LAPSED"
    assert counts(late) == overdue
    assert record.completed_of(plan) == 1


def test_record_of_several_suppliers_is_three_queries():
    suppliers = [factories.supplier() for _each in range(4)]
    with CaptureQueriesContext(connection) as captured:
        found = record.of_suppliers(suppliers, at=NOW)
    assert len(captured) == 3
    assert all(each.is_too_short and each.completed == 0 for each in found.values())


def test_record_counts_questions_answered_in_time_late_and_not_at_all_but_none_that_is_hidden_or_waits():
    company, plan = factories.company(), factories.plan()
    late = NOW + timedelta(days=14)
    texts = [f"第{number}個問題，請問可以匯入嗎？" for number in range(4)]
    first, second, _third, hidden = (scene.asked(company, plan, text=text) for text in texts)
    supplier = plan.solution.supplier

    def counts():
        found = record.of_suppliers([supplier], at=NOW)[supplier.pk]
        return found.questions, found.answered_in_time

    assert counts() == (0, 0)
    scene.answered(first)
    scene.answered(hidden)
    operations.hide_question(hidden, reason="廣告", by=factories.officer(), at=NOW)
    scene.answered(second, at=late)  # too late, though no scan had noted it
    assert counts() == (2, 1)
    assert operations.note_late(at=late) == 1
    assert counts() == (3, 1)
