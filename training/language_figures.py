"""How surprised a language model was: a passage with a colour behind each character."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.language_modelling import LanguagePredictor
from training.figures import new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_COLUMNS, _LINES = 76, 18
_MOST_BITS = 8.0
_READ_BEFORE = 300
"""Characters read first, for a network that begins knows nothing."""
_INCHES = 0.105
_SHOWN_LINE_END = "↵"


def draw_surprise(predictor: LanguagePredictor, texts: "pd.Series[str]", path: Path) -> bool:
    """Draw a passage from the beginning of the texts.

    Args:
        predictor: Reads character by character.
        texts: What is read, row by row.
        path: Where the picture goes.

    Returns:
        Whether there was anything to draw: of words there is no such picture.
    """
    if predictor.tokenizer != "characters":
        return False
    whole = "".join(texts.iloc[:3])[: _READ_BEFORE + _COLUMNS * _LINES]
    bits = predictor.surprise([whole]).each
    begin = min(_READ_BEFORE, len(whole) // 4)
    if len(bits) == len(whole):
        save_figure(surprise_figure(whole[begin:], bits[begin:]), path)
    return len(bits) == len(whole)


def surprise_figure(text: Sequence[str], bits: NDArray[np.float64]) -> "Figure":
    """The text in lines, each character on a colour for its bits.

    Args:
        text: (N,) characters.
        bits: (N,) of each.
    """
    cells = _cells(text)
    lines = max(line for line, _ in cells) + 1
    columns = max(column for _, column in cells) + 1  # verse has short lines
    grid = np.full((lines, columns), np.nan)
    for (line, column), value in zip(cells, bits, strict=True):
        grid[line, column] = value
    figure = new_figure(width=columns * _INCHES + 1.2, height=lines * _INCHES * 2 + 0.6)
    axes = figure.subplots()
    image = axes.imshow(grid, cmap="YlOrRd", vmin=0, vmax=_MOST_BITS, aspect=2)
    for (line, column), character in zip(cells, text, strict=True):
        shown = _SHOWN_LINE_END if character == "\n" else character
        axes.text(
            column,
            line,
            shown.replace("$", r"\$"),
            ha="center",
            va="center",
            family="monospace",
            fontsize=8,
            color="#bbbbbb" if character == "\n" else "black",
            in_layout=False,
        )
    axes.set_axis_off()
    bar = figure.colorbar(image, ax=axes, fraction=0.02, pad=0.01)
    bar.set_label(f"bits ({_MOST_BITS:g} and more)")
    bar.outline.set_visible(False)
    return figure


def _cells(text: Sequence[str]) -> list[tuple[int, int]]:
    """Line and column of each character; a line ends where the text's does, or is full."""
    cells, line, column = [], 0, 0
    for character in text:
        if column == _COLUMNS:
            line, column = line + 1, 0
        cells.append((line, column))
        column += 1
        if character == "\n":
            line, column = line + 1, 0
    return cells
