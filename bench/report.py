"""The report in a document: between two marks the figures, and in a folder beside it the plots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.section import Section

BEGIN = "<!-- Figures, written by ./dev bench --write; the text around them is by hand. -->"
END = "<!-- End of the figures. -->"


def write(file: Path, conditions: str, sections: Sequence[Section]) -> None:
    """ValueError, and nothing is written, where the file has no place for figures."""
    written = with_figures(file.read_text(encoding="utf-8"), file.stem, conditions, sections)
    _draw(file.parent / file.stem, sections)
    file.write_text(written, encoding="utf-8")


def with_figures(text: str, plots: str, conditions: str, sections: Sequence[Section]) -> str:
    """The document with these figures; `plots` is where those are, from its folder."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document has no place for figures: {BEGIN} and {END}")
    figures = "\n\n".join([conditions, *(section.markdown(plots) for section in sections)])
    return f"{before}{begin}\n\n{figures}\n\n{end}{after}"


def _draw(folder: Path, sections: Sequence[Section]) -> None:
    # Not at the top, since it is only there where ./dev bench has installed what it needs.
    from bench.plot import line_plot  # pylint: disable=import-outside-toplevel

    plots = [plot for section in sections for plot in section.plots]
    folder.mkdir(exist_ok=True)
    for plot in plots:
        line_plot(folder / f"{plot.name}.svg", plot.title, plot.x_label, plot.y_label, plot.series, plot.log_x)
