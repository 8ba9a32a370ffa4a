"""Plans side by side: the same questions answered for each, so that they can be read line by line, on a page, on paper and in a file.

Questions come from what every plan says, and from the template that its category sets (`Category.answer_template`). What a plan does
not say is 「沒有標示」, never guessed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.catalogue import answers, industries
from tcloud.catalogue.models import Category, PlanVersion
from tcloud.choosing.queries.record import OnTime, Record
from tcloud.choosing.queries.voices import Ratings
from tcloud.core import money
from tcloud.core.deadlines import english
from tcloud.points.rules import Split, split
from tcloud.programme.models import Programme
from tcloud.web.ui import sheets
from tcloud.web.ui.templatetags.ui import local, points

UNKNOWN: Final = gettext_lazy("沒有標示")
SHOWN_ON_PHONE: Final = 2


@dataclass(frozen=True)
class Row:
    """One line: its name, a value for each plan, and whether they differ."""

    label: str | Promise
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


@dataclass(frozen=True)
class Group:
    """Lines about one subject."""

    title: str | Promise
    rows: tuple[Row, ...]

    @property
    def differing(self) -> tuple[Row, ...]:
        """The lines in which the plans differ."""
        return tuple(row for row in self.rows if row.differs)


@dataclass(frozen=True)
class Money:
    """R-17: how a price is split. `spendable` is the company's balance; None stands for a whole, unspent grant."""

    programme: Programme
    spendable: int | None = None

    def of(self, price_twd: int) -> Split:
        """Points and own share of this price at best."""
        return split(
            price_twd,
            self.programme.grant_points if self.spendable is None else self.spendable,
            numerator=self.programme.points_share_numerator,
            denominator=self.programme.points_share_denominator,
        )


Words = Callable[[PlanVersion], str]


def groups_of(versions: Sequence[PlanVersion], pays: Money) -> list[Group]:
    """All lines for these versions, in the active language; each version with its plan, solution, supplier and category."""
    general = [
        Group(title, tuple(Row(label, tuple(words(each) for each in versions)) for label, words in lines))
        for title, lines in (
            (_("方案與價格"), _about_price(pays)),
            (_("適合誰"), _WHOM),
            (_("內容"), _CONTENT),
            (_("資料與安全"), _DATA),
        )
    ]
    return general + answer_groups(versions)


def _supplier(version: PlanVersion) -> Any:
    return version.plan.solution.supplier


