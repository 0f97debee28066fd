"""The pictures of a run: learning curves and the confusion matrix, as PNG files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from storage.files import atomic_write
from training.history import History
from training.scores import TITLES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DOTS_PER_INCH = 150
_TRAIN, _VALIDATION, _MUTED = "#d98032", "#2f6ca8", "#777777"
_MOST_NUMBERED_CLASSES = 30
_LONGEST_LABEL = 24


def draw_learning_curves(history: History, path: Path) -> None:
    """Losses and the validation headline by epoch, the kept epoch marked."""
    figure = new_figure(width=9.6, height=3.6)
    losses, headline = figure.subplots(1, 2)
    epochs = range(1, len(history.epochs) + 1)
    for name, colour in (("train", _TRAIN), ("validation", _VALIDATION)):
        values = [epoch[f"{name}/loss"] for epoch in history.epochs]
        losses.plot(epochs, values, color=colour, marker="o", markersize=3, label=name)
    losses.set_title("loss (natural log)")
    losses.legend(frameon=False)
    title = TITLES.get(history.headline, history.headline)
    values = [epoch[f"validation/{history.headline}"] for epoch in history.epochs]
    best = history.best_epoch
    headline.plot(epochs, values, color=_VALIDATION, marker="o", markersize=3)
    headline.plot(best, values[best - 1], color=_VALIDATION, marker="o", markersize=7)
    headline.set_title(f"{title} on validation; kept: epoch {best}, {values[best - 1]:#.3g}")
    for axes in (losses, headline):
        _dress_epochs(axes, len(history.epochs), best)
    save_figure(figure, path)


def draw_confusion_matrix(matrix: NDArray[np.int64], labels: Sequence[str], path: Path) -> None:
    """Rows by actual and predicted class: numbers are rows, colours shares of the actual class.

    Args:
        matrix: (K, K) rows by actual (first axis) and predicted class.
        labels: The K classes.
        path: Where the picture goes.
    """
    classes = len(labels)
    side = min(16.0, 2.6 + 0.62 * classes)
    figure = new_figure(width=side + 0.9, height=side, layout=None)
    axes = figure.subplots()
    rows = matrix.sum(axis=1, keepdims=True)
    shares = matrix / np.maximum(rows, 1)
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    names = [shortened(label) for label in labels]
    axes.set_xticks(range(classes), names)
    axes.set_yticks(range(classes), names)
    if classes > 3 or max(map(len, names)) > 12:
        for name in axes.get_xticklabels():
            name.set(rotation=45, ha="right", rotation_mode="anchor")
    axes.set_xlabel("predicted")
    axes.set_ylabel("actual")
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if classes <= _MOST_NUMBERED_CLASSES:
        _write_numbers(axes, matrix, shares)
    bar = figure.colorbar(image, ax=axes, fraction=0.046, pad=0.03)
    bar.set_label("share of the actual class")
    bar.outline.set_visible(False)
    save_figure(figure, path)


def _write_numbers(
    axes: "Axes", matrix: NDArray[np.int64], shares: NDArray[np.float64]
) -> None:
    """The row count of each cell, and its share where cells are large enough."""
    few = len(matrix) <= 6
    size = 10.0 if few else min(9.0, 200 / len(matrix))
    for (actual, predicted), rows in np.ndenumerate(matrix):
        share = shares[actual, predicted]
        axes.text(
            predicted,
            actual,
            f"{rows:,}\n{share:.0%}" if few else f"{rows:,}",
            ha="center",
            va="center",
            fontsize=size,
            in_layout=False,
            color="white" if share > 0.55 else ("black" if rows else "#bbbbbb"),
        )


def _dress_epochs(axes: "Axes", epochs: int, best: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.set_xlim(0.5, epochs + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=10, min_n_ticks=1))
    axes.axvline(best, color=_MUTED, linewidth=0.8, linestyle=":")
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def shortened(label: str) -> str:
    """A label that fits beside an axis; dollars would start a formula."""
    text = label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"
    return text.replace("$", r"\$")


def new_figure(
    *, width: float, height: float, layout: Literal["constrained"] | None = "constrained"
) -> "Figure":
    """An empty picture, in inches; no pyplot, so that nothing is shared between threads."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=_DOTS_PER_INCH, layout=layout)


def save_figure(figure: "Figure", path: Path) -> None:
    with atomic_write(path) as file:
        figure.savefig(file, format="png", bbox_inches="tight", pad_inches=0.1)
