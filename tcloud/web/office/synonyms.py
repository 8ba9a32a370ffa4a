"""搜尋用詞: words that mean the same, and words that found nothing."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tcloud.catalogue.models import SynonymGroup
from tcloud.catalogue.operations import search as operations
from tcloud.catalogue.queries import synonyms as queries
from tcloud.core import clock, events
from tcloud.core.actors import Actor
from tcloud.core.refusals import Refusal, Stale
from tcloud.web.office.access import may_act
from tcloud.web.ui import order_progress

PER_PAGE = 50
METHODS = ["GET", "HEAD", "POST"]


class GroupForm(forms.Form):
    """A group as an officer writes it: words one a line, or with commas between."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    words = forms.CharField(
        label=gettext_lazy("意思相同的詞"),
        help_text=gettext_lazy(
            "一行一個，或用「、」隔開。找其中一個詞，也會找到其他詞。例如：打卡、出勤、考勤。"
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=600,
        error_messages={"required": gettext_lazy("請填寫至少一個詞。")},
    )
    finds_also = forms.CharField(
        label=gettext_lazy("也一起找"),
        help_text=gettext_lazy(
            "只有單向：找上面的詞也會找到這些詞，反過來不會。例如上面填「勒索病毒」，這裡填「備份」。"
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=600,
        required=False,
    )

    def groups(self) -> tuple[list[str], list[str]]:
        """Both lists, as typed."""
        return _split(self.cleaned_data["words"]), _split(self.cleaned_data["finds_also"])


def _split(typed: str) -> list[str]:
    for mark in "、,，;；=＝\r\t":
        typed = typed.replace(mark, "\n")
    return [word.strip() for word in typed.split("\n") if word.strip()]


@require_safe
def synonym_list(request: HttpRequest, by: Actor) -> HttpResponse:
    """Every group, and what people looked for in vain."""
    words = request.GET.get("q", "").strip()[:40]
    page = Paginator(queries.groups(words), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "words": words,
        "missed": queries.nothing_found(on=clock.today()),
        "may_act": may_act(by),
    }
    return render(request, "office/synonyms/list.html", context)


@require_http_methods(METHODS)
def new_group(request: HttpRequest, by: Actor) -> HttpResponse:
    """A new group; `?words=` begins it with words that found nothing."""
    form = GroupForm(
        request.POST if request.method == "POST" else None,
        initial={"words": request.GET.get("words", "")[:40]},
    )
    if request.method == "POST" and form.is_valid():
        same, wider = form.groups()
        try:
            operations.add_synonyms(same, wider, by=by, at=clock.now())
        except Refusal as refusal:
            form.add_error("words", refusal.text())
        else:
            messages.success(request, _("已新增同義詞，搜尋立即適用。"))
            return redirect("office_synonyms")
    return render(request, "office/synonyms/group.html", {"form": form if may_act(by) else None})


def _group(pk: int) -> SynonymGroup:
    found = queries.group(pk)
    if found is None:
        raise Http404
    return found


@require_http_methods(METHODS)
def group_page(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """One group, what was done with it, and the form to change it."""
    group = _group(pk)
    context: dict[str, Any] = {
        "group": group,
        "entries": order_progress.entries(events.of_case(f"synonyms/{pk}")),
    }
    if request.method == "POST":
        form = GroupForm(request.POST)
        if form.is_valid():
            same, wider = form.groups()
            try:
                operations.change_synonyms(
                    group, same, wider, drawn_from=form.cleaned_data["version"] or 0, by=by, at=clock.now()
                )
            except Stale:
                raise
            except Refusal as refusal:
                form.add_error("words", refusal.text())
            else:
                messages.success(request, _("已修改同義詞，搜尋立即適用。"))
                return redirect("office_synonyms")
    else:
        initial = {
            "words": "、".join(group.words),
            "finds_also": "、".join(group.finds_also),
            "version": group.version,
        }
        form = GroupForm(initial=initial)
    context["form"] = form if may_act(by) else None
    return render(request, "office/synonyms/group.html", context)


@require_POST
def remove_group(request: HttpRequest, by: Actor, pk: int) -> HttpResponse:
    """Take a group back."""
    group = _group(pk)
    typed = request.POST.get("version", "")
    operations.remove_synonyms(
        group, drawn_from=int(typed) if typed.isdecimal() and len(typed) < 10 else 0, by=by, at=clock.now()
    )
    messages.success(request, _("已刪除同義詞。"))
    return redirect("office_synonyms")
