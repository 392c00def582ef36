"""Where an attack takes place: the programs, registries, an innocent caller, and what is measured of them."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from e2e import procfs, reviews
from e2e.certificates import KeyPair
from e2e.cluster import Cluster, Manifest, policy, rule
from e2e.hostile.finding import Finding
from e2e.hostile.innocent import Asked, Innocent, Seen, ask
from e2e.hostile.limits import Group, Limits
from e2e.process import wait_until
from e2e.reviews import Review
from e2e.scripted_registry import Request, ScriptedRegistry
from e2e.servers import Server, Shim, Verifier
from e2e.stack import Stack, public_key
from e2e.webhook import WebhookClient

# Loopback addresses of those who take part.
ATTACKER, INNOCENT = "127.0.0.2", "127.0.0.9"
INNOCENTS_NAMESPACE = "innocent"
_HOSTS = ",".join(["DNS:localhost", *(f"IP:127.0.0.{number}" for number in range(1, 30))])
# A verifier that was killed for its memory is not there to be measured.
DEAD = float("inf")


@dataclasses.dataclass(frozen=True)
class Effort:
    """How large attacks are: in full with the figures of the report, or in short for a test."""

    full: bool
    quiet_seconds: float
    after_seconds: float
    # What the attacker's reviews give the webhook, and for how long he goes on to connect: seconds.
    timeout: int
    sending_seconds: float

    def of(self, full: int, short: int) -> int:
        return full if self.full else short


FULL = Effort(full=True, quiet_seconds=2.0, after_seconds=2.0, timeout=10, sending_seconds=8.0)
SHORT = Effort(full=False, quiet_seconds=0.3, after_seconds=0.0, timeout=5, sending_seconds=2.0)


class Arena(contextlib.AbstractContextManager["Arena"]):
    """One attack's stack. `start` starts verifiers and a shim, with limits where there are any."""

    def __init__(self, effort: Effort, limits: Limits) -> None:
        self.effort = effort
        self._limits = limits
        self._groups: list[Group] = []
        self.stack = Stack()
        self.hosts = self.stack.authority.issue("hosts", _HOSTS)
        self.verifiers: list[Verifier] = []
        self.shim: Shim | None = None
        # What is shown to the shim unless another one is asked for.
        self.client: KeyPair | None = None

    def __exit__(self, *exception: object) -> None:
        for server in self.stack.servers:
            # What hangs on the attack is of no interest any more.
            if server.process.is_running():
                server.process.kill()
        self.stack.__exit__(*exception)
        for group in self._groups:
            group.close()

    def registry(self, behaviours: Mapping[str, Callable[[Request], None]],
                 address: str = "127.0.0.1", plain_http: bool = False) -> ScriptedRegistry:
        registry = ScriptedRegistry(None if plain_http else self.hosts, behaviours, address)
        self.stack.at_end(registry.stop)
        return registry

    def cluster(self, keys: Mapping[str, str] | None = None, rules: Sequence[Manifest] = (),
                objects: Sequence[Manifest] = (), name: str = "objects") -> Cluster:
        """A policy that asks about every image, unless told otherwise, and these objects."""
        keys = keys or {"key": public_key("ecdsa-p256")}
        cluster = self.stack.cluster(name)
        cluster.write("policy.yaml", policy(keys, rules or [rule("*", *keys)]))
        if objects:
            cluster.write("objects.yaml", *objects)
        return cluster

    def start(self, cluster: Cluster, *, verifier_flags: Sequence[str] = (),
              shim_flags: Sequence[str] = (), verifiers: int = 1,
              verifier_key_pair: KeyPair | None = None, target: str = "") -> None:
        """All of it serves when this returns. `target`: the shim asks somebody else."""
        for number in range(verifiers):
            verifier = self.stack.verifier(cluster, verifier_flags, name=f"verifier-{number}",
                                           key_pair=verifier_key_pair)
            self._limit(verifier)
            self.verifiers.append(verifier)
        addresses = ",".join(verifier.address for verifier in self.verifiers)
        self.shim = self.stack.shim(target or f"ipv4:{addresses}", shim_flags)
        self._limit(self.shim)
        if not target:
            webhook = self.webhook()
            wait_until(webhook.is_ready, "/readyz answers 200", 20)

    def webhook(self, source: str = "127.0.0.1", client: KeyPair | None = None) -> WebhookClient:
        return self.stack.webhook(self.shim, source=source, client=client or self.client)

    def ask(self, *images: str, source: str = ATTACKER, namespace: str = "mallory",
            timeout: int = 0, pull_secrets: Sequence[str] = ()) -> Asked:
        review = pod(*images, namespace=namespace, pull_secrets=pull_secrets)
        return ask(self.webhook(source), review, timeout or self.effort.timeout)

    def ask_all(self, questions: Sequence[Review], *, source: str = ATTACKER, at_once: int = 0,
                timeout: int = 0) -> list[Asked]:
        """All at the same time, unless told otherwise."""
        webhook = self.webhook(source)
        with concurrent.futures.ThreadPoolExecutor(at_once or len(questions)) as pool:
            return list(pool.map(lambda review: ask(webhook, review, timeout or self.effort.timeout), questions))

    @contextlib.contextmanager
    def attack(self, *innocents_images: str, pull_secrets: Sequence[str] = (),
               namespace: str = INNOCENTS_NAMESPACE, pause: float = 0.1,
               warm: int = 0) -> Iterator[Watch]:
        """While the body runs, an innocent asks about these images in turn, if there are any, and the programs are
        measured; the figures are in the watch after it. The attack begins when the innocent has been answered `warm`
        times, or else about each image."""
        innocent = None
        if innocents_images:
            questions = [pod(image, namespace=namespace, pull_secrets=pull_secrets)
                         for image in innocents_images]
            innocent = Innocent(self.stack.directory / "innocent", self.shim.port, self.stack.ca,
                                INNOCENT, pause, questions)
            self.stack.at_end(innocent.stop)
            needed = warm or max(3, len(innocents_images))
            wait_until(lambda: len(innocent.asked()) >= needed, "the innocent is answered", 30)
        watch = Watch(self, innocent)
        watch.begin()
        with contextlib.ExitStack() as stopped:
            if innocent:
                stopped.callback(innocent.stop)
            yield watch
            watch.end()

    def _limit(self, server: Server) -> None:
        group = self._limits.group()
        if group:
            self._groups.append(group)
            group.add(server.process.pid)


