"""Pictures of drift: one distribution laid over the other, as PNG."""

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from data_checks.distributions import CategoryCounts, NumberCounts
from data_checks.drift import shortened
from data_checks.profile import Column
from data_checks.profile_comparison import movers

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_BEFORE, _AFTER = "#9bb3cc", "#d95f0e"
_DOTS_PER_INCH = 140
_MOST_BARS = 8
_MOST_BINS = 40
_TAIL = 0.995
_LONGEST_NAME = 24


def draw_overlay(before: Column, after: Column) -> bytes:
    """One column of both profiles, as a PNG: bars for categories, steps for numbers."""
    one, two = before.counts, after.counts
    if isinstance(one, NumberCounts):
        assert isinstance(two, NumberCounts)
        return _numbers(one, two)
    assert isinstance(two, CategoryCounts)
    return _categories(one, two)


def _numbers(before: NumberCounts, after: NumberCounts) -> bytes:
    """Share of the rows by value; the last half percent is left out of sight."""
    figure = _figure(height=2.3)
    axes = figure.subplots()
    edges = _edges(before, after)
    for counts, colour, filled in ((before, _BEFORE, True), (after, _AFTER, False)):
        rows, _ = np.histogram(counts.values, bins=edges, weights=counts.counts)
        axes.stairs(100 * rows / counts.rows, edges, color=colour, fill=filled, linewidth=1.8)
    for counts, colour in ((before, "#5b7590"), (after, _AFTER)):
        axes.axvline(counts.quantile(0.5), color=colour, linewidth=1, linestyle=":")
    axes.set_ylabel("% of rows")
    axes.set_xlim(edges[0], edges[-1])
    _dress(axes, grid="y")
    return _png(figure)


def _edges(before: NumberCounts, after: NumberCounts) -> NDArray[np.float64]:
    """Edges of bins that whole numbers fall into the middle of."""
    low = min(before.values[0], after.values[0])
    high = max(before.quantile(_TAIL), after.quantile(_TAIL))
    whole = np.concatenate([before.values, after.values])
    if (whole == np.round(whole)).all():
        width = max(1.0, np.ceil((high - low + 1) / _MOST_BINS))
        return np.arange(low - 0.5, high + width, width)
    return np.linspace(low, max(high, low + 1e-3), _MOST_BINS + 1)


def _categories(before: CategoryCounts, after: CategoryCounts) -> bytes:
    """The categories that moved furthest, the furthest on top."""
    rows = [row for row in movers(before, after) if max(row[1:]) > 0][:_MOST_BARS]
    figure = _figure(height=0.75 + 0.32 * max(2, len(rows)))
    axes = figure.subplots()
    places = np.arange(len(rows), dtype=np.float64)
    shares = 100 * np.array([row[1:] for row in rows])
    axes.barh(places - 0.2, shares[:, 0], height=0.38, color=_BEFORE)
    axes.barh(places + 0.2, shares[:, 1], height=0.38, color=_AFTER)
    axes.set_yticks(places, [_label(name) for name, _, _ in rows])
    axes.invert_yaxis()
    axes.set_xlabel("%")
    axes.tick_params(axis="y", length=0)
    widest = shares.max()
    axes.set_xlim(0, widest * 1.14)
    for place, pair in zip(places, shares, strict=True):
        for offset, share in zip((-0.2, 0.2), pair, strict=True):
            axes.text(
                share + widest * 0.01, place + offset, f"{share:.1f}", va="center", size=7
            )
    _dress(axes, grid="x")
    return _png(figure)


def _dress(axes: "Axes", *, grid: str) -> None:
    axes.grid(axis=grid, color="#e6e6e6", linewidth=0.8)  # type: ignore[arg-type]
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)


def _label(name: str) -> str:
    """A name that fits beside an axis; dollars would start a formula."""
    return shortened(name, longest=_LONGEST_NAME).replace("$", r"\$")


def _figure(*, height: float) -> "Figure":
    """An empty picture, in inches; no pyplot, so that nothing is shared between threads."""
    from matplotlib.figure import Figure

    return Figure(figsize=(5.2, height), dpi=_DOTS_PER_INCH, layout="constrained")


def _png(figure: "Figure") -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
