"""Softmax and cross-entropy, written out: how scores become a distribution, and a loss."""

import math
from collections.abc import Iterator

import torch
from torch import Tensor

from models.first_principles.walks import Shown

BITS = 2.0
"""Base of logarithms that counts a loss in yes-or-no answers; `math.e` counts nats."""


def softmax(scores: Tensor) -> Tensor:
    """Positive numbers that sum to 1 over the last axis: exp(s) over the sum of all exp(s).

    The largest score is taken off first, which changes nothing but keeps exp from overflow.

    Args:
        scores: (..., K), any real numbers.
    """
    grown = (scores - scores.amax(dim=-1, keepdim=True)).exp()
    return grown / grown.sum(dim=-1, keepdim=True)


def cross_entropy(truth: Tensor, predicted: Tensor, *, base: float = math.e) -> Tensor:
    """Minus the sum of truth times log of what was predicted, over the last axis.

    Args:
        truth: (..., K), a distribution; a class by itself has 1 in its place. Where it is 0,
            even log 0 costs nothing.
        predicted: (..., K), a distribution.
        base: Of the logarithm.

    Returns:
        (...,), infinite where the truth was held impossible.
    """
    return -torch.xlogy(truth, predicted).sum(dim=-1) / math.log(base)


def sparse_cross_entropy(classes: Tensor, predicted: Tensor, *, base: float = math.e) -> Tensor:
    """The same for truths that are one class each, which then need no vectors.

    Args:
        classes: (...,) int64 class ids.
        predicted: (..., K), a distribution.
        base: Of the logarithm.
    """
    chosen = predicted.gather(-1, classes.unsqueeze(-1)).squeeze(-1)
    return -chosen.log() / math.log(base)


def walk() -> Iterator[Shown]:
    """Two words predicted out of seven, and what the predictions cost."""
    first = _doubles([0.001, 0.002, 0.5, 0.3, 0.234, 0.05, 0.007])
    second = _doubles([0.05, 0.1, 0.07, 0.9, 0.2, 0.08, 0.001])
    yield Shown("scores of the first word", first, "what a network says of 7 words")
    yield Shown("exp(scores)", first.exp(), "all positive; a higher score grows faster")
    yield Shown("predicted", softmax(first), "each divided by the sum, so that they sum to 1")
    yield Shown(
        "cost of word 0, in bits",
        sparse_cross_entropy(torch.tensor(0), softmax(first), base=BITS),
        "-log2 of what the right word, number 0, was given",
    )
    yield Shown("predicted for the second word", softmax(second), "softmax of its scores")
    yield Shown(
        "cost of word 3, in bits",
        sparse_cross_entropy(torch.tensor(3), softmax(second), base=BITS),
        "the right word had the best score, and costs less",
    )
    truth, predicted = _doubles([1, 0, 0, 0]), _doubles([0.7, 0.2, 0.05, 0.05])
    yield Shown("truth", truth, "one of four classes, as a vector")
    yield Shown("predicted for it", predicted, "")
    yield Shown(
        "cross-entropy, in bits",
        cross_entropy(truth, predicted, base=BITS),
        "-sum of truth * log2(predicted); only the true class has a part in it",
    )
    yield Shown(
        "cross-entropy, in nats",
        cross_entropy(truth, predicted),
        "the same with the natural logarithm, as training reports it: bits * ln 2",
    )
    yield Shown(
        "cost if class 1 were true, in bits",
        sparse_cross_entropy(torch.tensor(1), predicted, base=BITS),
        "0.2 is 2.3 halvings away from 1",
    )


def _doubles(values: list[float]) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)
