"""How the cost of a warm admission grows: with the images of a Pod, the keys and patterns of the policy, and the
replicas of the verifier. All of a kind are measured in turn, in the same rounds."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Callable, Mapping, Sequence

from bench import cold_images, signed_images
from bench.case import Case, Run, expect_only_info, load_columns, median, of_pair, run_in_turn
from bench.made_keys import made_keys
from bench.pairs import Pair, Pairs
from bench.section import Plot, Section, number
from bench.signed_images import FOLDER, SignedImages, cluster_of, key_policy
from bench.wrk import Wrk
from e2e.process import wait_until
from e2e.stack import Stack
from e2e.webhook import WebhookClient

IMAGES = (1, 2, 5, 10, 50, 200)
KEYS = (1, 3, 10, 30, 100)
PATTERNS = (1, 10, 100, 1_000, 10_000)
REPLICAS = (1, 2, 3)
_CONNECTIONS = 16
# Enough for each replica to be the one that is asked about some.
_SPREAD_IMAGES = 60
_PATIENCE_SECONDS = 60.0
_BOTH = ("shim", "verifier")
_COLUMNS = ("a second", "median ms", "99 % ms", "CPU µs: shim", "verifier")


@dataclasses.dataclass(frozen=True)
class Effort:
    rounds: int
    seconds: int  # of each case in each round
    cold_images: int  # of each case in each round, where those are measured, too


class Bench:
    """A registry; the processes of a kind are there while that is measured."""

    def __init__(self, running: Stack, effort: Effort) -> None:
        self._running = running
        self._effort = effort
        self._images = SignedImages(running)
        self._pairs = Pairs(running)
        self._all = f"{self._images.host}/*"

    def measure_images(self) -> Section:
        pair = self._start("images", self._all)
        images = [image.by_digest for image in self._images.put(max(IMAGES))]
        wrks = {count: self._wrk(f"images-{count}", pair, images[:count]) for count in IMAGES}
        cases = {count: of_pair(f"{count} images", pair, wrk, _CONNECTIONS) for count, wrk in wrks.items()}
        runs = self._run(cases)
        self._stop(pair)
        section = Section("How it grows with the images of a Pod", ["images", *_COLUMNS, "both, an image"])
        for count, mine in runs.items():
            each = median(mine, lambda run: run.cpu_microseconds(*_BOTH)) / count
            section.add(f"{count:,}", *load_columns(mine, *_BOTH), number(each))
        section.plots.append(_plot("images", "Warm admission of a Pod", "images", runs, log_x=False))
        return section

    def measure_keys(self) -> Section:
        """Also of images that nobody has asked about, where each key is tried in vain before the last."""
        keys = made_keys(max(KEYS) - 1)
        pairs = {count: self._start(f"keys-{count}", self._all, others=keys[:count - 1]) for count in KEYS}
        [image] = self._images.put(1)
        wrks = {count: self._wrk(f"keys-{count}", pair, [image.by_digest]) for count, pair in pairs.items()}
        runs = self._run({count: of_pair(f"{count} keys", pair, wrks[count], _CONNECTIONS)
                          for count, pair in pairs.items()})
        cold: dict[int, list[float]] = {count: [] for count in KEYS}
        for _ in range(self._effort.rounds):
            for count, pair in pairs.items():
                cold[count] += cold_images.admit(pair, self._images.put(self._effort.cold_images), self._running.ca,
                                                 self._running.directory)
        self._stop(*pairs.values())
        section = Section("How it grows with the keys of the policy", ["keys", *_COLUMNS, "cold image, ms"])
        for count, mine in runs.items():
            section.add(f"{count:,}", *load_columns(mine, *_BOTH), number(statistics.median(cold[count])))
        section.plots.append(_plot("keys", "Warm admission of a Pod of one image", "keys", runs))
        return section

    def measure_patterns(self) -> Section:
        """One of them is about the image, in the middle of the others."""
        def patterns(count: int) -> list[str]:
            others = [f"{self._images.host}/team-{number}/*" for number in range(count - 1)]
            return [*others[:count // 2], f"{self._images.host}/{FOLDER}/*", *others[count // 2:]]

        pairs = {count: self._start(f"patterns-{count}", *patterns(count)) for count in PATTERNS}
        [image] = self._images.put(1)
        runs = self._run({count: of_pair(f"{count} patterns", pair,
                                         self._wrk(f"patterns-{count}", pair, [image.by_digest]), _CONNECTIONS)
                          for count, pair in pairs.items()})
        self._stop(*pairs.values())
        section = Section("How it grows with the patterns of the policy", ["patterns", *_COLUMNS])
        for count, mine in runs.items():
            section.add(f"{count:,}", *load_columns(mine, *_BOTH))
        section.plots.append(_plot("patterns", "Warm admission of a Pod of one image", "patterns", runs))
        return section

    def measure_replicas(self) -> Section:
        pairs = {count: self._start(f"replicas-{count}", self._all, verifiers=count) for count in REPLICAS}
        images = [image.by_digest for image in self._images.put(_SPREAD_IMAGES)]
        runs = self._run({count: of_pair(f"{count} replicas", pair, self._spread_wrk(pair, images), _CONNECTIONS)
                          for count, pair in pairs.items()})
        resident = {count: pair.resident_mib() for count, pair in pairs.items()}
        self._stop(*pairs.values())
        section = Section(f"How it grows with the verifier's replicas, {_SPREAD_IMAGES} images in turn",
                          ["replicas", *_COLUMNS, "MiB resident, all"])
        for count, mine in runs.items():
            section.add(str(count), *load_columns(mine, *_BOTH), number(resident[count]))
        section.plots.append(_plot("replicas", "Warm admission of a Pod of one of many images", "replicas", runs,
                                   log_x=False))
        return section

    def _start(self, name: str, *patterns: str, others: list[str] | None = None, verifiers: int = 1) -> Pair:
        objects = cluster_of(self._running, name, key_policy(self._images.key, *patterns, others=others))
        return self._pairs.start(objects, name=name, verifiers=verifiers)

    def _stop(self, *pairs: Pair) -> None:
        """After a look at what they logged."""
        expect_only_info([server for pair in pairs for server in (pair.shim, *pair.verifiers)])
        for pair in pairs:
            for server in (pair.shim, *pair.verifiers):
                server.process.kill()

    def _run(self, cases: Mapping[int, Case]) -> dict[int, list[Run]]:
        runs = run_in_turn([*cases.values()], self._effort.rounds, self._effort.seconds)
        return {count: runs[case.what] for count, case in cases.items()}

    def _wrk(self, name: str, pair: Pair, images: Sequence[str]) -> Wrk:
        """Asks about a Pod of all of these, which has been admitted when this returns."""
        return self._of_bodies(name, pair, [signed_images.pod_of(*images)])

    def _spread_wrk(self, pair: Pair, images: Sequence[str]) -> Wrk:
        """Asks about a Pod of each in turn."""
        return self._of_bodies(f"replicas-{len(pair.verifiers)}", pair,
                               [signed_images.pod_of(image) for image in images])

    def _of_bodies(self, name: str, pair: Pair, bodies: Sequence[bytes]) -> Wrk:
        for body in bodies:
            wait_until(_admitted(pair.webhook, body), f"{name}: admitted", _PATIENCE_SECONDS)
        return Wrk(self._running.directory / f"wrk-{name}", *bodies)


def _admitted(webhook: WebhookClient, body: bytes) -> Callable[[], bool]:
    return lambda: webhook.review(json.loads(body)).allowed


def _plot(name: str, title: str, x_label: str, runs: Mapping[int, Sequence[Run]], log_x: bool = True) -> Plot:
    return Plot(name, title, x_label, "CPU µs an admission", {who: [
        (count, median(mine, lambda run, who=who: run.cpu_microseconds(who))) for count, mine in runs.items()]
        for who in _BOTH}, log_x)
