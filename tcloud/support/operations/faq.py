"""Editing the frequently asked questions: agents and officers draft, officers publish and take back; readers say whether it helped."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from tcloud.core import events
from tcloud.core.actors import OFFICER, SUPPORT, SYSTEM, Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.core.transitions import only
from tcloud.support.models import FaqArticle, FaqGroup, FaqVersion, FaqVote

FIELDS: Final = ("group", "position", "question", "question_en", "answer", "answer_en", "rules")
EDITORS: Final = (OFFICER, SUPPORT, SYSTEM)
_CODE: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_FILE: Final = Path(__file__).parent.parent / "data" / "faq.json"


@transaction.atomic
def import_shipped(*, at: datetime) -> int:
    """Put in the questions that ship with the product, published; what is there stays as editors left it. Returns how many were new."""
    data = json.loads(_FILE.read_text(encoding="utf-8"))
    groups = {}
    for place, row in enumerate(data["groups"]):
        groups[row["code"]], _made = FaqGroup.objects.get_or_create(
            code=row["code"], defaults={"name": row["zh"], "name_en": row["en"], "position": place}
        )
    there = set(FaqArticle.objects.values_list("code", flat=True))
    new = 0
    for place, row in enumerate(data["questions"]):
        if row["code"] in there:
            continue
        article = FaqArticle.objects.create(code=row["code"], version=1)
        article.live = FaqVersion.objects.create(
            article=article, number=1, group=groups[row["group"]], position=place, question=row["question_zh"],
            question_en=row["question_en"], answer="\n\n".join(row["answer_zh"]),
            answer_en="\n\n".join(row["answer_en"]), rules=row["rules"], drafted_at=at, published_at=at,
        )  # fmt: skip
        article.save(update_fields=["live"])
        new += 1
    return new


@transaction.atomic(durable=True)
def begin(code: str, said: Mapping[str, Any], *, by: Actor, at: datetime) -> FaqArticle:
    """A new question with its first draft. `code` becomes its address for good.

    Raises Refusal `faq.code`, `faq.code_taken`, `faq.incomplete`, `transition.not_yours`.
    """
    only(by, *EDITORS)
    if not _CODE.match(code):
        raise Refusal("faq.code", _("網址代稱只能用小寫英文、數字與連字號，例如 points-expiry。"))
    try:
        with transaction.atomic():
            article = FaqArticle.objects.create(code=code)
    except IntegrityError as error:
        raise Refusal("faq.code_taken", _("這個網址代稱已經有人使用，請換一個。")) from error
    return _save(article, said, by=by, at=at)


@transaction.atomic(durable=True)
def save_draft(
    article: FaqArticle, said: Mapping[str, Any], *, drawn_from: int, by: Actor, at: datetime
) -> FaqArticle:
    """Keep the draft of an article (FIELDS), beginning one where there is none. Readers see nothing of it.

    Raises Refusal `faq.incomplete`, `transition.not_yours`; Stale.
    """
    only(by, *EDITORS)
    return _save(_locked(article, drawn_from), said, by=by, at=at)


def _save(article: FaqArticle, said: Mapping[str, Any], *, by: Actor, at: datetime) -> FaqArticle:
    if not all(str(said[name]).strip() for name in ("question", "question_en", "answer", "answer_en")):
        raise Refusal("faq.incomplete", _("中文與英文的問題、解答都要填寫。"))
    draft = article.versions.filter(published_at=None).first()
    if draft is None:
        last = article.versions.aggregate(last=Max("number"))["last"] or 0
        draft = FaqVersion(article=article, number=last + 1)
    for name in FIELDS:
        value = said[name]
        setattr(draft, name, value.strip() if isinstance(value, str) else value)
    draft.drafted_by_id, draft.drafted_at = by.user_id, at
    draft.save()
    return _noted(article, "faq.drafted", draft, by=by, at=at)


@transaction.atomic(durable=True)
def discard_draft(article: FaqArticle, *, drawn_from: int, by: Actor, at: datetime) -> FaqArticle:
    """Throw the draft away; what is published stays. Raises Refusal `faq.no_draft`, `transition.not_yours`; Stale."""
    only(by, *EDITORS)
    row = _locked(article, drawn_from)
    draft = _draft(row)
    _noted(row, "faq.draft_discarded", draft, by=by, at=at)
    draft.delete()
    return row


@transaction.atomic(durable=True)
def publish(article: FaqArticle, *, drawn_from: int, by: Actor, at: datetime) -> FaqArticle:
    """Show the draft to readers in place of what they saw. Raises Refusal `faq.no_draft`, `transition.not_yours`; Stale."""
    only(by, OFFICER, SYSTEM)
    row = _locked(article, drawn_from)
    draft = _draft(row)
    draft.published_by_id, draft.published_at = by.user_id, at
    draft.save(update_fields=["published_by", "published_at"])
    row.live = draft
    row.save(update_fields=["live"])
    return _noted(row, "faq.published", draft, by=by, at=at)


@transaction.atomic(durable=True)
def unpublish(article: FaqArticle, *, drawn_from: int, reason: str, by: Actor, at: datetime) -> FaqArticle:
    """Take the article from readers; its address says that it is gone. Raises Refusal `faq.not_published`, `faq.reason_missing`; Stale."""
    only(by, OFFICER, SYSTEM)
    row = _locked(article, drawn_from)
    if row.live is None:
        raise Refusal("faq.not_published", _("這則問題目前沒有公開。"))
    if not reason.strip():
        raise Refusal("faq.reason_missing", _("請填寫下架的原因，會寫入辦理紀錄。"))
    shown, row.live = row.live, None
    row.save(update_fields=["live"])
    return _noted(row, "faq.unpublished", shown, by=by, at=at, reason=reason.strip())


def restore(version: FaqVersion, *, drawn_from: int, by: Actor, at: datetime) -> FaqArticle:
    """Begin a draft with the words of an earlier version. Raises Refusal `transition.not_yours`; Stale."""
    said = {name: getattr(version, name) for name in FIELDS}
    return save_draft(version.article, said, drawn_from=drawn_from, by=by, at=at)


def _locked(article: FaqArticle, drawn_from: int) -> FaqArticle:
    row = FaqArticle.objects.select_for_update(of=("self",)).select_related("live").get(pk=article.pk)
    if row.version != drawn_from:
        raise Stale()
    return row


def _draft(article: FaqArticle) -> FaqVersion:
    draft = article.versions.filter(published_at=None).first()
    if draft is None:
        raise Refusal("faq.no_draft", _("這則問題沒有草稿，請先編輯。"))
    return draft


def _noted(
    article: FaqArticle, event: str, version: FaqVersion, *, by: Actor, at: datetime, **data: Any
) -> FaqArticle:
    article.version += 1
    article.save(update_fields=["version"])
    events.record(
        event, article, case=article.case, by=by, at=at, announce=False, number=version.number,
        question=version.question, **data,
    )  # fmt: skip
    return article


@transaction.atomic(durable=True)
def vote(version: FaqVersion, *, voter: str, helpful: bool, words: str, at: datetime) -> FaqVote:
    """A reader says whether a version helped, once. Raises Refusal `faq.voted_already`."""
    try:
        with transaction.atomic():
            return FaqVote.objects.create(
                faq=version, voter=voter, helpful=helpful, words=words.strip()[:500], at=at
            )
    except IntegrityError as error:
        raise Refusal("faq.voted_already", _("您已經回饋過這一則，謝謝您。")) from error
