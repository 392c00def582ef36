"""What is measured of the programs while they are attacked, and the finding that is made of it."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from e2e import procfs
from e2e.hostile.answers import check_denied, in_words
from e2e.hostile.finding import Finding
from e2e.hostile.innocent import Asked, Innocent, Seen
from e2e.process import wait_until
from e2e.servers import Server

if TYPE_CHECKING:
    from e2e.hostile.arena import Arena

# A verifier that was killed for its memory is not there to be measured.
DEAD = float("inf")


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
        if self._innocent:
            time.sleep(self._arena.effort.quiet_seconds)
            before = self._innocent.seen(0, time.monotonic())
            # The first were cold.
            self.finding.without_attack = Seen(before.asked[1:]).text()
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

    def wait_for_innocent(self, answers: int, seconds: float = 20.0) -> None:
        """Until it has been answered so many times more, or the time is over."""
        wanted = self._answers_so_far() + answers
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: self._answers_so_far() >= wanted, "answers", seconds)

    def _answers_so_far(self) -> int:
        return len(self._innocent.seen(self._begun, time.monotonic()).asked)

    def most_threads(self, until: Callable[[], bool], seconds: float) -> int:
        """That a verifier has at once, until this holds or the time is over."""
        most = 0

        def is_over() -> bool:
            nonlocal most
            most = max([most, *(_threads(verifier.process.pid) for verifier in self._arena.verifiers
                                if verifier.process.is_running())])
            return until()

        with contextlib.suppress(TimeoutError):
            wait_until(is_over, "the attack is over", seconds)
        return most

    def answered(self, text: str) -> None:
        self.finding.answer = text

    def denied(self, asked: Sequence[Asked], timeout: float = 0.0, said: str = "") -> None:
        """All of these must have been, within the time that the attacker's reviews have unless told otherwise; `said`
        comes before their words."""
        self.answered("; ".join(filter(None, [said, in_words(asked)])))
        check_denied(self.finding, asked, timeout or self._arena.effort.timeout)

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


def _threads(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return int(status.partition("\nThreads:")[2].split()[0])


def _mib(value: float, sign: str = "+") -> str:
    return "dead" if value == DEAD else f"{value:{sign}.0f} MiB"
