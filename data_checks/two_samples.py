"""Are two samples of one distribution? One test for numbers, one for categories, and Holm.

- Numbers: Kolmogorov-Smirnov. Word counts have ties, which make its p-value too large, never
  too small (Noether 1963): the test errs to the quiet side.
- Categories: Pearson's chi-square for homogeneity with the second-order correction of Rao and
  Scott (1984, section 3; 1981, equation 3.5) for units that come in clusters. The words of a
  text are not independent draws: without it the p-values of word counts are far too small.
  With one unit a row it is Pearson's test exactly.
- Many tests: Holm (1979), which holds whatever depends on what.

How large a difference is, whatever the sample sizes: the Kolmogorov-Smirnov distance, and
for shares the Jensen-Shannon distance to base 2 (Lin 1991; Endres and Schindelin 2003). Both
go from 0 to 1. Unlike the population stability index the latter is finite for a category that
one side lacks, and unlike Cramér's V it does not shrink when one sample is much the larger.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data_checks.distributions import CategoryCounts, NumberCounts

LEAST_EXPECTED = 5.0
"""Rarer categories are merged before chi-square is trusted (Cochran 1954)."""
REST = "all others"


class Difference(NamedTuple):
    """How two samples differ.

    Attributes:
        statistic: Of the test.
        p_value: Chance of a statistic as large where both are of one distribution.
        distance: Size of the difference, 0 to 1.
    """

    statistic: float
    p_value: float
    distance: float


def kolmogorov_smirnov(one: NumberCounts, other: NumberCounts) -> Difference:
    """Two-sample test from counts, by the asymptotic distribution that SciPy uses too."""
    from scipy.stats import kstwo

    at = np.union1d(one.values, other.values)
    distance = float(np.abs(_cumulated(one, at) - _cumulated(other, at)).max())
    effective = one.rows * other.rows / (one.rows + other.rows)
    p_value = float(kstwo.sf(distance, max(1, round(effective))))
    return Difference(distance, min(1.0, p_value), distance)


def chi_square(one: CategoryCounts, other: CategoryCounts) -> Difference:
    """Homogeneity of two samples of clusters; the rarest categories are merged first.

    Where only one category is left nothing differs: the statistic is 0 and p is 1.
    """
    from scipy.spatial.distance import jensenshannon
    from scipy.stats import chi2

    one, other = _without_rare(one, other)
    if len(one.names) < 2:
        return Difference(0.0, 1.0, 0.0)
    both = one + other
    pooled = both.sums / both.units
    shares = one.sums / one.units, other.sums / other.units
    units = one.units * other.units / both.units
    pearson = units * float(((shares[0] - shares[1]) ** 2 / pooled).sum())
    # eigenvalues of this matrix weigh the chi-squares whose sum Pearson's statistic is
    weights = _covariance_of_a_unit(both, pooled) / pooled[:, None]
    first, second = float(np.trace(weights)), float((weights * weights.T).sum())
    distance = float(jensenshannon(*shares, base=2))
    if first <= 0:  # every row has the same mixture
        return Difference(0.0, 1.0, distance)
    statistic = pearson * first / second
    return Difference(statistic, float(chi2.sf(statistic, first**2 / second)), distance)


def holm(p_values: Sequence[float]) -> list[float]:
    """Each p-value corrected for all of them, step by step from the least."""
    given = np.asarray(p_values, dtype=float)
    order = np.argsort(given, kind="stable")
    steps = given[order] * np.arange(len(given), 0, -1)
    corrected = np.empty(len(given))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(value) for value in corrected]


def _cumulated(sample: NumberCounts, at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the rows up to each of the values."""
    reached = np.searchsorted(sample.values, at, side="right")
    whole = np.concatenate([[0], np.cumsum(sample.counts)])
    return np.asarray(whole[reached] / sample.rows)


def _covariance_of_a_unit(
    both: CategoryCounts, shares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(K, K) covariance of the shares times the units, rows being the independent draws.

    By linearisation of the ratio: a row that holds m units c adds c - m * shares.
    """
    if both.products is None:
        return np.diag(shares) - np.outer(shares, shares)
    products = both.products.astype(np.float64)
    size = products.sum(axis=1)  # a row's category counts by its units
    crossed = np.outer(shares, size)
    spread = products - crossed - crossed.T + np.outer(shares, shares) * size.sum()
    return np.asarray(spread / both.units)


def _without_rare(
    one: CategoryCounts, other: CategoryCounts
) -> tuple[CategoryCounts, CategoryCounts]:
    """Both over the same categories, those that are expected too rarely merged into one.

    What is expected are rows, not units: a word that stands ten times in one text is one
    piece of evidence, so units are divided by the size of their clusters (Kish 1965).
    """
    held = one + other
    names = [name for name, units in zip(held.names, held.sums, strict=True) if units]
    one, other, both = (counts.covered(names) for counts in (one, other, held))
    squares = both.sums if both.products is None else np.diag(both.products)
    smaller = min(one.units, other.units) / max(1, both.units)
    expected = smaller * both.sums.astype(np.float64) ** 2 / squares
    rare = expected < LEAST_EXPECTED
    if not rare.any():
        return one, other
    if expected[rare].sum() < LEAST_EXPECTED and not rare.all():
        rare |= expected == expected[~rare].min()
    kept = [name for name, merge in zip(names, rare, strict=True) if not merge]
    groups = np.where(rare, len(kept), np.cumsum(~rare) - 1).tolist()
    return one.merged(groups, [*kept, REST]), other.merged(groups, [*kept, REST])
