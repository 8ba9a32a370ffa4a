"""The data shipped with the product hold what they promise."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from tcloud.catalogue import answers, industries, rules, shipped

PLANS = shipped.rows("plans")
SUPPLIERS = shipped.rows("suppliers")
LEAVES = [row["code"] for row in shipped.rows("categories") if row["parent"]]
OWNER = {key: row for row in SUPPLIERS for key in (row["ubn"], row["name_zh"]) if key}


def test_there_are_plans_enough_to_make_search_honest():
    assert len(PLANS) >= 300
    assert len(SUPPLIERS) >= 40
    assert len({row["code"] for row in PLANS}) == len(PLANS)
    assert {row["category"] for row in PLANS} == set(LEAVES)
    assert min(Counter(row["category"] for row in PLANS).values()) >= 5
    assert len({row["price_twd"] for row in PLANS}) > 150
    assert {1, 3, 6, 12, 24} <= {row["term_months"] for row in PLANS}
    assert len({row["blurb_zh"] for row in PLANS if row["source"]["kind"] == "demo"}) >= 280


@pytest.mark.rule("R-24")
def test_every_orderable_price_fits_an_invoice():
    assert [
        row["code"] for row in PLANS if row["orderable"] and not rules.invoiceable(row["price_twd"])
    ] == []


def test_what_is_invented_says_so_and_what_is_real_names_its_source():
    for row in PLANS:
        supplier = OWNER[row["supplier"]]
        assert row["source"]["kind"] == supplier["kind"]
        assert row["source"]["date"] >= "2026-11-22"
        assert row["source"]["name"]
        if supplier["kind"] == "demo":
            assert row["solution_zh"].endswith("（示範）")
            assert supplier["name_zh"].endswith("（示範）")
        else:
            assert not row["orderable"]
            assert row["source"]["conversion_zh"]


def test_suppliers_that_take_orders_have_a_card_and_a_business_item():
    file = Path(__file__).parents[2] / "sandbox" / "data" / "synthetic_companies.csv"
    companies = {row["ubn"]: row for row in csv.DictReader(file.read_text(encoding="utf-8").splitlines())}
    for row in SUPPLIERS:
        if row["orderable"]:
            company = companies[row["ubn"]]
            assert company["name"] == row["name_zh"]
            assert company["role"] == "supplier"
            assert int(company["capital"]) >= 1_000_000
            assert {"I301010", "I301020", "I301030"} & set(company["business_items"].split())


@pytest.mark.rule("R-32")
@pytest.mark.parametrize("category", LEAVES)
def test_every_plan_answers_the_questions_of_its_category(category):
    template = shipped.answer_template(category)
    assert 8 <= len(template) <= 15
    assert len({question["code"] for question in template}) == len(template)
    for row in PLANS:
        if row["category"] == category:
            assert answers.misfits(template, row["answers"]) == [], row["code"]
            if row["source"]["kind"] == "demo":
                assert answers.open_questions(template, row["answers"]) == [], row["code"]


def test_industries_and_sizes_are_possible():
    for row in PLANS:
        assert set(row["industries"]) <= set(industries.divisions()), row["code"]
        if row["employees_to"] is not None:
            assert 1 <= row["employees_from"] <= row["employees_to"] <= 200


def test_texts_fit_their_columns():
    for row in PLANS:
        for name, most in (
            ("blurb_zh", 200), ("blurb_en", 300), ("included_zh", 300), ("support_zh", 200), ("export_zh", 300),
            ("data_location", 60), ("data_location_en", 60), ("code", 80), ("solution_en", 80),
        ):  # fmt: skip
            assert 0 < len(row[name]) <= most, (row["code"], name)
        assert len(f"{row['solution_en']} {row['plan_en']}") <= 80, row["code"]
        assert len(row["integrations"]) == len(row["integrations_en"]), row["code"]


@pytest.mark.parametrize(
    ("code", "name"),
    [("56", "餐飲業"), ("5631", "餐飲業"), ("464111", "批發業"), ("4831", "零售業"), ("2511", "金屬製品製造業"),
     ("99", None), ("", None)],
)  # fmt: skip
def test_division_of_takes_codes_of_any_length(code, name):
    found = industries.division_of(code)
    assert (found.name if found else None) == name


def test_every_class_lies_in_a_division_and_every_division_in_a_section():
    assert len(industries.classes()) >= 460
    assert all(industries.division_of(code) for code in industries.classes())
    assert {row.section for row in industries.divisions().values()} == set(industries.sections())
