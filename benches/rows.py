"""One row of bench.json, made of rounds in which limit and subject took turns."""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """A measured rate beside the rate of its raw limit, both per second; the medians of their rounds. `note`: what else was seen."""

    name: str
    unit: str
    values: list[float]
    limits: list[float]
    note: str = ""

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def limit_value(self) -> float | None:
        return statistics.median(self.limits) if self.limits else None

    def as_json(self) -> dict[str, Any]:
        """What bench.json holds of it."""
        limit = self.limit_value
        return {
            "name": self.name,
            "value": round(self.value, 2),
            "unit": self.unit,
            "limit_value": round(limit, 2) if limit else None,
            "ratio": round(self.value / limit, 4) if limit else None,
            "note": self.note,
        }


def take_turns(
    name: str, unit: str, subject: Callable[[], float], limit: Callable[[], float], *, rounds: int
) -> Row:
    """Measure `rounds` times the limit and then the subject, so that other work on the machine falls on both."""
    values, limits = [], []
    for _round in range(rounds):
        limits.append(limit())
        values.append(subject())
    return Row(name, unit, values, limits)


def table(rows: list[Row]) -> str:
    """The rows as people read them."""
    lines = [f"{'name':<24}{'value':>10}{'limit':>10}{'ratio':>8}  unit"]
    for row in rows:
        said = row.as_json()
        ratio = f"{said['ratio']:.0%}" if said["ratio"] is not None else "—"
        limit = f"{said['limit_value']:,.1f}" if said["limit_value"] is not None else "—"
        note = f"  ({row.note})" if row.note else ""
        lines.append(f"{row.name:<24}{row.value:>10,.1f}{limit:>10}{ratio:>8}  {row.unit}{note}")
    return "\n".join(lines)
