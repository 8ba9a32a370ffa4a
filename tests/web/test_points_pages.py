"""我的點數 and the member centre: what one may use, and never another company's (R-14, R-18, R-37)."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from tcloud.core import clock
from tcloud.members.models import Membership
from tests import factories
from tests.factories import signed_in

pytestmark = pytest.mark.django_db
PAGES = (
    "member_home",
    "points",
    "points_csv",
    "points_ods",
    "assessment",
    "assessment_answers",
    "assessment_result",
)


@pytest.mark.rule("R-18")
def test_statement_shows_each_entry_with_its_order(outside, edition):
    company = factories.granted(edition)
    order = factories.submitted(edition, company, factories.plan(price_twd=20_000))
    page = signed_in(company.memberships.first().user).get(reverse("points"))
    statement, rows = page.context["statement"], page.context["rows"]
    assert (statement.spendable_points, statement.reserved_points) == (20_000, 10_000)
    entries = [row["entry"] for row in rows]
    assert [(row.available_change, row.available_after) for row in entries] == [
        (-10_000, 20_000),
        (30_000, 30_000),
    ]
    assert (entries[0].order_number, rows[0]["rule"]) == (order.number, "R-17")
    html = page.content.decode()
    assert "20,000 點" in html
    assert f'href="{reverse("order", args=[order.number])}"' in html
    assert f'href="{reverse("points_guide")}#R-17"' in html


@pytest.mark.rule("R-14")
def test_statement_counts_nothing_from_the_first_moment_after_the_deadline(outside, edition):
    company = factories.granted(edition)
    client = signed_in(factories.user(company))
    grant = company.grants.get()
    with clock.moved_to(grant.activate_before - timedelta(seconds=30)):
        assert client.get(reverse("points")).context["statement"].spendable_points == 30_000
    with clock.moved_to(grant.activate_before):
        page = client.get(reverse("points"))
        assert page.context["statement"].spendable_points == 0
        assert "已逾期" in page.content.decode()


def test_centre_names_the_next_thing_to_do(outside, edition):
    company = factories.participant(edition)
    client = signed_in(factories.user(company))
    assert client.get(reverse("member_home")).context["urgent"][0]["url"] == reverse("assessment")
    factories.accepted(edition, paying := factories.granted(edition))
    page = signed_in(paying.memberships.first().user).get(reverse("member_home"))
    assert "支付自付款" in page.context["urgent"][0]["title"]
    assert page.context["urgent"][0]["due_at"]


@pytest.mark.rule("R-37")
def test_shows_nothing_of_another_company(outside, edition):
    mine, theirs = factories.granted(edition), factories.granted(edition)
    order = factories.submitted(edition, theirs)
    client = signed_in(factories.user(mine))
    for name in ("member_home", "points"):
        page = client.get(reverse(name)).content.decode()
        assert theirs.ubn not in page
        assert order.number not in page


@pytest.mark.rule("R-37")
@pytest.mark.parametrize("name", PAGES)
def test_member_pages_are_for_people_of_a_company_only(outside, edition, name):
    url = reverse(name)
    assert Client().get(url).url.startswith(reverse("account_login"))
    for person in (
        factories.user(),
        factories.user(staff_role="officer"),
        factories.user(factories.supplier().company),
    ):
        assert signed_in(person).get(url).status_code == 403


def test_asks_for_which_of_several_companies_and_takes_no_other(outside, edition):
    first, second, other = (factories.participant(edition) for _n in range(3))
    person = factories.user(first)
    Membership.objects.create(user=person, company=second, role=Membership.Role.COLLEAGUE)
    client = signed_in(person)
    asked = client.get(reverse("points"))
    assert asked.url.startswith(reverse("company_choice"))
    client.post(reverse("company_choice"), {"company": other.pk})
    assert client.get(reverse("points")).status_code == 302
    chosen = client.post(reverse("company_choice"), {"company": second.pk, "next": reverse("points")})
    assert chosen.url == reverse("points")
    assert second.ubn in client.get(reverse("points")).content.decode()
