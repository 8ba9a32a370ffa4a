"""Structured data and the pages around it in a real browser: a data block breaks no policy, and axe finds nothing."""

import json
from collections.abc import Callable

import pytest

from tcloud.support.operations import faq
from tests import factories
from tests.browser.conftest import Person, accessible

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


@pytest.mark.parametrize(("width", "language"), [(320, ""), (1280, "/en")], ids=["phone", "desk-en"])
def test_pages_hold_data_that_the_policy_lets_pass(
    person: Callable[..., Person], width: int, language: str
) -> None:
    factories.programme(code="tcloud")
    faq.import_shipped(at=factories.NOW)
    plan = factories.plan()
    reader = person(width)
    pages = {
        "/": 1, f"/plans/{plan.code}/": 2, "/faq/invoice/": 2, "/faq/": 0, "/faq/?q=點數到期": 0, "/faq/?q=zzzz": 0,
        "/faq/invoice/feedback/": 0, "/open-data/": 0,
    }  # fmt: skip
    for path, count in pages.items():
        reader.open(language + path)
        accessible(reader)
        texts = reader.page.locator("script[type='application/ld+json']").all_text_contents()
        assert len([json.loads(text) for text in texts]) == count, path
    assert not reader.complaints


def test_reader_says_that_it_did_not_help(person: Callable[..., Person]) -> None:
    factories.programme(code="tcloud")
    faq.import_shipped(at=factories.NOW)
    reader = person(390)
    reader.open("/faq/invoice/")
    reader.follow("沒有幫助")
    assert reader.page.get_by_label("沒有幫助").is_checked()
    reader.press("送出回饋")
    assert reader.page.locator("h1").inner_text() == "謝謝您的回饋"
    assert not reader.complaints
