"""常見問題: drafted, published, taken back, restored; found by any words; said to help or not, once."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command

from tcloud.core.actors import AUDITOR, EXPERT, SUPPORT, Actor
from tcloud.core.models import Event
from tcloud.core.refusals import Refusal, Stale
from tcloud.support import faq_search
from tcloud.support.models import FaqArticle, FaqGroup, FaqVersion, FaqVote
from tcloud.support.operations import faq as operations
from tcloud.support.queries import faq as queries
from tests import factories as make
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def shipped() -> None:
    operations.import_shipped(at=NOW)


def officer() -> Actor:
    return make.officer(make.user(staff_role="officer"))


def agent() -> Actor:
    user = make.user(staff_role="support")
    return Actor(SUPPORT, user.pk, None, user.name)


def said(**changes: Any) -> dict[str, Any]:
    group, _made = FaqGroup.objects.get_or_create(
        code="g", defaults={"name": "類", "name_en": "Group", "position": 9}
    )
    words = {
        "group": group, "position": 1, "question": "忘記密碼怎麼辦？", "question_en": "Forgot your password?",
        "answer": "請按「忘記密碼」。\n\n信會寄到您的信箱。", "answer_en": "Press it.\n\nA mail comes.", "rules": ["R-37"],
    }  # fmt: skip
    return words | changes


def refused(code: str, act: Callable[[], Any]) -> None:
    before = list(FaqVersion.objects.values_list("pk", "published_at", "question")), Event.objects.count()
    with pytest.raises(Refusal) as refusal:
        act()
    assert refusal.value.code == code
    assert before == (
        list(FaqVersion.objects.values_list("pk", "published_at", "question")),
        Event.objects.count(),
    )


def published(**changes: Any) -> FaqArticle:
    article = operations.begin("forgot-password", said(**changes), by=agent(), at=NOW)
    return operations.publish(article, drawn_from=article.version, by=officer(), at=NOW)


def test_import_puts_in_every_shipped_question_once_and_keeps_what_editors_changed(shipped: None) -> None:
    count = FaqArticle.objects.count()
    assert count == queries.published().count() == 38
    article = FaqArticle.objects.get(code="points-expiry")
    words = said(question="改過的問題")
    article = operations.save_draft(article, words, drawn_from=article.version, by=officer(), at=NOW)
    operations.publish(article, drawn_from=article.version, by=officer(), at=NOW)
    assert operations.import_shipped(at=NOW) == 0
    assert queries.by_code("points-expiry").question == "改過的問題"  # type: ignore[union-attr]
    call_command("seed", "--base", stdout=io.StringIO())
    assert FaqArticle.objects.count() == count


def test_draft_is_seen_by_nobody_until_an_officer_publishes_it() -> None:
    article = operations.begin("forgot-password", said(), by=agent(), at=NOW)
    assert queries.by_code("forgot-password") is None
    refused("transition.not_yours", lambda: operations.publish(article, drawn_from=1, by=agent(), at=NOW))
    operations.publish(article, drawn_from=article.version, by=officer(), at=NOW)
    shown = queries.by_code("forgot-password")
    assert shown is not None
    assert shown.paragraphs == ["請按「忘記密碼」。", "信會寄到您的信箱。"]


def test_editing_makes_a_new_version_and_the_old_one_stays() -> None:
    article = published()
    article = operations.save_draft(
        article, said(question="密碼忘了？"), drawn_from=article.version, by=agent(), at=NOW
    )
    assert queries.by_code("forgot-password").question == "忘記密碼怎麼辦？"  # type: ignore[union-attr]
    article = operations.save_draft(
        article, said(question="密碼忘了怎麼辦？"), drawn_from=article.version, by=agent(), at=NOW
    )
    article = operations.publish(article, drawn_from=article.version, by=officer(), at=NOW)
    assert [version.number for version in queries.history(article)] == [2, 1]
    assert queries.by_code("forgot-password").number == 2  # type: ignore[union-attr]
    first = queries.history(article)[1]
    article = operations.restore(first, drawn_from=article.version, by=agent(), at=NOW)
    assert queries.draft_of(article).question == "忘記密碼怎麼辦？"  # type: ignore[union-attr]


def test_unpublish_takes_it_from_readers_and_says_why() -> None:
    article = published()
    act = lambda reason: operations.unpublish(  # noqa: E731
        article, drawn_from=article.version, reason=reason, by=officer(), at=NOW
    )
    refused("faq.reason_missing", lambda: act(" "))
    act("內容過時")
    assert queries.by_code("forgot-password") is None
    assert Event.objects.get(type="faq.unpublished").data["reason"] == "內容過時"
    article.refresh_from_db()
    refused("faq.not_published", lambda: act("再一次"))


def test_stale_forms_change_nothing() -> None:
    article = published()
    for act in (operations.publish, operations.discard_draft):
        with pytest.raises(Stale):
            act(article, drawn_from=article.version - 1, by=officer(), at=NOW)
    with pytest.raises(Stale):
        operations.save_draft(article, said(), drawn_from=0, by=officer(), at=NOW)
    refused(
        "faq.no_draft", lambda: operations.publish(article, drawn_from=article.version, by=officer(), at=NOW)
    )


@pytest.mark.parametrize("kind", [EXPERT, AUDITOR])
def test_others_may_not_edit(kind: str) -> None:
    act = lambda: operations.begin("x", said(), by=Actor(kind, make.user().pk), at=NOW)  # noqa: E731
    refused("transition.not_yours", act)


@pytest.mark.parametrize(
    ("code", "words", "why"),
    [
        ("Points", {}, "faq.code"),
        ("a b", {}, "faq.code"),
        ("a-", {}, "faq.code"),
        ("ok", {"answer_en": " "}, "faq.incomplete"),
    ],
)
def test_begin_needs_an_address_and_both_languages(code: str, words: dict[str, str], why: str) -> None:
    refused(why, lambda: operations.begin(code, said(**words), by=officer(), at=NOW))


def test_begin_refuses_an_address_in_use() -> None:
    published()
    refused("faq.code_taken", lambda: operations.begin("forgot-password", said(), by=officer(), at=NOW))


def test_vote_counts_once_a_reader_and_version() -> None:
    article = published()
    shown = queries.by_code("forgot-password")
    assert shown is not None
    operations.vote(shown, voter="a", helpful=True, words="", at=NOW)
    operations.vote(shown, voter="b", helpful=False, words="看不懂", at=NOW)
    refused("faq.voted_already", lambda: operations.vote(shown, voter="a", helpful=False, words="", at=NOW))
    counted = queries.articles().get(pk=article.pk)
    assert (counted.yes, counted.no) == (1, 1)
    assert [vote.words for vote in queries.words_of_readers(article)] == ["看不懂"]
    assert FaqVote.objects.count() == 2


# what is looked for → the article that must come first; "" for none
CASES = [
    ("點數到期了怎麼辦", "points-expiry"),
    ("点数到期了怎么办", "points-expiry"),
    ("发票", "invoice"),
    ("到期", "points-expiry"),
    ("點數 到期", "points-expiry"),
    ("沒有讀卡機怎麼辦", "what-to-prepare"),
    ("發票", "invoice"),
    ("發票什麼時候會開", "invoice"),
    ("可以退款嗎", "withdraw"),
    ("陸資", "who-can-apply"),
    ("ＰＩＮ碼", "pin-wrong"),
    ("pin", "pin-wrong"),
    ("候補", "waiting-list"),
    ("候補 預算", "waiting-list"),
    ("收不到驗證碼", "no-code-mail"),
    ("供應商沒有接單", "supplier-silent"),
    ("停業", "suspended"),
    ("points expire", "points-expiry"),
    ("invoice", "invoice"),
    ("專家", "expert"),
    ("客服時間", "support-hours"),
    ("颱風停班", "working-days"),
    ("量子", ""),
    ("zzzz", ""),
    ("的", ""),
    ("   ", ""),
    ("<script>", ""),
]


@pytest.mark.parametrize(("words", "code"), CASES)
def test_search_finds(shipped: None, words: str, code: str) -> None:
    found = queries.search(words)
    assert (found[0].article.code if found else "") == code, [version.article.code for version in found]


def test_search_reads_the_language_of_the_page(shipped: None) -> None:
    assert queries.search("invoice", english=True)[0].article.code == "invoice"


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("點數什麼時候到期？", "點數到期", ["點數", "到期"]),
        ("輸入PIN碼", "ｐｉｎ", ["PIN"]),
        ("台北與臺北", "臺北", ["台北", "臺北"]),
        ("沒有", "點數", []),
        ("ﬁne", "fine", []),
    ],
)
def test_marks_are_where_the_words_are(text: str, words: str, marked: list[str]) -> None:
    pieces = faq_search.marks(text, faq_search.terms(words))
    assert "".join(piece for piece, _hit in pieces) == text
    assert [piece for piece, hit in pieces if hit] == marked


def test_terms_are_bounded() -> None:
    assert len(faq_search.terms("甲 " * 500)) == faq_search.MOST_TERMS
