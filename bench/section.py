"""A section of the report: a small table, for a terminal or for Markdown, and what is drawn of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence


@dataclasses.dataclass(frozen=True)
class Plot:
    """Lines by what they are; `name` is the file's, without its ending."""

    name: str
    title: str
    x_label: str
    y_label: str
    series: Mapping[str, Sequence[tuple[float, float]]]
    log_x: bool = False


@dataclasses.dataclass
class Section:
    """Rows of text under columns; the first is on the left, the others on the right."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)
    plots: list[Plot] = dataclasses.field(default_factory=list)

    def add(self, *cells: str) -> None:
        if len(cells) != len(self.columns):
            raise ValueError(f"{self.title}: {len(cells)} cells for {len(self.columns)} columns")
        self.rows.append(cells)

    def text(self) -> str:
        if not self.rows:
            return "\n".join([self.title, *(f"  {note}" for note in self.notes)])
        table = [self.columns, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.columns))]
        lines = [self.title]
        for row in table:
            right = "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:]))
            lines.append(f"  {row[0]:<{widths[0]}}{right}".rstrip())
        lines.insert(2, "  " + "─" * (sum(widths) + 2 * (len(widths) - 1)))
        return "\n".join(lines + [f"  {note}" for note in self.notes])

    def markdown(self, plots: str) -> str:
        """`plots` is where those are, from the document's folder."""
        lines = [f"### {self.title}"]
        if self.rows:
            lines += ["", _markdown_row(self.columns), _markdown_row(["---"] + ["---:"] * (len(self.columns) - 1))]
        lines += [_markdown_row(row) for row in self.rows]
        for note in self.notes:
            lines += ["", note]
        for plot in self.plots:
            lines += ["", f"![{plot.title}]({plots}/{plot.name}.svg)"]
        return "\n".join(lines)


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def number(value: float) -> str:
    """Three significant digits, or all of those before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
