"""Running text: paragraphs of generated reviews, an empty line after each."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from corpora.phrases.grammar import Draw
from corpora.phrases.reviews import reviews

SENTENCES = 5
"""Reviews in a paragraph, a line for each."""


def paragraphs(draw: Draw) -> pa.Table:
    """A table of texts, one paragraph a row, as many as the draw has rows."""
    lines = reviews(Draw(draw.rows * SENTENCES, draw.generator))["text"].combine_chunks()
    offsets = np.arange(0, len(lines) + 1, SENTENCES, dtype=np.int32)
    lists = pa.ListArray.from_arrays(offsets, lines.cast(pa.string()))
    ended = pc.binary_join_element_wise(pc.binary_join(lists, ".\n"), ".\n\n", "")
    return pa.table({"text": ended.cast(pa.large_string())})
