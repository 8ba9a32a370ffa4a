"""一點的路: where points stand between the agency and the supplier, and every way between, for `components/points_way.html`.

The accounts stand in one row; points move to the next or back to the one before. So one drawing serves a grant, an edition and an example.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from tcloud.catalogue.models import Supplier
from tcloud.points.tracing import EditionFlow, Way
from tcloud.web.ui.points_words import ACCOUNTS, Words, account_words, kind_of, transfer_words
from tcloud.web.ui.templatetags.ui import local

ROW: Final = ("authority", "appropriation", "available", "reserved", "payable")


@dataclass(frozen=True)
class Move:
    """A way between two neighbours and what moved on it; `entries` is 0 where they are not counted."""

    words: Words
    source: Words
    target: Words
    points: int
    entries: int = 0
    back: bool = False


@dataclass
class Stop:
    """An account of the row: its name, what stands on it (None: not said), and the moves between it and the next."""

    kind: str
    name: Words
    points: int | None = None
    note: Words = ""
    moves: list[Move] = field(default_factory=list)


@dataclass(frozen=True)
class Drawing:
    """The row of accounts; and where the points are now, adding up to `total`."""

    stops: list[Stop]
    places: list[tuple[Words, int]]
    total_words: Words
    total: int

    @property
    def adds_up(self) -> bool:
        """R-18: no point is missing."""
        return sum(points for _words, points in self.places) == self.total


def _stops(*, office: bool) -> dict[str, Stop]:
    return {kind: Stop(kind, ACCOUNTS[kind][office]) for kind in ROW}


def _move(stops: Mapping[str, Stop], move: Move, source: str, target: str) -> None:
    first = min(source, target, key=ROW.index)
    stops[first].moves.append(move)


def of_grant(way: Way, *, office: bool = False, suppliers: Mapping[str, str] | None = None) -> Drawing:
    """The way of one grant's points; `suppliers` are names by 統編."""
    stops = _stops(office=office)
    for flow in way.flows:
        source, target = kind_of(flow.debit), kind_of(flow.credit)
        if source in ROW and target in ROW:
            names = [
                account_words(key, office=office, suppliers=suppliers) for key in (flow.debit, flow.credit)
            ]
            back = ROW.index(target) < ROW.index(source)
            words = transfer_words(flow.code, office=office, short=True)
            _move(
                stops, Move(words, names[0], names[1], flow.amount_points, flow.entries, back), source, target
            )
    stops["authority"].note = _("撥入預算，全體企業共用")
    stops["appropriation"].note = _("核發與收回都經過這裡")
    if way.taken_back_points:
        stops["appropriation"].note = _("已收回到這裡：%(points)s點") % {
            "points": f"{way.taken_back_points:,}"
        }
    stops["available"].points = way.available_points
    stops["reserved"].points = way.reserved_points
    stops["payable"].points = way.redeemed_points
    places: list[tuple[Words, int]] = [
        (stops["available"].name, way.available_points),
        (stops["reserved"].name, way.reserved_points),
        (stops["payable"].name, way.redeemed_points),
        (_("收回到本期預算"), way.taken_back_points),
    ]
    return Drawing(list(stops.values()), places, _("這次核發"), way.moved("grant"))


def of_edition(flow: EditionFlow) -> Drawing:
    """The flow of all points of an edition."""
    stops = _stops(office=True)
    held = flow.reserved + flow.redeemed
    rows = (
        ("authority", "appropriation", transfer_words("appropriate", office=True), flow.appropriated),
        ("appropriation", "authority", transfer_words("reduce", office=True), flow.reduced),
        ("appropriation", "available", transfer_words("grant", office=True), flow.granted),
        ("available", "appropriation", _("收回"), flow.taken_back),
        ("available", "reserved", _("保留（已扣除釋出）"), held),
        ("reserved", "payable", transfer_words("redeem", office=True), flow.redeemed),
    )
    for source, target, words, points in rows:
        back = ROW.index(target) < ROW.index(source)
        if points or not back:
            _move(
                stops, Move(words, stops[source].name, stops[target].name, points, back=back), source, target
            )
    stops["appropriation"].points = flow.left
    stops["appropriation"].note = _("尚可核發")
    stops["available"].points = flow.available
    stops["reserved"].points = flow.reserved
    stops["payable"].points = flow.payable
    if flow.settled:
        stops["payable"].note = _("另已撥付%(points)s點") % {"points": f"{flow.settled:,}"}
    places: list[tuple[Words, int]] = [
        (_("尚可核發"), flow.left),
        (stops["available"].name, flow.available),
        (stops["reserved"].name, flow.reserved),
        (stops["payable"].name, flow.payable),
        (_("已撥付供應商"), flow.settled),
    ]
    return Drawing(list(stops.values()), places, _("撥入（已扣除減列）"), flow.put_in)


def of_example(granted: int, used: int) -> Drawing:
    """What becomes of a grant of which one order uses `used` points and the rest ends unused."""
    stops = _stops(office=False)
    rows: Sequence[tuple[str, str, str, int]] = (
        ("appropriation", "available", "grant", granted),
        ("available", "appropriation", "expire", granted - used),
        ("available", "reserved", "reserve", used),
        ("reserved", "payable", "redeem", used),
    )
    for source, target, code, points in rows:
        back = ROW.index(target) < ROW.index(source)
        if points:
            _move(
                stops,
                Move(
                    transfer_words(code, short=True),
                    stops[source].name,
                    stops[target].name,
                    points,
                    back=back,
                ),
                source,
                target,
            )
    stops["authority"].note = _("撥入預算，全體企業共用")
    stops["appropriation"].note = _("核發與收回都經過這裡")
    stops["available"].points, stops["reserved"].points, stops["payable"].points = 0, 0, used
    places: list[tuple[Words, int]] = [(stops["payable"].name, used), (_("收回到本期預算"), granted - used)]
    return Drawing(list(stops.values()), places, _("這次核發"), granted)


def suppliers_of(way: Way) -> dict[str, str]:
    """Names of the suppliers that points of a grant went to, by 統編, in the language shown."""
    ubns = {flow.credit.rsplit("/", 1)[-1] for flow in way.flows if kind_of(flow.credit) == "payable"}
    sellers = Supplier.objects.filter(company__ubn__in=ubns).select_related("company")
    return {seller.company.ubn: local(seller, "name") for seller in sellers if seller.company}