def pod(*images: str, namespace: str = "mallory", pull_secrets: Sequence[str] = ()) -> Review:
    review = reviews.pod(*images, namespace=namespace)
    if pull_secrets:
        reviews.pod_spec(review)["imagePullSecrets"] = [{"name": name} for name in pull_secrets]
    return review


@dataclasses.dataclass
class _Meter:
    """One program's figures. Growth is from before the attack to the most at any time in it."""

    server: Server
    resident: float = 0.0
    cpu: float = 0.0
    peak_growth: float = 0.0
    growth: float = 0.0
    cpu_used: float = 0.0
    cpu_after: float = 0.0

    @property
    def name(self) -> str:
        return self.server.process.log.parent.name

    def begin(self) -> None:
        procfs.forget_peak(self.server.process.pid)
        self.resident = procfs.resident_mib(self.server.process.pid)
        self.cpu = procfs.cpu_seconds(self.server.process.pid)

    def end(self) -> None:
        with self._while_it_lives():
            self.cpu_used = procfs.cpu_seconds(self.server.process.pid) - self.cpu

    def end_after(self) -> None:
        with self._while_it_lives():
            self.cpu_after = (procfs.cpu_seconds(self.server.process.pid) - self.cpu
                              - self.cpu_used)
            self.peak_growth = procfs.peak_mib(self.server.process.pid) - self.resident
            self.growth = procfs.resident_mib(self.server.process.pid) - self.resident

    @contextlib.contextmanager
    def _while_it_lives(self) -> Iterator[None]:
        try:
            yield
        except (ProcessLookupError, FileNotFoundError):
            self.peak_growth = self.growth = self.cpu_used = self.cpu_after = DEAD
        if not self.server.process.is_running():
            self.peak_growth = self.growth = self.cpu_used = self.cpu_after = DEAD


