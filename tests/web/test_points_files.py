"""我的點數 as files: to the point what page and books say, and nothing in them calculates (R-18)."""

import io
import random
from datetime import timedelta

import pytest
from django.urls import reverse
from odfdo import Document

from tcloud.core import clock
from tcloud.ledger import queries as ledger
from tcloud.points.models import Grant
from tcloud.web.member import points_files
from tcloud.web.ui.sheets import harmless
from tests import factories
from tests.factories import NOW
from tests.points.lives import Life
from tests.web.points_pages import browser, csv_rows, ods_cells, used

pytestmark = pytest.mark.django_db
MOVES = ("reserve", "reserve", "reserve", "release", "redeem", "return", "expire", "reverse")


@pytest.fixture(autouse=True)
def moment():
    with clock.moved_to(NOW + timedelta(days=1)):
        yield


@pytest.fixture
def edition():
    return factories.programme(code="tcloud")


@pytest.fixture
def life(edition):
    return used(edition)[0]


@pytest.mark.rule("R-18")
@pytest.mark.parametrize("seed", range(6))
def test_page_files_and_books_say_the_same(seed, edition):
    chance = random.Random(seed)
    life = Life(edition)
    life.play([(chance.choice(MOVES), chance.randrange(40_000)) for _n in range(14)])
    grants = list(Grant.objects.filter(company=life.company))
    balances = ledger.balances(key for grant in grants for key in (grant.available_key, grant.reserved_key))
    available = sum(balances[grant.available_key] for grant in grants)
    reserved = sum(balances[grant.reserved_key] for grant in grants)
    redeemed = sum(
        flow.amount_points
        for flow in ledger.flows(grant.reserved_key for grant in grants)
        if flow.code == "redeem"
    )
    client = browser(life)
    page = client.get(reverse("points") + "?all=1")
    statement, whole = page.context["statement"], page.context["whole"]
    assert (statement.reserved_points, statement.redeemed_points) == (reserved, redeemed)
    assert sum(line.available_points for line in statement.lines) == available
    assert f"<b>{reserved:,} 點</b>" in page.content.decode()
    assert whole.available_in - whole.available_out == available
    assert whole.reserved_in - whole.reserved_out == reserved

    rows = csv_rows(client.get(reverse("points_csv")))
    assert sum(int(row["可用增減"]) for row in rows) == available == int(rows[0]["可用餘額"])
    assert sum(int(row["保留增減"]) for row in rows) == reserved == int(rows[0]["保留餘額"])
    assert [int(row["紀錄編號"]) for row in rows] == [row["entry"].id for row in page.context["rows"]]

    cells = ods_cells(client.get(reverse("points_ods")))
    head = next(n for n, row in enumerate(cells) if row[0] == "紀錄編號")
    places = {name: n for n, name in enumerate(cells[head])}
    body = cells[head + 1 :]
    for name in ("紀錄編號", "點數", "可用增減", "可用餘額", "保留增減", "保留餘額"):
        assert [int(row[places[name]]) for row in body] == [int(row[name]) for row in rows], name


def test_files_are_named_kept_by_nobody_and_typed(life):
    client = browser(life)
    for name, kind in (("points_csv", "text/csv; charset=utf-8"), ("points_ods", "application/vnd.oasis.opendocument.spreadsheet")):  # fmt: skip
        answer = client.get(reverse(name))
        assert answer["Content-Type"] == kind
        assert f"-{life.company.ubn}-20270116." in answer["Content-Disposition"]
        assert answer["Content-Disposition"].startswith("attachment; ")
        assert "no-store" in answer["Cache-Control"]
    cells = ods_cells(client.get(reverse("points_ods"), {"kind": "reserve"}))
    assert cells[0][0] == "點數明細"
    facts = {row[0]: row[1] for row in cells[1:5]}
    assert facts["企業會員"] == life.company.name
    assert (facts["統一編號"], facts["篩選條件"]) == (life.company.ubn, "類別：為訂單保留")
    assert facts["計算時間"].replace(second=0) == clock.now().replace(tzinfo=None, second=0, microsecond=0)
    assert len(cells) == 7 + 2


def test_files_calculate_nothing_that_somebody_wrote(edition):
    life = Life(edition)
    life.company.name = '=HYPERLINK("https://evil.example","點我")'
    life.company.save()
    life.end("reverse", by=factories.officer(), reason="=cmd|' /C calc'!A1")
    client = browser(life)
    (row,) = [row for row in csv_rows(client.get(reverse("points_csv"))) if row["理由"]]
    assert row["理由"] == "'=cmd|' /C calc'!A1"
    assert row["可用增減"] == "-30000"
    document = Document(io.BytesIO(client.get(reverse("points_ods")).content))
    xml = document.body.serialize()
    assert "table:formula" not in xml
    assert document.body.tables[0].get_values()[1][1] == life.company.name


def test_file_of_too_many_entries_is_refused(life, monkeypatch):
    monkeypatch.setattr(points_files, "MOST", 4)
    answer = browser(life).get(reverse("points_ods"))
    assert answer.status_code == 409
    assert "一個檔案最多4筆" in answer.content.decode()
    assert browser(life).get(reverse("points_csv"), {"kind": "reserve"}).status_code == 200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("＝1", "'＝1"), ("\t=1", "'\t=1"), (" =1", "' =1"),
        ("\r\n=1", "'\r\n=1"), ("光合眼鏡", "光合眼鏡"), ("a=1", "a=1"), ("", ""), ("CE0123456789", "CE0123456789"),
    ],
)  # fmt: skip
def test_harmless_marks_what_a_spreadsheet_would_calculate(text, shown):
    assert harmless(text) == shown
