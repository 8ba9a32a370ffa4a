"""Forms of visitors: narrowing the catalogue, checking eligibility before applying."""

from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tcloud.core import money

YES_NO = (("yes", _("是")), ("no", _("否")))


@dataclass(frozen=True)
class Band:
    """A band of prices, tax included, inclusive at both ends; no `to_twd` means without end."""

    slug: str
    from_twd: int
    to_twd: int | None

    @property
    def label(self) -> str | Promise:
        if self.to_twd is None:
            return _("%(price)s以上") % {"price": money.twd(self.from_twd)}
        if self.from_twd <= 1:
            return _("%(price)s以下") % {"price": money.twd(self.to_twd)}
        return f"{money.twd(self.from_twd)}–{self.to_twd:,}"


BANDS = (
    Band("to-10000", 1, 10_000),
    Band("to-30000", 10_001, 30_000),
    Band("to-60000", 30_001, 60_000),
    Band("over-60000", 60_001, None),
)
SORTS = (
    ("orderable", _("可用點數的在前")),
    ("newest", _("最新上架")),
    ("price", _("價格低到高")),
    ("-price", _("價格高到低")),
)


@dataclass(frozen=True)
class Filters:
    """What the address asks of the catalogue; anything unknown in it is ignored, never an error."""

    words: str
    categories: tuple[str, ...]
    band: Band | None
    terms: tuple[int, ...]
    orderable: bool
    sort: str

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        """Filters from the query of an address."""
        bands = {band.slug: band for band in BANDS}
        terms = tuple(int(t) for t in query.getlist("term") if t.isascii() and t.isdigit() and len(t) < 3)
        sort = query.get("sort", "orderable")
        return cls(
            words=" ".join(query.get("q", "").replace("\x00", "").split())[:100],
            categories=tuple(dict.fromkeys(query.getlist("category")))[:20],
            band=bands.get(query.get("price", "")),
            terms=terms,
            orderable=query.get("orderable") == "1",
            sort=sort if sort in dict(SORTS) else "orderable",
        )

    @property
    def count(self) -> int:
        """How many conditions are set, the search words not counted."""
        return len(self.categories) + len(self.terms) + bool(self.band) + self.orderable


class EligibilityForm(forms.Form):
    """Three questions before applying (R-01, R-02…R-05, R-06). Nothing of it is kept."""

    registered = forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect)
    small = forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect)
    clear = forms.ChoiceField(choices=YES_NO, widget=forms.RadioSelect)

    def __init__(self, *args: object, max_capital: str, max_employees: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        labels = {
            "registered": (
                gettext("貴公司依法辦理公司、商業或有限合夥登記，而且正在營業嗎？"),
                gettext("停業中、已解散或已歇業，請選否。"),
            ),
            "small": (
                gettext("實收資本額在%(capital)s以下，或經常僱用員工未滿%(count)d人嗎？")
                % {"capital": max_capital, "count": max_employees},
                gettext("兩項符合一項就可以。員工人數以最近12個月勞保投保人數平均計算。"),
            ),
            "clear": (
                gettext("以下情形都沒有嗎？"),
                gettext(
                    "欠稅或重大違反法律；執行政府計畫重大違約；陸資企業；外國營利事業在臺分公司；曾獲得經濟部數位轉型補助或輔導計畫。"
                ),
            ),
        }
        for number, (name, (label, hint)) in enumerate(labels.items(), 1):
            field = self.fields[name]
            field.label, field.help_text = label, hint
            field.error_messages["required"] = gettext("第%(number)d題請選擇是或否") % {"number": number}