def _about_price(pays: Money) -> tuple[tuple[str, Words], ...]:
    def used(v: PlanVersion) -> str:
        return points(pays.of(v.price_twd).points) if _supplier(v).takes_orders else _("不能使用點數")

    def own(v: PlanVersion) -> str:
        return money.twd(pays.of(v.price_twd).cash_twd if _supplier(v).takes_orders else v.price_twd)

    return (
        (_("供應商"), lambda v: str(local(_supplier(v), "name"))),
        (_("價格（含稅）"), lambda v: money.twd(v.price_twd)),
        (_("期間"), lambda v: _("%(months)d個月") % {"months": v.term_months}),
        (
            _("平均每月（四捨五入）"),
            lambda v: money.twd((2 * v.price_twd + v.term_months) // (2 * v.term_months)),
        ),
        (_("使用人數"), lambda v: _("%(seats)d人") % {"seats": v.seats} if v.seats else _("不限或依用量")),
        (_("最多折抵"), used),
        (_("至少自付"), own),
    )


def industries_words(version: PlanVersion) -> str:
    """The industries a plan is made for."""
    known = industries.divisions()
    named = [known[code] for code in version.industries if code in known]
    return _("、").join(str(local(division, "name")) for division in named) or _("不限產業")


def sizes_words(version: PlanVersion) -> str:
    """The company sizes a plan is made for."""
    least, most = version.employees_from, version.employees_to
    if least and most:
        return _("%(least)d到%(most)d人") % {"least": least, "most": most}
    if most:
        return _("%(most)d人以下") % {"most": most}
    return _("%(least)d人以上") % {"least": least} if least else _("不限規模")


def _said(field: str) -> Words:
    return lambda version: str(local(version, field)) or str(UNKNOWN)


_WHOM: Final = ((gettext_lazy("產業"), industries_words), (gettext_lazy("公司規模"), sizes_words))
_CONTENT: Final[tuple[tuple[str | Promise, Words], ...]] = (
    (gettext_lazy("內容"), _said("included")),
    (gettext_lazy("功能"), lambda v: _("；").join(local(each) for each in v.features) or str(UNKNOWN)),
    (gettext_lazy("免費試用"), lambda v: _("有") if v.has_trial else str(UNKNOWN)),
    (gettext_lazy("可以串接"), lambda v: _("、").join(local(v, "integrations")) or str(UNKNOWN)),
    (gettext_lazy("支援"), _said("support")),
)
_DATA: Final[tuple[tuple[str | Promise, Words], ...]] = (
    (gettext_lazy("資料存放"), _said("data_location")),
    (gettext_lazy("資料帶走"), _said("export")),
    (gettext_lazy("驗證"), lambda v: _("、").join(v.certifications) or str(UNKNOWN)),
)


# What the category asks


def template_of(category: Category) -> list[dict[str, Any]]:
    """The questions of a category: its parent's first, then its own; needs `parent` loaded."""
    asked = [*(category.parent.answer_template if category.parent else []), *category.answer_template]
    return list({question["code"]: question for question in asked}.values())


def answer_words(question: Mapping[str, Any], answer: Any) -> str:
    """An answer in words of the active language; 「沒有標示」 where there is none."""
    return answers.words(question, answer, english=english()) or str(UNKNOWN)


def answer_rows(version: PlanVersion) -> list[Row]:
    """What one plan answers to the questions of its category, in the template's order."""
    questions = template_of(version.plan.solution.category)
    return [
        Row(str(local(question)), (answer_words(question, version.answers.get(question["code"])),))
        for question in questions
    ]


def answer_groups(versions: Sequence[PlanVersion]) -> list[Group]:
    """The answers to the categories' questions. A question asked of one plan alone is 「不適用」 to the others."""
    asked = [{each["code"]: each for each in template_of(v.plan.solution.category)} for v in versions]
    questions = {code: question for template in asked for code, question in template.items()}
    rows = tuple(
        Row(
            str(local(question)),
            tuple(
                answer_words(question, version.answers.get(code)) if code in template else _("不適用")
                for version, template in zip(versions, asked, strict=True)
            ),
        )
        for code, question in questions.items()
    )
    return [Group(_("功能細項"), rows)] if rows else []


def trust_group(records: Sequence[Record], ratings: Sequence[Ratings]) -> Group:
    """How the suppliers have kept their deadlines (R-29) and what companies say, as of now; a plan a column."""
    kinds = (_("準時接單"), _("準時開立發票"), _("準時提供服務"))
    rows = [
        Row(label, tuple(on_time_words(record.on_time[place]) for record in records))
        for place, label in enumerate(kinds)
    ]
    rows.append(
        Row(_("完成的訂單"), tuple(_("%(count)d張") % {"count": record.completed} for record in records))
    )
    rows.append(Row(_("企業評價"), tuple(rating_words(each) for each in ratings)))
    return Group(_("供應商紀錄與評價"), tuple(rows))


def on_time_words(row: OnTime) -> str:
    """「95%（20張中19張）」, or that the orders are too few to say."""
    if row.percent is None:
        return _("訂單還太少")
    return _("%(percent)d%%（%(ended)d次中%(kept)d次）") % {
        "percent": row.percent,
        "ended": row.ended,
        "kept": row.kept,
    }


def rating_words(ratings: Ratings) -> str:
    """「4.3分（12則）」."""
    if not ratings.count:
        return _("還沒有評價")
    return _("%(average)s分（%(count)d則）") % {"average": ratings.average, "count": ratings.count}


# As a table on a page, as a file


def table(groups: Sequence[Group], *, shown: Sequence[bool], only_differing: bool) -> list[dict[str, Any]]:
    """The groups for `components/comparison.html`. `shown` says which columns a phone shows."""
    made = []
    for group in groups:
        rows = group.differing if only_differing else group.rows
        lines = [
            {
                "label": row.label,
                "differs": row.differs,
                "cells": [
                    {"value": value, "third": not seen} for value, seen in zip(row.values, shown, strict=True)
                ],
            }
            for row in rows
        ]
        if lines:
            made.append({"title": group.title, "rows": lines})
    return made


def sheet(
    title: str,
    versions: Sequence[PlanVersion],
    groups: Sequence[Group],
    *,
    facts: Sequence[tuple[str, sheets.Value]],
    at: datetime,
    only_differing: bool,
) -> sheets.Sheet:
    """The comparison as a table for CSV and ODS."""
    header = [
        _("類別"),
        _("項目"),
        *(_("%(name)s（第%(number)d版）") % {"name": local(v, "name"), "number": v.number} for v in versions),
        _("是否不同"),
    ]
    rows: list[Sequence[sheets.Value]] = [
        [str(group.title), str(row.label), *row.values, _("不同") if row.differs else _("相同")]
        for group in groups
        for row in (group.differing if only_differing else group.rows)
    ]
    known = [(_("比較時間"), at), *facts]
    return sheets.Sheet(title, known, header, (4, 5, *(7 for _each in versions), 2.5), rows)
