"""The comparison: up to four, line by line, differences marked, as files."""

import csv
import io
import re

import pytest
from odfdo import Document

from tcloud.catalogue.models import Category
from tcloud.web.ui import comparing
from tests import factories
from tests.english import PUNCTUATION

pytestmark = pytest.mark.django_db
TEMPLATE = [
    {"code": "offline", "zh": "離線可用", "en": "Works offline", "kind": "yes_no"},
    {"code": "sites", "zh": "門市數", "en": "Shops", "kind": "number", "unit_zh": "家", "unit_en": "shops", "unlimited": True},
]  # fmt: skip


@pytest.fixture
def plans(edition):
    supplier = factories.supplier()
    Category.objects.filter(code="stock").update(answer_template=TEMPLATE)
    answers = (
        {"offline": True, "sites": 3},
        {"offline": False, "sites": "unlimited"},
        {},
        {"offline": True},
        {},
    )
    return [
        factories.plan(supplier, price_twd=20_000 + 1000 * n, answers=said) for n, said in enumerate(answers)
    ]


def address(plans, rest=""):
    return "/plans/compare/?" + "&".join(f"compare={plan.code}" for plan in plans) + rest


def rows(page):
    """{label: cells} of the table."""
    found = {}
    for row in re.findall(r"<tr(?: class=\"diff\")?><th scope=\"row\">(.*?)</tr>", page, re.DOTALL):
        label = re.sub(r"<.*", "", row.split("</th>")[0]).strip()
        found[label] = re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)
    return found


def test_four_plans_stand_side_by_side_and_a_fifth_is_left_out(client, plans):
    page = client.get(address(plans)).content.decode()
    assert rows(page)["價格（含稅）"] == ["NT$20,000", "NT$21,000", "NT$22,000", "NT$23,000"]
    assert rows(page)["離線可用"] == ["有", "沒有", "沒有標示", "有"]
    assert rows(page)["門市數"] == ["3家", "不限", "沒有標示", "沒有標示"]
    assert page.count('class="third"') > 0


def test_plans_of_another_category_are_not_asked_its_questions(client, plans):
    other = factories.plan(plans[0].solution.supplier, category="pos")
    page = client.get(address([plans[0], other])).content.decode()
    assert rows(page)["離線可用"] == ["有", "不適用"]


def test_only_differing_rows_are_shown_when_asked_without_script(client, plans):
    page = client.get(address(plans[:3])).content.decode()
    link = re.search(r'href="(/plans/compare/\?[^"]*differ=1[^"]*)"', page)
    assert link
    fewer = rows(client.get(link[1].replace("&amp;", "&")).content.decode())
    assert "價格（含稅）" in fewer
    assert "期間" not in fewer
    assert "期間" in rows(page)


def test_a_phone_shows_the_two_that_were_picked(client, plans):
    picked = f"&show={plans[1].code}&show={plans[3].code}"
    context = client.get(address(plans[:4], picked)).context
    assert [column["third"] for column in context["columns"]] == [True, False, True, False]


@pytest.mark.parametrize("rest", ["", "&differ=1"])
def test_files_say_what_the_page_says(client, plans, rest):
    page = rows(client.get(address(plans[:3], rest)).content.decode())
    file = client.get(address(plans[:3], rest).replace("compare/?", "compare/comparison.csv?"))
    read = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert {row[1]: row[2:5] for row in read[1:]} == page
    ods = client.get(address(plans[:3], rest).replace("compare/?", "compare/comparison.ods?"))
    table = Document(io.BytesIO(ods.content)).body.get_table(0)
    assert table.height == len(page) + 4  # title, when, an empty row, the header


def test_files_refuse_a_single_plan(client, plans):
    assert client.get(address(plans[:1]).replace("compare/?", "compare/comparison.csv?")).status_code == 409


def test_an_english_reader_gets_english_punctuation(client, edition):
    said = {
        "industries": ["47", "56"],
        "certifications": ["ISO 27001", "ISO 27701"],
        "integrations": ["甲", "乙"],
        "integrations_en": ["POS", "ERP"],
        "features": [{"zh": "盤點", "en": "Count"}, {"zh": "報表", "en": "Report"}],
    }
    supplier = factories.supplier()
    plans = [factories.plan(supplier, **said) for _each in range(2)]
    compared = f"/en{address(plans)}"
    urls = (f"/en/plans/{plans[0].code}/", compared, compared.replace("compare/?", "compare/comparison.csv?"))
    plan, *comparison = texts = [client.get(url).content.decode() for url in urls]
    assert "Retail Trade, Food" in plan
    for text in comparison:
        for words in ("Count; Report", "POS, ERP", "ISO 27001, ISO 27701", "Retail Trade, Food"):
            assert words in text
    assert not [text for text in texts if PUNCTUATION.search(text)]


@pytest.mark.parametrize(
    "query", ["", "?compare=nope", "?compare=%20&compare=" + "x" * 3000, "?show=1&differ=1"]
)
def test_nonsense_is_an_empty_page(client, plans, query):
    assert client.get(f"/plans/compare/{query}").status_code == 200


def test_one_plan_offers_similar_ones_to_add(client, plans):
    page = client.get(address(plans[:1])).content.decode()
    other = factories.plan(price_twd=20_000)
    assert other.code not in page
    assert other.code in client.get(address(plans[:1])).content.decode()


def test_compare_costs_the_same_for_two_and_four(client, plans, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (2, 4):
        client.get(address(plans[:number]))
        with CaptureQueriesContext(connection) as captured:
            client.get(address(plans[:number], "&differ=1"))
        counts.append(len(captured))
    assert counts[1] <= counts[0]


def test_answers_live_with_whatever_is_missing():
    version = type("V", (), {"answers": {}, "plan": type("P", (), {})()})()
    version.plan.solution = type("S", (), {})()
    version.plan.solution.category = Category(answer_template=TEMPLATE)
    assert [row.values for row in comparing.answer_rows(version)] == [("沒有標示",), ("沒有標示",)]
