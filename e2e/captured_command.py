"""`countersign`, run where nothing of the machine and the moment gets into what it answers."""

from __future__ import annotations

import base64
import dataclasses
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from e2e import programs
from e2e.cluster import PLACEHOLDER, Cluster
from e2e.process import environment
from e2e.stack import Stack

# Stands for the registry that has the same images, but asks for a password.
PRIVATE = "private.test:5000"

# Long enough for the slowest machine: no answer may come of it.
SECONDS = 300

# What is said where the machine was too busy for the limits within; then it is asked again.
_LATE = re.compile(r"did not answer in time|no turn in time")
_MOST_TIMES = 6

_PATCH = re.compile(r'"patch":"([A-Za-z0-9+/=]+)"')
_TIME = re.compile(r'"ts":"[^"]*"')


@dataclasses.dataclass(frozen=True)
class Ran:
    """What a command wrote, and would write in each other run, too."""

    status: int
    output: str
    errors: str

    def transcript(self, command: str, output: str | None = None) -> list[str]:
        """Lines; `output` stands in the place of what was written to standard output."""
        written = self.output if output is None else output
        return [f"$ countersign {command}", *_whole_lines(written),
                *(f"stderr: {line}" for line in _whole_lines(self.errors)), f"exit {self.status}", ""]


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
        htpasswd = programs.TESTDATA / "registry" / "htpasswd"
        self._hosts = {PLACEHOLDER: stack.registry().host,
                       PRIVATE: stack.registry(htpasswd=htpasswd, name="private").host}
        self._home = stack.directory
        self._trust = f"--registry-ca={stack.ca}"
        self._folder = stack.directory / "asked"
        self._folder.mkdir()
        (self._folder / "keys").symlink_to((programs.TESTDATA / "keys").resolve())
        for name, files in policies.items():
            registry = self._hosts[PRIVATE if name in private else PLACEHOLDER]
            cluster = Cluster(self._folder / "policies" / name)
            for file in files:
                cluster.add_file(file, registry)

    def run(self, command: str, *arguments: str, stdin: str = "") -> Ran:
        """PLACEHOLDER and PRIVATE stand for the registries in what is given and what comes back."""
        for _ in range(_MOST_TIMES):
            ran = self._run(command, *arguments, stdin=stdin)
            if not _LATE.search(ran.output):
                break
        return ran

    def _run(self, command: str, *arguments: str, stdin: str) -> Ran:
        ran = subprocess.run(
            [str(programs.COUNTERSIGN), command, self._trust, *map(self._placed, arguments)],
            input=self._placed(stdin).encode(), capture_output=True, timeout=SECONDS,
            env=environment(self._home), cwd=self._folder)
        return Ran(ran.returncode, self._lasting(ran.stdout), self._lasting(ran.stderr))

    def _placed(self, text: str) -> str:
        for name, host in self._hosts.items():
            text = text.replace(name, host)
        return text

    def _lasting(self, written: bytes) -> str:
        text = _PATCH.sub(_decoded_patch, written.decode(errors="backslashreplace"))
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
