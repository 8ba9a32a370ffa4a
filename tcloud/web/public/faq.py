"""常見問題: by subject, searched, each with its own address, and whether it helped."""

from typing import Any, Final

from allauth.core.internal import ratelimit
from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tcloud.core import clock
from tcloud.core.deadlines import english
from tcloud.core.refusals import Refusal
from tcloud.support import faq_search
from tcloud.support.models import FaqVersion
from tcloud.support.operations import faq as operations
from tcloud.support.queries import faq as queries
from tcloud.web.public.kept import for_visitors
from tcloud.web.ui.faq_words import FAQ_WORDS_MOST

RATES: Final = {"faq_vote": "20/m/ip,100/h/ip"}


class FeedbackForm(forms.Form):
    """Whether it helped, and what is missing."""

    helpful = forms.TypedChoiceField(
        label=_("這則解答有幫助嗎？"),
        choices=[("yes", _("有幫助")), ("no", _("沒有幫助"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("請選擇有沒有幫助。"), "invalid_choice": _("請選擇有沒有幫助。")},
    )
    words = forms.CharField(
        label=_("缺了什麼，或哪裡看不懂？"),
        help_text=_("請不要寫下姓名、電話等個人資料，我們不會由此回覆。"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_safe
@for_visitors
def question_list(request: HttpRequest) -> HttpResponse:
    """Questions by subject; searched, the best first."""
    words = request.GET.get("q", "").strip()[:FAQ_WORDS_MOST]
    groups = queries.faq()
    context = {
        "words": words,
        "terms": faq_search.terms(words),
        "found": queries.search(words, english=english()) if words else [],
        "groups": groups,
    }
    return render(request, "public/faq.html", context)


def _find(code: str) -> FaqVersion:
    found = queries.by_code(code)
    if found is None:
        raise Http404
    return found


@require_safe
@for_visitors
def question_page(request: HttpRequest, code: str) -> HttpResponse:
    """One question with its answer."""
    version = _find(code)
    return render(request, "public/faq_article.html", {"version": version, "others": queries.beside(version)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def feedback(request: HttpRequest, code: str) -> HttpResponse:
    """Whether the answer helped: once for a member or a visitor's session and version."""
    version = _find(code)
    context: dict[str, Any] = {"version": version, "voted": _voted(request, version)}
    if request.method != "POST":
        chosen = request.GET.get("helpful", "")
        context["form"] = FeedbackForm(initial={"helpful": chosen if chosen in ("yes", "no") else ""})
        return render(request, "public/faq_feedback.html", context)
    if not ratelimit.consume(request, app="tcloud.public", action="faq_vote", config=RATES):
        return render(request, "429.html", status=429)
    form = FeedbackForm(request.POST)
    if not form.is_valid():
        return render(request, "public/faq_feedback.html", context | {"form": form}, status=422)
    data = form.cleaned_data
    try:
        operations.vote(
            version, voter=_voter(request), helpful=data["helpful"], words=data["words"], at=clock.now()
        )
    except Refusal:
        return render(request, "public/faq_feedback.html", context | {"voted": True}, status=409)
    return redirect("faq_feedback", code)


def _voter(request: HttpRequest) -> str:
    """A digest of the account, or of the visitor's session, which begins here. It tells nobody who it was."""
    if request.user.is_authenticated:
        name = f"user/{request.user.pk}"
    else:
        if not request.session.session_key:
            request.session["faq"] = True
            request.session.save()
        name = f"session/{request.session.session_key}"
    return salted_hmac("tcloud.faq", name, algorithm="sha256").hexdigest()


def _voted(request: HttpRequest, version: FaqVersion) -> bool:
    known = request.user.is_authenticated or request.session.session_key
    return bool(known) and queries.voted(version, _voter(request))
