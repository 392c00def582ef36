"""Measures, and prints one table; `./dev bench` runs it."""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import time
from pathlib import Path

from bench import cold, evidence_requests, load, many_policies, pure_steps, remembered
from bench.section import Section
from e2e.signals import end_in_order
from e2e.stack import Stack

_BEGIN = "<!-- Figures, written by ./dev bench --write; the text around them is by hand. -->"
_END = "<!-- End of the figures. -->"


@dataclasses.dataclass(frozen=True)
class Effort:
    repetitions: int  # of each Google Benchmark
    repetition_seconds: float
    load_rounds: int
    load_seconds: int  # of each case in each round
    cold_rounds: int
    changes: int  # of a policy, under each count of policies


_USUAL = Effort(repetitions=11, repetition_seconds=0.1, load_rounds=5, load_seconds=2,
                cold_rounds=11, changes=5)
_QUICK = Effort(repetitions=2, repetition_seconds=0.02, load_rounds=1, load_seconds=1,
                cold_rounds=2, changes=2)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _measure(effort: Effort) -> list[Section]:
    _say("the steps alone ...")
    sections = [pure_steps.measure_verification(effort.repetitions, effort.repetition_seconds),
                pure_steps.measure_evidence(effort.repetitions, effort.repetition_seconds),
                pure_steps.measure_steps(effort.repetitions, effort.repetition_seconds),
                pure_steps.measure_policies(effort.repetitions, effort.repetition_seconds)]
    _say("what is kept in memory ...")
    kept = remembered.measure()
    _say("what registries are asked ...")
    with Stack() as running:
        asked = evidence_requests.measure(running)
    _say("warm admissions ...")
    with Stack() as running:
        warm = load.Bench(running)
        sections.append(warm.measure(effort.load_rounds, effort.load_seconds))
        memory = warm.report_memory()
    _say("many policies ...")
    with Stack() as running:
        many = many_policies.Bench(running)
        sections += many.measure(effort.load_rounds, effort.load_seconds, effort.changes)
    _say("cold admissions ...")
    with Stack() as running:
        sections += cold.Bench(running).measure(effort.cold_rounds)
    return [*sections, asked, memory, kept]


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({os.uname().machine}), {memory:.0f} GiB of memory"


def _conditions(load_before: float, seconds: float) -> str:
    busy = "" if load_before < 0.5 else ": other work was running, and the figures suffer from it"
    return (f"{time.strftime('%Y-%m-%d')}, {_machine()}, load average {load_before:.1f} before"
            f"{busy}; {seconds:.0f} s.")


def _write(file: Path, conditions: str, sections: list[Section]) -> None:
    """Puts the figures between the marks in the file."""
    text = file.read_text(encoding="utf-8")
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{file} has no place for figures: {_BEGIN} and {_END}")
    figures = "\n\n".join([conditions, *(section.markdown() for section in sections)])
    file.write_text(f"{before}{begin}\n\n{figures}\n\n{end}{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=(
        "Measures what docs/measurements.md explains, in a few minutes, and prints the figures."))
    parser.add_argument("--quick", action="store_true",
                        help="only see that it works; the figures mean little")
    parser.add_argument("--write", type=Path, metavar="FILE",
                        help="also put the figures between the marks in FILE, which is "
                             "docs/measurements.md")
    arguments = parser.parse_args()
    end_in_order()
    load_before, begun = os.getloadavg()[0], time.monotonic()
    try:
        sections = _measure(_QUICK if arguments.quick else _USUAL)
    except KeyboardInterrupt:
        return 130
    conditions = _conditions(load_before, time.monotonic() - begun)
    print("\n\n".join([conditions, *(section.text() for section in sections)]))
    if arguments.write:
        _write(arguments.write, conditions, sections)
    return 0


if __name__ == "__main__":
    sys.exit(main())
