"""On a small simulated population the recommendations beat simple rankings, and learning helps (benches/simulated.py says what that is worth)."""

import json
from pathlib import Path

import pytest

from benches import recommendations as evaluation
from tcloud.assessment import operations as assessment
from tcloud.catalogue import industries
from tcloud.catalogue import operations as catalogue
from tcloud.recommendations.queries import SECTIONS

COMPANIES = 400


@pytest.fixture(scope="module")
def measured():
    questionnaire = Path(assessment.__file__).parents[1] / "data" / "questionnaire_v1.json"
    content = json.loads(questionnaire.read_text("utf-8"))
    rows, categories = catalogue.shipped("plans"), catalogue.shipped("categories")
    world = evaluation.build(content, evaluation.shipped_offers(rows), companies=COMPANIES)
    names = {row["code"]: row["zh"] for row in categories}

    def search(word):
        """What a search in names, texts, keywords and categories finds."""
        texts = {row["code"]: " ".join([row["solution_zh"], row["blurb_zh"], *row["keywords_zh"], names[row["category"]]]) for row in rows}  # fmt: skip
        return [code for code, text in texts.items() if word in text]

    known = evaluation.near(SECTIONS, {code: row.section for code, row in industries.divisions().items()})
    rankings = {
        "ours": evaluation.ours(world, known),
        "unlearned": evaluation.ours(world, known, learning=False),
        "popular": evaluation.most_popular(world),
        "text": evaluation.text_match(world, search, evaluation.words_of(categories)),
        "random": evaluation.at_random(world),
    }
    return {name: evaluation.measure(world, ranking) for name, ranking in rankings.items()}


def test_ours_beats_every_simple_ranking(measured):
    ours = measured["ours"].ndcg
    assert ours > 1.05 * measured["popular"].ndcg
    assert ours > 3 * measured["text"].ndcg
    assert ours > 6 * measured["random"].ndcg


def test_learning_helps_and_nothing_is_lost_without_it(measured):
    assert measured["ours"].ndcg > 1.1 * measured["unlearned"].ndcg
    assert measured["unlearned"].ndcg > 2 * measured["text"].ndcg


def test_ours_shows_much_of_the_catalogue_in_many_categories_and_never_only_the_dearest(measured):
    assert measured["ours"].coverage > 0.4
    assert measured["ours"].categories > 1.2 * measured["popular"].categories
    assert measured["ours"].price_ratio < 1.1
