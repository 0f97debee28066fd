"""What the gate looks at in running text: paragraphs that an earlier split holds already."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.grouping import Hashes, group_key, hash_of

LEAST_CHARACTERS = 40
"""Shorter paragraphs are headings and exclamations, which any text may share."""
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
    paragraphs, offsets = lists.flatten(), np.asarray(lists.offsets)
    lengths = pc.utf8_length(paragraphs).to_numpy(zero_copy_only=False)
    hashes = hash_of(group_key(paragraphs))
    long = lengths >= LEAST_CHARACTERS
    known = np.zeros(len(hashes), np.bool_)
    for earlier in seen.paragraphs:
        known |= np.isin(hashes, earlier)
    seen.paragraphs.append(hashes[long])
    rows = np.repeat(np.arange(len(column)), np.diff(offsets))
    counted = np.where(known & long, lengths, 0)
    sums: NDArray[np.int64] = np.bincount(rows, counted, len(column)).astype(np.int64)
    return sums
