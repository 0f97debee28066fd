"""Tests of two samples: as others compute them, and honest where rows are clusters."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import chi2_contingency, ks_2samp

from data_checks.distributions import CategoryCounts, NumberCounts
from data_checks.two_samples import REST, chi_square, holm, kolmogorov_smirnov


def texts(rows: int, *, seed: int) -> NDArray[np.int64]:
    """(rows, 4) words of texts that each keep to one subject: clusters, and large ones."""
    random = np.random.default_rng(seed)
    subject = random.dirichlet([0.5, 0.5, 0.5, 0.5], size=rows)
    return random.multinomial(30, subject)


def counted(per_row: NDArray[np.int64]) -> CategoryCounts:
    return CategoryCounts.of_rows("abcd", per_row)


def test_kolmogorov_smirnov_is_scipys_ties_included() -> None:
    random = np.random.default_rng(0)
    one, other = random.poisson(9, 3_000), random.poisson(9.4, 500)
    found = kolmogorov_smirnov(NumberCounts.of(one), NumberCounts.of(other))
    known = ks_2samp(one, other, method="asymp")
    assert (found.statistic, found.p_value) == pytest.approx((known.statistic, known.pvalue))


def test_chi_square_of_one_unit_a_row_is_pearsons() -> None:
    one, other = CategoryCounts.of("abc", [50, 30, 20]), CategoryCounts.of("cab", [25, 40, 35])
    found = chi_square(one, other)
    known = chi2_contingency([[50, 30, 20], [40, 35, 25]], correction=False)
    assert (found.statistic, found.p_value) == pytest.approx((known.statistic, known.pvalue))


def test_saying_everything_ten_times_is_no_more_evidence() -> None:
    one, other = texts(300, seed=1), texts(100, seed=2)
    once, often = (
        chi_square(counted(one * times), counted(other * times)) for times in (1, 10)
    )
    assert often.p_value == pytest.approx(once.p_value)
    assert often.distance == pytest.approx(once.distance)


def test_words_of_a_text_are_not_taken_for_independent_draws() -> None:
    p_values = [
        chi_square(counted(texts(200, seed=2 * i)), counted(texts(100, seed=2 * i + 1))).p_value
        for i in range(200)
    ]
    alarms = int((np.array(p_values) < 0.05).sum())
    assert 1 <= alarms <= 22  # 10 are due; a rate of 5 % gives more than 22 once in 8,000 times


def test_a_category_that_one_side_lacks_is_found_and_nothing_is_infinite() -> None:
    found = chi_square(
        CategoryCounts.of("ab", [500, 500]), CategoryCounts.of("abc", [80, 80, 40])
    )
    assert found.p_value < 1e-20
    assert 0.2 < found.distance < 0.5


def test_rare_categories_are_merged_before_the_test() -> None:
    names = [REST[:1] + str(i) for i in range(200)]
    one = CategoryCounts.of(["often", *names], [10_000, *[5] * 200])
    other = CategoryCounts.of(["often", *names[:20]], [80, *[1] * 20])
    merged = chi_square(one, other)
    known = chi2_contingency([[10_000, 1_000], [80, 20]], correction=False)
    assert merged.p_value == pytest.approx(known.pvalue)


def test_one_category_alone_cannot_differ() -> None:
    found = chi_square(CategoryCounts.of("a", [500]), CategoryCounts.of("a", [3]))
    assert found == (0.0, 1.0, 0.0)


def test_holm_corrects_as_r_does() -> None:
    # p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") in R 4.3
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
