"""What the gate looks at in running text: paragraphs that an earlier split holds already."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.grouping import Hashes, group_key, hash_of

LEAST_CHARACTERS = 40
"""Shorter paragraphs are headings and exclamations, which any text may share."""
LONGEST_PARAGRAPH = 1_000
"""Characters; a longer one with lines in it is looked at line by line: in a file of a sentence
a line nothing else parts the text."""
_CUT = "\x1e"
_BETWEEN = r"\n[ \t]*\n\s*"


@dataclass
class SeenText:
    """Hashes of the paragraphs of the splits looked at before."""

    paragraphs: list[Hashes] = field(default_factory=list)


def known_characters(texts: pa.ChunkedArray, *, seen: SeenText) -> NDArray[np.int64]:
    """(rows,) characters in paragraphs that an earlier split holds; these are then added to it.

    Paragraphs are compared as rows are: without case, punctuation and line breaks, so that two
    editions of a book are one text.

    Args:
        texts: The rows of a split.
        seen: What earlier splits hold.
    """
    column = pc.fill_null(texts.combine_chunks(), "")
    lists = pc.split_pattern_regex(column, _BETWEEN)
    paragraphs, rows = _pieces(lists.flatten(), np.diff(lists.offsets))
    lengths = pc.utf8_length(paragraphs).to_numpy(zero_copy_only=False)
    hashes = hash_of(group_key(paragraphs))
    long = lengths >= LEAST_CHARACTERS
    known = np.zeros(len(hashes), np.bool_)
    for earlier in seen.paragraphs:
        known |= np.isin(hashes, earlier)
    seen.paragraphs.append(hashes[long])
    counted = np.where(known & long, lengths, 0)
    sums: NDArray[np.int64] = np.bincount(rows, counted, len(column)).astype(np.int64)
    return sums


def _pieces(
    paragraphs: pa.Array, counts: NDArray[np.int64]
) -> tuple[pa.Array, NDArray[np.int64]]:
    """Paragraphs, the long ones cut into lines, and the row that each piece is of."""
    rows = np.repeat(np.arange(len(counts)), counts)
    long = pc.greater(pc.utf8_length(paragraphs), LONGEST_PARAGRAPH)
    bound = pc.if_else(long, pc.replace_substring(paragraphs, "\n", _CUT), paragraphs)
    lists = pc.split_pattern(bound, _CUT)
    return lists.flatten(), np.repeat(rows, np.diff(lists.offsets))
