"""The office's dashboard: disputes and payments that do not fit, the oldest first, each leading to where it is decided (R-27, R-30)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from tcloud.core import clock
from tcloud.orders import operations as orders
from tcloud.payments import operations as payments
from tcloud.payments.models import Statement, StatementLine
from tests import factories
from tests.factories import NOW, signed_in
from tests.payments.gateway import notice, settle
from tests.web.order_pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R-27", "R-30")]
LATER = NOW + timedelta(days=3)


@pytest.fixture
def edition():
    return factories.programme()


@pytest.fixture
def plan():
    return factories.plan(price_twd=2_000)


def disputed(edition, plan, *, at=NOW):
    order = factories.paid(edition, factories.granted(edition), plan, points=100)
    return orders.dispute(order, reason="無法登入", by=factories.actor(order.company), at=at)


def paid_wrongly(edition, plan, *, at=NOW):
    order = factories.accepted(edition, factories.granted(edition), plan, points=100)
    assert settle(notice(order, at=at, TradeAmt=1_000), at=at) == "amount"
    return order


def dashboard(at=LATER):
    """The dashboard as an officer sees it at `at`."""
    with clock.moved_to(at):
        return signed_in(factories.user(staff_role="officer")).get(reverse("office_home"))


def test_disputes_stand_on_the_dashboard_the_oldest_first_with_their_days(edition, plan):
    assert "沒有待處理的爭議" in page(dashboard())
    newer, older = (disputed(edition, plan, at=NOW + timedelta(days=days)) for days in (2, 0))
    answer = dashboard()
    assert [(row["order"], row["days"]) for row in answer.context["disputes"]] == [(older, 3), (newer, 1)]
    text = page(answer)
    assert "爭議待處理" in text
    assert "3 天" in text
    assert reverse("office_order", args=[older.number]) in text
    orders.settle_dispute(older, reason="服務成立", by=factories.officer(), at=LATER)
    assert [row["order"] for row in dashboard().context["disputes"]] == [newer]


def test_wrong_payments_stand_on_the_dashboard_until_they_are_explained_or_a_month_old(edition, plan):
    order = paid_wrongly(edition, plan)
    assert settle(notice(order, at=NOW, TradeAmt=1_000), at=NOW + timedelta(hours=1)) == "amount"  # repeated
    (row,) = dashboard().context["mismatches"]
    assert (row["row"].charge.order_number, row["row"].why, row["days"]) == (order.number, "amount", 3)
    text = page(dashboard())
    assert "NT$1,900" in text
    assert "NT$1,000" in text
    assert dashboard(NOW + timedelta(days=31)).context["mismatches"] == []
    charge = row["row"].charge
    statement = Statement.objects.create(day=NOW.date(), fetched_at=LATER, content=b"x", sha256="0" * 64)
    line = StatementLine.objects.create(
        statement=statement, charge=charge, trade_no=charge.trade_no, result="missing_here", theirs_twd=1_000,
        ours_twd=1_900,
    )  # fmt: skip
    assert reverse("office_difference", args=[line.pk]) in page(dashboard())
    payments.explain_difference(line, explanation="已退還", by=factories.officer(), at=LATER)
    assert dashboard().context["mismatches"] == []


def test_the_dashboard_takes_as_many_queries_for_one_as_for_many(
    edition, plan, django_assert_max_num_queries
):
    url = reverse("office_home")
    disputed(edition, plan)
    paid_wrongly(edition, plan)
    with clock.moved_to(LATER):
        officer = signed_in(factories.user(staff_role="officer"))
        officer.get(url)
        with django_assert_max_num_queries(60) as first:
            officer.get(url)
    for _ in range(2):
        disputed(edition, plan)
        paid_wrongly(edition, plan)
    with clock.moved_to(LATER), django_assert_max_num_queries(len(first)):
        assert len(officer.get(url).context["disputes"]) == 3
