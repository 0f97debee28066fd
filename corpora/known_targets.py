"""Which targets of a split training has seen: what a split by source cannot keep apart.

Different sources may have one translation, `Thanks!` and `Thank you!`; a network can then
write what it learnt by heart. Scores are told without such rows too.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from configs.data import SplitName
from corpora.columns import Mask
from corpora.grouping import Hashes, group_key, hash_of
from corpora.tables import part_paths


def target_groups(targets: pa.ChunkedArray) -> Hashes:
    """Hash of each target's group key, as `group` is of its source; a missing one is blank."""
    chunks = [pc.fill_null(chunk.cast(pa.large_string()), "") for chunk in targets.chunks]
    hashes = [hash_of(group_key(chunk)) for chunk in chunks]
    return np.concatenate(hashes) if hashes else np.zeros(0, np.uint64)


def known_targets(tables: Path, *, split: SplitName = "test") -> Mask:
    """For each row of the split, whether its target stands in training.

    Up to case, punctuation and spaces. Memory grows by eight bytes a row.

    Args:
        tables: Folder of the split tables of pairs.
        split: The split that is asked about.

    Raises:
        InputError: If a split has no table.
    """
    return among(_of_split(tables / split), _of_split(tables / "train"))


def among(groups: Hashes, others: Hashes) -> Mask:
    """For each hash whether it is one of the others; pandas' hash table, for speed."""
    found: Mask = pd.Index(groups).isin(others)
    return found


def _of_split(folder: Path) -> Hashes:
    parts = (pq.read_table(path, columns=["target"])["target"] for path in part_paths(folder))
    return np.concatenate([target_groups(part) for part in parts])
