"""What the programs take over time, and how long a probe waits for its answer."""

from __future__ import annotations

import collections
import json
import threading
import time

from e2e import procfs, reviews
from e2e.hostile.innocent import Asked, Innocent
from e2e.soak.series import DESCRIPTORS, MEDIAN, MEMORY, P99, THREADS, Kind, Series, quantile
from e2e.soak.stage import Stage
from e2e.soak.tally import Outcome, Tally

_SOURCE = "127.0.0.9"
_PAUSE = 0.1


class _Probe:
    """Somebody in a process of his own, who asks about one image that is known."""

    def __init__(self, stage: Stage, image: str) -> None:
        self._innocent = Innocent(stage.stack.directory / "probe", stage.shim.port, stage.stack.ca, _SOURCE, _PAUSE,
                                  [reviews.pod(image, namespace="innocent")])
        stage.stack.at_end(self._innocent.stop)
        self._log = self._innocent.process.log.open("rb")

    def take(self) -> list[Asked]:
        """What was answered since the last time."""
        asked = []
        while True:
            place = self._log.tell()
            line = self._log.readline()
            if not line.endswith(b"\n"):
                self._log.seek(place)
                return asked
            asked.append(Asked(**json.loads(line)))

    def stop(self) -> None:
        self._innocent.stop()


class Samples:
    """Taken on a thread of its own, every `interval` seconds from `start` until `stop`."""

    def __init__(self, stage: Stage, tally: Tally, probed: str, interval: float) -> None:
        self._stage = stage
        self._tally = tally
        self._interval = interval
        self._probe = _Probe(stage, probed)
        self._began = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._go_on, daemon=True)
        # By kind, and the process with its number; in order.
        self._points: dict[tuple[Kind, str, int], list[tuple[float, float]]] = collections.defaultdict(list)
        # Processes that were not there any more.
        self.died: list[str] = []
        # What it ended with: nothing, if all is well.
        self.failed: Exception | None = None

    def start(self) -> None:
        self._probe.take()  # what was before is not measured
        self._began = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(60)
        self._probe.stop()

    def elapsed(self) -> float:
        return time.monotonic() - self._began

    def series(self) -> list[Series]:
        """One for each life of a process, and of what the probe saw."""
        return [Series(kind, whose, tuple(points)) for (kind, whose, _), points in self._points.items()]

    def _go_on(self) -> None:
        try:
            while not self._ended.wait(self._interval):
                self._sample()
        except Exception as error:  # whoever runs it must see it
            self.failed = error

    def _sample(self) -> None:
        now = self.elapsed()
        for name, server in self._stage.servers().items():
            pid = server.process.pid
            try:
                measured = [(MEMORY, procfs.resident_mib(pid)), (DESCRIPTORS, procfs.descriptors(pid)),
                            (THREADS, procfs.threads(pid))]
            except (FileNotFoundError, ProcessLookupError):
                # Asked to end, or about to be replaced; or else it died.
                if name not in self._stage.during and name not in self.died:
                    self.died.append(name)
                continue
            for kind, value in measured:
                self._points[(kind, name, pid)].append((now, value))
        self._see_probe(now)

    def _see_probe(self, now: float) -> None:
        asked = self._probe.take()
        for one in asked:
            self._tally.add("probe", self._stage.during, Outcome(one.allowed, one.message, one.failed),
                            should_be_allowed=True)
        times = [one.seconds * 1000 for one in asked if not one.failed]
        if times:
            self._points[(MEDIAN, "probe", 0)].append((now, quantile(times, 0.5)))
            self._points[(P99, "probe", 0)].append((now, quantile(times, 0.99)))
