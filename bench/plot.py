"""Plots as SVG: the same figures give the same bytes, so that a change of the file is a change of the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("SVG")
from matplotlib import pyplot, ticker  # noqa: E402

# Text stays text, to be read, found and copied; ids within the file come from the salt instead of from chance.
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "countersign", "font.family": "sans-serif", "font.size": 10,
          "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3}
_NO_METADATA = {"Date": None, "Creator": None}
_INCHES = (7.0, 3.6)
# Of what the lines span, so that the highest point is whole.
_ROOM_ABOVE = 0.1
# Beyond so many points of a line they are not marked one by one.
_MARKED = 30

Points = Sequence[tuple[float, float]]


def line_plot(path: Path, title: str, x_label: str, y_label: str, series: Mapping[str, Points],
              log_x: bool = False) -> None:
    """A line for each of the series, by what it is. Both axes begin at zero, where they are not logarithmic."""
    with matplotlib.rc_context(_STYLE):
        figure, axes = pyplot.subplots(figsize=_INCHES, layout="constrained")
        try:
            for label, points in series.items():
                marker = "o" if len(points) <= _MARKED else None
                axes.plot([x for x, _ in points], [y for _, y in points], label=label, marker=marker, markersize=4)
            values = sorted({x for points in series.values() for x, _ in points})
            if log_x:
                _label_each(axes, values)
            else:
                axes.set_xlim(left=0)
                if all(value == int(value) for value in values):
                    axes.xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
            axes.margins(y=_ROOM_ABOVE)
            axes.set_ylim(bottom=0)
            axes.set(title=title, xlabel=x_label, ylabel=y_label)
            if len(series) > 1:
                axes.legend(frameon=False)
            figure.savefig(path, format="svg", metadata=_NO_METADATA)
        finally:
            pyplot.close(figure)


def _label_each(axes, values: Sequence[float]) -> None:
    """Where few numbers were measured, these are what the axis names, as a person writes them."""
    axes.set_xscale("log")
    if len(values) <= _MARKED:
        axes.set_xticks(values, [f"{value:,g}" for value in values])
        axes.minorticks_off()
