"""Rows of the comparison: the same questions answered for each plan, so that they can be read line by line."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tcloud.catalogue.models import Plan, PlanVersion
from tcloud.core import money
from tcloud.points.rules import Split, split
from tcloud.programme.models import Programme
from tcloud.web.ui.templatetags.ui import local, points


@dataclass(frozen=True)
class Row:
    """One line: its name, a value for each plan, and whether they differ."""

    label: str | Promise
    values: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.values)) > 1


LABELS = (
    gettext_lazy("供應商"),
    gettext_lazy("價格（含稅）"),
    gettext_lazy("期間"),
    gettext_lazy("使用人數"),
    gettext_lazy("最多折抵"),
    gettext_lazy("至少自付"),
    gettext_lazy("內容"),
    gettext_lazy("免費試用"),
    gettext_lazy("資料存放"),
    gettext_lazy("資料帶走"),
    gettext_lazy("支援"),
    gettext_lazy("驗證"),
)


def rows_of(programme: Programme, chosen: list[Plan]) -> list[Row]:
    """The rows for these plans, in the active language."""
    columns = [_column(programme, plan, plan.current) for plan in chosen if plan.current is not None]
    return [Row(label, tuple(values)) for label, *values in zip(LABELS, *columns, strict=True)]


def _column(programme: Programme, plan: Plan, v: PlanVersion) -> tuple[str, ...]:
    """What one plan answers, in the order of LABELS."""
    unknown = _("沒有標示")
    shares = _split(programme, v)
    orderable = plan.solution.supplier.takes_orders
    return (
        str(local(plan.solution.supplier, "name")),
        money.twd(v.price_twd),
        _("%(months)d個月") % {"months": v.term_months},
        _("%(seats)d人") % {"seats": v.seats} if v.seats else _("不限或依用量"),
        points(shares.points) if orderable else _("不能使用點數"),
        money.twd(shares.cash_twd) if orderable else money.twd(v.price_twd),
        str(local(v, "included")) or unknown,
        _("有") if v.has_trial else unknown,
        str(local(v, "data_location")) or unknown,
        str(local(v, "export")) or unknown,
        str(local(v, "support")) or unknown,
        "、".join(v.certifications) or unknown,
    )


def _split(programme: Programme, version: PlanVersion) -> Split:
    return split(
        version.price_twd,
        programme.grant_points,
        numerator=programme.points_share_numerator,
        denominator=programme.points_share_denominator,
    )
