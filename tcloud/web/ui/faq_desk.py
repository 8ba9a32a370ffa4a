"""Editing the frequently asked questions, the same for officers and agents: each area puts these pages under its own addresses.

Agents and officers draft; only officers see the buttons that publish and take back, and the operations refuse anybody else.
"""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.core import clock, events
from tcloud.core.actors import OFFICER, Actor
from tcloud.core.refusals import Refusal
from tcloud.support.models import FaqArticle, FaqGroup, FaqVersion
from tcloud.support.operations import faq as operations
from tcloud.support.queries import faq as queries
from tcloud.web.ui import faq_words, order_progress

View = Callable[..., HttpResponse]
PER_PAGE: Final = 50
_LONG: Final = {"rows": 8}


_ROUTES: Final = {
    "list": "faq/",
    "new": "faq/new/",
    "article": "faq/<int:pk>/",
    "draft": "faq/<int:pk>/draft/",
    "preview": "faq/<int:pk>/preview/",
    "discard": "faq/<int:pk>/discarding/",
    "version": "faq/versions/<int:pk>/",
    "restore": "faq/versions/<int:pk>/restoration/",
    "publish": "faq/<int:pk>/publication/",
    "unpublish": "faq/<int:pk>/unpublication/",
}


def routes(prefix: str) -> list[tuple[str, str, str]]:
    """(route, page, URL name) of every page of a desk."""
    return [
        (route, page, prefix if page == "list" else f"{prefix}_{page}") for page, route in _ROUTES.items()
    ]


class ArticleForm(forms.Form):
    """A question and its answer in both languages; carries the version of the article it was drawn from."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("網址代稱"),
        help_text=_("小寫英文與連字號，例如 points-expiry。建立後不能更改。"),
        max_length=60,
        error_messages={"required": _("請填寫網址代稱。")},
    )
    group = forms.ModelChoiceField(
        label=_("分類"),
        queryset=FaqGroup.objects.all(),
        empty_label=None,
        error_messages={"required": _("請選擇分類。")},
    )
    position = forms.IntegerField(
        label=_("在分類中的順序"), help_text=_("數字小的排前面。"), min_value=0, max_value=999, initial=0
    )
    question = forms.CharField(
        label=_("問題（中文）"), max_length=120, error_messages={"required": _("請填寫中文問題。")}
    )
    answer = forms.CharField(
        label=_("解答（中文）"),
        help_text=_("空一行分段。"),
        max_length=4000,
        widget=forms.Textarea(attrs=_LONG),
        error_messages={"required": _("請填寫中文解答。")},
    )
    question_en = forms.CharField(
        label=_("問題（英文）"),
        max_length=200,
        widget=forms.TextInput(attrs={"lang": "en"}),
        error_messages={"required": _("請填寫英文問題。")},
    )
    answer_en = forms.CharField(
        label=_("解答（英文）"),
        max_length=6000,
        widget=forms.Textarea(attrs=_LONG | {"lang": "en"}),
        error_messages={"required": _("請填寫英文解答。")},
    )
    rules = forms.CharField(
        label=_("相關規則"),
        help_text=_("規則編號，以逗號分隔，例如 R-13, R-14。"),
        max_length=80,
        required=False,
    )

    def clean_rules(self) -> list[str]:
        """["R-13", "R-14"] from what was typed. Raises ValidationError."""
        typed = self.cleaned_data["rules"].replace("、", ",").replace("，", ",").upper()
        found = [part.strip() for part in typed.split(",") if part.strip()]
        if not all(len(rule) == 4 and rule.startswith("R-") and rule[2:].isdecimal() for rule in found):
            raise forms.ValidationError(_("規則編號的格式是 R-13，多個以逗號分隔。"))
        return list(dict.fromkeys(found))


class ReasonForm(forms.Form):
    """Why an article is taken from readers."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("下架的原因"),
        help_text=_("寫入辦理紀錄，讀者看不到。"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("請填寫下架的原因，會寫入辦理紀錄。")},
    )


