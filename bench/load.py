"""Warm admissions a second through shim and verifier, beside nginx answering as many bytes."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

from bench import workload
from bench.nginx import Nginx
from bench.section import Section, number
from bench.wrk import Load, Wrk
from e2e import procfs
from e2e.cluster import Cluster
from e2e.process import Process
from e2e.servers import Server, Shim, Verifier
from e2e.stack import Stack, standard_cluster
from e2e.webhook import PATH

_MANY = 32


@dataclasses.dataclass(frozen=True)
class Case:
    """A load: what is posted to which address over how many connections, and who works for it."""

    what: str
    wrk: Wrk
    url: str
    connections: int
    processes: Mapping[str, Process]
    # The case that this one is compared with.
    beside: str | None = None


@dataclasses.dataclass(frozen=True)
class Run:
    load: Load
    cpu_seconds: Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class Pair:
    """A shim and the verifier that it asks."""

    shim: Shim
    verifier: Verifier

    def memory(self) -> dict[str, procfs.Memory]:
        return {"shim": procfs.memory(self.shim.process.pid),
                "verifier": procfs.memory(self.verifier.process.pid)}


class Bench:
    """A registry; a verifier and a shim for a policy with one key, and for one with nine; nginx."""

    def __init__(self, running: Stack) -> None:
        self._running = running
        self._registry = running.registry()
        host = self._registry.host
        self._pair = self._start("one-key", workload.one_key_cluster(running, host))
        self._nine_keys_pair = self._start("nine-keys", standard_cluster(running, host))
        self._memory = {"at rest": self._pair.memory()}
        by_digest = workload.deployment(host, [*map(workload.by_digest, workload.IMAGES)])
        self._wrk_digest = Wrk(running.directory / "wrk-digest", by_digest)
        self._wrk_tag = Wrk(running.directory / "wrk-tag",
                            workload.deployment(host, workload.IMAGES))
        self._nginx = Nginx(running.directory / "nginx", running.key_pair,
                            self._answer_bytes(by_digest))
        running.at_end(self._nginx.stop)

    def measure(self, rounds: int, seconds: int) -> Section:
        """Every case once in each round, in turn."""
        cases = self._cases()
        for case in cases:
            run(case, 1)
        runs: dict[str, list[Run]] = {case.what: [] for case in cases}
        for _ in range(rounds):
            for case in cases:
                runs[case.what].append(run(case, seconds))
        self._memory["after the load"] = self._pair.memory()
        expect_only_info(self._running.servers)
        return _report(cases, runs)

    def report_memory(self) -> Section:
        section = Section("Memory, MiB: resident / proportional / private and written to", [
            "", *self._memory])
        for name in ("shim", "verifier"):
            section.add(name, *(when[name].text() for when in self._memory.values()))
        return section

    def _start(self, name: str, cluster: Cluster) -> Pair:
        verifier = self._running.verifier(cluster, name=f"verifier-{name}")
        shim = self._running.shim(verifier.address, name=f"shim-{name}")
        self._running.webhook(shim).wait_until_ready()
        return Pair(shim, verifier)

    def _cases(self) -> list[Case]:
        one, nine = self._pair, self._nine_keys_pair
        return [self._ours("by digest", self._wrk_digest, _MANY, one),
                self._beside(_MANY),
                self._ours("by tag", self._wrk_tag, _MANY, one),
                self._ours("by digest, 9 keys of 7 types", self._wrk_digest, _MANY, nine),
                self._ours("by digest", self._wrk_digest, 1, one),
                self._beside(1),
                self._ours("by tag", self._wrk_tag, 1, one)]

    def _ours(self, what: str, wrk: Wrk, connections: int, pair: Pair) -> Case:
        processes = {"shim": pair.shim.process, "verifier": pair.verifier.process,
                     "registry": self._registry.process}
        return Case(_over(what, connections), wrk,
                    f"https://{pair.shim.address}{PATH}?timeout=10s", connections, processes,
                    beside=_over("nginx", connections))

    def _beside(self, connections: int) -> Case:
        return Case(_over("nginx", connections), self._wrk_digest,
                    f"https://127.0.0.1:{self._nginx.port}{PATH}", connections,
                    {"nginx": self._nginx.process})

    def _answer_bytes(self, body: bytes) -> int:
        """How long the answer is, which must admit."""
        answer = self._running.webhook(self._pair.shim).review(json.loads(body))
        if not answer.allowed:
            raise RuntimeError(f"not admitted: {answer.message}")
        return len(answer.body)

def expect_only_info(servers: Iterable[Server]) -> None:
    """What is denied, and what fails, is logged as more than that."""
    for server in servers:
        for line in server.log_lines():
            if line["level"] != "info":
                raise RuntimeError(f"{server.process.name} logged {line}")


def _over(what: str, connections: int) -> str:
    return f"{what}, {connections} connection{'s' if connections > 1 else ''}"


def run(case: Case, seconds: int) -> Run:
    """Loads it for so long."""
    before = {name: procfs.cpu_seconds(process.pid) for name, process in case.processes.items()}
    load = case.wrk.run(case.url, case.connections, seconds)
    used = {name: procfs.cpu_seconds(process.pid) - before[name]
            for name, process in case.processes.items()}
    return Run(load, used)


def _report(cases: list[Case], runs: Mapping[str, list[Run]]) -> Section:
    section = Section("Warm admissions of a Deployment with two images, beside nginx", [
        "", "a second", "of nginx (least, most)", "median ms", "99 % ms",
        "CPU µs: shim, nginx", "verifier", "registry"])
    for case in cases:
        mine = runs[case.what]
        loads = [run.load for run in mine]
        section.add(case.what, number(statistics.median(load.a_second for load in loads)),
                    ratio(mine, runs[case.beside]) if case.beside else "1",
                    number(statistics.median(load.median_ms for load in loads)),
                    number(statistics.median(load.p99_ms for load in loads)),
                    *(_cpu(mine, names) for names in (["shim", "nginx"], ["verifier"],
                                                      ["registry"])))
    return section


def ratio(mine: Sequence[Run], others: Sequence[Run],
          value: Callable[[Run], float] = lambda of: of.load.a_second, digits: int = 3) -> str:
    """The median, the least and the greatest, of each round, so that what slowed the machine down
    then slowed down both."""
    ratios = [value(one) / value(other) for one, other in zip(mine, others, strict=True)]
    return " ".join([f"{statistics.median(ratios):.{digits}f}",
                     f"({min(ratios):.{digits}f}, {max(ratios):.{digits}f})"])


def _cpu(runs: list[Run], names: Sequence[str]) -> str:
    """Microseconds of CPU time a request, of whichever of these worked for it."""
    for name in names:
        if name in runs[0].cpu_seconds:
            return number(statistics.median(
                run.cpu_seconds[name] / run.load.requests * 1e6 for run in runs))
    return ""
