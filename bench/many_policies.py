"""What 100 and 1,000 policies of policy.sigstore.dev cost through shim and verifier, beside one policy."""

from __future__ import annotations

import http.client
import json
import random
import statistics
import time
from collections.abc import Callable

from bench import workload
from bench.case import Run, expect_only_info, of_pair, ratios, run, spread
from bench.made_keys import made_keys
from bench.pairs import Pairs
from bench.section import Plot, Section, number
from bench.wrk import Wrk
from e2e import procfs, reviews
from e2e.cluster import Cluster, Manifest
from e2e.evidence import made_up_digest
from e2e.sigstore_test_case import FLAG, namespace
from e2e.stack import Stack, public_key
from e2e.webhook import PATH, Answer

_ONE = 1
_COUNTS = (_ONE, 10, 100, 1_000)
_GLOBS = 10
_POLICIES_A_FILE = 100
_CONNECTIONS = 32
# The policy that is about the image, which _KEY has signed and _OTHER_KEY has not.
_ASKED = "team-0"
_IMAGE = "trusted/app:signed"
_KEY, _OTHER_KEY = workload.KEY, "ecdsa-p256-second"
_ASK_EVERY_SECONDS = 0.005
_PATIENCE_SECONDS = 30.0


class _Fleet:
    """A verifier that enforces so many policies, each a team's, and a shim that asks it."""

    def __init__(self, running: Stack, pairs: Pairs, host: str, count: int, keys: list[str]) -> None:
        self.count = count
        self.seconds_to_force: list[float] = []
        self.runs: list[Run] = []
        self._host = host
        self._review = json.loads(workload.pod(host, workload.by_digest(_IMAGE)))
        self._objects = running.cluster(f"objects-{count}")
        _write_others(self._objects, host, keys[:count - 1])
        self._hold_to(_KEY)
        self._pair = pairs.start(self._objects, [FLAG], name=str(count))
        self._webhook = self._pair.webhook
        self.mib_at_rest = self.resident_mib()
        self._expect_admitted()

    def load(self, wrk: Wrk, seconds: int) -> Run:
        return run(of_pair(_what(self), self._pair, wrk, _CONNECTIONS), seconds)

    def check_what_was_measured(self) -> None:
        """That nothing was denied, and that the last of the policies is in force as the first is."""
        expect_only_info([self._pair.shim, self._pair.verifier])
        last = f"team-{self.count - 1}"
        image = "trusted/app:unsigned" if last == _ASKED else f"{last}/part-0/web@{made_up_digest(last)}"
        answer = self._webhook.review(json.loads(workload.pod(self._host, image)))
        if answer.allowed or f"failed policy: {last}: " not in answer.message:
            raise RuntimeError(f"under {self.count} policies: {answer!r}")

    def change(self) -> float:
        """Seconds from when the policy with another key is written until the image is denied; the key
        is in force again when this returns."""
        # Not at the same place each time between two looks at the directory.
        time.sleep(random.uniform(0.5, 1.0))
        self._expect_admitted()
        connection = self._webhook.connect()
        try:
            begun = time.monotonic()
            self._hold_to(_OTHER_KEY)
            denial = self._ask_until(connection, lambda answer: not answer.allowed)
            seconds = time.monotonic() - begun
            if f"failed policy: {_ASKED}: " not in denial.message:
                raise RuntimeError(f"denied for another reason: {denial!r}")
            self._hold_to(_KEY)
            self._ask_until(connection, lambda answer: answer.allowed)
        finally:
            connection.close()
        return seconds

    def resident_mib(self) -> float:
        """Of the verifier."""
        return procfs.resident_mib(self._pair.verifier.process.pid)

    def _hold_to(self, key: str) -> None:
        self._objects.write("asked.yaml", _policy(self._host, _ASKED, public_key(key), "trusted/**"))

    def _expect_admitted(self) -> None:
        answer = self._webhook.review(self._review)
        if not answer.allowed or answer.warnings:
            raise RuntimeError(f"under {self.count} policies: {answer!r}")

    def _ask_until(self, connection: http.client.HTTPSConnection, holds: Callable[[Answer], bool]) -> Answer:
        """Over the connection, every few milliseconds. The first answer for which it holds."""
        body = json.dumps(self._review).encode()
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            asked = time.monotonic()
            connection.request("POST", f"{PATH}?timeout=10s", body, {"Content-Type": "application/json"})
            answer = Answer(connection.getresponse().read(), self._review)
            if holds(answer):
                return answer
            if asked > deadline:
                raise TimeoutError(f"under {self.count} policies still: {answer!r}")
            time.sleep(max(0.0, asked + _ASK_EVERY_SECONDS - time.monotonic()))


