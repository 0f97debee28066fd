"""Which split each row goes to, or which rule drops it, once all rows are known by hash."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.data import SPLITS, DataConfig, SplitName
from corpora.catalogue import dataset
from corpora.columns import Mask, text_column
from corpora.grouping import Hashes
from corpora.splits import (
    DROPPED,
    Assignment,
    drawn,
    drop_known,
    split_as_published,
    split_by_hash,
    split_by_position,
    split_by_time,
)
from storage.errors import InputError

Ranks = NDArray[np.int64]
"""What a split goes by: the published place in SPLITS, the moment, or the row's characters."""


@dataclass(frozen=True)
class RowHashes:
    """All rows in source order, one entry each.

    Attributes:
        groups: Hash of the row's group key.
        contents: Hash of all the row says; equal rows are duplicates.
        ranks: Published split or moment; zeros for `split: hash`.
    """

    groups: Hashes
    contents: Hashes
    ranks: Ranks


def assign(rows: RowHashes, data: DataConfig) -> tuple[Assignment, Counter[str]]:
    """The split of every row, and how many rows each rule dropped.

    Duplicates go first, then rows beyond `limit`, then rows that a later split knows.
    """
    dropped: Counter[str] = Counter()
    assignment = np.full(len(rows.groups), DROPPED, dtype=np.int8)
    left = np.arange(len(rows.groups))
    if data.cleaning.drop_duplicates:
        left = left[~_repeated(rows, data)]
        dropped["duplicate"] = len(assignment) - len(left)
    if data.limit is not None and data.limit < len(left):
        dropped["over_limit"] = len(left) - data.limit
        left = left[drawn(rows.groups[left], data.limit, seed=data.split_seed)]
    groups = rows.groups[left]
    assignment[left] = _split(groups, rows.ranks[left], data)
    if data.split in ("published", "time"):
        assignment[left] = drop_known(assignment[left], groups)
        dropped["known_group"] = int((assignment[left] == DROPPED).sum())
    return assignment, dropped


def ranks_of(frame: pd.DataFrame, data: DataConfig) -> Ranks:
    """What `data.split` needs to know of each row of a chunk.

    Args:
        frame: As the readers hand it on, with `file`, and `time` where the source has one.
        data: Says which split is asked for.

    Raises:
        InputError: If the data set has no published splits, or no times.
    """
    if data.split == "hash":
        return np.zeros(len(frame), dtype=np.int64)
    if data.split == "published":
        return _published_places(frame, data)
    if data.split == "position":
        lengths: Ranks = pc.utf8_length(text_column(frame["text"])).to_numpy()
        return lengths.astype(np.int64)
    if "time" not in frame:
        raise InputError(
            f"data.split is 'time', but {data.dataset} has no times; use 'hash', which any "
            "data can do"
        )
    moments = pd.to_datetime(frame["time"], utc=True, format="ISO8601").dt.tz_convert(None)
    return moments.to_numpy("datetime64[ns]").astype(np.int64)


def _published_places(frame: pd.DataFrame, data: DataConfig) -> Ranks:
    published = () if data.file or data.sql else dataset(data.dataset).published
    if not published:
        raise InputError(
            f"data.split is 'published', but {data.dataset} comes without splits of its own; "
            "use 'hash', which any data can do"
        )
    which, files = pd.factorize(frame["file"])
    places = np.array([_place_of(file, published, data) for file in files], np.int64)
    chosen: Ranks = places[which]
    return chosen


def _place_of(file: str, published: Iterable[tuple[SplitName, str]], data: DataConfig) -> int:
    for split, member in published:
        if fnmatchcase(file, member):
            return SPLITS.index(split)
    raise InputError(
        f"{file} of {data.dataset} belongs to no published split; those are of "
        f"{', '.join(member for _, member in published)}; use data.split 'hash'"
    )


def _repeated(rows: RowHashes, data: DataConfig) -> Mask:
    """All but the first of equal rows; a published test row is no repetition of training."""
    columns = {"content": rows.contents}
    if data.split == "published":
        columns["split"] = rows.ranks.astype(np.uint64)
    return pd.DataFrame(columns).duplicated().to_numpy()


def _split(groups: Hashes, ranks: Ranks, data: DataConfig) -> Assignment:
    if data.split == "hash":
        return split_by_hash(
            groups,
            seed=data.split_seed,
            validation_share=data.validation_share,
            test_share=data.test_share,
        )
    if data.split == "published":
        return split_as_published(
            ranks.astype(np.int8),
            groups,
            seed=data.split_seed,
            validation_share=data.validation_share,
        )
    ordered = split_by_position if data.split == "position" else split_by_time
    return ordered(ranks, validation_share=data.validation_share, test_share=data.test_share)
