"""The office traces points: where all of an edition's are, which grants there are, and the way of any of them (R-12, R-18)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tcloud.core import clock
from tcloud.points import queries
from tests import factories
from tests.factories import NOW
from tests.points.lives import Life

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def moment():
    with clock.moved_to(NOW + timedelta(days=1)):
        yield


@pytest.fixture(params=["officer", "auditor"])
def desk(request):
    return factories.signed_in(factories.user(staff_role=request.param))


@pytest.fixture
def lives():
    """Four companies of one edition: in use, taken back unactivated, expired with an order under way, reversed."""
    edition = factories.programme(code="tcloud")
    using, lost, expired, reversed_ = (Life(edition) for _n in range(4))
    using.redeem(using.reserve(12_000))
    lost.end("return")
    expired.reserve(5_000)
    expired.end("expire")
    reversed_.end("reverse", by=factories.officer(), reason="重複申請。")
    return {"open": using, "unactivated": lost, "expired": expired, "reversed": reversed_}


@pytest.mark.rule("R-18")
def test_list_draws_a_flow_that_adds_up(desk, lives):
    page = desk.get(reverse("office_points"))
    drawing, flow = page.context["drawing"], page.context["flow"]
    edition = lives["open"].edition
    assert drawing.adds_up
    assert flow.left == queries.budget(edition)["left"] == 3_000_000 - 120_000 + 30_000 + 25_000 + 30_000
    assert [stop.points for stop in drawing.stops] == [None, flow.left, 18_000, 5_000, 12_000]
    assert "合計相符" in page.content.decode()
    assert len(page.context["rows"]) == 4


@pytest.mark.parametrize("state", ["open", "unactivated", "expired", "reversed"])
def test_list_narrows_by_state(desk, lives, state):
    rows = desk.get(reverse("office_points"), {"state": state}).context["rows"]
    assert [row["grant"] for row in rows] == [lives[state].grant]


def test_list_finds_a_company_or_a_grant(desk, lives):
    wanted = lives["expired"]
    for words in (wanted.company.ubn, wanted.company.name, str(wanted.grant.pk)):
        rows = desk.get(reverse("office_points"), {"q": words}).context["rows"]
        assert [row["grant"] for row in rows] == [wanted.grant]
    assert "沒有符合條件的核發" in desk.get(reverse("office_points"), {"q": "查無"}).content.decode()


def test_list_shows_an_earlier_edition_on_request(desk, lives):
    newer = factories.programme()
    Life(newer)
    page = desk.get(reverse("office_points"))
    assert [row["grant"].programme for row in page.context["rows"]] == [newer]
    page = desk.get(reverse("office_points"), {"edition": lives["open"].edition.pk})
    assert len(page.context["rows"]) == 4
    assert page.context["programme"] == lives["open"].edition


def test_list_says_what_is_overdue_before_the_scan(desk, lives):
    with clock.moved_to(lives["open"].grant.expires_at):
        rows = desk.get(reverse("office_points"), {"state": "open"}).context["rows"]
    assert [row["overdue"] for row in rows] == [True]


def test_list_and_grant_cost_the_same_whatever_their_number(desk, lives):
    def cost(url):
        desk.get(url)  # what every page shows is read now
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(url).status_code == 200
        return len(captured)

    life = lives["open"]
    urls = reverse("office_points"), reverse("office_grant", args=[life.grant.pk])
    before = [cost(url) for url in urls]
    for _n in range(5):
        Life(life.edition).redeem(life.reserve(10), "99990377")
    assert [cost(url) for url in urls] == before
    assert max(before) <= 22


@pytest.mark.rule("R-18")
def test_grant_is_traced_to_the_supplier_with_names_and_links(desk, lives):
    life = lives["open"]
    page = desk.get(reverse("office_grant", args=[life.grant.pk]))
    html = page.content.decode()
    number = page.context["rows"][0]["entry"].order_number
    assert page.context["way"].adds_up
    assert [(row["words"], row["source"], row["target"]) for row in page.context["rows"]] == [
        ("核銷", "為訂單保留", "應付99990377"),
        ("保留", "企業可用", "為訂單保留"),
        ("核發", "本期預算", "企業可用"),
    ]
    assert f'href="{reverse("office_order", args=[number])}"' in html
    assert f'href="{reverse("office_orders")}?number={life.company.ubn}"' in html
    assert f'href="{reverse("office_events")}?case=company/{life.company.pk}"' in html


def test_grant_names_the_officer_and_the_reason_of_a_reversal(desk, lives):
    html = desk.get(reverse("office_grant", args=[lives["reversed"].grant.pk])).content.decode()
    assert "執行單位" in html
    assert "重複申請。" in html


def test_grant_that_is_none_is_not_found(desk, lives):
    assert desk.get(reverse("office_grant", args=[10**12])).status_code == 404
