"""Somebody who only wants to run a signed image: asks again and again, from an address of his own.

usage: python3 -m e2e.hostile.innocent PORT CA SOURCE PAUSE REVIEW...

A process of its own, so that the attacker's work in Python does not slow it down. Each question is a new
connection; it prints a JSON line for each, and ends when its standard output or its parent does.
"""

from __future__ import annotations

import dataclasses
import http.client
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from e2e.process import Process
from e2e.reviews import Review
from e2e.webhook import WebhookClient

_TIMEOUT = 10  # seconds that the API server would give
_LATE = 2  # seconds more, after which no answer counts however busy the machine is


@dataclasses.dataclass(frozen=True)
class Asked:
    """One question's answer. `failed` says why there was none; `begun` is by the monotonic clock."""

    begun: float
    seconds: float
    allowed: bool
    message: str
    failed: str = ""


def ask(webhook: WebhookClient, review: Review, timeout: int = _TIMEOUT) -> Asked:
    begun = time.monotonic()
    try:
        answer = webhook.review(review, timeout, within=timeout + _LATE)
        return Asked(begun, time.monotonic() - begun, answer.allowed, answer.message)
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Asked(begun, time.monotonic() - begun, False, "", f"{type(error).__name__}: {error}")


@dataclasses.dataclass(frozen=True)
class Seen:
    """What an innocent saw in some time."""

    asked: Sequence[Asked]

    @property
    def allowed(self) -> int:
        return sum(one.allowed for one in self.asked)

    @property
    def worst(self) -> float:
        return max((one.seconds for one in self.asked), default=0.0)

    def text(self) -> str:
        if not self.asked:
            return "asked nothing"
        middle = statistics.median(one.seconds for one in self.asked)
        return f"{self.allowed}/{len(self.asked)}, {middle * 1000:.0f} ms, worst {self.worst * 1000:.0f}"


class Innocent:
    """The process, from the place of whoever started it."""

    def __init__(self, directory: Path, port: int, ca: Path, source: str, pause: float,
                 reviews: Sequence[Review]) -> None:
        directory.mkdir()
        files = []
        for number, review in enumerate(reviews):
            files.append(directory / f"review-{number}.json")
            files[-1].write_text(json.dumps(review), encoding="utf-8")
        self.process = Process(
            [sys.executable, "-B", "-m", "e2e.hostile.innocent", str(port), str(ca), source,
             str(pause), *map(str, files)], directory / "log", directory)

    def stop(self) -> None:
        self.process.stop()

    def asked(self) -> list[Asked]:
        """All that was answered so far. RuntimeError when the process has ended by itself."""
        if not self.process.is_running():
            raise RuntimeError(f"the innocent has ended: {self.process.output()[-2000:]}")
        return [Asked(**json.loads(line))
                for line in self.process.output().splitlines(keepends=True) if line.endswith("\n")]

    def seen(self, begin: float, end: float) -> Seen:
        """What was asked in this time, with the answers that have come."""
        return Seen([one for one in self.asked() if begin <= one.begun < end])


def main(port: str, ca: str, source: str, pause: str, *files: str) -> int:
    webhook = WebhookClient(int(port), Path(ca), source=source)
    reviews = [json.loads(Path(file).read_text(encoding="utf-8")) for file in files]
    number = 0
    while True:
        asked = ask(webhook, reviews[number % len(reviews)])
        print(json.dumps(dataclasses.asdict(asked)), flush=True)
        number += 1
        time.sleep(float(pause))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
