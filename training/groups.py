"""Which groups a model learnt from, kept beside its scores for tests that come later."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from configs.data import SplitName
from corpora.tables import iter_parts
from storage.files import atomic_write

FILE = "lineage/groups.parquet"
LEARNT_FROM: tuple[SplitName, ...] = ("train", "validation")
"""Validation rows pick the epoch that is kept, so a model has learnt from them too."""


def write_groups(tables: Path, folder: Path) -> None:
    """Write `lineage/groups.parquet`: each group of the two splits once, with its split.

    About 9 bytes a group on the disk, since a group is the hash of a text and not the text.
    """
    frames = []
    for split in LEARNT_FROM:
        parts = [part["group"].unique() for part in iter_parts(tables / split, ["group"])]
        groups = pd.unique(pd.concat(map(pd.Series, parts)))
        frames.append(pd.DataFrame({"group": groups, "split": split}))
    table = pa.Table.from_pandas(
        pd.concat(frames).sort_values("group"), preserve_index=False
    ).replace_schema_metadata()
    with atomic_write(folder / FILE) as file:
        pq.write_table(table, file, compression="zstd", use_dictionary=["split"])


def count_seen(groups: Iterable[str], learnt_from: Path) -> int:
    """How many of the groups stand in the file of groups that a model learnt from."""
    known = pd.Index(pd.read_parquet(learnt_from, columns=["group"])["group"])
    return int(pd.Index(pd.unique(pd.Series(groups))).isin(known).sum())
