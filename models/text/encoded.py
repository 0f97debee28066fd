"""Whole columns of texts as ids."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class EncodedColumn:
    """The ids of many texts, cut at a limit, with what was lost on the way.

    Attributes:
        ids: (N,) int32, the texts' ids one after the other.
        offsets: (rows + 1,) int64; text i holds `ids[offsets[i] : offsets[i + 1]]`.
        tokens: (rows,) words or pieces before the cut; 0 for a text without any.
        unknown: (rows,) unknown words among the kept ones.
        truncated: (rows,) words or pieces cut off.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    tokens: NDArray[np.int64]
    unknown: NDArray[np.int64]
    truncated: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    def without_empty(self) -> "EncodedColumn":
        """The same with no id for a text without words, of which there is nothing to learn."""
        lengths = np.diff(self.offsets)
        if not len(lengths) or self.tokens.min():
            return self
        return replace(
            self,
            ids=self.ids[np.repeat(self.tokens > 0, lengths)],
            offsets=offsets_of(np.where(self.tokens > 0, lengths, 0)),
        )


def offsets_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """(rows + 1,) where rows of these lengths begin and end, one after the other."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets
