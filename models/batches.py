"""Batches of texts of about one length, padded to tensors."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.networks.spellings import Spellings
from models.text.encoded import EncodedColumn
from models.text.spelling import SpeltWords
from models.text.vocabulary import PAD_ID

BATCH_TOKENS = 8_192
"""Most tokens of a padded batch, where the caller does not say."""


class PaddedIds(NamedTuple):
    """Texts side by side.

    Attributes:
        ids: (B, T) int64, PAD_ID behind each text's end.
        lengths: (B,) int64 on the CPU.
    """

    ids: Tensor
    lengths: Tensor


def rows_by_length(
    lengths: NDArray[np.int64], *, batch_tokens: int, most_rows: int | None = None
) -> Iterator[NDArray[np.int64]]:
    """Row numbers of one batch after the other, longest texts first.

    Args:
        lengths: (rows,) tokens of each text, at least 1.
        batch_tokens: Most tokens of a padded batch; a longer text makes one by itself.
        most_rows: Most texts of a batch, at least 1.
    """
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        rows = max(batch_tokens // int(lengths[order[start]]), 1)
        rows = min(rows, most_rows or rows)
        yield order[start : start + rows]
        start += rows


def pad(
    ids: NDArray[np.int32], offsets: NDArray[np.int64], *, rows: NDArray[np.int64]
) -> PaddedIds:
    """Lay the named texts of a flat array side by side."""
    lengths = offsets[rows + 1] - offsets[rows]
    positions = np.arange(lengths.max(initial=0))
    real = positions < lengths[:, None]  # (B, T)
    padded = np.full(real.shape, PAD_ID, np.int64)
    padded[real] = ids[(offsets[rows][:, None] + positions)[real]]
    return PaddedIds(torch.from_numpy(padded), torch.from_numpy(lengths))


def pad_gaps(
    gaps: NDArray[np.float32], offsets: NDArray[np.int64], *, rows: NDArray[np.int64]
) -> Tensor:
    """(B, T) float32, the gaps of the named sequences side by side, 0 behind each end."""
    lengths = offsets[rows + 1] - offsets[rows]
    positions = np.arange(lengths.max(initial=0))
    real = positions < lengths[:, None]  # (B, T)
    padded = np.zeros(real.shape, np.float32)
    padded[real] = gaps[(offsets[rows][:, None] + positions)[real]]
    return torch.from_numpy(padded)


def word_batches(
    encoded: EncodedColumn, *, batch_tokens: int, rows: NDArray[np.int64] | None = None
) -> Iterator[tuple[NDArray[np.int64], PaddedIds]]:
    """The texts in batches of about one length, each beside the row numbers of its texts.

    Args:
        encoded: All texts.
        batch_tokens: Most tokens of a padded batch.
        rows: Which texts; None: all.
    """
    lengths = np.diff(encoded.offsets)
    chosen = np.arange(len(lengths)) if rows is None else rows
    for places in rows_by_length(lengths[chosen], batch_tokens=batch_tokens):
        yield chosen[places], pad(encoded.ids, encoded.offsets, rows=chosen[places])


def spellings_of(
    words: SpeltWords, indices: NDArray[np.integer], mask: NDArray[np.bool_]
) -> Spellings:
    """How the words of a batch are spelt, each distinct one once.

    Args:
        words: The distinct words of the texts.
        indices: (N,) the batch's real words as places in them, row after row.
        mask: (B, T), True on real words.
    """
    distinct, inverse = np.unique(indices, return_inverse=True)
    characters = pad(words.ids, words.offsets, rows=distinct.astype(np.int64))
    places = np.zeros(mask.shape, np.int64)
    places[mask] = inverse
    return Spellings(characters.ids, characters.lengths, torch.from_numpy(places))
