"""What the gate looks at in tagged sentences: numbers of words and tags, and tags by split."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.data import SPLITS, SplitName
from models.text.tokenizers import given_words


def without_own_tag(tokens: pa.ChunkedArray, tags: pa.ChunkedArray) -> NDArray[np.bool_]:
    """(rows,) whether a sentence has another number of tags than of words."""
    counts = [pc.count_substring_regex(pc.fill_null(c, ""), r"[^ ]+") for c in (tokens, tags)]
    unequal: NDArray[np.bool_] = pc.not_equal(*counts).to_numpy()
    return unequal


def tag_frame(tags: Mapping[SplitName, pa.ChunkedArray]) -> pd.DataFrame:
    """One row per tag: its words in each split, and what differs from training.

    `new_share_<split>`: share of the split's words with the tag, if training does not have it;
    `drift_<split>`: half the difference of the tag's shares in the split and in training, so
    that the sum over tags is their total variation distance, 0 to 1.

    Args:
        tags: The tags of each split's sentences, parted by spaces.
    """
    counts = {}
    for name, column in tags.items():
        words = given_words(pc.fill_null(column, ""), lowercase=False)
        number = np.bincount(words.indices, minlength=len(words.words))
        counts[name] = pd.Series(number, index=words.words.to_pylist(), dtype="float64")
    table = pd.DataFrame(counts, columns=list(SPLITS))
    frame = pd.DataFrame({"tag": table.index.astype(str)})
    frame[list(SPLITS)] = table.to_numpy()
    shares = (table / table.sum()).fillna(0.0).reset_index(drop=True)
    in_train = frame["train"].notna()
    for name in SPLITS[1:]:
        frame[f"new_share_{name}"] = shares[name].where(~in_train, 0.0)
        frame[f"absent_from_{name}"] = frame[name].isna() & in_train
        frame[f"drift_{name}"] = (shares[name] - shares["train"]).abs() / 2
    return frame
