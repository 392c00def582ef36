"""Runs everything at once for some minutes, and says whether what the programs take stays flat; `./dev soak` runs it."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from e2e.signals import end_in_order
from e2e.soak.disturbances import RESTARTED, Disturbances
from e2e.soak.load import Load
from e2e.soak.picture import draw
from e2e.soak.report import Found, markdown, write
from e2e.soak.samples import Samples
from e2e.soak.series import P99, Series, judge
from e2e.soak.stage import Stage
from e2e.soak.tally import Tally
from e2e.stack import Stack

# Seconds between two disturbances, in which what one did passes.
_REST = 4.0
_SAMPLES = 240
# Until everything has happened once; what is judged should begin later.
_ONCE_SECONDS = 150.0
_PICTURE = "pictures/soak.svg"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _disturb(stage: Stage, disturbances: Disturbances, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        disturbance = disturbances.next()
        _say(f"  {seconds - (ends - time.monotonic()):6.0f} s  {disturbance.name}")
        disturbances.run(disturbance)
        time.sleep(_REST)
        stage.during = ""
        time.sleep(max(0.0, min(_REST, ends - time.monotonic())))


def soak(seconds: float, seed: int) -> tuple[Found, list[Series]]:
    load_before = os.getloadavg()[0]
    with Stack() as stack:
        stage = Stage(stack)
        stage.webhook().wait_until_ready()
        tally = Tally()
        load = Load(stage, tally, seed)
        disturbances = Disturbances(stage, tally, seed)
        samples = Samples(stage, tally, load.probed, max(1.0, seconds / _SAMPLES))
        load.start()
        try:
            disturbances.run(disturbances.first())
            stage.during = ""
            _say("filling what is remembered ...")
            load.fill()
            samples.start()
            _disturb(stage, disturbances, seconds)
        finally:
            samples.stop()
            load.stop()
        if samples.failed:
            raise samples.failed
        died = {*samples.died, *(name for name, server in stage.servers().items() if not server.process.is_running())}
    judged = [judge(one, seconds / 3, seconds) for one in samples.series() if one.kind is not P99 and one.whose != RESTARTED]
    found = Found(_conditions(seconds, seed, load_before), [one for one in judged if one], tally.result(), sorted(died),
                  disturbances.complaints, disturbances.done)
    return found, samples.series()


def _conditions(seconds: float, seed: int, load_before: float) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    short = "" if seconds / 3 >= _ONCE_SECONDS else " Too short: not everything had happened once before what is judged."
    return (f"{time.strftime('%Y-%m-%d')}, {seconds / 60:g} minutes, seed {seed}, {os.cpu_count()} cores "
            f"({os.uname().machine}), {memory:.0f} GiB of memory, load average {load_before:.1f} before.{short}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev soak", description=(
        "Runs a registry, two verifiers and a shim under a mixed load, with everything that may happen to them, and says "
        "whether memory, descriptors, threads and latency stay flat (docs/soak.md). Status 1: something was not well."))
    parser.add_argument("minutes", type=float)
    parser.add_argument("--seed", type=int, default=1, help="of the order in which things happen")
    parser.add_argument("--write", type=Path, metavar="FILE",
                        help=f"also put the figures between the marks in FILE, which is docs/soak.md, and the picture "
                             f"beside it, as {_PICTURE}")
    arguments = parser.parse_args()
    end_in_order()
    try:
        found, series = soak(arguments.minutes * 60, arguments.seed)
    except KeyboardInterrupt:
        return 130
    print(markdown(found, _PICTURE))
    if arguments.write:
        draw(arguments.write.parent / _PICTURE, series, arguments.minutes * 20, arguments.minutes * 60)
        write(arguments.write, markdown(found, _PICTURE))
    return 1 if found.failures() else 0


if __name__ == "__main__":
    sys.exit(main())
