"""What tags of sentences add to the metrics of tagging, and which metrics those are."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.text.tokenizers import TextColumn, TokenColumn, given_words
from training.metrics import ACTUAL, HITS, PREDICTED, Counts, accuracy, macro_f1
from training.scoring import Measure

TAGGING: Mapping[str, Measure] = {
    "accuracy": lambda counts: accuracy(counts[..., :-1]),
    "sentence_accuracy": lambda counts: accuracy(counts[..., -1:]),
    "macro_f1": lambda counts: macro_f1(counts[..., :-1]),
}
"""Metrics of tag counts, the headline first."""
UNTAGGED = "_"
"""The answer for a word beyond the network's limit."""


class TagCounts(NamedTuple):
    """Counts of sentences.

    Attributes:
        values: (N, M, 3, K + 1): hits, predictions and actual occurrences of each tag in each
            sentence; and at last the sentence itself, which is hit if all its tags are.
        tags: The K tags.
    """

    values: Counts
    tags: list[str]


def tag_counts(
    actual: TextColumn,
    systems: Sequence[TextColumn],
    *,
    chosen: NDArray[np.bool_] | None = None,
) -> TagCounts:
    """Count the tags of M systems.

    Args:
        actual: (N,) the right tags of each sentence, parted by spaces.
        systems: M times (N,) answers, as many tags in each.
        chosen: (words,) which words of all sentences count; None: all. Then a sentence is hit
            if its chosen ones are.

    Raises:
        ValueError: If a sentence has another number of answers than of tags.
    """
    columns = [given_words(each, lowercase=False) for each in (actual, *systems)]
    tags, ids = _numbered(columns)
    first = columns[0]
    for column in columns[1:]:
        if not np.array_equal(column.offsets, first.offsets):
            raise ValueError("each sentence needs as many answers as it has tags")
    rows, size = np.repeat(np.arange(len(first)), first.lengths), len(tags)
    kept = np.ones(len(rows), np.bool_) if chosen is None else chosen
    wanted = _per_row(rows[kept], ids[0][kept], (len(first), size))
    values = np.zeros((len(first), len(systems), 3, size + 1), np.int64)
    for system, found in enumerate(ids[1:]):
        right = kept & (found == ids[0])
        wrong = kept & ~right
        values[:, system, HITS, :-1] = _per_row(rows[right], found[right], (len(first), size))
        values[:, system, PREDICTED, :-1] = _per_row(
            rows[kept], found[kept], (len(first), size)
        )
        values[:, system, ACTUAL, :-1] = wanted
        values[:, system, HITS, -1] = np.bincount(rows[wrong], minlength=len(first)) == 0
    values[:, :, PREDICTED:, -1] = 1
    return TagCounts(values, tags)


def confused_tags(predictions: pd.DataFrame, *, most: int) -> tuple[Counts, list[str]]:
    """Words by actual (first axis) and predicted tag, of the tags that are confused most.

    Args:
        predictions: Columns tags and predicted.
        most: At most so many tags.
    """
    columns = [
        given_words(predictions[name], lowercase=False) for name in ("tags", "predicted")
    ]
    tags, (actual, predicted) = _numbered(columns)
    size = len(tags)
    matrix = np.bincount(actual * size + predicted, minlength=size * size).reshape(size, size)
    wrong = matrix - np.diag(matrix.diagonal())
    mistakes = wrong.sum(axis=0) + wrong.sum(axis=1)
    shown = np.sort(np.argsort(-mistakes, kind="stable")[:most])
    return matrix[np.ix_(shown, shown)], [tags[place] for place in shown]


def ignore_class_accuracy(
    actual: NDArray[np.integer], predicted: NDArray[np.integer], *, ignored: int
) -> float:
    """Share of right classes where the *prediction* is not the ignored one, as in notebooks.

    It misleads: what a network calls padding does not count, be it a word. For comparison with
    what others report, and for nothing else; see docs/tagging.md.

    Args:
        actual: Class ids of any shape, padding included.
        predicted: The same.
        ignored: Id of padding.
    """
    counted = predicted != ignored
    return float(((actual == predicted) & counted).sum() / max(int(counted.sum()), 1))


def _numbered(columns: Sequence[TokenColumn]) -> tuple[list[str], list[NDArray[np.int64]]]:
    """All tags, sorted, and the columns' words as places among them."""
    each = [column.words.to_pylist() for column in columns]
    tags = sorted(set().union(*each))
    place = {tag: number for number, tag in enumerate(tags)}
    numbers = [
        np.array([place[tag] for tag in words], np.int64)[column.indices]
        for words, column in zip(each, columns, strict=True)
    ]
    return tags, numbers


def _per_row(
    rows: NDArray[np.int64], ids: NDArray[np.int64], shape: tuple[int, int]
) -> NDArray[np.int64]:
    """(N, K) how often each id stands in each row."""
    return np.bincount(rows * shape[1] + ids, minlength=shape[0] * shape[1]).reshape(shape)
