"""Batches of rows of like length, cut from token ids that stay on the disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Integer = TypeVar("Integer", bound=np.integer)

WINDOW_BATCHES = 32
"""Rows are sorted by length within windows of so many batches of the shuffled epoch: long
enough for little padding, short enough that a row meets other rows in every epoch."""


@dataclass(frozen=True)
class IdColumn:
    """The token ids of one text column of a split, memory-mapped.

    Attributes:
        ids: (tokens,) int32, the ids of all rows one after the other.
        offsets: (rows + 1,) int64; row i is `ids[offsets[i]:offsets[i + 1]]`.
    """

    ids: NDArray[np.int32]
    offsets: Ids

    @classmethod
    def open(cls, folder: Path, *, prefix: str = "") -> Self:
        """Map `<prefix>ids.npy` and `<prefix>offsets.npy` of the split's folder."""
        return cls(
            ids=mapped(folder / f"{prefix}ids.npy", np.int32),
            offsets=mapped(folder / f"{prefix}offsets.npy", np.int64),
        )

    @property
    def lengths(self) -> Ids:
        """(rows,) int64, tokens of every row."""
        return np.diff(self.offsets)

    def gather(self, positions: Ids) -> tuple[Ids, Ids]:
        """Ids of the rows at the positions, one row after the other, and the rows' lengths."""
        starts = self.offsets[positions]
        lengths = self.offsets[positions + 1] - starts
        ends = np.cumsum(lengths)
        within = np.arange(ends[-1]) - np.repeat(ends - lengths, lengths)
        ids = self.ids[np.repeat(starts, lengths) + within]
        return ids.astype(np.int64), lengths


def mapped(path: Path, dtype: type[Integer]) -> NDArray[Integer]:
    """The array in the file, read from the disk as it is used.

    Raises:
        ValueError: If it is of another type: the file is not one of ours.
    """
    array = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.dtype != np.dtype(dtype):
        raise ValueError(f"{path} holds {array.dtype}, not {np.dtype(dtype)}; encode it again")
    return np.asarray(array)


def real_positions(lengths: Ids) -> Mask:
    """(B, T) bool, True on the first `lengths` positions of each row; T is the longest."""
    return np.arange(max(1, int(lengths.max()))) < lengths[:, None]


@dataclass(frozen=True)
class EpochOrder:
    """The batches of one epoch, in order; a pure function of seed and epoch.

    So a checkpoint needs to hold no more of it than the number of batches already done.

    Attributes:
        positions: (rows,) int64, every row of the split once, neighbours alike in length.
        sequence: (batches,) int64, the order in which slices of `positions` are batches.
        batch_size: Rows of a batch; the last slice may hold fewer.
    """

    positions: Ids
    sequence: Ids
    batch_size: int

    @classmethod
    def shuffled(cls, lengths: Ids, *, batch_size: int, seed: int, epoch: int) -> Self:
        """Shuffle the rows, sort windows of them by length, cut batches, shuffle the batches.

        Args:
            lengths: (rows,) int64, what decides which rows are alike.
            batch_size: Rows of a batch.
            seed: The training's seed.
            epoch: Number of the epoch; each has its own order.
        """
        random = np.random.default_rng([seed, epoch])
        positions = random.permutation(len(lengths))
        window = batch_size * WINDOW_BATCHES
        whole = len(positions) // window * window
        for part in (positions[:whole].reshape(-1, window), positions[None, whole:]):
            by_length = np.argsort(lengths[part], axis=1, kind="stable")
            part[:] = np.take_along_axis(part, by_length, axis=1)
        return cls(
            positions, random.permutation(_batches(len(lengths), batch_size)), batch_size
        )

    @classmethod
    def by_length(cls, lengths: Ids, *, batch_size: int) -> Self:
        """All rows once, shortest first: least padding, for scoring."""
        batches = _batches(len(lengths), batch_size)
        return cls(np.argsort(lengths, kind="stable"), np.arange(batches), batch_size)

    def __len__(self) -> int:
        return len(self.sequence)

    def __getitem__(self, batch: int) -> Ids:
        start = self.sequence[batch] * self.batch_size
        return self.positions[start : start + self.batch_size]


def _batches(rows: int, batch_size: int) -> int:
    return -(-rows // batch_size)
