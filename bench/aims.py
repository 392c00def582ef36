"""What an admission is held to, and whether it is: the first table of the report."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Mapping, Sequence

from bench.section import Section, number


@dataclasses.dataclass(frozen=True)
class Goal:
    """A row. `aims` are numbers that it may at most reach, or at least, one for each that is measured; without any it
    is measured only."""

    what: str
    aims: Sequence[float] = ()
    at_least: bool = False
    # What is added to the aim in words.
    words: str = ""

    def reached(self, medians: Sequence[float]) -> str:
        if not self.aims:
            return ""
        if self.at_least:
            held = [value >= aim for value, aim in zip(medians, self.aims, strict=True)]
        else:
            held = [value <= aim for value, aim in zip(medians, self.aims, strict=True)]
        return "yes" if all(held) else "no"


SHARE_16 = Goal("warm, one image by digest, 16 connections, share of nginx", (0.35,), at_least=True)
SHARE_64 = Goal("the same, 64 connections", (0.30,), at_least=True)
WARM_CPU = Goal("CPU an admission, both processes, 16 connections, ms", (0.10,))
SWITCHES = Goal("context switches an admission, all threads of both processes, 16 connections")
P99 = Goal("p99 at 16 connections, ms")
P99_TIMES = Goal("the same, times nginx's", (2,))
TEN_IMAGES = Goal("Pod of 10 images, 16 connections, share of nginx", (0.25,), at_least=True)
BY_TAG = Goal("by tag, 16 connections, share of nginx", (0.20,), at_least=True)
COLD_TIMES = Goal("cold image by digest, over the bare signature manifest's GET", (1.5,))
COLD_REQUESTS = Goal("registry requests of a cold image, by digest / by tag", (1, 2))
COLD_CPU = Goal("CPU a cold admission, both processes, ms", (0.5,))
AT_ONCE = Goal("200 at once about one new image: registry requests", (1,))
RESIDENT = Goal("resident, both processes, MB: at rest / after the cold images", (30, 45))
NINE_KEYS = Goal("policy with 9 keys of 7 types, warm: CPU, times that with one key", (1.1,), words="as with one key")

# As they stand in the table.
_GOALS = (SHARE_16, SHARE_64, WARM_CPU, SWITCHES, P99, P99_TIMES, TEN_IMAGES, BY_TAG, COLD_TIMES, COLD_REQUESTS,
          COLD_CPU, AT_ONCE, RESIDENT, NINE_KEYS)

# Of each goal, for each number that it has, what each round has measured.
Measured = Mapping[Goal, Sequence[Sequence[float]]]


def report(measured: Measured) -> Section:
    """KeyError where a goal was not measured."""
    section = Section("What an admission costs, and the aims", ["", "measured", "least, most", "aim", "reached"])
    for goal in _GOALS:
        rounds = measured[goal]
        medians = [statistics.median(values) for values in rounds]
        ends = [f"{_figure(min(values))}, {_figure(max(values))}" if len(set(values)) > 1 else "" for values in rounds]
        section.add(goal.what, " / ".join(map(_figure, medians)), " / ".join(end for end in ends if end), _aim(goal),
                    goal.reached(medians))
    return section


def _aim(goal: Goal) -> str:
    if not goal.aims:
        return ""
    bound = "≥" if goal.at_least else "≤"
    figures = f"{bound} {' / '.join(map(_figure, goal.aims))}"
    return f"{goal.words} ({figures})" if goal.words else figures


def _figure(value: float) -> str:
    """Counts as they are, and three digits after the point of what is small."""
    if value == int(value) and value < 1000:
        return str(int(value))
    return f"{value:.3f}" if abs(value) < 1 else number(value)
