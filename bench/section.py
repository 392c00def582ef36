"""A section of the report: a small table, for a terminal or for Markdown."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass
class Section:
    """Rows of text under columns; the first is on the left, the others on the right."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)

    def add(self, *cells: str) -> None:
        if len(cells) != len(self.columns):
            raise ValueError(f"{self.title}: {len(cells)} cells for {len(self.columns)} columns")
        self.rows.append(cells)

    def text(self) -> str:
        table = [self.columns, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(self.columns))]
        lines = [self.title]
        for row in table:
            right = "".join(f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:]))
            lines.append(f"  {row[0]:<{widths[0]}}{right}".rstrip())
        lines.insert(2, "  " + "─" * (sum(widths) + 2 * (len(widths) - 1)))
        return "\n".join(lines + [f"  {note}" for note in self.notes])

    def markdown(self) -> str:
        lines = [f"### {self.title}", "", _markdown_row(self.columns),
                 _markdown_row(["---"] + ["---:"] * (len(self.columns) - 1))]
        lines += [_markdown_row(row) for row in self.rows]
        for note in self.notes:
            lines += ["", note]
        return "\n".join(lines)


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def number(value: float) -> str:
    """Three significant digits, or all of those before the point."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
