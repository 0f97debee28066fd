"""The words that a network reads in sparse matrices, so that baselines read the same."""

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from configs.data import SPLITS
from models.text.vocabulary import SPECIALS, Vocabulary
from training.batching import IdColumn

if TYPE_CHECKING:
    from scipy.sparse import csr_array


class OwnBags(NamedTuple):
    """Counts of known words, (rows, words) each, rows in the order of the tables."""

    train: "csr_array"
    validation: "csr_array"
    test: "csr_array"


def own_bags(tokens: Path) -> OwnBags:
    """The bags of all splits.

    Args:
        tokens: Folder of token ids.
    """
    words = len(Vocabulary.load(tokens / "vocabulary.txt"))
    return OwnBags(*(_counted(IdColumn.open(tokens / split), words) for split in SPLITS))


def _counted(column: IdColumn, words: int) -> "csr_array":
    from scipy.sparse import csr_array

    ones = np.ones(len(column.ids), np.float64)
    # copies, for scipy sorts in place; scikit-learn's linear machines take 32 bits alone
    ids, offsets = np.array(column.ids), np.array(column.offsets)
    if len(ids) <= np.iinfo(np.int32).max:
        offsets = offsets.astype(np.int32)
    shape = (len(column.offsets) - 1, words)
    bags = csr_array((ones, ids, offsets), shape=shape)
    bags.sum_duplicates()
    return bags[:, len(SPECIALS) :]
