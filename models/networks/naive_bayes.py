"""Naive Bayes' opinion of words, from which weights may start."""

from torch import Tensor

SMOOTHING = 1.0
"""Added to every count before ratios are taken (Laplace)."""


def log_count_ratios(counts: Tensor) -> Tensor:
    """How much more often each thing stands in one class than in the others, natural log.

    The log of a thing's share of all that the class holds, less the mean of that over the
    classes. With two classes that is half of r of Wang and Manning 2012, section 2.1, once
    with each sign. Things that stand nowhere get 0.

    Args:
        counts: (N, K), how often each thing stands in texts of a class.

    Returns:
        (N, K) float64; rows sum to 0.
    """
    smoothed = counts.double() + SMOOTHING
    seen = counts.sum(dim=1, keepdim=True) > 0  # (N, 1)
    logs = (smoothed / (smoothed * seen).sum(dim=0)).log()
    return (logs - logs.mean(dim=1, keepdim=True)) * seen
