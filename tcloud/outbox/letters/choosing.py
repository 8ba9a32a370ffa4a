"""Letters about choosing a plan: new plans of a saved search, a comparison from a colleague, questions and reviews."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _

from tcloud.catalogue import queries as catalogue
from tcloud.choosing.models import ComparisonShare, Question, Review, SavedSearch
from tcloud.choosing.queries import comparisons, searches, voices
from tcloud.core import money
from tcloud.core.actors import COMPANY, SUPPLIER
from tcloud.outbox.letters import letter as paths
from tcloud.outbox.letters import words
from tcloud.outbox.letters.letter import Composer, Letter, Link, Occasion
from tcloud.programme import queries as programmes
from tcloud.programme.models import Programme

_MOST_LISTED: Final = 20


def _programme() -> Programme:
    found = programmes.latest()
    if found is None:
        raise LookupError("no edition")
    return found


def _plan_name(thing: Question | Review) -> str:
    return words.local(thing.plan.current, "name") if thing.plan.current else thing.plan.code


def search_matched(occasion: Occasion) -> Letter | None:
    """Plans listed since the search was saved; nothing when its reader has stopped the mail or the plans are gone again."""
    search = occasion.subject
    if not isinstance(search, SavedSearch):
        raise TypeError(occasion.event.subject)
    found = list(
        catalogue.listed().filter(code__in=occasion.event.data["plans"]).order_by("-listed_at", "id")
    )
    if search.next_mail_at is None or not found:
        return None
    facts = [
        (
            words.local(plan.current, "name"),
            f"{words.local(plan.solution.supplier, 'name')}　{money.twd(plan.current.price_twd)}",
        )
        for plan in found[:_MOST_LISTED]
        if plan.current
    ]
    return Letter(
        subject=_("「%(name)s」有%(count)d個新方案") % {"name": search.name, "count": len(found)},
        happened=[_("您儲存的搜尋「%(name)s」有新上架的方案符合條件。") % {"name": search.name}],
        facts=facts,
        next_steps=[_("每個方案只通知一次，每天最多一封信。")],
        link=Link(_("看符合的方案"), f"{paths.PLANS}?{search.query}"),
        programme=_programme(),
        unsubscribe=paths.unsubscription(searches.token_of(search)),
    )


def comparison_shared(occasion: Occasion) -> Letter | None:
    """A colleague sends a saved comparison."""
    share = occasion.subject
    if not isinstance(share, ComparisonShare):
        raise TypeError(occasion.event.subject)
    kept = comparisons.of_company(share.comparison.company).get(pk=share.comparison_id)
    happened = [
        _("%(person)s請您看一份方案比較：%(name)s。") % {"person": share.shared_by.name, "name": kept.name}
    ]
    if share.note:
        happened.append(_("附註：%(note)s") % {"note": share.note})
    return Letter(
        subject=_("同事請您看方案比較：%(name)s") % {"name": kept.name},
        happened=happened,
        facts=[
            (words.local(column.version, "name"), money.twd(column.version.price_twd))
            for column in kept.columns.all()
        ],
        next_steps=[_("登入後可以看逐項比較、儲存後的變動，並下載或列印。")],
        link=Link(_("看比較"), paths.comparison(kept.pk)),
        programme=_programme(),
    )


def _question(occasion: Occasion) -> Question:
    if not isinstance(occasion.subject, Question):
        raise TypeError(occasion.event.subject)
    return occasion.subject


def question_asked(occasion: Occasion) -> Letter | None:
    """To the supplier; nothing when it needs no answer any more."""
    question = _question(occasion)
    if question.state != Question.State.ASKED:
        return None
    due_at = voices.answer_due(question)
    return Letter(
        subject=_("企業提問：%(plan)s") % {"plan": _plan_name(question)},
        happened=[_("%(company)s對%(plan)s提問：") % {"company": question.company.name, "plan": _plan_name(question)}, question.text],
        facts=[(_("回覆期限"), words.deadline(due_at, at=occasion.at))] if due_at else [],
        next_steps=[_("這則提問不公開，只有企業看得到您的回覆。") if question.is_private
                    else _("您回覆後，提問和回覆會一起公開在方案頁。")],
        link=Link(_("回覆提問"), paths.supplier_question(question.pk)),
        programme=_programme(),
    )  # fmt: skip


def _was_due(occasion: Occasion) -> list[tuple[str, str]]:
    return [(_("回覆期限"), words.last_day(datetime.fromisoformat(occasion.event.data["due_at"])))]


def question_late(occasion: Occasion) -> Letter | None:
    """To the supplier whose answer is overdue; nothing when it was given meanwhile."""
    question = _question(occasion)
    if question.state != Question.State.ASKED:
        return None
    names = {"company": question.company.name, "plan": _plan_name(question)}
    return Letter(
        subject=_("提問逾期未回覆：%(plan)s") % names,
        happened=[_("%(company)s對%(plan)s的提問已超過回覆期限：") % names, question.text],
        facts=_was_due(occasion),
        next_steps=[_("請儘快回覆。逾期會計入公開的履約紀錄。")],
        link=Link(_("回覆提問"), paths.supplier_question(question.pk)),
        programme=_programme(),
    )


def question_late_asker(occasion: Occasion) -> Letter | None:
    """To who asked: the answer is overdue, and what she can do."""
    question = _question(occasion)
    if question.state != Question.State.ASKED:
        return None
    return Letter(
        subject=_("供應商逾期未回覆您的提問：%(plan)s") % {"plan": _plan_name(question)},
        happened=[
            _("供應商沒有在期限內回覆，我們已通知供應商儘快回覆。"),
            _("您的提問：%(text)s") % {"text": question.text},
        ],
        facts=_was_due(occasion),
        next_steps=[_("您可以繼續等，回覆後會寄信通知；也可以收回提問，改看其他方案，或洽客服專線。")],
        link=Link(_("看我的提問"), paths.QUESTIONS),
        programme=_programme(),
    )


def question_answered(occasion: Occasion) -> Letter | None:
    """To who asked."""
    question = _question(occasion)
    if question.state != Question.State.ANSWERED:
        return None
    return Letter(
        subject=_("供應商已回覆您的提問：%(plan)s") % {"plan": _plan_name(question)},
        happened=[_("您的提問：%(text)s") % {"text": question.text}, _("供應商回覆：%(text)s") % {"text": question.answer}],
        next_steps=[_("這則提問沒有公開。") if question.is_private else _("提問和回覆已公開在方案頁，不顯示是哪一家企業提問。")],
        link=Link(_("看我的提問"), paths.QUESTIONS),
        programme=_programme(),
    )  # fmt: skip


def question_hidden(occasion: Occasion) -> Letter | None:
    """An officer has hidden it; why, and how to object."""
    question = _question(occasion)
    if question.state != Question.State.HIDDEN:
        return None
    return Letter(
        subject=_("您的提問已隱藏：%(plan)s") % {"plan": _plan_name(question)},
        happened=[_("承辦人員隱藏了您的提問：%(text)s") % {"text": question.text}],
        facts=[(_("理由"), question.hidden_reason)],
        next_steps=[_("如果您認為隱藏有誤，請洽客服專線或回覆這封信申覆。")],
        link=Link(_("看我的提問"), paths.QUESTIONS),
        programme=_programme(),
    )


def question_shown(occasion: Occasion) -> Letter | None:
    """An officer has brought it back."""
    question = _question(occasion)
    if question.state == Question.State.HIDDEN:
        return None
    return Letter(
        subject=_("您的提問已恢復：%(plan)s") % {"plan": _plan_name(question)},
        happened=[_("承辦人員恢復了您的提問：%(text)s") % {"text": question.text}],
        next_steps=[_("您不需要再做任何事。")],
        link=Link(_("看我的提問"), paths.QUESTIONS),
        programme=_programme(),
    )


def _review(occasion: Occasion) -> Review:
    if not isinstance(occasion.subject, Review):
        raise TypeError(occasion.event.subject)
    return occasion.subject


def _latest(review: Review, party: str) -> str:
    said = review.texts.filter(party=party).last()
    return said.text if said else ""


def review_written(occasion: Occasion) -> Letter | None:
    """To the supplier."""
    review = _review(occasion)
    if review.state != Review.State.PUBLISHED:
        return None
    return Letter(
        subject=_("新的企業評價：%(plan)s，%(rating)d分")
        % {"plan": _plan_name(review), "rating": review.rating},
        happened=[
            _("企業對%(plan)s的評價：") % {"plan": _plan_name(review)},
            _latest(review, COMPANY),
        ],
        next_steps=[_("您可以公開回覆。內容違反規定時可以檢舉，由承辦人員查看。")],
        link=Link(_("回覆評價"), paths.supplier_review(review.pk)),
        programme=_programme(),
    )


def review_revised(occasion: Occasion) -> Letter | None:
    """To the supplier: other words or another rating; its answer, if any, stands marked as one to the earlier words."""
    review = _review(occasion)
    if review.state != Review.State.PUBLISHED:
        return None
    steps = [_("您可以公開回覆。內容違反規定時可以檢舉，由承辦人員查看。")]
    if voices.wording(review).outdated:
        steps = [
            _(
                "您先前的回覆仍公開在評價下方，並標示是回覆修改前的評價；請確認是否需要修改，內容不變也可以再送出一次。"
            )
        ]
    return Letter(
        subject=_("企業修改了評價：%(plan)s，%(rating)d分") % {"plan": _plan_name(review), "rating": review.rating},
        happened=[_("企業修改了對%(plan)s的評價：") % {"plan": _plan_name(review)}, _latest(review, COMPANY)],
        next_steps=steps,
        link=Link(_("回覆評價"), paths.supplier_review(review.pk)),
        programme=_programme(),
    )  # fmt: skip


def review_answered(occasion: Occasion) -> Letter | None:
    """To the company."""
    review = _review(occasion)
    if review.state != Review.State.PUBLISHED:
        return None
    return Letter(
        subject=_("供應商回覆了您的評價：%(plan)s") % {"plan": _plan_name(review)},
        happened=[_("供應商回覆：%(text)s") % {"text": _latest(review, SUPPLIER)}],
        next_steps=[_("您可以修改評價，先前的內容不再公開。")],
        link=Link(_("看我的評價"), paths.REVIEWS),
        programme=_programme(),
    )


def review_hidden(occasion: Occasion) -> Letter | None:
    """An officer has hidden it; why, and how to object."""
    review = _review(occasion)
    if review.state != Review.State.HIDDEN:
        return None
    return Letter(
        subject=_("您的評價已隱藏：%(plan)s") % {"plan": _plan_name(review)},
        happened=[_("承辦人員隱藏了貴公司對%(plan)s的評價。") % {"plan": _plan_name(review)}],
        facts=[(_("理由"), review.hidden_reason)],
        next_steps=[_("如果您認為隱藏有誤，請洽客服專線或回覆這封信申覆。")],
        link=Link(_("看我的評價"), paths.REVIEWS),
        programme=_programme(),
    )


def review_restored(occasion: Occasion) -> Letter | None:
    """An officer shows it again."""
    review = _review(occasion)
    if review.state != Review.State.PUBLISHED:
        return None
    return Letter(
        subject=_("您的評價已恢復公開：%(plan)s") % {"plan": _plan_name(review)},
        happened=[_("承辦人員恢復公開貴公司對%(plan)s的評價。") % {"plan": _plan_name(review)}],
        next_steps=[_("您不需要再做任何事。")],
        link=Link(_("看我的評價"), paths.REVIEWS),
        programme=_programme(),
    )


COMPOSERS: Final[dict[str, Composer]] = {
    "search_matched": search_matched,
    "comparison_shared": comparison_shared,
    "question_asked": question_asked,
    "question_late": question_late,
    "question_late_asker": question_late_asker,
    "question_answered": question_answered,
    "question_hidden": question_hidden,
    "question_shown": question_shown,
    "review_written": review_written,
    "review_revised": review_revised,
    "review_answered": review_answered,
    "review_hidden": review_hidden,
    "review_restored": review_restored,
}
