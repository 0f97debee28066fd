"""How sure a score is: bootstrap intervals and paired comparisons over whole groups.

Efron & Tibshirani 1993, chapters 13 (percentile interval) and 15.4 (its p-value); Koehn 2004
for BLEU. Rows of one group (repeats of a text, translations of one source) are not
independent, so groups are drawn, never rows.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from training.scores import Comparison, Interval

RESAMPLES = 2000
CELLS = 4_000_000


def resampled_sums(
    counts: NDArray[np.int64],
    groups: NDArray[np.generic],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    cells: int = CELLS,
) -> NDArray[np.int64]:
    """Sums of counts over groups drawn with replacement.

    Scores of several systems that shall be compared go in together, as one more axis of the
    counts: they are then drawn alike, which is what makes the comparison paired.

    Drawing G groups is drawing how often each *distinct* pattern of counts comes up, so the
    cost grows with the patterns (a handful in classification), not with the rows.

    Args:
        counts: (N, ...) what each row adds.
        groups: (N,) the group of each row; rows of one group move together.
        resamples: How often to draw.
        seed: Same seed, same draws.
        cells: Drawn numbers held in memory at once; they decide no draw.

    Returns:
        (resamples, ...) sums.

    Raises:
        ValueError: If there are no rows, or counts and groups differ in length.
    """
    if len(counts) != len(groups) or len(counts) == 0:
        raise ValueError(
            f"{len(counts)} rows of counts and {len(groups)} groups; each row needs its group, "
            f"and there must be one row at least"
        )
    patterns, repeats = _distinct(_per_group(counts, groups))
    random = np.random.default_rng(seed)
    sums = np.empty((resamples, patterns.shape[1]), dtype=np.int64)
    chunk = max(1, cells // len(patterns))
    for first in range(0, resamples, chunk):
        size = min(chunk, resamples - first)
        times = _draw(random, repeats, size)  # (size, patterns)
        sums[first : first + size] = _product(times, patterns)
    return sums.reshape(resamples, *counts.shape[1:])


def interval(value: float, resampled: ArrayLike) -> Interval:
    """Percentile interval of a score from its resampled values.

    Values that are nan (a class that a draw missed) are left out.

    Args:
        value: The score on the rows as they are.
        resampled: (R,) the score on each draw.
    """
    low, high = np.nanpercentile(np.asarray(resampled, dtype=float), [2.5, 97.5])
    return Interval(float(value), float(low), float(high))


def comparison(difference: float, resampled: ArrayLike) -> Comparison:
    """Interval and two-sided p-value of a difference from its resampled values.

    p is twice the share of draws on the far side of 0, counted with the usual 1 added to both,
    so it never is 0; p below 0.05 and an interval without 0 say the same thing.

    Args:
        difference: First score minus second on the rows as they are.
        resampled: (R,) the same on each draw.
    """
    draws = np.asarray(resampled, dtype=float)
    spread = interval(difference, draws)
    far = min(np.count_nonzero(draws <= 0), np.count_nonzero(draws >= 0))
    p_value = min(1.0, 2 * (far + 1) / (len(draws) + 1))
    return Comparison(float(difference), spread.low, spread.high, float(p_value))


def p_above(bound: float, resampled: ArrayLike) -> float:
    """One-sided p-value of "the true value is above the bound" from resampled values.

    The share of draws at or below the bound, the usual 1 added to both counts; nan is left out.

    Args:
        bound: What the value must exceed.
        resampled: (R,) the value on each draw.
    """
    draws = np.asarray(resampled, dtype=float)
    draws = draws[~np.isnan(draws)]
    return float((np.count_nonzero(draws <= bound) + 1) / (len(draws) + 1))


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """P-values adjusted for their number, so that one false alarm among all stays rare.

    Comparing each with a threshold keeps the chance of any false alarm below it, however the
    tests depend on one another (Holm 1979).
    """
    adjusted, highest = {}, 0.0
    for place, name in enumerate(sorted(p_values, key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - place) * p_values[name]))
        adjusted[name] = highest
    return {name: adjusted[name] for name in p_values}


def _per_group(counts: NDArray[np.int64], groups: NDArray[np.generic]) -> NDArray[np.int64]:
    """Counts of each row (N, ...) summed per group, flat: (G, D)."""
    flat = counts.reshape(len(counts), -1)
    _, codes = np.unique(groups, return_inverse=True)
    number = int(codes.max()) + 1
    if number == len(flat):
        return flat
    sums = np.zeros((number, flat.shape[1]), dtype=np.int64)
    np.add.at(sums, codes, flat)
    return sums


def _distinct(sums: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct rows (P, D) of the groups' sums, and how often each occurs (P,).

    Whole rows are compared as bytes, which is 20 times faster than `np.unique(axis=0)`.
    """
    rows = np.ascontiguousarray(sums)
    as_bytes = rows.view(np.dtype((np.void, rows.strides[0]))).ravel()
    _, first, repeats = np.unique(as_bytes, return_index=True, return_counts=True)
    return sums[first], repeats


def _draw(
    random: np.random.Generator, repeats: NDArray[np.int64], size: int
) -> NDArray[np.int64]:
    """How often each pattern comes up when all groups are drawn anew: (size, P).

    Both ways have the same distribution; the first costs by patterns, the second by groups.
    """
    groups = int(repeats.sum())
    if len(repeats) * 4 < groups:
        return random.multinomial(groups, repeats / groups, size=size)
    pattern_of_group = np.repeat(np.arange(len(repeats)), repeats)
    drawn = pattern_of_group[random.integers(groups, size=(size, groups))]
    drawn += np.arange(size)[:, None] * len(repeats)  # each draw counts in its own block
    return np.bincount(drawn.ravel(), minlength=size * len(repeats)).reshape(size, -1)


def _product(times: NDArray[np.int64], patterns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Integer matrix product by way of floats: exact below 2**53, and BLAS does it."""
    product = times.astype(np.float64) @ patterns.astype(np.float64)
    return np.rint(product).astype(np.int64)
