"""Counts add up over parts, and come back from JSON as they were."""

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from data_checks.distributions import CategoryCounts, NumberCounts

NUMBERS = st.lists(st.integers(0, 2_000_000), min_size=1, max_size=30)
ROWS = st.lists(st.tuples(*[st.integers(0, 9)] * 3), min_size=1, max_size=20)


@given(NUMBERS, NUMBERS)
def test_numbers_of_two_parts_are_those_of_the_whole(one: list[int], two: list[int]) -> None:
    total = NumberCounts.of(one) + NumberCounts.of(two)
    assert total.to_json() == NumberCounts.of(one + two).to_json()
    assert again(NumberCounts, total).to_json() == total.to_json()


@given(ROWS, ROWS)
def test_categories_of_two_parts_are_those_of_the_whole(one: Any, two: Any) -> None:
    parts = [CategoryCounts.of_rows("abc", np.array(rows)) for rows in (one, two)]
    whole = CategoryCounts.of_rows("abc", np.array([*one, *two]))
    assert (parts[0] + parts[1]).to_json() == whole.to_json()
    assert again(CategoryCounts, whole).to_json() == whole.to_json()


def test_categories_of_other_parts_are_added_by_name() -> None:
    total = CategoryCounts.of("ab", [1, 2]) + CategoryCounts.of("cb", [5, 7])
    assert total.shares == {"a": 1 / 15, "b": 9 / 15, "c": 5 / 15}


def test_however_long_texts_are_few_distinct_values_are_kept() -> None:
    counts = NumberCounts.of(np.arange(1_000_000))
    assert len(counts.values) < 4_000
    assert counts.rows == 1_000_000
    assert abs(counts.quantile(0.5) - 500_000) < 1_000


def again(kind: Any, counts: Any) -> Any:
    return kind.from_json(json.loads(json.dumps(counts.to_json())))
