"""為您推薦: the plans that suit the company, why they do, and what the company has to say about it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tcloud.catalogue import industries
from tcloud.core import clock
from tcloud.recommendations import operations, queries, rules
from tcloud.web.member.access import MemberRequest, member_page
from tcloud.web.ui import recommendation_words
from tcloud.web.ui.templatetags.ui import local

SHOWN = 6
BLOCK = 3


class IndustryForm(forms.Form):
    """The division of 行業統計分類 the company works in; empty: as assessed."""

    division = forms.ChoiceField(
        label=gettext_lazy("貴公司的主要行業"),
        help_text=gettext_lazy("說得更細，推薦就更準。依行政院主計總處行業統計分類，只用在推薦。"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("請從清單中選擇行業。")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sections = {code: (str(local(row, "name")), []) for code, row in industries.sections().items()}  # type: dict[str, tuple[str, list[tuple[str, str]]]]
        for code, row in industries.divisions().items():
            sections[row.section][1].append((code, f"{code} {local(row, 'name')}"))
        choices = [("", _("依自評表的回答")), *sections.values()]
        self.fields["division"].choices = choices  # type: ignore[attr-defined]


@member_page
@require_safe
def recommended(request: MemberRequest) -> HttpResponse:
    """The recommended plans with their reasons; without an assessment the way to it."""
    advice = queries.advice(request.company, request.programme, at=clock.now(), limit=SHOWN)
    found = recommendation_words.cards(advice.recommendations)
    context = {
        "advice": advice,
        "cards": found,
        "industry": recommendation_words.known_industry(advice.known),
        "staff": recommendation_words.people(*advice.known.staff) if advice.known.staff else "",
    }
    return render(request, "member/recommendations/list.html", context)


def block(request: MemberRequest) -> dict[str, Any]:
    """What `member/recommendations/_block.html` shows on other pages: the first three and where to compare them, or that they are off."""
    advice = queries.advice(request.company, request.programme, at=clock.now(), limit=BLOCK)
    found = recommendation_words.cards(advice.recommendations)
    codes = [card.plan.code for card in found]
    compare = f"{reverse('compare')}?{urlencode({'compare': codes}, doseq=True)}" if len(codes) > 1 else ""
    return {
        "recommended": found,
        "compare_url": compare,
        "recommendations_off": advice.assessed and not advice.personal,
    }


@member_page
@require_safe
def why(request: MemberRequest) -> HttpResponse:
    """How the recommendations come about, from which data, and where to change or end it."""
    said = queries.preference(request.company)
    return _why(request, IndustryForm(initial={"division": said.division}))


def _why(request: MemberRequest, form: IndustryForm, status: int = 200) -> HttpResponse:
    advice = queries.advice(request.company, request.programme, at=clock.now(), limit=SHOWN)
    known = advice.known
    context = {
        "advice": advice,
        "form": form,
        "industry": recommendation_words.known_industry(known),
        "industry_from": recommendation_words.INDUSTRY_FROM.get(known.industry_from, ""),
        "staff": recommendation_words.people(*known.staff) if known.staff else "",
        "fewest": rules.FEWEST,
        "most": rules.MOST_OF_SIX,
        "rows": [
            {"plan": row.plan, "fit": row.fit, "factors": _factors(row.fit)} for row in advice.recommendations
        ],
    }
    return render(request, "member/recommendations/why.html", context, status=status)


def _factors(fit: rules.Fit) -> list[tuple[str, str]]:
    labels = (_("需求"), _("行業"), _("規模"), _("費用"), _("相似企業"), _("相乘"))
    factors = (fit.need, fit.industry, fit.size, fit.budget, 1 + fit.learned, fit.score)
    return [(label, f"{factor:.2f}") for label, factor in zip(labels, factors, strict=True)]


@member_page
@require_POST
def industry(request: MemberRequest) -> HttpResponse:
    """Keep the industry the company says it works in."""
    form = IndustryForm(request.POST)
    if not form.is_valid():
        return _why(request, form, status=422)
    division = form.cleaned_data["division"]
    operations.state_industry(request.company, division, by=request.actor, at=clock.now())
    messages.success(request, _("行業已更新，推薦已經重新排列。"))
    return redirect("recommendations")


@member_page
@require_POST
def switch(request: MemberRequest) -> HttpResponse:
    """Personal recommendations on or off."""
    personal = request.POST.get("personal") == "on"
    operations.switch(request.company, personal=personal, by=request.actor, at=clock.now())
    said = _("個人化推薦已開啟。") if personal else _("個人化推薦已關閉。")
    messages.success(request, said)
    return redirect("recommendations" if personal else "recommendations_why")
