"""Where a rollout takes place: a registry that takes its time and limits how often it is asked, two verifiers, a shim."""

from __future__ import annotations

import dataclasses

from e2e.cluster import policy, rule
from e2e.evidence import Signer
from e2e.limited_registry import ROOT, AnyName, RateLimit, SignedImages
from e2e.rollout import ReplicaSet, RolledOut, roll_out
from e2e.servers import asking_over_tls
from e2e.stack import Stack

IMAGES, PODS_OF_EACH = 500, 20
_TEAMS = 25
DELAY, LIMIT = 0.05, 200  # seconds of an answer; requests a second


@dataclasses.dataclass(frozen=True)
class Measured:
    """`needed` is one request for each digest and one more for each tag; `requests` are those that the registry had, but
    for its root: whether somebody is let in and whether it limits everybody is not counted."""

    rolled_out: RolledOut
    needed: int
    requests: int
    refused: int  # of them, with 429
    registry_seconds: float  # from the first to the last answer

    @property
    def at_best(self) -> float:
        """Seconds that the limit takes for what is needed."""
        return self.needed / LIMIT

    def text(self) -> str:
        one = self.rolled_out
        return (f"{one.allowed + one.refused} Pods in {one.seconds:.1f} s, median {one.median_ms:.0f} ms, worst "
                f"{one.worst_ms:.0f}; {self.requests} requests where {self.needed} are needed "
                f"({self.requests / self.needed:.2f}), {self.refused} of them answered 429; the registry was asked for "
                f"{self.registry_seconds:.1f} s where the limit takes {self.at_best:.1f} "
                f"({self.registry_seconds / self.at_best:.2f})")


class RolloutStage:

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._signer = Signer(stack.directory / "signer")
        cluster = stack.cluster()
        cluster.write("policy.yaml", policy({"key": self._signer.public_key}, [rule("*", "key")]))
        flags = [f"--client-ca={stack.ca}", "--allowed-client=dns:shim-client.test=*"]
        verifiers = [stack.verifier(cluster, flags, name=f"verifier-{number}", key_pair=stack.key_pair)
                     for number in (1, 2)]
        client = stack.authority.issue("shim-client", "DNS:shim-client.test")
        addresses = ",".join(verifier.address for verifier in verifiers)
        self._shim = stack.shim(f"ipv4:{addresses}", asking_over_tls("verifier", stack.ca, client))
        stack.webhook(self._shim).wait_until_ready()

    def roll_out(self, pods_of_each: int, at_once: int) -> Measured:
        """So many Pods of each of the images, all of them new, of so many ReplicaSets at a time."""
        images = SignedImages(DELAY, RateLimit(LIMIT))
        host = self._stack.scripted_registry(AnyName(images)).host
        replica_sets = [self._replica_set(images, host, number, pods_of_each) for number in range(IMAGES)]
        rolled_out = roll_out(self._shim.port, self._stack.ca, self._stack.directory, replica_sets, at_once=at_once)
        requests = sum(count for what, count in images.asked.items() if what != f"GET {ROOT}")
        needed = IMAGES + sum("@" not in one.image for one in replica_sets)
        return Measured(rolled_out, needed, requests, images.statuses.get(429, 0), images.seconds())

    def _replica_set(self, images: SignedImages, host: str, number: int, pods: int) -> ReplicaSet:
        """Of a new image, which every second one names by its tag."""
        team = f"team-{number % _TEAMS}"
        repository = f"{team}/app-{number}"
        digest = images.put(host, repository, "v1", self._signer)
        return ReplicaSet(f"{host}/{repository}{':v1' if number % 2 else f'@{digest}'}", team, pods)
