"""Where a translator looked: a picture of several sentences, words on both axes."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from models.answers import Attention
from models.translating import TranslationPredictor
from training.figures import new_figure, save_figure, shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURED = 12
_COLUMNS = 3
_MOST_WORDS = 14
"""On a longer side the words would not be readable."""
_INCHES_PER_WORD = 0.27


def draw_attention(predictor: TranslationPredictor, shown: pd.DataFrame, path: Path) -> bool:
    """Draw the first twelve sentences that fit.

    Args:
        predictor: Translates.
        shown: Column source.
        path: Where the picture goes.

    Returns:
        Whether there was anything to draw: a network without attention has nothing to show.
    """
    if not predictor.has_attention:
        return False
    looks = readable(predictor.attend(pa.array(shown["source"], pa.large_string())))
    if looks:
        save_figure(attention_figure(looks), path)
    return bool(looks)


def readable(looks: Iterable[Attention]) -> list[Attention]:
    """The first twelve whose words fit beside the axes; one word alone shows nothing."""
    short = range(2, _MOST_WORDS + 1)
    fitting = (one for one in looks if len(one.source) in short and len(one.written) in short)
    return list(islice(fitting, PICTURED))


def attention_figure(looks: Sequence[Attention]) -> "Figure":
    """One page: a picture for each sentence, source words across, written words down."""
    rows = -(-len(looks) // _COLUMNS)
    longest = max(max(len(look.source), len(look.written)) for look in looks)
    side = 1.3 + _INCHES_PER_WORD * longest
    figure = new_figure(width=_COLUMNS * side, height=rows * side)
    for place, look in enumerate(looks, start=1):
        axes = figure.add_subplot(rows, _COLUMNS, place)
        axes.imshow(look.weights, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        columns, lines = (
            [shortened(word) or "·" for word in words] for words in (look.source, look.written)
        )
        axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right", fontsize=8)
        axes.set_yticks(range(len(lines)), lines, fontsize=8)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    figure.suptitle("source words across, written words down; dark: looked at", fontsize=10)
    return figure
