"""What a process has used, as the kernel counts it."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Of all its threads, in user and system mode, since it began."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    # The name, which may hold anything, ends at the last parenthesis; field 14 is utime (proc(5)).
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def context_switches(pid: int) -> dict[str, int]:
    """Voluntary and not, since it began, of each thread that there is now, by its id."""
    return {status.parent.name: _switches(status) for status in Path(f"/proc/{pid}/task").glob("*/status")}


def _switches(status: Path) -> int:
    try:
        text = status.read_text(encoding="ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return 0  # the thread has ended meanwhile
    return sum(int(line.split()[1]) for line in text.splitlines() if "voluntary_ctxt_switches:" in line)


@dataclasses.dataclass(frozen=True)
class Memory:
    """MiB. Of `pss`, pages that other processes have too count by their share."""

    rss: float
    pss: float
    private_dirty: float

    def text(self) -> str:
        return f"{self.rss:.1f} / {self.pss:.1f} / {self.private_dirty:.1f}"


def memory(pid: int) -> Memory:
    kibibytes = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()[1:]:
        name, value, *_ = line.split()
        kibibytes[name] = int(value)
    return Memory(*(kibibytes[name] / 1024 for name in ("Rss:", "Pss:", "Private_Dirty:")))


def resident_mib(pid: int) -> float:
    return _status_mib(pid, "VmRSS")


def peak_mib(pid: int) -> float:
    """The most that was resident at once since it began, or since `forget_peak`."""
    return _status_mib(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")  # proc(5)


def threads(pid: int) -> int:
    return _status(pid, "Threads")


def descriptors(pid: int) -> int:
    """That are open."""
    return len(os.listdir(f"/proc/{pid}/fd"))


def _status_mib(pid: int, name: str) -> float:
    return _status(pid, name) / 1024


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1])
    raise ProcessLookupError(f"process {pid} has no {name}: it has ended")
