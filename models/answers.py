"""What predictors answer."""

from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.text.encoded import EncodedColumn

Flag: TypeAlias = Literal["", "empty", "unknown", "truncated", "unfinished"]
"""Why an answer deserves less trust: the text had no words, only unknown ones, or more than
the network reads; or the translation did not end. The first that holds, in this order."""


class ClassAnswer(NamedTuple):
    """The class of one text.

    Attributes:
        label: The most probable class.
        probability: Of that class, 0 to 1.
        probabilities: Of every class, in the order of the predictor's labels.
        flag: See `Flag`.
    """

    label: str
    probability: float
    probabilities: tuple[float, ...]
    flag: Flag


class ClassAnswers(NamedTuple):
    """The classes of many texts, as columns.

    Attributes:
        classes: (rows,) int64, places in the predictor's labels.
        probabilities: (rows, K) float32.
        flags: (rows,) of `Flag`.
    """

    classes: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    flags: list[Flag]


def class_answers(answers: ClassAnswers, labels: tuple[str, ...]) -> list[ClassAnswer]:
    """The same answers, one a row."""
    best = answers.probabilities.max(axis=1, initial=0.0)
    return [
        ClassAnswer(labels[place], probability, tuple(probabilities), flag)
        for place, probability, probabilities, flag in zip(
            answers.classes.tolist(),
            best.tolist(),
            answers.probabilities.tolist(),
            answers.flags,
            strict=True,
        )
    ]


class TagAnswer(NamedTuple):
    """The tags of one text.

    Attributes:
        tokens: Its words, as they were read.
        tags: One for each.
        score: Log-probability of the tags together, natural log.
        flag: See `Flag`.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    score: float
    flag: Flag


class TranslationAnswer(NamedTuple):
    """The translation of one text.

    Attributes:
        text: The translation; empty for a text without words.
        score: Its log-probability, natural log.
        flag: See `Flag`.
        normalised: The score over the length to the power of the length penalty, by which
            the answers to one text are ordered.
    """

    text: str
    score: float
    flag: Flag
    normalised: float


class TextAnswer(NamedTuple):
    """How one text goes on.

    Attributes:
        text: What follows it.
        flag: `empty` where nothing was given, `unknown` where something of it was skipped.
    """

    text: str
    flag: Flag


class Attention(NamedTuple):
    """Where a network looked while it translated one text.

    Attributes:
        source: S words, as they were read.
        written: T words, the end of the sentence left out.
        weights: (T, S) float32; the weights of a written word sum to 1.
    """

    source: list[str]
    written: list[str]
    weights: NDArray[np.float32]


_FLAGS: tuple[Flag, ...] = ("", "empty", "unknown", "truncated")


def flags_of(encoded: EncodedColumn) -> list[Flag]:
    """The flag of each text that was read."""
    kept = np.diff(encoded.offsets)
    places = np.select(
        [encoded.tokens == 0, encoded.unknown == kept, encoded.truncated > 0], [1, 2, 3]
    )
    return [_FLAGS[place] for place in places.tolist()]
