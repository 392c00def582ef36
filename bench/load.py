"""Warm admissions a second through shim and verifier, beside nginx answering as many bytes."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence

from bench import workload
from bench.case import Case, Run, expect_only_info, ratios, run_in_turn, spread
from bench.nginx import Nginx
from bench.pairs import Pair, Pairs
from bench.section import Section, number
from bench.wrk import Wrk
from e2e.stack import Stack, standard_cluster
from e2e.webhook import PATH

_MANY = 32


class Bench:
    """A registry; a verifier and a shim for a policy with one key, and for one with nine; nginx."""

    def __init__(self, running: Stack) -> None:
        self._running = running
        pairs = Pairs(running)
        self._registry = running.registry()
        host = self._registry.host
        self._pair = pairs.start(workload.one_key_cluster(running, host), name="one-key")
        self._nine_keys_pair = pairs.start(standard_cluster(running, host), name="nine-keys")
        self._memory = {"at rest": self._pair.memory()}
        by_digest = workload.deployment(host, [*map(workload.by_digest, workload.IMAGES)])
        self._wrk_digest = Wrk(running.directory / "wrk-digest", by_digest)
        self._wrk_tag = Wrk(running.directory / "wrk-tag",
                            workload.deployment(host, workload.IMAGES))
        self._nginx = running.keep(Nginx(running.directory / "nginx", running.key_pair,
                                         self._answer_bytes(by_digest)))

    def measure(self, rounds: int, seconds: int) -> Section:
        """Every case once in each round, in turn."""
        cases = self._cases()
        runs = run_in_turn(cases, rounds, seconds)
        self._memory["after the load"] = self._pair.memory()
        expect_only_info(self._running.servers)
        return _report(cases, runs)

    def report_memory(self) -> Section:
        section = Section("Memory, MiB: resident / proportional / private and written to", [
            "", *self._memory])
        for name in ("shim", "verifier"):
            section.add(name, *(when[name].text() for when in self._memory.values()))
        return section

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
        return Case(_over(what, connections), wrk, pair.url, connections,
                    {**pair.processes(), "registry": [self._registry.process]}, beside=_over("nginx", connections))

    def _beside(self, connections: int) -> Case:
        return Case(_over("nginx", connections), self._wrk_digest,
                    f"https://127.0.0.1:{self._nginx.port}{PATH}", connections,
                    {"nginx": [self._nginx.process]})

    def _answer_bytes(self, body: bytes) -> int:
        """How long the answer is, which must admit."""
        answer = self._pair.webhook.review(json.loads(body))
        if not answer.allowed:
            raise RuntimeError(f"not admitted: {answer.message}")
        return len(answer.body)


def _over(what: str, connections: int) -> str:
    return f"{what}, {connections} connection{'s' if connections > 1 else ''}"


def _report(cases: list[Case], runs: Mapping[str, list[Run]]) -> Section:
    section = Section("Warm admissions of a Deployment with two images, beside nginx", [
        "", "a second", "of nginx (least, most)", "median ms", "99 % ms",
        "CPU µs: shim, nginx", "verifier", "registry"])
    for case in cases:
        mine = runs[case.what]
        loads = [run.load for run in mine]
        section.add(case.what, number(statistics.median(load.a_second for load in loads)),
                    spread(ratios(mine, runs[case.beside])) if case.beside else "1",
                    number(statistics.median(load.median_ms for load in loads)),
                    number(statistics.median(load.p99_ms for load in loads)),
                    *(_cpu(mine, names) for names in (["shim", "nginx"], ["verifier"],
                                                      ["registry"])))
    return section


def _cpu(runs: list[Run], names: Sequence[str]) -> str:
    """Microseconds of CPU time a request, of whichever of these worked for it."""
    for name in names:
        if name in runs[0].cpu_seconds:
            return number(statistics.median(run.cpu_microseconds(name) for run in runs))
    return ""
