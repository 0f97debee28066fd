"""How far a classifier's chances can be believed: how sure it is against how often right."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.figures import new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 15


class Calibration(NamedTuple):
    """Answers by how sure they were, in bins of equal width from 0 to 1; empty ones left out.

    Attributes:
        rows: (bins,) answers in each.
        chances: (bins,) mean chance of the answers given.
        right: (bins,) share of them that is right.
    """

    rows: NDArray[np.int64]
    chances: NDArray[np.float64]
    right: NDArray[np.float64]

    @property
    def error(self) -> float:
        """Expected calibration error (Guo et al. 2017, eq. 3), share 0 to 1."""
        gaps = np.abs(self.chances - self.right)
        return float((gaps * self.rows).sum() / self.rows.sum())


def calibration(
    chances: NDArray[np.floating], right: NDArray[np.bool_], *, bins: int = BINS
) -> Calibration:
    """Sort answers into bins.

    Args:
        chances: (N,) of the answers given, 0 to 1; N at least 1.
        right: (N,) whether each is right.
        bins: How many.
    """
    places = np.minimum((chances * bins).astype(np.int64), bins - 1)
    rows = np.bincount(places, minlength=bins)
    kept = rows > 0
    sums = (np.bincount(places, values, bins)[kept] for values in (chances, right))
    mean_chances, share = (each / rows[kept] for each in sums)
    return Calibration(rows[kept], mean_chances, share)


def draw_reliability(found: Calibration, path: Path) -> None:
    """Draw :func:`reliability_figure` to the path."""
    save_figure(reliability_figure(found), path)


def reliability_figure(found: Calibration) -> "Figure":
    """How often answers are right, over how sure they were; larger points stand for more."""
    figure = new_figure(width=4.8, height=4.4)
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="#aaaaaa", linewidth=1, linestyle="--")
    axes.plot(found.chances, found.right, color="#2f6ca8", linewidth=1)
    sizes = 10 + 190 * found.rows / found.rows.max()
    axes.scatter(found.chances, found.right, s=sizes, color="#2f6ca8")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_xlabel("chance that the network gives its answer")
    axes.set_ylabel("share of such answers that is right")
    axes.set_title(f"calibration error {found.error:.3f}", fontsize=10)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure
