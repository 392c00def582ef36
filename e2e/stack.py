"""Registries, verifiers and shims on loopback, with certificates of their own, ended together."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from e2e import programs
from e2e.certificates import Authority, KeyPair
from e2e.cluster import Cluster
from e2e.docker_registry import DockerRegistry
from e2e.servers import Server, Shim, Verifier
from e2e.webhook import WebhookClient

STORAGE = programs.TESTDATA / "registry" / "storage"


class Stack(contextlib.AbstractContextManager["Stack"]):
    """Starts what it is asked for; on leaving its context stops all of it and removes its folder.
    Use it on one thread.

    One authority has signed all certificates; registries, verifiers and shims trust it.
    """

    def __init__(self) -> None:
        self._ends = contextlib.ExitStack()
        self.directory = Path(self._ends.enter_context(
            tempfile.TemporaryDirectory(prefix="countersign-")))
        with contextlib.ExitStack() as failed:
            failed.callback(self._ends.close)
            self.authority = Authority(self.directory / "certificates")
            self.key_pair = self.authority.issue("loopback")
            failed.pop_all()
        self.servers: list[Server] = []

    def __exit__(self, *exception: object) -> None:
        # All at once: each takes its time to end what is in progress.
        for server in self.servers:
            server.process.ask_to_end()
        self._ends.close()

    @property
    def ca(self) -> Path:
        return self.authority.certificate

    def at_end(self, stop: Callable[[], object]) -> None:
        """Also stops something else that was started."""
        self._ends.callback(stop)

    def cluster(self, name: str = "objects") -> Cluster:
        return Cluster(self.directory / name)

    def registry(self, *, htpasswd: Path | None = None, plain_http: bool = False,
                 name: str = "registry") -> DockerRegistry:
        """Serves testdata/registry/storage."""
        key_pair = None if plain_http else self.key_pair
        registry = DockerRegistry(self.directory / name, STORAGE, key_pair, htpasswd)
        self.at_end(registry.stop)
        return registry

    def verifier(self, cluster: Cluster, arguments: Sequence[str] = (), *, name: str = "verifier",
                 key_pair: KeyPair | None = None, listen: str = "127.0.0.1:0") -> Verifier:
        """Plaintext unless it is given a key pair."""
        verifier = Verifier(self.directory / name, cluster.directory, key_pair=key_pair,
                            listen=listen, arguments=[f"--registry-ca={self.ca}", *arguments])
        self.servers.append(verifier)
        self.at_end(verifier.stop)
        return verifier

    def shim(self, verifier: str, arguments: Sequence[str] = (), *, name: str = "shim",
             key_pair: KeyPair | None = None) -> Shim:
        """Asks the gRPC target `verifier`."""
        shim = Shim(self.directory / name, verifier, key_pair=key_pair or self.key_pair,
                    arguments=arguments)
        self.servers.append(shim)
        self.at_end(shim.stop)
        return shim

    def webhook(self, shim: Shim, *, source: str = "127.0.0.1",
                client: KeyPair | None = None) -> WebhookClient:
        return WebhookClient(shim.port, self.ca, source=source, client=client)


def standard_cluster(stack: Stack, registry: str) -> Cluster:
    """The policy, Secrets and ServiceAccounts of testdata/cluster, for this registry."""
    cluster = stack.cluster()
    cluster.add_folder(programs.TESTDATA / "cluster", registry)
    return cluster


def public_key(name: str) -> str:
    """PEM, from testdata/keys."""
    return (programs.TESTDATA / "keys" / f"{name}.pub").read_text(encoding="utf-8")
