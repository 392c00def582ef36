"""What is soaked: a registry, two verifiers and a shim, with certificates for all as in a cluster."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Sequence

from e2e.certificates import KeyPair
from e2e.cluster import policy, rule
from e2e.evidence import Signer
from e2e.limited_registry import AnyName, RateLimit, SignedImages
from e2e.scripted_registry import BEHAVIOURS, ScriptedRegistry, closes
from e2e.servers import Server, Verifier, asking_over_tls
from e2e.stack import Stack
from e2e.status_pages import LISTEN
from e2e.webhook import WebhookClient

_DELAY = 0.005  # seconds that the registry takes for an answer
_LIMIT = 500  # requests a second that it answers
# Small, so that memory is full long before the time that is judged.
_CACHES = ["--signature-cache-bytes=1048576"]
_HOSTS = "IP:127.0.0.1,DNS:localhost"


class Stage:
    """Its programs are started, ended and changed on the thread that made it. `verifiers` are those that run."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.signer = Signer(stack.directory / "keys", "signer")
        self.second_signer = Signer(stack.directory / "keys", "second")
        self.stranger = Signer(stack.directory / "keys", "stranger")
        self.images = SignedImages(_DELAY, RateLimit(_LIMIT))
        self._behaviours = AnyName(self.images, BEHAVIOURS)
        self._registry = stack.scripted_registry(self._behaviours)
        self.host = self._registry.host
        stack.at_end(lambda: self._registry.stop())
        self._cluster = stack.cluster()
        self.write_policy(marker="first", with_second=False)
        self._pairs = {name: self._copied(name) for name in ("verifier-1", "verifier-2", "shim", "shim-client")}
        self._starts = 0
        self.verifiers = [self._verifier(name) for name in ("verifier-1", "verifier-2")]
        addresses = ",".join(verifier.address for verifier in self.verifiers)
        self.shim = stack.shim(f"ipv4:{addresses}", [
            *LISTEN, *asking_over_tls("verifier", stack.ca, self._pairs["shim-client"])], key_pair=self._pairs["shim"])
        self._count = 0
        self._counting = threading.Lock()
        # What is going on; "": nothing. Written by whoever disturbs.
        self.during = ""

    def webhook(self, source: str = "127.0.0.1") -> WebhookClient:
        return self.stack.webhook(self.shim, source=source)

    def servers(self) -> dict[str, Server]:
        """Those that run, by name."""
        return {"verifier-1": self.verifiers[0], "verifier-2": self.verifiers[1], "shim": self.shim}

    def new_image(self, folder: str, signer: Signer | None, bogus: Sequence[str] = ()) -> str:
        """By digest; a repository of its own; `bogus` signatures before the signer's. On any thread."""
        with self._counting:
            self._count += 1
            number = self._count
        repository = f"{folder}/app-{number}"
        return f"{self.host}/{repository}@{self.images.put(self.host, repository, 'v1', signer, bogus)}"

    # What disturbs.

    def restart_verifier(self, number: int) -> int:
        """The status with which it ended."""
        old = self.verifiers[number]
        status = old.stop()
        self.stack.servers.remove(old)
        self.verifiers[number] = self._verifier(f"verifier-{number + 1}", listen=old.address)
        return status

    def write_policy(self, marker: str, with_second: bool) -> None:
        """Which excludes a namespace `marker`, so that it can be told from others; `with_second`: of whom the second signer
        has signed, too."""
        keys = {"first": self.signer.public_key}
        if with_second:
            keys["second"] = self.second_signer.public_key
        self._cluster.write("policy.yaml", policy(keys, [rule("*", *keys)], [marker]))

    def replace_certificates(self) -> None:
        for name in self._pairs:
            self._copied(name)

    def take_registry_away(self) -> Callable[[], None]:
        """Nobody listens any more, and connections are closed. What this returns brings it back."""
        port = self._registry.server_port
        self.images.fault = closes
        self._registry.stop()

        def back() -> None:
            self._registry = ScriptedRegistry(self.stack.key_pair, self._behaviours, port=port)
            self.images.fault = None
        return back

    def _verifier(self, name: str, listen: str = "127.0.0.1:0") -> Verifier:
        self._starts += 1
        flags = [*LISTEN, f"--client-ca={self.stack.ca}", "--allowed-client=dns:shim-client.test=*", *_CACHES]
        return self.stack.verifier(self._cluster, flags, name=f"{name}-{self._starts}", key_pair=self._pairs[name],
                                   listen=listen)

    def _copied(self, name: str) -> KeyPair:
        """New, and put where programs look for it, key and certificate each as a whole."""
        made = self.stack.authority.issue(f"new-{name}", "DNS:shim-client.test" if name == "shim-client" else _HOSTS)
        folder = self.stack.directory / "served" / name
        folder.mkdir(parents=True, exist_ok=True)
        served = KeyPair(folder / "tls.crt", folder / "tls.key")
        for source, target in ((made.key, served.key), (made.certificate, served.certificate)):
            shutil.copy(source, folder / "new")
            os.replace(folder / "new", target)
        return served
