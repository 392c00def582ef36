"""Measures, and prints the tables of one report, or writes it; `./dev bench` runs it."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
from pathlib import Path

from bench import (aims, cold, cold_images, cold_requests, evidence_requests, growth, load, many_policies, pure_steps,
                   remembered, rollout, warm, warm_profile)
from bench.report import write
from bench.section import Section
from e2e.signals import end_in_order
from e2e.stack import Stack


@dataclasses.dataclass(frozen=True)
class Effort:
    repetitions: int  # of each Google Benchmark
    repetition_seconds: float
    load_rounds: int
    load_seconds: int  # of each case in each round
    growth_seconds: int  # the same, of what is measured to see how it grows
    cold_rounds: int
    cold_images: int  # that nobody has asked about, in each round
    changes: int  # of a policy, under each count of policies
    profile_seconds: int


_USUAL = Effort(repetitions=11, repetition_seconds=0.1, load_rounds=5, load_seconds=2, growth_seconds=1,
                cold_rounds=11, cold_images=300, changes=5, profile_seconds=6)
_QUICK = Effort(repetitions=2, repetition_seconds=0.02, load_rounds=1, load_seconds=1, growth_seconds=1,
                cold_rounds=2, cold_images=20, changes=2, profile_seconds=2)
# Of images that nobody has asked about, for each number of keys.
_COLD_IMAGES_A_KEY_COUNT = 20


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _measure(effort: Effort) -> list[Section]:
    """What the aims are held to comes first in the report, and is measured first."""
    _say("warm admissions beside nginx ...")
    with Stack() as running:
        bench = warm.Bench(running)
        measured, by_connections = bench.measure(effort.load_rounds, effort.load_seconds)
        _say("a profile of them ...")
        profile = warm_profile.measure(bench.pair, bench.wrk, running.directory, effort.profile_seconds)
    _say("cold images ...")
    with Stack() as running:
        measured |= cold_images.Bench(running).measure(effort.load_rounds, effort.cold_images)
    with Stack() as running:
        measured |= cold_requests.Bench(running).measure(effort.load_rounds)
    return [aims.report(measured), by_connections, *_measure_growth(effort), *profile, *_measure_the_rest(effort)]


def _measure_growth(effort: Effort) -> list[Section]:
    _say("how the cost grows ...")
    with Stack() as running:
        bench = growth.Bench(
            running, growth.Effort(effort.load_rounds, effort.growth_seconds, _COLD_IMAGES_A_KEY_COUNT))
        return [bench.measure_images(), bench.measure_keys(), bench.measure_patterns(), bench.measure_replicas()]


def _measure_the_rest(effort: Effort) -> list[Section]:
    _say("many policies ...")
    with Stack() as running:
        many = many_policies.Bench(running).measure(effort.load_rounds, effort.load_seconds, effort.changes)
    _say("the steps alone ...")
    steps = [measure(effort.repetitions, effort.repetition_seconds) for measure in (
        pure_steps.measure_verification, pure_steps.measure_evidence, pure_steps.measure_steps,
        pure_steps.measure_policies)]
    _say("what is kept in memory ...")
    kept = remembered.measure()
    _say("what registries are asked ...")
    with Stack() as running:
        asked = evidence_requests.measure(running)
    _say("warm admissions of a Deployment ...")
    with Stack() as running:
        bench = load.Bench(running)
        deployments = bench.measure(effort.load_rounds, effort.load_seconds)
        memory = bench.report_memory()
    _say("single admissions ...")
    with Stack() as running:
        single = cold.Bench(running).measure(effort.cold_rounds)
    _say("a rollout ...")
    with Stack() as running:
        rolled_out = rollout.measure(running)
    return [*many, *steps, deployments, *single, rolled_out, asked, memory, kept]


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({os.uname().machine}), {memory:.0f} GiB of memory"


def _conditions(load_before: float, seconds: float) -> str:
    busy = "" if load_before < 0.5 else ": other work was running, and the figures suffer from it"
    return (f"{time.strftime('%Y-%m-%d')}, {_machine()}, load average {load_before:.1f} before"
            f"{busy}; {seconds:.0f} s.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=(
        "Measures what docs/measurements.md explains, in ten minutes or so, and prints the figures."))
    parser.add_argument("--quick", action="store_true",
                        help="only see that it works; the figures mean little")
    parser.add_argument("--write", type=Path, metavar="FILE",
                        help="also put the figures between the marks in FILE, which is "
                             "docs/measurements.md, and the plots into the folder beside it")
    arguments = parser.parse_args()
    end_in_order()
    load_before, begun = os.getloadavg()[0], time.monotonic()
    try:
        sections = _measure(_QUICK if arguments.quick else _USUAL)
    except KeyboardInterrupt:
        return 130
    conditions = _conditions(load_before, time.monotonic() - begun)
    if arguments.quick:
        conditions += " With --quick: the figures mean little."
    print("\n\n".join([conditions, *(section.text() for section in sections)]))
    if arguments.write:
        write(arguments.write, conditions, sections)
    return 0


if __name__ == "__main__":
    sys.exit(main())
