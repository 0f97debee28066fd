"""What a profile keeps of a model's answers: which they are, how sure, how often right."""

from typing import assert_never

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from configs.data import Problem
from configs.monitoring import DriftCheck
from data_checks.distributions import CategoryCounts, NumberCounts
from data_checks.profile import Column
from models.text.tokenizers import given_words, split_words

RIGHT, WRONG = "right", "wrong"
ANSWERS = ("predicted", "probability", "score", "label", "bits", "characters")
"""Columns that tell of answers, some of which each problem has."""


def answer_columns(window: pa.Table, problem: Problem, counted_on: str) -> list[Column]:
    """The columns of some rows' answers.

    Args:
        window: Those of `ANSWERS` that the rows have.
        problem: What was answered.
        counted_on: Which rows these are, for people.
    """
    match problem:
        case "classification" | "events":
            return _of_classes(window, counted_on)
        case "tagging":
            words = given_words(window["predicted"], lowercase=False)
            counts = np.bincount(words.indices, minlength=len(words.words)).tolist()
            tags = CategoryCounts.of(words.words.to_pylist(), counts)
            # mean probability of a tag (geometric)
            shares = np.exp(window["score"].to_numpy() / np.maximum(words.lengths, 1))
            return [
                Column("predicted tag", "predictions", counted_on, tags),
                _confidence(shares, counted_on),
            ]
        case "language_modelling":
            # mean probability of a character (geometric)
            per_character = window["bits"].to_numpy() / window["characters"].to_numpy()
            return [_confidence(np.exp2(-per_character), counted_on)]
        case "translation":
            lengths = split_words(window["predicted"], lowercase=False).lengths
            written = NumberCounts.of(lengths)
            # mean probability of a word (geometric), the end of the sentence included
            shares = np.exp(window["score"].to_numpy() / (lengths + 1))
            return [
                Column("translation length in words", "predictions", counted_on, written),
                _confidence(shares, counted_on),
            ]
        case _:
            assert_never(problem)


def categories(
    name: str, check: DriftCheck, values: pa.ChunkedArray, counted_on: str
) -> Column:
    """How often each value comes."""
    counted = pc.value_counts(values.cast(pa.large_string()).combine_chunks())
    names, rows = counted.field("values").to_pylist(), counted.field("counts")
    return Column(name, check, counted_on, CategoryCounts.of(names, rows))


def _of_classes(window: pa.Table, counted_on: str) -> list[Column]:
    columns = [
        categories("predicted label", "predictions", window["predicted"], counted_on),
        _confidence(window["probability"].to_numpy(), counted_on),
    ]
    if "label" in window.column_names:
        right = pc.equal(window["label"], window["predicted"])
        counts = [pc.sum(right).as_py() or 0, pc.sum(pc.invert(right)).as_py() or 0]
        accuracy = CategoryCounts.of([RIGHT, WRONG], counts)
        columns.append(Column("accuracy", "accuracy", counted_on, accuracy))
    return columns


def _confidence(shares: NDArray[np.floating], counted_on: str) -> Column:
    return Column("confidence", "predictions", counted_on, NumberCounts.of_shares(shares))
