"""常見問題: articles in versions, drafted, published, taken back; and what readers say of them."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tcloud.core.stamp import public_change
from tcloud.members.models import User


class FaqGroup(models.Model):
    """Questions about one subject."""

    code = models.SlugField(unique=True)
    name = models.CharField(max_length=40)
    name_en = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()

    class Meta:
        triggers = [public_change("faq_group_public")]
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class FaqArticle(models.Model):
    """A question that keeps its address. `live` is the version that readers see; none: not published."""

    code = models.SlugField(unique=True, max_length=60)
    live = models.OneToOneField("FaqVersion", on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(
        default=0, help_text="Counts every act, so that a stale form is noticed."
    )

    class Meta:
        triggers = [
            public_change("faq_article_public"),
            pgtrigger.ReadOnly(name="faq_article_keeps_its_address", fields=["code"]),
            pgtrigger.Protect(name="faq_article_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def case(self) -> str:
        """The case this belongs to in the event record."""
        return f"faq/{self.code}"


class FaqVersion(models.Model):
    """One wording of an article: a draft until it is published, then never changed. An empty line parts the paragraphs of an answer."""

    article = models.ForeignKey(FaqArticle, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    group = models.ForeignKey(FaqGroup, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    question = models.CharField(max_length=120)
    question_en = models.CharField(max_length=200)
    answer = models.TextField()
    answer_en = models.TextField()
    rules = ArrayField(models.CharField(max_length=8), default=list)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    drafted_at = models.DateTimeField()
    published_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    class Meta:
        triggers = [
            public_change("faq_version_public"),
            pgtrigger.Protect(
                name="faq_version_published_stays",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(name="faq_version_once", fields=["article", "number"]),
            models.UniqueConstraint(
                name="faq_version_one_draft", fields=["article"], condition=Q(published_at=None)
            ),
            models.CheckConstraint(
                name="faq_version_says_something_in_both_languages",
                condition=~Q(question="") & ~Q(question_en="") & ~Q(answer="") & ~Q(answer_en=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} v{self.number}"

    @property
    def paragraphs(self) -> list[str]:
        """The answer in Chinese, paragraph by paragraph."""
        return parts(self.answer)

    @property
    def paragraphs_en(self) -> list[str]:
        """The answer in English, paragraph by paragraph."""
        return parts(self.answer_en)


def parts(text: str) -> list[str]:
    """The paragraphs of a text, parted by empty lines."""
    blocks = text.replace("\r\n", "\n").split("\n\n")
    return [block.strip() for block in blocks if block.strip()]


class FaqVote(models.Model):
    """這有幫助嗎: what a reader said of a version, once. `voter` is a keyed digest of her account or session, and tells nobody who it was."""

    faq = models.ForeignKey(FaqVersion, on_delete=models.PROTECT, related_name="votes")
    voter = models.CharField(max_length=64)
    helpful = models.BooleanField()
    words = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="faq_vote_once", fields=["faq", "voter"])]
        triggers = [
            pgtrigger.Protect(name="faq_vote_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.faq_id} {'+' if self.helpful else '-'}"
