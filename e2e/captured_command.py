"""`countersign`, run where nothing of the machine and the moment gets into what it answers."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from e2e import programs
from e2e.cluster import PLACEHOLDER, Cluster
from e2e.process import Ran, run
from e2e.stack import HTPASSWD, Stack

# Stands for the registry that has the same images, but asks for a password.
PRIVATE = "private.test:5000"

# Long enough for the slowest machine: no answer may come of it.
SECONDS = 300

# What is said where the machine was too busy for the limits within; then it is asked again.
_LATE = re.compile(r"did not answer in time|no turn in time")
_MOST_TIMES = 6

_PATCH = re.compile(r'"patch":"([A-Za-z0-9+/=]+)"')
_TIME = re.compile(r'"ts":"[^"]*"')


def transcript(command: str, ran: Ran) -> list[str]:
    """Lines."""
    return [f"$ countersign {command}", *_whole_lines(ran.output),
            *(f"stderr: {line}" for line in _whole_lines(ran.errors)), f"exit {ran.status}", ""]


def _whole_lines(text: str) -> list[str]:
    """Without their ends; a last line that has none says so."""
    lines = text.split("\n")
    return lines[:-1] if not lines[-1] else [*lines[:-1], f"{lines[-1]} (no line end)"]


class Countersign:
    """The command, beside two registries with the images of testdata. It runs in a folder that has
    testdata's keys, and `policies` by their folders' names, so that no path of this machine is in
    an answer; those in `private` are for the registry that asks for a password. Thread-safe."""

    def __init__(self, stack: Stack, policies: Mapping[str, Sequence[Path]],
                 private: Sequence[str]) -> None:
        self._hosts = {PLACEHOLDER: stack.registry().host,
                       PRIVATE: stack.registry(htpasswd=HTPASSWD, name="private").host}
        self.clusters: dict[str, Cluster] = {}
        self._home = stack.directory
        self._trust = f"--registry-ca={stack.ca}"
        self._folder = stack.directory / "asked"
        self._folder.mkdir()
        (self._folder / "keys").symlink_to((programs.TESTDATA / "keys").resolve())
        for name, files in policies.items():
            registry = self._hosts[PRIVATE if name in private else PLACEHOLDER]
            cluster = self.clusters[name] = Cluster(self._folder / "policies" / name)
            for file in files:
                cluster.add_file(file, registry)

    def run(self, command: str, *arguments: str, stdin: str = "") -> Ran:
        """PLACEHOLDER and PRIVATE stand for the registries in what is given and what comes back."""
        for _ in range(_MOST_TIMES):
            ran = self.run_once(command, *map(self._placed, arguments), stdin=self._placed(stdin))
            if not _LATE.search(ran.output):
                break
        return Ran(ran.status, self._lasting(ran.output), self._lasting(ran.errors))

    def run_once(self, command: str, *arguments: str, stdin: str) -> Ran:
        """With the registries' own addresses."""
        return run([programs.COUNTERSIGN, command, self._trust, *arguments], self._home, stdin=stdin,
                   seconds=SECONDS, folder=self._folder)

    def _placed(self, text: str) -> str:
        for name, host in self._hosts.items():
            text = text.replace(name, host)
        return text

    def _lasting(self, written: str) -> str:
        text = _PATCH.sub(_decoded_patch, written)
        for name, host in self._hosts.items():
            text = re.sub(rf"{re.escape(host)}\b", name, text)
        ports = "|".join(host.partition(":")[2] for host in self._hosts.values())
        passing = re.search(rf"{re.escape(str(self._home))}|\b({ports})\b", text)
        if passing:
            raise RuntimeError(f"the next run would answer otherwise: {passing.group()} is in {text}")
        return _TIME.sub('"ts":"TIME"', text)


def _decoded_patch(match: re.Match[str]) -> str:
    patch = base64.b64decode(match.group(1))
    # Only what the decoded text gives back unchanged.
    if base64.b64encode(patch).decode() != match.group(1):
        return match.group(0)
    return f'"patch":base64({patch.decode()})'
