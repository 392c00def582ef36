"""Milliseconds of an admission that asks the registry, beside the bare requests for its bytes."""

from __future__ import annotations

import collections
import datetime
import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from bench import workload
from bench.curl import Request, fetch
from bench.pairs import Pairs
from bench.section import Section, number
from e2e import expected
from e2e.process import wait_until
from e2e.servers import Server
from e2e.stack import Stack
from e2e.webhook import PATH

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
# Images that a verifier sees one after the other, in three repositories.
_FIRST, _SECOND, _THIRD = ("trusted/app:signed", "trusted/keys:ecdsa-p256",
                           "trusted/team/backend/app:signed")

AnyServer = TypeVar("AnyServer", bound=Server)


class Bench:
    """A registry, a shim, and verifiers that are started anew on one port."""

    def __init__(self, running: Stack) -> None:
        self._running = running
        self._host = running.registry().host
        self._cluster = workload.one_key_cluster(running, self._host)
        self._pairs = Pairs(running)
        self._verifier = self._pairs.verifier(self._cluster)
        self._shim = self._pairs.shim(self._verifier.address)
        self._bare = {name: self._bare_requests(name) for name in (_FIRST, _THIRD)}
        self._milliseconds: dict[str, list[float]] = collections.defaultdict(list)
        self._round = 0

    def measure(self, rounds: int) -> tuple[Section, Section]:
        for self._round in range(rounds):
            self._measure_once()
        return self._report(), self._report_starts()

    def _measure_once(self) -> None:
        """Ours and the bare requests in turn."""
        self._restart_verifier("a")
        self._admit("fresh, by tag", _FIRST)
        self._ask_bare("by tag", self._bare[_FIRST])
        self._admit("connected, by tag", _SECOND)
        self._admit("connected, by digest", workload.by_digest(_THIRD))
        self._ask_bare("by digest", self._bare[_THIRD][1:])
        self._admit("warm, by tag", _FIRST)
        self._ask_bare("tag alone", self._bare[_FIRST][:1])
        self._admit("warm, by digest", workload.by_digest(_FIRST))
        self._admit("not asked about", _FIRST, workload.EXCLUDED_NAMESPACE)
        self._restart_verifier("b")
        self._admit("fresh, by digest", workload.by_digest(_FIRST))
        shim = self._timed_start("the shim serves", lambda: self._pairs.shim(
            self._verifier.address, name=f"shim-{self._round}"))
        shim.process.kill()

    def _restart_verifier(self, suffix: str) -> None:
        address = self._verifier.address
        # It would wait for the shim, which nobody asks, to see that it ends.
        self._verifier.process.kill()
        self._verifier = self._timed_start("the verifier serves", lambda: self._pairs.verifier(
            self._cluster, name=f"verifier-{self._round}{suffix}", listen=address))
        # It has been asked by then, but about nothing that a registry knows of.
        wait_until(self._is_connected, "the shim asks the new verifier", 30)

    def _is_connected(self) -> bool:
        return self._running.webhook(self._shim).review(
            json.loads(workload.pod(self._host, _FIRST, workload.EXCLUDED_NAMESPACE))).allowed

    def _timed_start(self, what: str, start: Callable[[], AnyServer]) -> AnyServer:
        """Until it logs that it serves."""
        begun = time.time()
        server = start()
        line = next(line for line in server.log_lines() if "port" in line)
        served = datetime.datetime.fromisoformat(str(line["ts"])).timestamp()
        self._milliseconds[what].append((served - begun) * 1000)
        return server

    def _admit(self, what: str, image: str, namespace: str = "shop") -> None:
        """Over a connection that the shim has already."""
        file = self._running.directory / "review.json"
        file.write_bytes(workload.pod(self._host, image, namespace))
        shim = f"https://{self._shim.address}"
        _, answer = fetch([Request(f"{shim}/healthz"),
                           Request(f"{shim}{PATH}?timeout=10s", body=file)],
                          self._running.ca, self._running.directory)
        response = json.loads(answer.body)["response"]
        if not response["allowed"]:
            raise RuntimeError(f"{image} was not admitted: {response['status']['message']}")
        self._milliseconds[what].append(answer.milliseconds)

    def _ask_bare(self, what: str, requests: Sequence[Request]) -> None:
        """Over a new connection, and over one that is there already."""
        for connection, before in (("new", []), ("open", [Request(f"https://{self._host}/v2/")])):
            answers = fetch([*before, *requests], self._running.ca, self._running.directory)
            self._milliseconds[f"bare, {connection}, {what}"].append(
                sum(answer.milliseconds for answer in answers[len(before):]))

    def _bare_requests(self, image: str) -> list[Request]:
        """For the tag, the signature manifest and the payload of an image with one signature."""
        repository, _, tag = image.partition(":")
        digest = str(expected.images()[image].digest)
        url = f"https://{self._host}/v2/{repository}"
        signatures = Request(f"{url}/manifests/{digest.replace(':', '-')}.sig", accept=_MANIFEST)
        [manifest] = fetch([signatures], self._running.ca, self._running.directory)
        [layer] = json.loads(manifest.body)["layers"]
        return [Request(f"{url}/manifests/{tag}", head=True, accept=_MANIFEST), signatures,
                Request(f"{url}/blobs/{layer['digest']}")]

    def _median(self, what: str) -> float:
        return statistics.median(self._milliseconds[what])

    def _report(self) -> Section:
        section = Section("An admission of a Pod with one image, beside the bare requests", [
            "", "ms", "bare ms", "times the bare", "more ms"])
        rows = [("fresh, by tag", "new, by tag", "verifier just started, by tag"),
                ("fresh, by digest", "new, by digest", "verifier just started, by digest"),
                ("connected, by tag", "open, by tag", "image not seen before, by tag"),
                ("connected, by digest", "open, by digest", "image not seen before, by digest"),
                ("warm, by tag", "open, tag alone", "seen before, by tag")]
        for ours, bare, what in rows:
            mine, other = self._median(ours), self._median(f"bare, {bare}")
            section.add(what, number(mine), number(other), f"{mine / other:.2f}",
                        number(mine - other))
        for ours, what in [("warm, by digest", "seen before, by digest"),
                           ("not asked about", "in an excluded namespace: the way alone")]:
            section.add(what, number(self._median(ours)), "", "", "")
        return section

    def _report_starts(self) -> Section:
        section = Section("From start until it serves", ["", "ms"])
        for what in ("the verifier serves", "the shim serves"):
            section.add(what, number(self._median(what)))
        return section
