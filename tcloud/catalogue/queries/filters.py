"""What the address of the list of plans asks for. Anything unknown in it is ignored, never an error, and every condition stays in the address."""

import re
from dataclasses import dataclass
from typing import Final

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tcloud.catalogue.queries.search import BANDS_TWD, Categories, Criteria
from tcloud.catalogue.text import MOST_CHARACTERS
from tcloud.core import money

MOST_OF_A_KIND: Final = 20
MOST_TWD: Final = 2_000_000_000
AREAS: Final = {
    "daily_operations": _("內部日常營運"),
    "production_scheduling": _("產品排程"),
    "remote_work": _("遠距辦公"),
    "online_collaboration": _("線上協作"),
    "information_security": _("資訊安全"),
    "sales_channels": _("銷售管理與通路"),
    "marketing_crm": _("行銷及客戶管理"),
}
SORTS: Final = (
    ("best", _("最符合")),
    ("newest", _("最新上架")),
    ("price", _("價格低到高")),
    ("-price", _("價格高到低")),
)


@dataclass(frozen=True)
class Band:
    """A band of prices, tax included, inclusive at both ends; no `to_twd` means without end."""

    slug: str
    from_twd: int
    to_twd: int | None

    @property
    def label(self) -> str | Promise:
        return range_words(self.from_twd if self.from_twd > 1 else None, self.to_twd)


def range_words(from_twd: int | None, to_twd: int | None) -> str | Promise:
    """「NT$10,001–30,000」, 「NT$10,000以下」, 「NT$60,001以上」."""
    if to_twd is None:
        return _("%(price)s以上") % {"price": money.twd(from_twd or 0)}
    if from_twd is None:
        return _("%(price)s以下") % {"price": money.twd(to_twd)}
    return f"{money.twd(from_twd)}–{to_twd:,}"


_ENDS: Final = (0, *BANDS_TWD)
BANDS: Final = (
    *(Band(f"to-{end}", below + 1, end) for below, end in zip(_ENDS, BANDS_TWD, strict=False)),
    Band(f"over-{BANDS_TWD[-1]}", BANDS_TWD[-1] + 1, None),
)
_SLUGS: Final = [band.slug for band in BANDS]


def _number(text: str, most: int) -> int | None:
    """A whole number as people type it: 「NT$30,000」, full-width digits too. None for anything else or beyond `most`."""
    digits = re.sub(r"[\s,，]|NT|\$|元", "", text[:30])
    return int(digits) if digits.isdecimal() and len(digits) < 11 and int(digits) <= most else None


@dataclass(frozen=True)
class Filters:
    """The conditions of one list. Own prices, where given, stand before a band."""

    words: str
    categories: tuple[str, ...]
    areas: tuple[str, ...]
    industries: tuple[int, ...]
    terms: tuple[int, ...]
    band: Band | None
    price_from: int | None
    price_to: int | None
    orderable: bool
    trial: bool
    taiwan: bool
    sort: str

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        """Filters from the query of an address."""
        bands = {band.slug: band for band in BANDS}
        low, high = (_number(query.get(name, ""), MOST_TWD) for name in ("price_from", "price_to"))
        if low is not None and high is not None and low > high:
            low, high = high, low
        own = low is not None or high is not None
        sort = query.get("sort", "best")
        return cls(
            words=" ".join(query.get("q", "").replace("\x00", " ").split())[:MOST_CHARACTERS],
            categories=tuple(dict.fromkeys(query.getlist("category")))[:MOST_OF_A_KIND],
            areas=tuple(area for area in AREAS if area in query.getlist("area")),
            industries=_numbers(query, "industry", 99),
            terms=_numbers(query, "term", 999),
            band=None if own else bands.get(query.get("price", "")),
            price_from=low,
            price_to=high,
            orderable=query.get("orderable") == "1",
            trial=query.get("trial") == "1",
            taiwan=query.get("taiwan") == "1",
            sort=sort if sort in dict(SORTS) else "best",
        )

    def criteria(self, categories: Categories) -> Criteria:
        """What the database is asked. A kind chosen together with one below it means the one below."""
        parents = {row.pk: row.code for row in categories.rows}
        above = {
            parents[row.parent_id] for row in categories.rows if row.parent_id and row.code in self.categories
        }
        return Criteria(
            categories=tuple(code for code in self.categories if code not in above),
            areas=self.areas,
            industries=self.industries,
            terms_months=self.terms,
            bands=(_SLUGS.index(self.band.slug),) if self.band else (),
            price_min_twd=self.price_from,
            price_max_twd=self.price_to,
            orderable=self.orderable,
            trial=self.trial,
            taiwan=self.taiwan,
        )

    @property
    def own_price(self) -> bool:
        return self.price_from is not None or self.price_to is not None

    @property
    def count(self) -> int:
        """How many conditions are set, the search words not counted."""
        several = len(self.categories) + len(self.areas) + len(self.industries) + len(self.terms)
        return several + bool(self.band) + self.own_price + self.orderable + self.trial + self.taiwan


def _numbers(query: QueryDict, name: str, most: int) -> tuple[int, ...]:
    found = (_number(text, most) for text in query.getlist(name)[:MOST_OF_A_KIND])
    return tuple(dict.fromkeys(number for number in found if number is not None))
