"""Verifiers and shims that speak to each other as they do in a cluster, by mutual TLS."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from e2e import procfs
from e2e.cluster import Cluster
from e2e.process import Process
from e2e.servers import Shim, Verifier, asking_over_tls
from e2e.stack import Stack
from e2e.webhook import PATH, WebhookClient

_SHIM_NAME = "countersign-shim.image-policy-system.svc"


@dataclasses.dataclass(frozen=True)
class Pair:
    """A shim, and the verifier that it asks, or several of one policy."""

    shim: Shim
    verifiers: Sequence[Verifier]
    webhook: WebhookClient

    @property
    def verifier(self) -> Verifier:
        [verifier] = self.verifiers
        return verifier

    @property
    def url(self) -> str:
        return f"https://{self.shim.address}{PATH}?timeout=10s"

    def processes(self) -> Mapping[str, Sequence[Process]]:
        return {"shim": [self.shim.process], "verifier": [verifier.process for verifier in self.verifiers]}

    def memory(self) -> dict[str, procfs.Memory]:
        """Of the shim, and of the one verifier."""
        return {"shim": procfs.memory(self.shim.process.pid),
                "verifier": procfs.memory(self.verifier.process.pid)}

    def resident_mib(self) -> float:
        """Of all of them."""
        return sum(procfs.resident_mib(process.pid) for processes in self.processes().values()
                   for process in processes)

    def cpu_seconds(self) -> float:
        """Of all of them, since they began."""
        return sum(procfs.cpu_seconds(process.pid) for processes in self.processes().values()
                   for process in processes)


class Pairs:
    """Starts them. One certificate serves all verifiers, and another is every shim's where it asks them."""

    def __init__(self, running: Stack) -> None:
        self._running = running
        self._client = running.authority.issue("bench-shim", f"DNS:{_SHIM_NAME}")

    def verifier(self, cluster: Cluster, arguments: Sequence[str] = (), *, name: str = "verifier",
                 listen: str = "127.0.0.1:0") -> Verifier:
        return self._running.verifier(
            cluster, [f"--client-ca={self._running.ca}", f"--allowed-client=dns:{_SHIM_NAME}=*", *arguments],
            name=name, key_pair=self._running.key_pair, listen=listen)

    def shim(self, target: str, *, name: str = "shim") -> Shim:
        return self._running.shim(target, [
            "--verifier-server-name=localhost", *asking_over_tls("verifier", self._running.ca, self._client)],
            name=name)

    def start(self, cluster: Cluster, arguments: Sequence[str] = (), *, name: str, verifiers: int = 1) -> Pair:
        """It is ready when this returns."""
        started = [self.verifier(cluster, arguments, name=f"verifier-{name}-{number}")
                   for number in range(verifiers)]
        shim = self.shim("ipv4:" + ",".join(verifier.address for verifier in started), name=f"shim-{name}")
        webhook = self._running.webhook(shim)
        webhook.wait_until_ready()
        return Pair(shim, started, webhook)