class PressForm(forms.Form):
    """A press of a button."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def drawn_from(self) -> int:
        """The version that the page showed; -1 for none, which is no version."""
        return self.cleaned_data["version"] if self.is_valid() else -1


def _article(pk: int) -> FaqArticle:
    found = queries.articles().filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _version(pk: int) -> FaqVersion:
    found = queries.version(pk)
    if found is None:
        raise Http404
    return found


class FaqDesk:
    """The pages under one area: `prefix` begins their URL names, `acts` says whether somebody may write at all."""

    def __init__(self, prefix: str, *, acts: Callable[[Actor], bool] = bool) -> None:
        self.prefix = prefix
        self.acts = acts
        self.urls = {page: name for _route, page, name in routes(prefix)}

    def _render(
        self, request: HttpRequest, template: str, by: Actor, status: int = 200, **context: Any
    ) -> HttpResponse:
        may = {"may_write": self.acts(by), "may_publish": self.acts(by) and by.kind == OFFICER}
        context = {"urls": self.urls, "from": self.prefix, **may, **context}
        return render(request, f"faq_desk/{template}.html", context, status=status)

    def _to(self, article: FaqArticle) -> HttpResponse:
        return redirect(self.urls["article"], pk=article.pk)

    def views(self) -> dict[str, View]:
        """Each page by its name in _ROUTES; the methods they take are checked here."""
        reading, both = require_safe, require_http_methods(["GET", "HEAD", "POST"])
        return {
            "list": reading(self.list),
            "new": both(self.new),
            "article": reading(self.article),
            "draft": both(self.draft),
            "preview": reading(self.preview),
            "discard": require_POST(self.discard),
            "version": reading(self.version),
            "restore": require_POST(self.restore),
            "publish": require_POST(self.publish),
            "unpublish": both(self.unpublish),
        }

    def list(self, request: HttpRequest, by: Actor) -> HttpResponse:
        """Every article: published or not, with a draft or not, and what readers said."""
        page = Paginator(queries.articles(), PER_PAGE).get_page(request.GET.get("page"))
        named = queries.drafts_of(list(page))
        rows = [{"article": article, "shown": article.live or named.get(article.pk)} for article in page]
        return self._render(request, "list", by, page=page, rows=rows)

    def new(self, request: HttpRequest, by: Actor) -> HttpResponse:
        """A new question."""
        form, status = ArticleForm(request.POST or None, initial={"version": 0}), 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                data = dict(form.cleaned_data)
                code = data.pop("code")
                try:
                    article = operations.begin(code, data, by=by, at=clock.now())
                except Refusal as refusal:
                    form.add_error("code" if refusal.code.startswith("faq.code") else None, refusal.text())
                    status = 409
                else:
                    messages.success(request, gettext("已建立草稿，公開之前讀者看不到。"))
                    return self._to(article)
        return self._render(request, "edit", by, status, form=form, article=None)

    def article(self, request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
        """What readers see, the draft and what it changes, the history, what readers said."""
        article = _article(pk)
        draft, history = queries.draft_of(article), queries.history(article)
        recorded = list(events.of_case(article.case))
        context: dict[str, Any] = {
            "article": article,
            "draft": draft,
            "changes": faq_words.changes(article.live, draft) if draft else [],
            "history": history,
            "reader_words": queries.words_of_readers(article),
            "entries": order_progress.entries(recorded),
        }
        return self._render(request, "article", by, **context)

    def draft(self, request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
        """Edit the draft, beginning one from what is published."""
        article = _article(pk)
        shown = queries.draft_of(article) or article.live or queries.history(article)[0]
        initial = {name: getattr(shown, name) for name in operations.FIELDS} | {"version": article.version}
        initial["rules"] = ", ".join(shown.rules)
        form, status = ArticleForm(request.POST or None, initial=initial), 200
        del form.fields["code"]
        if request.method == "POST":
            status = 422
            if form.is_valid():
                data = dict(form.cleaned_data)
                version = data.pop("version")
                operations.save_draft(article, data, drawn_from=version, by=by, at=clock.now())
                messages.success(request, gettext("草稿已儲存，公開之前讀者看不到。"))
                return self._to(article)
        return self._render(request, "edit", by, status, form=form, article=article, shown=shown)

    def preview(self, request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
        """The draft as readers will see it, in both languages."""
        article = _article(pk)
        draft = queries.draft_of(article)
        if draft is None:
            raise Http404
        return self._render(request, "preview", by, article=article, version=draft)

    def version(self, request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
        """One version, and what it changed."""
        version = _version(pk)
        changes = faq_words.changes(queries.before(version), version)
        return self._render(request, "version", by, article=version.article, version=version, changes=changes)

    def _press(
        self, request: HttpRequest, by: Actor, pk: int, act: Callable[..., FaqArticle], done: str
    ) -> HttpResponse:
        article, form = _article(pk), PressForm(request.POST)
        act(article, drawn_from=form.drawn_from(), by=by, at=clock.now())
        messages.success(request, done)
        return self._to(article)

    def discard(self, request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
        """Throw the draft away."""
        return self._press(request, by, pk, operations.discard_draft, gettext("草稿已捨棄，公開的內容不變。"))

    def publish(self, request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
        """Show the draft to readers."""
        return self._press(request, by, pk, operations.publish, gettext("已公開，讀者立即看到新的內容。"))

    def restore(self, request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
        """Begin a draft with the words of an earlier version."""
        version, form = _version(pk), PressForm(request.POST)
        article = operations.restore(version, drawn_from=form.drawn_from(), by=by, at=clock.now())
        messages.success(request, gettext("已用這一版的內容建立草稿，公開之前讀者看不到。"))
        return self._to(article)

    def unpublish(self, request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
        """Take the article from readers, with the reason."""
        article, status = _article(pk), 200
        form = ReasonForm(request.POST or None, initial={"version": article.version})
        if request.method == "POST":
            status = 422
            if form.is_valid():
                data = form.cleaned_data
                operations.unpublish(
                    article, drawn_from=data["version"], reason=data["reason"], by=by, at=clock.now()
                )
                messages.success(request, gettext("已下架，讀者不再看到這一則。"))
                return self._to(article)
        return self._render(request, "unpublish", by, status, form=form, article=article)
