"""What is measured over time, and whether it is flat. Pure."""

from __future__ import annotations

import dataclasses
import itertools
import statistics
from collections.abc import Sequence

# Seconds since the beginning, and what was measured then.
Points = Sequence[tuple[float, float]]


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """How much something may grow over the time that is judged and still be flat: whichever is more."""

    absolute: float
    relative: float  # of its median

    def text(self, unit: str) -> str:
        return f"{self.absolute:g}{' ' if unit else ''}{unit} or {self.relative:.0%}"


@dataclasses.dataclass(frozen=True)
class Kind:
    """Of series."""

    name: str
    unit: str
    tolerance: Tolerance


MEMORY = Kind("resident memory", "MiB", Tolerance(3, 0.05))
DESCRIPTORS = Kind("open descriptors", "", Tolerance(4, 0.05))
THREADS = Kind("threads", "", Tolerance(4, 0.05))
MEDIAN = Kind("median of the warm probe", "ms", Tolerance(5, 0.5))
P99 = Kind("99 % of the warm probe", "ms", Tolerance(20, 0.5))


@dataclasses.dataclass(frozen=True)
class Series:
    """Of one process's whole life, or of what a client saw."""

    kind: Kind
    whose: str
    points: Points


@dataclasses.dataclass(frozen=True)
class Judged:
    """What came of one series: its median, and by how much a robust line through it grows over the time that is judged."""

    series: Series
    median: float
    least: float
    greatest: float
    growth: float

    @property
    def allowed(self) -> float:
        tolerance = self.series.kind.tolerance
        return max(tolerance.absolute, tolerance.relative * self.median)

    @property
    def is_flat(self) -> bool:
        """What falls is flat, too."""
        return self.growth <= self.allowed


def slope(points: Points) -> float:
    """Theil and Sen: the median of the slopes between each two points, so that no few of them decide."""
    slopes = [(later[1] - earlier[1]) / (later[0] - earlier[0])
              for earlier, later in itertools.combinations(points, 2) if later[0] != earlier[0]]
    return statistics.median(slopes) if slopes else 0.0


def judge(series: Series, begin: float, end: float) -> Judged | None:
    """In this time; None if it was not there all the while (a tenth is let go at each end), or at two moments at least."""
    points = [point for point in series.points if begin <= point[0] <= end]
    margin = (end - begin) / 10
    if len(points) < 2 or points[0][0] > begin + margin or points[-1][0] < end - margin:
        return None
    values = [value for _, value in points]
    return Judged(series, statistics.median(values), min(values), max(values), slope(points) * (end - begin))


def quantile(values: Sequence[float], share: float) -> float:
    """The least value that so many are not above; of none, 0."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
