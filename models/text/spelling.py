"""Words as runs of characters, for networks that read how a word is spelt."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from models.text.tokenizers import TokenColumn
from models.text.vocabulary import Vocabulary

LONGEST_SPELLING = 40
"""Characters that are read of a word."""


@dataclass(frozen=True)
class SpeltWords:
    """Distinct words by the ids of their characters.

    Attributes:
        ids: (N,) int32, the words' characters one word after the other.
        offsets: (words + 1,) int64.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]


def characters_of(words: pa.Array) -> TokenColumn:
    """The characters of each word, at most the first forty; case is kept.

    Args:
        words: Large strings without null.
    """
    cut = pc.utf8_slice_codeunits(words, 0, LONGEST_SPELLING)
    lengths = pc.utf8_length(cut).to_numpy().astype(np.int64)
    points = np.frombuffer("".join(cut.to_pylist()).encode("utf-32-le"), np.uint32)
    distinct, indices = np.unique(points, return_inverse=True)
    return TokenColumn(
        words=pa.array([chr(point) for point in distinct.tolist()], pa.large_string()),
        indices=indices.astype(np.int32),
        offsets=np.concatenate([[0], np.cumsum(lengths)]),
    )


def spelt(words: pa.Array, characters: Vocabulary) -> SpeltWords:
    """The words by the ids of their characters; an empty one is one unknown character."""
    encoded = characters.encode(characters_of(words), max_tokens=LONGEST_SPELLING)
    return SpeltWords(encoded.ids, encoded.offsets)
