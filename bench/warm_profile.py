"""Where the CPU time of warm admissions goes: both processes sampled by perf under load."""

from __future__ import annotations

import collections
import os
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.pairs import Pair
from bench.section import Section
from bench.symbol_groups import GROUPS, Sample, group_of, read_samples, shortened
from bench.wrk import Wrk

_CONNECTIONS = 16
# No multiple of what timers have.
_HERTZ = 997
_TOP = 15
_FEW = 100
_BY_GROUP = "Where the CPU time of a warm admission goes, 16 connections"


class _NoProfileError(Exception):
    """With a sentence that says why."""


def measure(pair: Pair, wrk: Wrk, directory: Path, seconds: int) -> list[Section]:
    """By group, and the functions of each process that most samples fell on. One section that says why there are none
    where perf may not look, or is not there."""
    try:
        samples = _samples(pair, wrk, directory / "perf.data", seconds)
    except _NoProfileError as why:
        return [Section(_BY_GROUP, [""], notes=[f"There is no profile: {why}"])]
    by_process = {name: [sample for sample in samples if sample.pid in {process.pid for process in processes}]
                  for name, processes in pair.processes().items()}
    return [by_group(by_process), *(_top(name, mine) for name, mine in by_process.items())]


def by_group(by_process: Mapping[str, Sequence[Sample]]) -> Section:
    """Shares of each process's samples, and of all of them."""
    section = Section(_BY_GROUP, ["", *(f"% of the {name}" for name in by_process), "% of both"])
    counts = [collections.Counter(group_of(sample.name, sample.loaded) for sample in mine)
              for mine in by_process.values()]
    counts.append(sum(counts, collections.Counter()))
    for group in GROUPS:
        section.add(group, *(f"{_percent(count[group], count.total()):.1f}" for count in counts))
    section.notes.append(f"{counts[-1].total():,} samples of both processes, "
                         f"{_percent(counts[0].total(), counts[-1].total()):.0f} % of them of the shim.")
    return section


def _top(name: str, samples: Sequence[Sample]) -> Section:
    section = Section(f"What most samples of the {name} fell on", ["function", "loaded from", "%"])
    for (function, loaded), count in collections.Counter(
            (sample.name, sample.loaded) for sample in samples).most_common(_TOP):
        section.add(f"`{shortened(function)}`", loaded, f"{_percent(count, len(samples)):.1f}")
    return section


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def _samples(pair: Pair, wrk: Wrk, data: Path, seconds: int) -> list[Sample]:
    """Of both processes under load. By the clock, as virtual machines have no counters."""
    perf = shutil.which("perf", path="/usr/bin:/usr/sbin")
    if not perf:
        raise _NoProfileError("perf (Debian's linux-perf) is not installed.")
    pids = ",".join(str(process.pid) for processes in pair.processes().values() for process in processes)
    load = threading.Thread(target=wrk.run, args=(pair.url, _CONNECTIONS, seconds + 2))
    load.start()
    try:
        _run([perf, "record", "--event=cpu-clock", f"--freq={_HERTZ}", f"--output={data}", f"--pid={pids}", "--",
              "sleep", str(seconds)])
    finally:
        load.join()
    found = read_samples(_run([perf, "script", f"--input={data}", "--fields=pid,ip,sym,dso"]))
    if len(found) < _FEW:
        raise _NoProfileError(f"perf took {len(found)} samples, from which nothing follows.")
    return found


def _run(command: Sequence[str]) -> str:
    """Its output."""
    ran = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, timeout=180,
                         env={**os.environ, "DEBUGINFOD_URLS": ""})
    if ran.returncode:
        said = ran.stderr.decode(errors="replace").strip().splitlines() or [f"exit {ran.returncode}"]
        raise _NoProfileError(f"`{' '.join(command[:2])}` failed: {said[0]}")
    return ran.stdout.decode(errors="replace")
