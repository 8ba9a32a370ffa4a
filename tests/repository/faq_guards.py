"""What the database guards of the frequently asked questions, and the ways to break it."""

from collections.abc import Callable
from types import SimpleNamespace

from django.db.models import Model

from tcloud.support.models import FaqArticle, FaqVersion, FaqVote
from tcloud.support.operations import faq
from tests.factories import NOW
from tests.repository.rows import again, change, drop


def rows() -> dict[str, Model]:
    """An article with its published version and a draft, and what a reader said."""
    faq.import_shipped(at=NOW)
    article = FaqArticle.objects.select_related("live").get(code="invoice")
    live = FaqVersion.objects.get(pk=article.live_id)
    again(live, number=2, published_at=None)
    return {
        "faq_article": article,
        "faq_version": live,
        "faq_vote": FaqVote.objects.create(faq=live, voter="v", helpful=True, at=NOW),
    }


# guard → the ways to break it
TRIES: dict[str, list[Callable[[SimpleNamespace], None]]] = {
    "faq_article_keeps_its_address": [lambda w: change(w.faq_article, code="x")],
    "faq_article_kept": [lambda w: drop(w.faq_article)],
    "faq_version_published_stays": [
        lambda w: change(w.faq_version, question="x"),
        lambda w: drop(w.faq_version),
    ],
    "faq_version_once": [lambda w: again(w.faq_version)],
    "faq_version_one_draft": [lambda w: again(w.faq_version, number=3, published_at=None)],
    "faq_version_says_something_in_both_languages": [
        lambda w: again(w.faq_version, number=3, question=""),
        lambda w: again(w.faq_version, number=3, answer_en=""),
    ],
    "faq_vote_once": [lambda w: again(w.faq_vote)],
    "faq_vote_append_only": [lambda w: change(w.faq_vote, helpful=False), lambda w: drop(w.faq_vote)],
}
