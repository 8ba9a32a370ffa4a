"""What a search reads: a document of each listed plan, known words, the officers' synonyms, and words that found nothing.

Documents and words are written by triggers of the tables they are made of (docs/decisions/0022-search.md), never by the application.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Cast

from tcloud.catalogue.models.plans import Category, Plan
from tcloud.core.stamp import public_change

MOST_WORDS = 40


class SearchDocument(models.Model):
    """A listed plan as searches see it. The wide vector is kept out of line, so that counting reads narrow rows; columns of a fixed width
    stand first, so that reading one does not mean measuring those before it.
    """

    plan = models.OneToOneField(Plan, on_delete=models.CASCADE, primary_key=True, related_name="document")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+", db_index=False)
    listed_at = models.DateTimeField()
    price_twd = models.PositiveIntegerField()
    term_months = models.PositiveSmallIntegerField()
    orderable = models.BooleanField()
    has_trial = models.BooleanField()
    in_taiwan = models.BooleanField()
    kind = models.GeneratedField(
        expression=F("category") * 65536
        + F("term_months") * 8
        + Cast("orderable", models.IntegerField()) * 4
        + Cast("has_trial", models.IntegerField()) * 2
        + Cast("in_taiwan", models.IntegerField()),
        output_field=models.BigIntegerField(),
        db_persist=True,
        help_text="Category, term and the three flags in one number: what is counted together is grouped by one column.",
    )
    industry_set = models.GeneratedField(
        expression=Func(F("industries"), Value(0), function="hash_array_extended"),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
        help_text="One number for one list of industries, which is quicker to group by; null: any.",
    )
    industries = ArrayField(
        models.SmallIntegerField(), null=True, help_text="Divisions of 行業統計分類; null: any."
    )
    words = SearchVectorField()

    class Meta:
        indexes = [
            GinIndex(fields=["words"], name="search_words"),
            models.Index(F("orderable").desc(), F("listed_at").desc(), F("plan").desc(), name="search_first"),
            models.Index(F("listed_at").desc(), F("plan").desc(), name="search_newest"),
            models.Index(fields=["price_twd", "plan"], name="search_price"),
        ]

    def __str__(self) -> str:
        return str(self.plan_id)


class SearchWord(models.Model):
    """A word by which a listed plan is or was known."""

    class Kind(models.IntegerChoices):
        KEYWORD = 2
        SOLUTION = 3
        SUPPLIER = 4

    word = models.CharField(max_length=40, primary_key=True, db_collation="C")
    kind = models.PositiveSmallIntegerField(choices=Kind.choices)
    shown = models.CharField(max_length=80)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "word"], name="search_word_beginning"),
            GinIndex(fields=["word"], name="search_word_trigrams", opclasses=["gin_trgm_ops"]),
        ]

    def __str__(self) -> str:
        return self.word


class SynonymGroup(models.Model):
    """Words that mean the same (`words`), and wider words that they also find but that do not find them (`finds_also`).

    As they were written; `keys` and `also_keys` are the same words as they are looked up (text.word_of).
    """

    words = ArrayField(models.CharField(max_length=MOST_WORDS))
    finds_also = ArrayField(models.CharField(max_length=MOST_WORDS), default=list, blank=True)
    keys = ArrayField(models.CharField(max_length=MOST_WORDS))
    also_keys = ArrayField(models.CharField(max_length=MOST_WORDS), default=list, blank=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["words", "id"]
        indexes = [
            GinIndex(fields=["keys"], name="synonym_keys"),
        ]
        constraints = [
            models.CheckConstraint(
                name="synonym_group_says_something",
                condition=Q(keys__len__gte=1) & (Q(keys__len__gte=2) | Q(also_keys__len__gte=1)),
            )
        ]
        triggers = [public_change("synonym_group_public")]

    def __str__(self) -> str:
        return "＝".join(self.words) + (f"→{'、'.join(self.finds_also)}" if self.finds_also else "")


class NothingFound(models.Model):
    """How often words found nothing on a day. Nothing about who asked is kept; words that may name a person are never noted."""

    day = models.DateField()
    words = models.CharField(max_length=MOST_WORDS)
    count = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "words"], name="nothing_found_once_a_day")]

    def __str__(self) -> str:
        return f"{self.words} {self.day}"
