"""Warm admissions of Pods beside nginx, by connections, images, tags and keys: what the aims of the warm path are held
to, and how its cost grows with the connections."""

from __future__ import annotations

import dataclasses
import json
import statistics
from collections.abc import Sequence

from bench import aims, signed_images
from bench.case import Case, Run, expect_only_info, load_columns, median, of_pair, ratios, run_in_turn
from bench.nginx import Nginx
from bench.pairs import Pair, Pairs
from bench.section import Plot, Section, number
from bench.signed_images import SignedImages, cluster_of, key_policy
from bench.wrk import Wrk
from e2e.stack import Stack, public_key
from e2e.webhook import PATH

CONNECTIONS = (1, 4, 16, 64, 256)
_USUAL, _MORE = 16, 64
_TEN = 10
# With that of the images these are nine, of P-256 and of each other type that cosign signs with.
_OTHER_KEYS = ("ecdsa-p256", "ecdsa-p256-second", "ecdsa-p384", "ecdsa-p521", "ed25519", "rsa-2048", "rsa-3072",
               "rsa-4096")


def both(of: Run) -> float:
    """Microseconds of CPU time of shim and verifier."""
    return of.cpu_microseconds("shim", "verifier")


@dataclasses.dataclass(frozen=True)
class _Question:
    """A review, and an nginx that answers it with as many bytes."""

    what: str
    wrk: Wrk
    nginx: Nginx

    def ours(self, pair: Pair, connections: int, more: str = "") -> Case:
        return of_pair(f"{self.what}{more}, {connections}", pair, self.wrk, connections, self.beside(connections).what)

    def beside(self, connections: int) -> Case:
        return Case(f"nginx, {self.what}, {connections}", self.wrk, f"https://127.0.0.1:{self.nginx.port}{PATH}",
                    connections, {"nginx": [self.nginx.process]})


class Bench:
    """A registry; a pair with a policy of one key, and one with nine."""

    def __init__(self, running: Stack) -> None:
        self._running = running
        images = SignedImages(running)
        ten = images.put(_TEN)
        pairs = Pairs(running)
        pattern = f"{images.host}/*"
        self.pair = pairs.start(cluster_of(running, "one-key", key_policy(images.key, pattern)), name="one-key")
        keys = [public_key(name) for name in _OTHER_KEYS]
        self._nine_keys = pairs.start(
            cluster_of(running, "nine-keys", key_policy(images.key, pattern, others=keys)), name="nine-keys")
        self._digest = self._question("by digest", ten[0].by_digest)
        self._ten = self._question("10 images", *(image.by_digest for image in ten))
        self._tag = self._question("by tag", ten[0].by_tag)

    @property
    def wrk(self) -> Wrk:
        """Asks about one image by digest."""
        return self._digest.wrk

    def measure(self, rounds: int, seconds: int) -> tuple[aims.Measured, Section]:
        cases = [case for connections in CONNECTIONS
                 for case in (self._digest.ours(self.pair, connections), self._digest.beside(connections))]
        nine_keys = self._digest.ours(self._nine_keys, _USUAL, " with nine keys")
        others = [nine_keys, *(case for question in (self._ten, self._tag)
                               for case in (question.ours(self.pair, _USUAL), question.beside(_USUAL)))]
        runs = run_in_turn([*cases, *others], rounds, seconds)
        expect_only_info(self._running.servers)
        return self._measured(runs, nine_keys), self._by_connections(runs)

    def _question(self, what: str, *images: str) -> _Question:
        name = what.replace(" ", "-")
        body = signed_images.pod_of(*images)
        answer = self.pair.webhook.review(json.loads(body))
        if not answer.allowed:
            raise RuntimeError(f"not admitted: {answer.message}")
        nginx = self._running.keep(
            Nginx(self._running.directory / f"nginx-{name}", self._running.key_pair, len(answer.body)))
        return _Question(what, Wrk(self._running.directory / f"wrk-{name}", body), nginx)

    def _measured(self, runs: dict[str, list[Run]], nine_keys: Case) -> aims.Measured:
        def share(question: _Question, connections: int) -> Sequence[Sequence[float]]:
            return [ratios(*_of(runs, question.ours(self.pair, connections)))]

        usual, beside = _of(runs, self._digest.ours(self.pair, _USUAL))
        return {
            aims.SHARE_16: share(self._digest, _USUAL),
            aims.SHARE_64: share(self._digest, _MORE),
            aims.WARM_CPU: [[both(each) / 1000 for each in usual]],
            aims.SWITCHES: [[each.switches_a_request for each in usual]],
            aims.P99: [[each.load.p99_ms for each in usual]],
            aims.P99_TIMES: [ratios(usual, beside, lambda of: of.load.p99_ms)],
            aims.TEN_IMAGES: share(self._ten, _USUAL),
            aims.BY_TAG: share(self._tag, _USUAL),
            aims.NINE_KEYS: [ratios(runs[nine_keys.what], usual, both)],
        }

    def _by_connections(self, runs: dict[str, list[Run]]) -> Section:
        section = Section("How it grows with the connections: a Pod of one image by digest, beside nginx", [
            "connections", "a second", "median ms", "99 % ms", "CPU µs: shim", "verifier", "switches", "of nginx",
            "99 %, times nginx's"])
        shares, tails = [], []
        for connections in CONNECTIONS:
            mine, beside = _of(runs, self._digest.ours(self.pair, connections))
            shares.append((connections, statistics.median(ratios(mine, beside))))
            tails.append((connections, statistics.median(ratios(mine, beside, lambda of: of.load.p99_ms))))
            section.add(str(connections), *load_columns(mine, "shim", "verifier"),
                        number(median(mine, lambda run: run.switches_a_request)),
                        f"{shares[-1][1]:.3f}", number(tails[-1][1]))
        section.plots += [
            Plot("connections", "Warm admissions of a Pod of one image", "connections", "share of what nginx answers",
                 {"share": shares}, log_x=True),
            Plot("connections-p99", "The slowest hundredth of warm admissions", "connections", "99 %, times nginx's",
                 {"times": tails}, log_x=True)]
        return section


def _of(runs: dict[str, list[Run]], case: Case) -> tuple[list[Run], list[Run]]:
    """Its runs, and those of what it is compared with."""
    if not case.beside:
        raise ValueError(f"{case.what} is compared with nothing")
    return runs[case.what], runs[case.beside]
