"""Where an attack takes place: the programs, registries, and an innocent caller."""

from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import functools
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence

from e2e import reviews
from e2e.certificates import KeyPair
from e2e.cluster import Cluster, Manifest, policy, rule
from e2e.evidence import Signer
from e2e.hostile.content import Content
from e2e.hostile.innocent import Asked, Innocent, ask
from e2e.hostile.limits import Group, Limits
from e2e.hostile.watch import Watch
from e2e.process import wait_until
from e2e.reviews import Review
from e2e.scripted_registry import Request, ScriptedRegistry
from e2e.servers import Server, Shim, Verifier, asking_over_tls
from e2e.stack import Stack
from e2e.webhook import WebhookClient

# Loopback addresses of those who take part.
ATTACKER, INNOCENT = "127.0.0.2", "127.0.0.9"
INNOCENTS_NAMESPACE = "innocent"
_HOSTS = ",".join(["DNS:localhost", *(f"IP:127.0.0.{number}" for number in range(1, 30))])


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
        self._policies = 0
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
        return self.stack.scripted_registry(behaviours, key_pair=self.hosts, plain_http=plain_http, address=address)

    @functools.cached_property
    def signer(self) -> Signer:
        """Of the innocent's images."""
        return Signer(self.stack.directory / "signer")

    def good_images(self, count: int = 1, good: Content | None = None,
                    **others: Callable[[Request], None]) -> tuple[str, list[str]]:
        """The host of a registry, and so many signed images in its `good`; `others` are what it has by other names."""
        good = good or Content()
        host = self.registry({"good": good, **others}).host
        for number in range(count):
            good.put_signed_image("good/app", str(number), self.signer)
        return host, [f"{host}/good/app:{number}" for number in range(count)]

    def cluster(self, keys: Mapping[str, str] | None = None, rules: Sequence[Manifest] = (),
                objects: Sequence[Manifest] = (), name: str = "objects") -> Cluster:
        """A policy that wants every image signed by the signer, unless told otherwise, and these objects."""
        keys = keys or {"key": self.signer.public_key}
        cluster = self.stack.cluster(name)
        cluster.write("policy.yaml", policy(keys, rules or [rule("*", *keys)]))
        if objects:
            cluster.write("objects.yaml", *objects)
        return cluster

    def start(self, cluster: Cluster, *, verifier_flags: Sequence[str] = (),
              shim_flags: Sequence[str] = (), verifiers: int = 1,
              verifier_key_pair: KeyPair | None = None, target: str = "") -> None:
        """All of it serves when this returns. `target`: the shim asks somebody else. Each look at an image by its tag
        asks its registry, so that what an attack takes of that is missed."""
        for number in range(verifiers):
            verifier = self.stack.verifier(cluster, ["--tag-memory=0", *verifier_flags], name=f"verifier-{number}",
                                           key_pair=verifier_key_pair)
            self._limit(verifier)
            self.verifiers.append(verifier)
        addresses = ",".join(verifier.address for verifier in self.verifiers)
        self.shim = self.stack.shim(target or f"ipv4:{addresses}", shim_flags)
        self._limit(self.shim)
        if not target:
            self.webhook().wait_until_ready()

    def start_with_a_client(self, rights: str, shim_flags: Sequence[str] = ()) -> ssl.SSLContext:
        """As `start`, with a verifier that tells its clients apart: the shim, and another with these rights, whose
        connections this makes."""
        shim, other = (self.stack.authority.issue(name, f"DNS:{name}.test") for name in ("shim-client", "flood"))
        self.start(self.cluster(), verifier_key_pair=self.stack.key_pair,
                   verifier_flags=[f"--client-ca={self.stack.ca}", "--allowed-client=dns:shim-client.test=*",
                                   f"--allowed-client=dns:flood.test={rights}"],
                   shim_flags=[*asking_over_tls("verifier", self.stack.ca, shim), *shim_flags])
        tls = ssl.create_default_context(cafile=str(self.stack.ca))
        tls.load_cert_chain(other.certificate, other.key)
        tls.set_alpn_protocols(["h2"])
        return tls

    def put_policy(self, cluster: Cluster, written: Manifest) -> None:
        """In the place of the one that is there; in force when this returns, as it is the first to exclude a namespace."""
        self._policies += 1
        marker = f"policy-{self._policies}"
        written["spec"]["verification"]["exclude"] = {"resources": {"namespaces": [marker]}}
        cluster.write("policy.yaml", written)
        wait_until(lambda: self.ask("127.0.0.1:1/app", namespace=marker).allowed, "the policy is in force", 20)

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
        group = self._limits.group("shim" if isinstance(server, Shim) else "verifier")
        if group:
            self._groups.append(group)
            group.add(server.process.pid)


def pod(*images: str, namespace: str = "mallory", pull_secrets: Sequence[str] = ()) -> Review:
    review = reviews.pod(*images, namespace=namespace)
    if pull_secrets:
        reviews.pod_spec(review)["imagePullSecrets"] = [{"name": name} for name in pull_secrets]
    return review
