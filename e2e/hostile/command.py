"""Runs of `countersign` under attack: each to its end, with what it has taken."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Sequence

from e2e import procfs, programs
from e2e.hostile.arena import Arena
from e2e.hostile.finding import Finding
from e2e.process import Process, wait_until

_SECONDS = 60.0

VERIFIED, DENIED, UNDECIDED = 0, 1, 2  # the exit status


@dataclasses.dataclass
class Command:
    """One that has ended."""

    status: int = 0
    said: str = ""
    seconds: float = 0.0
    peak: float = 0.0  # MiB
    cpu: float = 0.0  # seconds


def run(arena: Arena, command: str, *arguments: str) -> Command:
    """`countersign COMMAND` with these arguments. TimeoutError if it has not ended after a minute."""
    number = len(list(arena.stack.directory.glob("command-*.log")))
    process = Process([str(programs.COUNTERSIGN), command, *arguments],
                      arena.stack.directory / f"command-{number}.log", arena.stack.directory)
    arena.stack.at_end(process.stop)
    ran = Command()

    def has_ended() -> bool:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):
            ran.cpu = max(ran.cpu, procfs.cpu_seconds(process.pid))
            ran.peak = max(ran.peak, procfs.peak_mib(process.pid))
        return not process.is_running()

    begun = time.monotonic()
    wait_until(has_ended, "the command has ended", _SECONDS)
    ran.seconds = time.monotonic() - begun
    ran.status = process.wait()
    ran.said = process.output()
    return ran


def key_file(arena: Arena, key: str) -> str:
    """The flag for this public key (PEM)."""
    file = arena.stack.directory / "key.pub"
    file.write_text(key, encoding="utf-8")
    return f"--key={file}"


def check_command(finding: Finding, ran: Command, statuses: Sequence[int], peak: float, what: str = "the command") -> None:
    """It has ended with one of these, and never had more memory."""
    finding.check(f"{what}'s exit status", ran.status in statuses, f"{ran.status}: {ran.said[:300]}",
                  " or ".join(map(str, statuses)))
    finding.check(f"{what}'s memory", 0 < ran.peak < peak, f"{ran.peak:.0f} MiB", f"< {peak:g} MiB in all")


def check_cpu(finding: Finding, ran: Command, seconds: float, what: str = "the command") -> None:
    finding.check(f"{what}'s CPU", ran.cpu < seconds, f"{ran.cpu:.2f} s", f"< {seconds:g} s", timing=True)


def finding_of(ran: Command, statuses: Sequence[int], peak: float) -> Finding:
    """Of the only command of an attack, or its first."""
    finding = Finding(memory=f"countersign {ran.peak:.0f} MiB in all", cpu=f"countersign {ran.cpu:.1f}",
                      answer=f"exit {ran.status} after {ran.seconds:.1f} s: {ran.said[:160]}")
    check_command(finding, ran, statuses, peak)
    return finding
