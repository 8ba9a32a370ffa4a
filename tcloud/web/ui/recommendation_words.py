"""Recommendations in words: why a plan is shown, what speaks against it, what it costs, and what is known of the company."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tcloud.catalogue import industries
from tcloud.catalogue.models import Plan
from tcloud.core import money
from tcloud.core.deadlines import english
from tcloud.recommendations.queries import Known, Recommendation
from tcloud.recommendations.rules import Said
from tcloud.web.ui.templatetags.ui import local

INDUSTRY_FROM: Final[dict[str, str | Promise]] = {
    "stated": gettext_lazy("您在這裡告訴我們的"),
    "assessment": gettext_lazy("您的自評表"),
}


@dataclass(frozen=True)
class Card:
    """A recommended plan ready to print."""

    plan: Plan
    price: str
    points: int
    cash_twd: int
    reasons: tuple[str, ...]
    drawbacks: tuple[str, ...]
    cheaper: Plan | None


def cards(recommendations: Sequence[Recommendation]) -> list[Card]:
    """Each recommendation in the active language."""
    return [
        Card(
            plan=row.plan,
            price=price(row),
            points=row.points,
            cash_twd=row.cash_twd,
            reasons=tuple(words(said) for said in row.reasons),
            drawbacks=tuple(words(said) for said in row.drawbacks),
            cheaper=row.cheaper,
        )
        for row in recommendations
    ]


def price(row: Recommendation) -> str:
    """這個方案NT$20,000，點數折抵10,000點，您付NT$10,000。"""
    values = {
        "price": money.twd(row.points + row.cash_twd),
        "points": money.points(row.points),
        "cash": money.twd(row.cash_twd),
    }
    return _("這個方案%(price)s，點數折抵%(points)s點，您付%(cash)s。") % values


def words(said: Said) -> str:
    """A reason or a drawback as a sentence."""
    return _WORDS[said.code](said.values)


def names(divisions: Sequence[str]) -> str:
    """批發業、零售業 / Wholesale Trade, Retail Trade; codes nobody knows are left out."""
    known = industries.divisions()
    found = [str(local(known[code], "name")) for code in divisions if code in known]
    return _("、").join(found)


def section_names(letters: Sequence[str]) -> str:
    """製造業 / Manufacturing."""
    known = industries.sections()
    return _("、").join(str(local(known[code], "name")) for code in letters if code in known)


def known_industry(known: Known) -> str:
    """The company's industry as far as it is known; empty when it is not."""
    return names([known.division]) or section_names(known.sections)


def people(least: int | None, most: int | None) -> str:
    """5到29人, 10人以下, 100人以上, 1人."""
    if least is None or (least <= 1 and most and most > 1):
        return ngettext("%(most)d人以下", "%(most)d人以下", most or 0) % {"most": most or 0}
    if most is None:
        return ngettext("%(least)d人以上", "%(least)d人以上", least) % {"least": least}
    if least == most:
        return ngettext("%(least)d人", "%(least)d人", least) % {"least": least}
    return _("%(least)d到%(most)d人") % {"least": least, "most": most}


def _need(values: dict[str, Any]) -> str:
    phrase = (english() and values["en"]) or values["zh"]
    return capfirst(_("因為%(phrase)s。") % {"phrase": phrase})


def _popular(values: dict[str, Any]) -> str:
    sentence = {
        "both": _("至少%(companies)d家行業相同、規模相近的企業已完成這項解決方案的訂單。"),
        "industry": _("至少%(companies)d家行業相同的企業已完成這項解決方案的訂單。"),
        "all": _("至少%(companies)d家企業已完成這項解決方案的訂單。"),
    }[values["scope"]]
    return sentence % {"companies": values["companies"]}


_WORDS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "need": _need,
    "industry": lambda v: _("為%(names)s設計，符合貴公司的行業。") % {"names": names(v["divisions"])},
    "near_industry": lambda v: _("為%(names)s設計，與貴公司的行業相近。") % {"names": names(v["divisions"])},
    "size": lambda v: _("適合%(people)s的企業，符合貴公司的規模。") % {"people": people(v["from"], v["to"])},
    "popular": _popular,
    "trial": lambda _v: _("可以先試用再決定。"),
    "no_points": lambda _v: _("您目前沒有可用的點數，暫時不能訂購。"),
    "over_points": lambda v: _("您的點數不夠折抵一半，要多付%(more)s。") % {"more": money.twd(v["more_twd"])},
    "other_industry": lambda v: _("主要為%(names)s設計。") % {"names": names(v["divisions"])},
    "other_size": lambda v: (
        _("為%(people)s的企業設計，與貴公司的人數不同。") % {"people": people(v["from"], v["to"])}
    ),
    "seats": lambda v: (
        ngettext("只含%(seats)d人使用。", "只含%(seats)d人使用。", v["seats"]) % {"seats": v["seats"]}
    ),
    "long_term": lambda v: _("一次訂購%(months)d個月。") % {"months": v["months"]},
    "no_trial": lambda _v: _("沒有免費試用。"),
}
