"""Registries, verifiers and shims on loopback, with certificates of their own, ended together."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from e2e import programs
from e2e.certificates import Authority, KeyPair
from e2e.cluster import Cluster, policy, rule
from e2e.docker_registry import DockerRegistry
from e2e.process import Ran, run
from e2e.scripted_registry import BEHAVIOURS, Request, ScriptedRegistry
from e2e.servers import Server, Shim, Verifier
from e2e.webhook import WebhookClient

STORAGE = programs.TESTDATA / "registry" / "storage"
HTPASSWD = programs.TESTDATA / "registry" / "htpasswd"
USER, PASSWORD = "reader", "test-only"  # of HTPASSWD


class _Stoppable(Protocol):
    def stop(self) -> object: ...


_Started = TypeVar("_Started", bound=_Stoppable)


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
        """Also does this on leaving."""
        self._ends.callback(stop)

    def keep(self, started: _Started) -> _Started:
        """Also stops what was started elsewhere; a server counts as one of the stack's."""
        if isinstance(started, Server):
            self.servers.append(started)
        self.at_end(started.stop)
        return started

    def cluster(self, name: str = "objects") -> Cluster:
        return Cluster(self.directory / name)

    def registry(self, *, htpasswd: Path | None = None, plain_http: bool = False,
                 name: str = "registry") -> DockerRegistry:
        """Serves testdata/registry/storage."""
        key_pair = None if plain_http else self.key_pair
        return self.keep(DockerRegistry(self.directory / name, STORAGE, key_pair, htpasswd))

    def scripted_registry(self, behaviours: Mapping[str, Callable[[Request], None]] = BEHAVIOURS, *,
                          key_pair: KeyPair | None = None, plain_http: bool = False,
                          address: str = "127.0.0.1") -> ScriptedRegistry:
        key_pair = None if plain_http else key_pair or self.key_pair
        return self.keep(ScriptedRegistry(key_pair, behaviours, address))

    def verifier(self, cluster: Cluster, arguments: Sequence[str] = (), *, name: str = "verifier",
                 key_pair: KeyPair | None = None, listen: str = "127.0.0.1:0",
                 registry_ca: bool = True) -> Verifier:
        """Plaintext unless it is given a key pair; `registry_ca` false: it does not trust the authority."""
        trust = [f"--registry-ca={self.ca}"] if registry_ca else []
        return self.keep(Verifier(self.directory / name, cluster.directory, key_pair=key_pair,
                                  listen=listen, arguments=[*trust, *arguments]))

    def shim(self, verifier: str, arguments: Sequence[str] = (), *, name: str = "shim",
             key_pair: KeyPair | None = None) -> Shim:
        """Asks the gRPC target `verifier`."""
        return self.keep(Shim(self.directory / name, verifier, key_pair=key_pair or self.key_pair,
                              arguments=arguments))

    def webhook(self, shim: Shim, *, source: str = "127.0.0.1",
                client: KeyPair | None = None) -> WebhookClient:
        return WebhookClient(shim.port, self.ca, source=source, client=client)

    def serve(self, cluster: Cluster, verifier_flags: Sequence[str] = (), shim_flags: Sequence[str] = (), *,
              name: str = "") -> tuple[Verifier, WebhookClient]:
        """A verifier, and a client of a shim that asks it. `name` tells one such pair from another."""
        end = f"-{name}" if name else ""
        verifier = self.verifier(cluster, verifier_flags, name=f"verifier{end}")
        return verifier, self.webhook(self.shim(verifier.address, shim_flags, name=f"shim{end}"))

    def run(self, program: Path, *arguments: object, stdin: str = "", seconds: float = 30.0) -> Ran:
        """To its end, with this stack's folder as its home."""
        return run([program, *arguments], self.directory, stdin=stdin, seconds=seconds)


def standard_cluster(stack: Stack, registry: str, name: str = "objects") -> Cluster:
    """The policy, Secrets and ServiceAccounts of testdata/cluster, for this registry."""
    cluster = stack.cluster(name)
    cluster.add_folder(programs.TESTDATA / "cluster", registry)
    return cluster


def one_key_cluster(stack: Stack) -> Cluster:
    """A policy that wants every image signed by one key: that of trusted/app:signed."""
    cluster = stack.cluster()
    cluster.write("policy.yaml", policy({"key": public_key("ecdsa-p256")}, [rule("*", "key")]))
    return cluster


def public_key(name: str) -> str:
    """PEM, from testdata/keys."""
    return public_key_file(name).read_text(encoding="utf-8")


def public_key_file(name: str) -> Path:
    return programs.TESTDATA / "keys" / f"{name}.pub"
