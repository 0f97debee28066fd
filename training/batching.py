"""Batches of rows of like length, cut from token ids that stay on the disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from configs.training import TrainingConfig

Ids = NDArray[np.int64]
Mask = NDArray[np.bool_]
Number = TypeVar("Number", bound=np.number)

WINDOW_BATCHES = 32
"""Rows are sorted by length within windows of so many batches of the shuffled epoch: long
enough for little padding, short enough that a row meets other rows in every epoch."""
SCORING_FACTOR = 4
"""Scoring keeps no gradients, so its batches hold this many times the rows."""


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


def mapped(path: Path, dtype: type[Number]) -> NDArray[Number]:
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
        bounds: (batches + 1,) int64; slice i of `positions`, from bound i to the next, is a
            batch.
        sequence: (batches,) int64, the order in which the slices come.
    """

    positions: Ids
    bounds: Ids
    sequence: Ids

    @classmethod
    def shuffled(
        cls,
        lengths: Ids,
        *,
        batch_size: int,
        batch_tokens: int | None = None,
        seed: int,
        epoch: int,
    ) -> Self:
        """Shuffle the rows, sort windows of them by length, cut batches, shuffle the batches.

        Args:
            lengths: (rows,) int64, real tokens of each row; those alike come together.
            batch_size: Rows of a batch; the last slice may hold fewer.
            batch_tokens: Most real tokens of a batch, in place of `batch_size`; a row with
                more makes a batch of its own.
            seed: The training's seed.
            epoch: Number of the epoch; each has its own order.
        """
        random = np.random.default_rng([seed, epoch])
        positions = random.permutation(len(lengths))
        typical = batch_size if batch_tokens is None else _typical_rows(lengths, batch_tokens)
        window = typical * WINDOW_BATCHES
        parts = np.split(positions, range(window, len(positions), window))
        for number, part in enumerate(parts):
            by_length = np.argsort(lengths[part], kind="stable")
            # a batch of so many tokens may reach into the next window: let it find its like
            falling = batch_tokens is not None and number % 2 == 1
            part[:] = part[by_length[::-1] if falling else by_length]
        bounds = _bounds(lengths[positions], batch_size=batch_size, batch_tokens=batch_tokens)
        return cls(positions, bounds, random.permutation(len(bounds) - 1))

    @classmethod
    def by_length(
        cls, lengths: Ids, *, batch_size: int, batch_tokens: int | None = None
    ) -> Self:
        """All rows once, shortest first: least padding, for scoring; cut as in `shuffled`."""
        positions = np.argsort(lengths, kind="stable")
        bounds = _bounds(lengths[positions], batch_size=batch_size, batch_tokens=batch_tokens)
        return cls(positions, bounds, np.arange(len(bounds) - 1))

    def __len__(self) -> int:
        return len(self.sequence)

    def __getitem__(self, batch: int) -> Ids:
        part = self.sequence[batch]
        return self.positions[self.bounds[part] : self.bounds[part + 1]]


def training_order(lengths: Ids, training: TrainingConfig, *, epoch: int) -> EpochOrder:
    """The batches of an epoch as the config cuts them; epochs are counted from 0."""
    return EpochOrder.shuffled(
        lengths,
        batch_size=training.batch_size,
        batch_tokens=training.batch_tokens,
        seed=training.seed,
        epoch=epoch,
    )


def scoring_order(lengths: Ids, training: TrainingConfig) -> EpochOrder:
    """The batches that a split is scored by."""
    tokens = training.batch_tokens
    return EpochOrder.by_length(
        lengths,
        batch_size=training.batch_size * SCORING_FACTOR,
        batch_tokens=None if tokens is None else tokens * SCORING_FACTOR,
    )


def _typical_rows(lengths: Ids, batch_tokens: int) -> int:
    """How many rows of mean length make a batch of so many tokens."""
    return max(1, batch_tokens * len(lengths) // max(1, int(lengths.sum())))


def _bounds(lengths: Ids, *, batch_size: int, batch_tokens: int | None) -> Ids:
    """(batches + 1,) where to cut rows of these lengths, in this order."""
    rows = len(lengths)
    if batch_tokens is None:
        return np.append(np.arange(0, rows, batch_size), rows)
    until = np.concatenate([[0], np.cumsum(lengths)])
    bounds = [0]
    while bounds[-1] < rows:
        start = bounds[-1]
        full = int(np.searchsorted(until, until[start] + batch_tokens, side="right")) - 1
        bounds.append(max(full, start + 1))
    return np.array(bounds)
