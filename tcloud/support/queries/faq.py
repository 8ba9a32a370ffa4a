"""Questions about the frequently asked questions: what readers see, what they search, what editors work on."""

from dataclasses import dataclass, field
from itertools import groupby

from django.db.models import Count, Q, QuerySet

from tcloud.support import faq_search
from tcloud.support.faq_search import Text, folded
from tcloud.support.models import FaqArticle, FaqVersion, FaqVote


@dataclass(frozen=True)
class Group:
    """Published questions about one subject, in reading order."""

    code: str
    name: str
    name_en: str
    questions: list[FaqVersion] = field(default_factory=list)


def published() -> QuerySet[FaqVersion]:
    """The versions that readers see, by group and position."""
    shown = FaqArticle.objects.filter(live__isnull=False).values("live")
    return (
        FaqVersion.objects.filter(pk__in=shown)
        .select_related("article", "group")
        .order_by("group__position", "group_id", "position", "article_id")
    )


def _grouped(versions: list[FaqVersion]) -> list[Group]:
    return [
        Group(group.code, group.name, group.name_en, list(rows))
        for group, rows in groupby(versions, key=lambda version: version.group)
    ]


def faq() -> list[Group]:
    """Every group that has published questions."""
    return _grouped(list(published()))


def search(words: str, *, english: bool = False) -> list[FaqVersion]:
    """Published questions that answer `words`, the best first; in English pages English weighs, and both are found in either."""
    wanted = faq_search.terms(words)
    if not wanted:
        return []
    scored = [(_score(wanted, version, english), version) for version in published()]
    found = [(points, version) for points, version in scored if points > 0]
    return [version for _points, version in sorted(found, key=lambda one: -one[0])]


def _score(wanted: list[str], version: FaqVersion, english: bool) -> float:
    chinese = faq_search.score(wanted, Text(folded(version.question), folded(version.answer)))
    other = faq_search.score(wanted, Text(folded(version.question_en), folded(version.answer_en)))
    return max(chinese, other) + (0.5 if (other if english else chinese) else 0.0)


def some_faq(codes: tuple[str, ...]) -> list[FaqVersion]:
    """The published questions with these codes, in this order; others are left out."""
    known = {version.article.code: version for version in published().filter(article__code__in=codes)}
    return [known[code] for code in codes if code in known]


def by_code(code: str) -> FaqVersion | None:
    """The published version of the article with this code."""
    return published().filter(article__code=code).first()


def beside(version: FaqVersion, *, most: int = 6) -> list[FaqVersion]:
    """Other published questions of the same group."""
    return list(published().filter(group=version.group).exclude(pk=version.pk)[:most])


# For editors


def articles() -> QuerySet[FaqArticle]:
    """Every article with its published version, whether it has a draft, and how readers found the published version."""
    return (
        FaqArticle.objects.select_related("live__group")
        .annotate(
            drafts=Count("versions", filter=Q(versions__published_at=None), distinct=True),
            yes=Count("live__votes", filter=Q(live__votes__helpful=True), distinct=True),
            no=Count("live__votes", filter=Q(live__votes__helpful=False), distinct=True),
        )
        .order_by("live__group__position", "live__position", "id")
    )


def history(article: FaqArticle) -> list[FaqVersion]:
    """The published versions, newest first, each with `yes` and `no`."""
    return list(
        article.versions.filter(published_at__isnull=False)
        .select_related("group", "drafted_by", "published_by")
        .annotate(
            yes=Count("votes", filter=Q(votes__helpful=True)),
            no=Count("votes", filter=Q(votes__helpful=False)),
        )
        .order_by("-number")
    )


def draft_of(article: FaqArticle) -> FaqVersion | None:
    """The draft, if there is one."""
    return article.versions.filter(published_at=None).select_related("group", "drafted_by").first()


def drafts_of(articles: list[FaqArticle]) -> dict[int, FaqVersion]:
    """The draft of each of the articles that has one, by the article's id."""
    drafts = FaqVersion.objects.filter(article__in=articles, published_at=None).select_related("group")
    return {draft.article_id: draft for draft in drafts}


def version(pk: int) -> FaqVersion | None:
    """One version, published or not."""
    return FaqVersion.objects.select_related("article", "group").filter(pk=pk).first()


def before(version: FaqVersion) -> FaqVersion | None:
    """The version that this one replaces or replaced."""
    earlier = version.article.versions.filter(published_at__isnull=False, number__lt=version.number)
    return earlier.select_related("group").order_by("-number").first()


def words_of_readers(article: FaqArticle, *, most: int = 20) -> list[FaqVote]:
    """What readers wrote of any version, newest first."""
    votes = FaqVote.objects.filter(faq__article=article).exclude(words="").select_related("faq")
    return list(votes.order_by("-id")[:most])


def voted(version: FaqVersion, voter: str) -> bool:
    """Whether this reader has said something of this version."""
    return FaqVote.objects.filter(faq=version, voter=voter).exists()
