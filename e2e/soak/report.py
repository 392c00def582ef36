"""What a soak found, in words: for a terminal and for docs/soak.md."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from e2e.soak.series import Judged
from e2e.soak.tally import Counts

BEGIN = "<!-- Figures, written by ./dev soak --write; the text around them is by hand. -->"
END = "<!-- End of the figures. -->"


@dataclasses.dataclass(frozen=True)
class Found:
    """`died` are processes that nobody had asked to end."""

    conditions: str
    judged: Sequence[Judged]
    counts: Counts
    died: Sequence[str]
    complaints: Sequence[str]
    disturbances: Mapping[str, int]

    def failures(self) -> list[str]:
        """Why it was not well; empty: it was."""
        failures = [f"wrongly allowed, {count} times: {what} (during: {during or 'nothing'})"
                    for (what, during), count in self.counts.wrong_allows.items()]
        failures += [f"{name} died" for name in self.died]
        failures += list(self.complaints)
        failures += [f"not flat: {one.series.kind.name} of {one.series.whose} grew by {one.growth:.1f} of {one.median:.1f}, "
                     f"more than {one.allowed:.1f}" for one in self.judged if not one.is_flat]
        return failures

    def conclusion(self) -> str:
        flat = sum(one.is_flat for one in self.judged)
        said = f"{flat} of {len(self.judged)} series are flat; {sum(self.counts.wrong_allows.values())} wrong allows"
        return f"Well: {said}." if not self.failures() else f"NOT WELL: {said}."


def markdown(found: Found, picture: str) -> str:
    """`picture` is where it is, from the document's folder."""
    parts = [found.conditions, found.conclusion(), f"![Memory, descriptors, threads and latency over time]({picture})",
             "### What is flat", _judged(found.judged), "### What was asked", _asked(found.counts)]
    reasons = found.counts.reasons()
    if reasons:
        parts += ["Refused or not answered where it should have been allowed, by what was going on, the most frequent first:",
                  _table(["what", "meanwhile", "why", "times"], [[what, during or "nothing", why, str(count)]
                                                                 for what, during, why, count in reasons])]
    parts += ["### What happened meanwhile",
              _table(["", "times"], [[name, str(count)] for name, count in sorted(found.disturbances.items())])]
    failures = found.failures()
    if failures:
        parts += ["### What was not well", "\n".join(f"- {failure}" for failure in failures)]
    return "\n\n".join(parts)


def write(file: Path, figures: str) -> None:
    """Between the marks in the file."""
    text = file.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{file} has no place for figures: {BEGIN} and {END}")
    file.write_text(f"{before}{begin}\n\n{figures}\n\n{end}{after}", encoding="utf-8")


def _judged(judged: Sequence[Judged]) -> str:
    rows = [[f"{one.series.kind.name}, {one.series.whose}", f"{one.median:.1f}", f"{one.least:.1f} to {one.greatest:.1f}",
             f"{one.growth:+.1f}", f"{one.allowed:.1f} ({one.series.kind.tolerance.text(one.series.kind.unit)})",
             "flat" if one.is_flat else "**not flat**"] for one in judged]
    return _table(["", "median", "least to greatest", "the line grows by", "may grow by", ""], rows)


def _asked(counts: Counts) -> str:
    kinds = sorted(set(counts.right) | {key[0] for part in (counts.wrong_allows, counts.wrong_denies, counts.unanswered)
                                        for key in part})
    rows = [[kind, f"{counts.right.get(kind, 0):,}", str(counts.of(counts.wrong_allows, 0, kind)),
             str(counts.of(counts.wrong_denies, 0, kind)), str(counts.of(counts.unanswered, 0, kind))] for kind in kinds]
    return _table(["", "answered rightly", "wrongly allowed", "wrongly refused", "not answered"], rows)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
