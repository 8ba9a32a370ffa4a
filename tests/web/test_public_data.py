"""What machines read: the map of the site, robots, structured data, the feed, open data. Each parsed by a reader of its kind."""

import csv
import io
import json
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import etree

from tcloud.catalogue import operations as catalogue
from tcloud.catalogue.models import Plan, Supplier
from tcloud.support.models import FaqArticle
from tcloud.support.operations import faq
from tcloud.web.public import open_data, sitemaps
from tcloud.web.public.policies import POLICIES
from tests import factories as make
from tests.factories import NOW
from tests.repository.test_urls import ANYBODY, PATTERNS, WHO

pytestmark = pytest.mark.django_db
MAP = {"m": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
ATOM = {"a": "http://www.w3.org/2005/Atom"}


@pytest.fixture(autouse=True)
def plan(settings: Any) -> Plan:
    cache.clear()
    settings.SITE_URL = "https://tcloud.test"
    make.programme(code="tcloud")
    faq.import_shipped(at=NOW)
    return make.plan()


def parsed(client: Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return etree.fromstring(answer.content)


# The map


def test_sitemap_holds_every_page_in_both_languages_each_naming_the_other(client: Client, plan: Plan) -> None:
    tree = parsed(client, "/sitemap.xml")
    found = {loc.text.removeprefix("http://testserver") for loc in tree.findall(".//m:loc", MAP)}
    paths = [reverse(name) for name in sitemaps.PAGES]
    paths += [reverse("policy", args=[slug]) for slug, _title in POLICIES]
    paths += [reverse("plan", args=[plan.code]), reverse("supplier", args=[plan.solution.supplier.slug])]
    paths += [
        reverse("faq_article", args=[code]) for code in FaqArticle.objects.values_list("code", flat=True)
    ]
    assert found == {prefix + path for path in paths for prefix in ("", "/en")}
    for url in tree.findall("m:url", MAP):
        links = {link.get("hreflang"): link.get("href") for link in url.findall("x:link", MAP)}
        assert set(links) == {"zh-hant", "en", "x-default"}
        assert links["en"] == links["zh-hant"].replace("http://testserver/", "http://testserver/en/")
    for path in sorted(found):
        assert client.get(path).status_code == 200, path


def test_sitemap_forgets_what_is_taken_back(client: Client, plan: Plan) -> None:
    catalogue.delist(plan, by=make.officer(), at=NOW)
    article = FaqArticle.objects.get(code="invoice")
    faq.unpublish(article, drawn_from=article.version, reason="x", by=make.officer(), at=NOW)
    page = client.get("/sitemap.xml").content.decode()
    assert plan.code not in page
    assert "/faq/invoice/" not in page


def test_every_public_address_is_in_the_sitemap_or_listed_as_not() -> None:
    named = {
        name
        for name, who in WHO.items()
        if who == ANYBODY
        and not PATTERNS[name].pattern.converters
        and not getattr(PATTERNS[name].pattern.regex, "groupindex", {})
    }
    outside = (
        "join",
        "account_",
        "mfa_",
        "card_sign_in",
        "styleguide",
        "gateway_",
        "newebpay_",
    )  # below what robots.txt closes
    open_to_all = {name for name in named if not name.startswith(outside)}
    assert open_to_all == set(sitemaps.PAGES) | set(sitemaps.NOT_LISTED)
    for name in named - open_to_all:
        assert reverse(name).lstrip("/").startswith(sitemaps.CLOSED), name


def test_robots_close_what_is_nobodys_and_a_demo_altogether(client: Client, settings: Any) -> None:
    said = client.get("/robots.txt").content.decode()
    assert "Disallow: /member/" in said
    assert "Disallow: /en/office/" in said
    assert "Sitemap: https://tcloud.test/sitemap.xml" in said
    settings.DEBUG = True
    assert client.get("/robots.txt").content.decode() == "User-agent: *\nDisallow: /\n"


# Structured data


def blocks(client: Client, path: str) -> dict[str, Any]:
    texts = re.findall(r'<script type="application/ld\+json">(.*?)</script>', client.get(path).text, re.S)
    found = [json.loads(text) for text in texts]
    assert all(block["@context"] == "https://schema.org" for block in found)
    return {block["@type"]: block for block in found}


def test_plan_tells_its_price_and_its_way(client: Client, plan: Plan) -> None:
    found = blocks(client, f"/plans/{plan.code}/")
    offer = found["Product"]["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("60000", "TWD")
    assert offer["url"] == f"https://tcloud.test/plans/{plan.code}/"
    way = [item["item"] for item in found["BreadcrumbList"]["itemListElement"]]
    assert way == ["https://tcloud.test/", "https://tcloud.test/plans/", offer["url"]]
    assert blocks(client, f"/en/plans/{plan.code}/")["Product"]["name"].endswith("Standard")
    Supplier.objects.update(takes_orders=False)
    assert "offers" not in blocks(client, f"/plans/{plan.code}/")["Product"]


def test_question_and_home_tell_theirs(client: Client) -> None:
    (question,) = blocks(client, "/faq/invoice/")["FAQPage"]["mainEntity"]
    assert question["name"] == "發票什麼時候開？金額是多少？"
    assert question["acceptedAnswer"]["text"].startswith("供應商要在您付款後")
    assert blocks(client, "/")["GovernmentOrganization"]["contactPoint"]["telephone"] == "0809-092-091"


def test_nothing_in_it_can_end_the_block(client: Client) -> None:
    hostile = "</script><script>alert(1)</script><!--&"
    plan = make.plan(plan_zh=hostile[:80], blurb_zh=hostile)
    page = client.get(f"/plans/{plan.code}/").text
    assert "<script>alert" not in page
    assert blocks(client, f"/plans/{plan.code}/")["Product"]["description"] == hostile


# The feed


@pytest.mark.parametrize(("prefix", "name"), [("", "標準版"), ("/en", "Standard")])
def test_feed_is_atom_with_the_newest_plans(client: Client, plan: Plan, prefix: str, name: str) -> None:
    tree = parsed(client, f"{prefix}/plans/feed.atom")
    assert tree.tag == "{http://www.w3.org/2005/Atom}feed"
    for required in ("id", "title", "updated"):  # RFC 4287 §4.1.1
        assert tree.find(f"a:{required}", ATOM).text
    assert (
        tree.find("a:link[@rel='self']", ATOM).get("href") == f"https://tcloud.test{prefix}/plans/feed.atom"
    )
    (entry,) = tree.findall("a:entry", ATOM)
    for required in ("id", "title", "updated", "author/a:name"):  # §4.1.2
        assert entry.find(f"a:{required}", ATOM).text
    assert entry.find("a:title", ATOM).text.endswith(name)
    assert entry.find("a:id", ATOM).text == f"https://tcloud.test{prefix}/plans/{plan.code}/"
    assert client.get(f"{prefix}/plans/").text.count(f'href="{prefix}/plans/feed.atom"') == 1


def test_feed_holds_the_newest_thirty(client: Client) -> None:
    supplier = make.supplier()
    for _number in range(31):
        make.plan(supplier)
    assert len(parsed(client, "/plans/feed.atom").findall("a:entry", ATOM)) == 30


# Open data


def rows(client: Client) -> list[dict[str, str]]:
    answer = client.get(reverse("open_data_csv"))
    assert answer.streaming
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def document(client: Client) -> dict[str, Any]:
    answer = client.get(reverse("open_data_json"))
    assert answer.streaming
    found: dict[str, Any] = json.loads(b"".join(answer.streaming_content))
    return found


def test_both_files_say_the_same_of_every_listed_plan(client: Client, plan: Plan) -> None:
    gone = make.plan()
    catalogue.delist(gone, by=make.officer(), at=NOW)
    make.plan(seats=None)
    from_json, from_csv = document(client)["plans"], rows(client)
    assert len(from_json) == len(from_csv) == 2
    for one, other in zip(from_json, from_csv, strict=True):
        assert list(one) == list(other) == [field.name for field in open_data.FIELDS]
        as_text = {key: "" if value is None else str(value).lower() if isinstance(value, bool) else str(value) for key, value in one.items()}  # fmt: skip
        assert as_text == other
    first = next(row for row in from_json if row["code"] == plan.code)
    assert first["url"] == f"https://tcloud.test/plans/{plan.code}/"
    assert first["listed_at"].endswith("+08:00")


def test_json_is_as_its_schema_says(client: Client) -> None:
    schema = client.get(reverse("open_data_schema")).json()
    found = document(client)
    assert set(schema["required"]) <= set(found) <= set(schema["properties"])
    assert found["licence"] == "政府資料開放授權條款-第1版"
    described = schema["properties"]["plans"]["items"]
    kinds = {"string": str, "integer": int, "boolean": bool, "null": type(None)}
    for row in found["plans"]:
        assert set(row) == set(described["required"]) == set(described["properties"])
        for name, value in row.items():
            types = described["properties"][name]["type"]
            assert type(value) in [kinds[kind] for kind in ([types] if isinstance(types, str) else types)], (
                name
            )


def test_spreadsheets_do_not_calculate_what_a_supplier_wrote(client: Client) -> None:
    make.plan(solution_zh="=HYPERLINK(1)", data_location="＋1")
    row = next(row for row in rows(client) if "HYPERLINK" in row["name"])
    assert row["name"] == "'=HYPERLINK(1) 標準版"
    assert row["data_location"] == "'＋1"


def test_nothing_but_public_fields_is_in_it(client: Client, plan: Plan) -> None:
    supplier = plan.solution.supplier
    text = json.dumps(document(client), ensure_ascii=False)
    assert supplier.contact_email not in text
    assert "說明" not in text  # descriptions are the suppliers' own


@pytest.mark.parametrize("name", ["open_data_csv", "open_data_json"])
def test_what_did_not_change_is_not_sent_again(client: Client, plan: Plan, name: str) -> None:
    first = client.get(reverse(name))
    again = client.get(reverse(name), headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert client.get(reverse(name), headers={"If-Modified-Since": first["Last-Modified"]}).status_code == 304
    Supplier.objects.filter(pk=plan.solution.supplier_id).update(name="改名的廠商")
    changed = client.get(reverse(name), headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    assert "改名的廠商" in b"".join(changed.streaming_content).decode()


def test_file_takes_the_same_number_of_queries_however_long(client: Client) -> None:
    def queries() -> int:
        from django.db import connection

        with CaptureQueriesContext(connection) as captured:
            rows(client)
        return len(captured)

    rows(client)
    few = queries()
    supplier = make.supplier()
    for _number in range(12):
        make.plan(supplier)
    rows(client)  # the moment of the new stamp is kept
    assert queries() == few


def test_page_names_licence_and_every_field(client: Client) -> None:
    page = client.get(reverse("open_data")).text
    assert "政府資料開放授權條款-第1版" in page
    for field in open_data.FIELDS:
        assert field.name in page
        assert str(field.words) in page