class Watch:
    """Measures from `begin` to `end`, and makes a finding of it."""

    def __init__(self, arena: Arena, innocent: Innocent | None) -> None:
        self._arena = arena
        self._innocent = innocent
        self._meters = [_Meter(server) for server in [*arena.verifiers, arena.shim]]
        self.finding = Finding()
        self.seen = Seen([])

    def begin(self) -> None:
        quiet_from = time.monotonic()
        if self._innocent:
            time.sleep(self._arena.effort.quiet_seconds)
            before = self._innocent.seen(0, time.monotonic())
            # The first were cold.
            self.quiet = Seen(before.asked[1:])
            self.finding.without_attack = self.quiet.text()
        for meter in self._meters:
            meter.begin()
        self._begun = time.monotonic()

    def end(self) -> None:
        ended = time.monotonic()
        for meter in self._meters:
            meter.end()
        time.sleep(self._arena.effort.after_seconds)
        for meter in self._meters:
            meter.end_after()
        if self._innocent:
            self._see(ended)
        self.finding.memory = ", ".join(f"{meter.name} {_mib(meter.peak_growth)}"
                                        for meter in self._meters)
        self.finding.cpu = ", ".join(f"{meter.name} {meter.cpu_used:.1f}+{meter.cpu_after:.2f}"
                                     for meter in self._meters)

    def _see(self, ended: float) -> None:
        """Also the answer that is still waited for; at least one, however short the attack was."""
        so_far = len(self._innocent.asked())
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: len(self._innocent.asked()) > so_far, "an answer", 15)
        self.seen = self._innocent.seen(self._begun, ended)
        if not self.seen.asked:
            self.seen = Seen(self._innocent.asked()[-1:])
        self.finding.with_attack = self.seen.text()

    def answers_so_far(self) -> int:
        """Of the innocent, since the attack began."""
        return len(self._innocent.seen(self._begun, time.monotonic()).asked)

    def answered(self, text: str) -> None:
        self.finding.answer = text

    def peak_below(self, mib: float, *, verifier: bool = True, shim: bool = True) -> None:
        """Each program's growth."""
        for meter in self._chosen(verifier, shim):
            self.finding.check(f"{meter.name}'s peak", meter.peak_growth < mib,
                               _mib(meter.peak_growth), f"< +{mib:g} MiB")

    def growth_below(self, mib: float) -> None:
        """What stays of it."""
        for meter in self._chosen(verifier=True, shim=False):
            self.finding.check(f"{meter.name}'s growth", meter.growth < mib, _mib(meter.growth),
                               f"< +{mib:g} MiB")

    def resident_below(self, mib: float) -> None:
        """The shim's, in all."""
        for meter in self._chosen(verifier=False, shim=True):
            most = meter.resident + meter.peak_growth
            self.finding.check(f"{meter.name}'s resident memory", most < mib, _mib(most, ""),
                               f"< {mib:g} MiB")

    def cpu_below(self, seconds: float, *, verifier: bool = True, shim: bool = True) -> None:
        for meter in self._chosen(verifier, shim):
            self.finding.check(f"{meter.name}'s CPU", meter.cpu_used < seconds,
                               f"{meter.cpu_used:.2f} s", f"< {seconds:g} s", timing=True)

    def cpu_after_below(self, seconds: float) -> None:
        for meter in self._meters:
            self.finding.check(f"{meter.name}'s CPU after the answer", meter.cpu_after < seconds,
                               f"{meter.cpu_after:.2f} s", f"< {seconds:g} s", timing=True)

    def innocent_is_served(self, seconds: float = 1.0) -> None:
        refused = [one for one in self.seen.asked if not one.allowed]
        why = f": {refused[0].failed or refused[0].message}"[:300] if refused else ""
        self.finding.check("innocent admissions", not refused and self.seen.asked,
                           f"{self.seen.allowed}/{len(self.seen.asked)}{why}", "all")
        self.finding.check("innocent's longest wait", self.seen.worst < seconds,
                           f"{self.seen.worst:.2f} s", f"< {seconds:g} s", timing=True)

    def nobody_died(self) -> None:
        dead = [meter.name for meter in self._meters if not meter.server.process.is_running()]
        self.finding.check("programs that died", not dead, ", ".join(dead) or "none", "none")

    def _chosen(self, verifier: bool, shim: bool) -> list[_Meter]:
        return [meter for meter in self._meters
                if (shim if meter.server is self._arena.shim else verifier)]


def _mib(value: float, sign: str = "+") -> str:
    return "dead" if value == DEAD else f"{value:{sign}.0f} MiB"
