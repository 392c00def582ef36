"""The picture in docs/soak.md. The same figures give the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("SVG")
from matplotlib import pyplot  # noqa: E402

from e2e.soak.series import DESCRIPTORS, MEDIAN, MEMORY, P99, THREADS, Series  # noqa: E402

# Text stays text, to be read and found; ids within the file come from the salt instead of from chance.
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "countersign", "font.family": "sans-serif", "font.size": 9,
          "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3}
_INCHES = (8.0, 9.0)
_COLOURS = {"verifier-1": "C0", "verifier-2": "C1", "shim": "C2"}
_PANELS = ((MEMORY,), (DESCRIPTORS,), (THREADS,), (MEDIAN, P99))


def draw(path: Path, series: Sequence[Series], judged_from: float, ends: float) -> None:
    """One below the other, over minutes; what is judged is on white. Of processes, each life is a line."""
    with matplotlib.rc_context(_STYLE):
        figure, panels = pyplot.subplots(len(_PANELS), 1, sharex=True, figsize=_INCHES, layout="constrained")
        try:
            for axes, kinds in zip(panels, _PANELS):
                _draw_panel(axes, [one for one in series if one.kind in kinds])
                axes.axvspan(0, judged_from / 60, color="0.93", zorder=0)
                axes.set_ylim(bottom=0)
            panels[-1].set_yscale("symlog", linthresh=10)
            panels[-1].set_xlim(0, ends / 60)
            panels[-1].set_xlabel("minutes; what is judged is on white")
            figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
        finally:
            pyplot.close(figure)


def _draw_panel(axes, series: Sequence[Series]) -> None:
    labelled: set[str] = set()
    for one in series:
        is_probe = one.kind in (MEDIAN, P99)
        label = ("median" if one.kind is MEDIAN else "99 %") if is_probe else one.whose
        colour = {"median": "C3", "99 %": "C4"}.get(label) or _COLOURS.get(label)
        axes.plot([at / 60 for at, _ in one.points], [value for _, value in one.points], color=colour, linewidth=1,
                  label=None if label in labelled else label)
        labelled.add(label)
    kind = series[0].kind if series else MEDIAN
    title = "warm probe, ms" if kind in (MEDIAN, P99) else f"{kind.name}{', ' if kind.unit else ''}{kind.unit}"
    axes.set_title(title, loc="left")
    if kind in (MEMORY, MEDIAN, P99):  # processes have their colours everywhere
        axes.legend(frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1, 1))
