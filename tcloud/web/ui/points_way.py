"""一點的路: where points stand between the agency and the supplier, and every way between, for `components/points_way.html`.

The accounts stand in one row; points move to the next or back to the one before. So one drawing serves a grant, an edition and an example.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from tcloud.points.tracing import EditionFlow, Way
from tcloud.web.ui.points_words import ACCOUNTS, Words, account_words, kind_of, transfer_words

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


def _stops(*, office: bool) -> dict[str, Stop]:
    return {kind: Stop(kind, ACCOUNTS[kind][office]) for kind in ROW}


def _move(stops: Mapping[str, Stop], move: Move, source: str, target: str) -> None:
    first = min(source, target, key=ROW.index)
    stops[first].moves.append(move)


def of_grant(way: Way, *, office: bool = False, suppliers: Mapping[str, str] | None = None) -> list[Stop]:
    """The way of one grant's points; `suppliers` are names by 統編."""
    stops = _stops(office=office)
    for flow in way.flows:
        source, target = kind_of(flow.debit), kind_of(flow.credit)
        if source in ROW and target in ROW:
            names = [
                account_words(key, office=office, suppliers=suppliers) for key in (flow.debit, flow.credit)
            ]
            back = ROW.index(target) < ROW.index(source)
            words = transfer_words(flow.code, office=office)
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
    return list(stops.values())


def of_edition(flow: EditionFlow) -> list[Stop]:
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
    return list(stops.values())


def of_example(granted: int, used: int) -> list[Stop]:
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
                Move(transfer_words(code), stops[source].name, stops[target].name, points, back=back),
                source,
                target,
            )
    stops["authority"].note = _("撥入預算，全體企業共用")
    stops["appropriation"].note = _("核發與收回都經過這裡")
    stops["available"].points, stops["reserved"].points, stops["payable"].points = 0, 0, used
    return list(stops.values())
