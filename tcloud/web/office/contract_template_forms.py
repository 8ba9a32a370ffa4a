"""A contract template as an officer edits it: an article is a title, and a clause a line."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tcloud.contracts.rules import LONGEST_TITLE, MOST_ARTICLES, Article, Wording

LONGEST_ARTICLE = 20_000
SPARE = 2  # empty articles at the end, to be filled in


class PreambleForm(forms.Form):
    """The words before the first article, and the state of the draft they were drawn from."""

    edits = forms.IntegerField(widget=forms.HiddenInput)
    preamble = forms.CharField(
        label=_("前言"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=LONGEST_ARTICLE,
        error_messages={"required": _("請填寫前言。")},
    )


class ArticleForm(forms.Form):
    """One article; emptied, it is left out. `place` orders the articles."""

    place = forms.IntegerField(
        label=_("順序"),
        min_value=0,
        max_value=10_000,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "w-5"}),
        error_messages={"required": _("請填寫順序。"), "invalid": _("順序須為整數。")},
    )
    title = forms.CharField(label=_("標題"), max_length=LONGEST_TITLE, required=False)
    clauses = forms.CharField(
        label=_("條文"),
        help_text=_("每一款一行。"),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=LONGEST_ARTICLE,
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """Title and clauses go together."""
        values: dict[str, Any] = super().clean() or {}
        if bool(values.get("title")) != bool(values.get("clauses")):
            raise ValidationError(_("標題和條文要一起填寫；要刪除這一條，請兩格都清空。"))
        return values

    def article(self) -> Article | None:
        """The article as written; None when emptied."""
        lines = [line.strip() for line in self.cleaned_data["clauses"].splitlines() if line.strip()]
        return Article(self.cleaned_data["title"].strip(), tuple(lines)) if lines else None


ArticleFormSet = forms.formset_factory(
    ArticleForm, extra=0, max_num=MOST_ARTICLES + SPARE, absolute_max=MOST_ARTICLES + SPARE, validate_max=True
)


def initial(wording: Wording) -> list[dict[str, Any]]:
    """What the articles' forms show first: each article, and empty ones behind."""
    rows: list[dict[str, Any]] = [
        {"title": article.title, "clauses": "\n".join(article.clauses)} for article in wording.articles
    ]
    rows += [{"title": "", "clauses": ""}] * SPARE
    return [row | {"place": number * 10} for number, row in enumerate(rows, 1)]


def wording_of(preamble: PreambleForm, articles: Any) -> Wording:
    """The wording that valid forms say."""
    ordered = sorted(articles.forms, key=lambda form: form.cleaned_data["place"])
    written = (form.article() for form in ordered)
    return Wording(preamble.cleaned_data["preamble"].strip(), tuple(each for each in written if each))