class Bench:
    """A registry; a fleet for each count, all at once, of which one works at a time."""

    def __init__(self, running: Stack) -> None:
        host = running.registry().host
        keys = made_keys(max(_COUNTS) - 1)
        pairs = Pairs(running)
        self._fleets = [_Fleet(running, pairs, host, count, keys) for count in _COUNTS]
        self._wrk = Wrk(running.directory / "wrk", workload.pod(host, workload.by_digest(_IMAGE)))

    def measure(self, rounds: int, seconds: int, changes: int) -> list[Section]:
        """Every fleet once in each round, in turn, and in the other order every second time."""
        for fleet in self._fleets:
            fleet.load(self._wrk, 1)
        for turn in range(rounds):
            for fleet in self._in_turn(turn):
                fleet.runs.append(fleet.load(self._wrk, seconds))
        after_load = {fleet.count: fleet.resident_mib() for fleet in self._fleets}
        for fleet in self._fleets:
            fleet.check_what_was_measured()
        for turn in range(changes):
            for fleet in self._in_turn(turn):
                fleet.seconds_to_force.append(fleet.change())
        return [self._report_load(), self._report_change(after_load)]

    def _in_turn(self, turn: int) -> list[_Fleet]:
        return self._fleets if turn % 2 == 0 else self._fleets[::-1]

    def _report_load(self) -> Section:
        section = Section("Warm admissions of a Pod with one image under many policies of policy.sigstore.dev", [
            "", "a second", "of one policy's (least, most)", "CPU µs: shim", "verifier",
            "both, of one policy's (least, most)"])
        one = next(fleet.runs for fleet in self._fleets if fleet.count == _ONE)
        for fleet in self._fleets:
            runs = fleet.runs
            section.add(_what(fleet), number(statistics.median(each.load.a_second for each in runs)),
                        _ratios(runs, one, lambda of: of.load.a_second),
                        *(number(_cpu(runs, name)) for name in ("shim", "verifier")),
                        _ratios(runs, one, lambda of: of.cpu_microseconds("shim", "verifier")))
        section.plots.append(Plot(
            "sigstore-policies", "Admission of a Pod with one image under policies of policy.sigstore.dev",
            "policies, each of ten globs", "CPU µs an admission",
            {name: [(fleet.count, _cpu(fleet.runs, name)) for fleet in self._fleets] for name in ("shim", "verifier")},
            log_x=True))
        return section

    def _report_change(self, after_load: dict[int, float]) -> Section:
        section = Section("A change of one of many policies of policy.sigstore.dev, and what the verifier holds", [
            "", "ms until it denies", "greatest", "MiB resident: at rest", "after the load", "after the changes"])
        for fleet in self._fleets:
            section.add(_what(fleet), number(statistics.median(fleet.seconds_to_force) * 1000),
                        number(max(fleet.seconds_to_force) * 1000), number(fleet.mib_at_rest),
                        number(after_load[fleet.count]), number(fleet.resident_mib()))
        return section


def _what(fleet: _Fleet) -> str:
    return f"{fleet.count:,} {'policy' if fleet.count == 1 else 'policies'} of {_GLOBS} globs"


def _ratios(mine: list[Run], others: list[Run], value: Callable[[Run], float]) -> str:
    return "1" if mine is others else spread(ratios(mine, others, value), digits=2)


def _cpu(runs: list[Run], name: str) -> float:
    """Microseconds of CPU time an admission."""
    return statistics.median(each.cpu_microseconds(name) for each in runs)


def _policy(host: str, team: str, key: str, *globs: str) -> Manifest:
    """A team's: `globs` and as many parts of its own as make ten."""
    parts = [f"{team}/part-{part}/**" for part in range(_GLOBS - len(globs))]
    return {"apiVersion": "policy.sigstore.dev/v1beta1", "kind": "ClusterImagePolicy", "metadata": {"name": team},
            "spec": {"images": [{"glob": f"{host}/{glob}"} for glob in (*parts, *globs)],
                     "authorities": [{"name": "release", "key": {"data": key}}]}}


def _write_others(objects: Cluster, host: str, keys: list[str]) -> None:
    """The policies of other teams, a key each, and the namespace in which all of them are asked."""
    objects.write("namespaces.yaml", namespace(reviews.pod("")["request"]["namespace"], include="true"))
    policies = [_policy(host, f"team-{team}", key) for team, key in enumerate(keys, 1)]
    for begin in range(0, len(policies), _POLICIES_A_FILE):
        objects.write(f"teams-{begin}.yaml", *policies[begin:begin + _POLICIES_A_FILE])
