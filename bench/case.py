"""Loads that are compared with each other, run in turn, and what the processes used for them."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

from bench.pairs import Pair
from bench.section import number
from bench.wrk import Load, Wrk
from e2e import procfs
from e2e.process import Process
from e2e.servers import Server

_MANY = 64

Processes = Mapping[str, Sequence[Process]]


@dataclasses.dataclass(frozen=True)
class Case:
    """A load: what is posted to which address over how many connections, and who works for it."""

    what: str
    wrk: Wrk
    url: str
    connections: int
    processes: Processes
    # The case that this one is compared with.
    beside: str | None = None


@dataclasses.dataclass(frozen=True)
class Run:
    load: Load
    cpu_seconds: Mapping[str, float]
    switches: int  # between threads, of all who worked for it

    def cpu_microseconds(self, *names: str) -> float:
        """Of CPU time a request, of all of these."""
        return sum(self.cpu_seconds[name] for name in names) / self.load.requests * 1e6

    @property
    def switches_a_request(self) -> float:
        return self.switches / self.load.requests


def of_pair(what: str, pair: Pair, wrk: Wrk, connections: int, beside: str | None = None) -> Case:
    return Case(what, wrk, pair.url, connections, pair.processes(), beside)


def run(case: Case, seconds: int) -> Run:
    """Loads it for so long, and twice where shaking hands would take much of that."""
    if case.connections > _MANY:
        seconds *= 2
    before, switches = _cpu_seconds(case.processes), _switches(case.processes)
    try:
        load = case.wrk.run(case.url, case.connections, seconds)
    except RuntimeError as error:
        raise RuntimeError(f"{case.what}: {error}\n{_last_words(case.processes)}") from error
    after = _cpu_seconds(case.processes)
    # Those of threads that have ended in between are not known.
    switched = sum(count - switches.get(thread, 0) for thread, count in _switches(case.processes).items())
    return Run(load, {name: after[name] - before[name] for name in after}, switched)


def run_in_turn(cases: Sequence[Case], rounds: int, seconds: int) -> dict[str, list[Run]]:
    """Every case once in each round, and in the other order every second time; by what they are. Each has been run for
    a second before, which does not count."""
    for case in cases:
        run(case, 1)
    runs: dict[str, list[Run]] = {case.what: [] for case in cases}
    for turn in range(rounds):
        for case in cases if turn % 2 == 0 else cases[::-1]:
            runs[case.what].append(run(case, seconds))
    return runs


def ratios(mine: Sequence[Run], others: Sequence[Run],
           value: Callable[[Run], float] = lambda of: of.load.a_second) -> list[float]:
    """Of each round, so that what slowed the machine down then slowed down both."""
    return [value(one) / value(other) for one, other in zip(mine, others, strict=True)]


def spread(values: Sequence[float], digits: int = 3) -> str:
    """The median, the least and the greatest."""
    return " ".join([f"{statistics.median(values):.{digits}f}",
                     f"({min(values):.{digits}f}, {max(values):.{digits}f})"])


def median(runs: Iterable[Run], value: Callable[[Run], float]) -> float:
    return statistics.median(value(each) for each in runs)


def load_columns(runs: Sequence[Run], *of: str) -> list[str]:
    """Admissions a second, milliseconds (median, 99 %), and microseconds of CPU time of each of these."""
    return [number(median(runs, lambda run: run.load.a_second)),
            number(median(runs, lambda run: run.load.median_ms)), number(median(runs, lambda run: run.load.p99_ms)),
            *(number(median(runs, lambda run, name=name: run.cpu_microseconds(name))) for name in of)]


def expect_only_info(servers: Iterable[Server]) -> None:
    """What is denied, and what fails, is logged as more than that. gRPC warns where a busy machine makes it connect
    again, too, of which nothing comes."""
    for server in servers:
        for line in server.log_lines():
            if line["level"] != "info" and (line["level"], line["logger"]) != ("warn", "grpc"):
                raise RuntimeError(f"{server.process.name} logged {line}")


def _last_words(processes: Processes) -> str:
    return "\n".join(f"{process.name}: {process.output()[-2000:]}" for each in processes.values() for process in each)


def _cpu_seconds(processes: Processes) -> dict[str, float]:
    return {name: sum(procfs.cpu_seconds(process.pid) for process in each) for name, each in processes.items()}


def _switches(processes: Processes) -> dict[tuple[int, str], int]:
    """By process and thread."""
    return {(process.pid, thread): count for each in processes.values() for process in each
            for thread, count in procfs.context_switches(process.pid).items()}
