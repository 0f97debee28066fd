"""From hashes to splits: order of the rules, and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.data import CleaningConfig, DataConfig
from corpora.assigning import RowHashes, assign, ranks_of
from corpora.splits import DROPPED, TEST, TRAIN, VALIDATION
from storage.errors import InputError


def data(**settings: object) -> DataConfig:
    given = {"dataset": "reviews", "problem": "classification"} | settings
    return DataConfig.model_validate(given)


def rows(groups: list[int], contents: list[int], ranks: list[int] | None = None) -> RowHashes:
    return RowHashes(
        groups=np.array(groups, dtype=np.uint64),
        contents=np.array(contents, dtype=np.uint64),
        ranks=np.array(ranks or [0] * len(groups), dtype=np.int64),
    )


def test_the_first_of_equal_rows_stays() -> None:
    assignment, dropped = assign(rows([1, 2, 1, 1], [10, 20, 10, 11]), data())
    assert (assignment == DROPPED).tolist() == [False, False, True, False]
    assert dropped == {"duplicate": 1}


def test_duplicates_stay_where_the_user_wants_them() -> None:
    wanted = data(cleaning=CleaningConfig(drop_duplicates=False))
    assignment, dropped = assign(rows([1, 1], [10, 10]), wanted)
    assert DROPPED not in assignment
    assert not dropped


def test_a_limit_counts_distinct_rows() -> None:
    contents = [*range(60), *range(60)]
    assignment, dropped = assign(rows(contents, contents), data(limit=50))
    assert (assignment != DROPPED).sum() == 50
    assert dropped == {"duplicate": 60, "over_limit": 10}


@given(
    groups=st.lists(st.integers(0, 40), min_size=50, max_size=150),
    limit=st.integers(50, 150),
    seed=st.integers(0, 99),
    split=st.sampled_from(["hash", "published", "time"]),
)
def test_a_limit_lets_no_group_into_two_splits(
    groups: list[int], limit: int, seed: int, split: str
) -> None:
    ranks = np.random.default_rng(seed).integers(3, size=len(groups)).tolist()
    given_rows = rows(groups, list(range(len(groups))), ranks)
    settings = data(limit=limit, split_seed=seed, split=split)
    assignment, dropped = assign(given_rows, settings)
    for group in set(groups):
        assert len(set(assignment[given_rows.groups == group].tolist()) - {DROPPED}) <= 1
    assert dropped.total() == (assignment == DROPPED).sum()


def test_all_translations_of_a_drawn_test_source_are_its_references() -> None:
    generator = np.random.default_rng(0)
    groups = np.repeat(np.arange(3000), generator.integers(1, 8, 3000)).tolist()
    whole = rows(groups, list(range(len(groups))))
    assignment, _ = assign(whole, data(limit=2000))
    assert (assignment != DROPPED).sum() == 2000
    cut = []
    for group in np.unique(whole.groups[assignment == TEST]):
        cut += [group] if (assignment[whole.groups == group] != TEST).any() else []
    assert len(cut) <= 1  # the group that the limit falls into


def test_a_published_test_row_outlives_its_twin_in_training() -> None:
    given = rows([1, 2, 1], [10, 20, 10], [TRAIN, VALIDATION, TEST])
    assignment, dropped = assign(given, data(split="published"))
    assert assignment.tolist() == [DROPPED, VALIDATION, TEST]
    assert dropped == {"duplicate": 0, "known_group": 1}


def test_a_split_by_time_drops_training_rows_that_come_again() -> None:
    groups = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1]
    assignment, dropped = assign(
        rows(groups, list(range(10)), list(range(10))), data(split="time")
    )
    assert assignment.tolist() == [DROPPED, *[TRAIN] * 6, VALIDATION, TEST, TEST]
    assert dropped["known_group"] == 1


def test_published_splits_are_refused_where_there_are_none() -> None:
    frame = pd.DataFrame({"file": ["data.parquet"]})
    wanted = data(dataset="generated-reviews", split="published")
    with pytest.raises(
        InputError, match=r"generated-reviews comes without splits .* use 'hash'"
    ):
        ranks_of(frame, wanted)


def test_a_split_by_time_is_refused_without_times() -> None:
    with pytest.raises(InputError, match=r"reviews has no times; use 'hash'"):
        ranks_of(pd.DataFrame({"file": ["a"]}), data(split="time"))


def test_times_rank_by_the_moment_across_zones() -> None:
    frame = pd.DataFrame({"time": ["2024-05-01T12:00:00+02:00", "2024-05-01T10:30:00Z"]})
    first, second = ranks_of(frame, data(split="time"))
    assert first < second
