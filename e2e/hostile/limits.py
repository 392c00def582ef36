"""Processor time and memory as the chart limits them, by the kernel's control groups where they can be had.

Both versions are tried: 2 (one hierarchy, where a parent must hand its controllers on) and 1 (a hierarchy for each
controller). Where neither lets this process make a group, programs run without limits, and the report says so.
"""

from __future__ import annotations

import contextlib
import os
import re
import uuid
from pathlib import Path

from e2e.process import wait_until

# limits_cpu of the chart.
CPU_QUOTA, CPU_PERIOD = 20_000, 100_000  # microseconds: 200m

_VALUES = Path(__file__).parents[2] / "deploy" / "chart" / "values.yaml"
_UNITS = {"Mi": 20, "Gi": 30}
_ROOT = Path("/sys/fs/cgroup")
_GONE_SECONDS = 5.0


class Limits:
    """Makes groups; `version` is 2, 1, or None where there are none. `what` says it in words."""

    def __init__(self, wanted: bool = True) -> None:
        self.version: int | None = None
        self._parents: dict[str, Path] = {}
        self._memory: dict[str, int] = {}
        if wanted:
            self._memory = {program: _memory_of(program) for program in ("shim", "verifier")}
            self._find()

    @property
    def what(self) -> str:
        if not self.version:
            return "no control groups: programs ran without limits"
        memory = " and ".join(f"each {program} {size >> 20} MiB" for program, size in self._memory.items())
        return (f"control groups version {self.version}: each program had {CPU_QUOTA * 1000 // CPU_PERIOD}m "
                f"of a processor, {memory}")

    def group(self, program: str) -> Group | None:
        """For a `shim` or a `verifier`."""
        if not self.version:
            return None
        return Group(self.version, {name: parent / f"countersign-{uuid.uuid4().hex[:12]}"
                                    for name, parent in self._parents.items()}, self._memory[program])

    def _find(self) -> None:
        for version, parents in ((2, _version_2()), (1, _version_1())):
            if not parents:
                continue
            self.version, self._parents = version, parents
            try:
                group = self.group("shim")
                if group:
                    group.close()
                return
            except OSError:
                self.version, self._parents = None, {}


class Group:
    """One process's limits. Files are written in the words of each version."""

    def __init__(self, version: int, folders: dict[str, Path], memory_bytes: int) -> None:
        self._folders = set(folders.values())
        with contextlib.ExitStack() as failed:
            failed.callback(self.close)
            for folder in self._folders:
                folder.mkdir()
            if version == 2:
                [folder] = self._folders
                _write(folder / "memory.max", memory_bytes)
                _write(folder / "cpu.max", f"{CPU_QUOTA} {CPU_PERIOD}")
                with contextlib.suppress(OSError):
                    _write(folder / "memory.swap.max", 0)
            else:
                _write(folders["memory"] / "memory.limit_in_bytes", memory_bytes)
                _write(folders["cpu"] / "cpu.cfs_period_us", CPU_PERIOD)
                _write(folders["cpu"] / "cpu.cfs_quota_us", CPU_QUOTA)
            failed.pop_all()

    def add(self, pid: int) -> None:
        for folder in self._folders:
            _write(folder / "cgroup.procs", pid)

    def close(self) -> None:
        """When the processes in it have ended; waits for the kernel to see that, within limits."""
        for folder in self._folders:
            with contextlib.suppress(TimeoutError):
                wait_until(lambda folder=folder: _is_gone(folder), f"{folder} is gone", _GONE_SECONDS)


def _memory_of(program: str) -> int:
    """What the chart lets it have, in bytes, unless the chart is given other values."""
    values = _VALUES.read_text(encoding="utf-8")
    found = re.search(rf"^{program}:\n(?:(?: .*)?\n)*?  memoryLimit: (\d+)([MG]i)$", values, re.MULTILINE)
    assert found, f"no memoryLimit of the {program} in {_VALUES}"
    return int(found[1]) << _UNITS[found[2]]


def _is_gone(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        folder.rmdir()
    return not folder.exists()


def _write(file: Path, value: object) -> None:
    file.write_text(str(value), encoding="ascii")


def _own_group(controller: str) -> str:
    """The path of this process's group below the hierarchy's root; "" is version 2's controller."""
    for line in Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return path.lstrip("/")
    return ""


def _version_2() -> dict[str, Path]:
    """The nearest folder upwards that may hand both controllers on."""
    folder = _ROOT / _own_group("")
    while _ROOT in [folder, *folder.parents] and (folder / "cgroup.controllers").exists():
        has = (folder / "cgroup.controllers").read_text(encoding="ascii").split()
        if {"cpu", "memory"} <= set(has):
            with contextlib.suppress(OSError):
                _write(folder / "cgroup.subtree_control", "+cpu +memory")
                return {"both": folder}
        folder = folder.parent
    return {}


def _version_1() -> dict[str, Path]:
    found = {}
    for name in ("memory", "cpu"):
        hierarchy = _ROOT / name
        for folder in (hierarchy / _own_group(name), hierarchy):
            if os.access(folder / "cgroup.procs", os.W_OK):
                found[name] = folder
                break
    return found if len(found) == 2 else {}
