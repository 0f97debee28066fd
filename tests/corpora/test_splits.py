"""Splits: no group straddles two, rows added later move none, shares come out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.data import DataConfig
from corpora.grouping import Hashes
from corpora.splits import (
    DROPPED,
    TEST,
    TRAIN,
    VALIDATION,
    drawn,
    drop_known,
    require_rows,
    split_as_published,
    split_by_hash,
    split_by_time,
)
from storage.errors import InputError

groups_of_rows = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=60).flatmap(
    lambda groups: st.lists(st.sampled_from(groups), min_size=1, max_size=80)
)
seeds = st.integers(0, 2**31)
SHARES = {"validation_share": 0.3, "test_share": 0.3}


def hashes(groups: list[int]) -> Hashes:
    return np.array(groups, dtype=np.uint64)


def random_hashes(count: int) -> Hashes:
    return np.random.default_rng(0).integers(2**64, size=count, dtype=np.uint64)


@given(groups_of_rows, seeds)
def test_no_group_straddles_two_splits(groups: list[int], seed: int) -> None:
    assignment = split_by_hash(hashes(groups), seed=seed, **SHARES)
    for group in set(groups):
        assert len(set(assignment[hashes(groups) == group].tolist())) == 1


@given(groups_of_rows, groups_of_rows, seeds)
def test_rows_added_later_move_none(before: list[int], added: list[int], seed: int) -> None:
    alone = split_by_hash(hashes(before), seed=seed, **SHARES)
    together = split_by_hash(hashes(before + added), seed=seed, **SHARES)
    np.testing.assert_array_equal(together[: len(before)], alone)


@given(
    seed=seeds,
    validation_share=st.floats(0.01, 0.45),
    test_share=st.floats(0.01, 0.45),
)
def test_shares_come_out_near_their_targets(
    seed: int, validation_share: float, test_share: float
) -> None:
    assignment = split_by_hash(
        random_hashes(20_000),
        seed=seed,
        validation_share=validation_share,
        test_share=test_share,
    )
    # five standard deviations of a share among 20,000 groups are below 0.018
    assert (assignment == VALIDATION).mean() == pytest.approx(validation_share, abs=0.018)
    assert (assignment == TEST).mean() == pytest.approx(test_share, abs=0.018)


def test_consecutive_hashes_and_seeds_are_split_independently() -> None:
    consecutive = np.arange(50_000, dtype=np.uint64)
    first = split_by_hash(consecutive, seed=0, **SHARES) == TEST
    second = split_by_hash(consecutive, seed=1, **SHARES) == TEST
    assert first.mean() == pytest.approx(0.3, abs=0.012)
    assert (first & second).mean() == pytest.approx(0.09, abs=0.008)


def test_a_split_never_changes_between_versions() -> None:
    """Golden: these numbers decide every stored split; they were taken from this function."""
    assignment = split_by_hash(np.arange(12, dtype=np.uint64), seed=7, **SHARES)
    assert assignment.tolist() == GOLDEN_SPLIT


GOLDEN_SPLIT = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 2]


@given(groups_of_rows, seeds, st.integers(1, 30))
def test_a_limit_draws_so_many_rows_and_keeps_them_when_raised(
    groups: list[int], seed: int, limit: int
) -> None:
    few = drawn(hashes(groups), limit, seed=seed)
    more = drawn(hashes(groups), limit + 5, seed=seed)
    assert few.sum() == min(limit, len(groups))
    assert not (few & ~more).any()


def test_a_limit_is_no_head_and_leaves_the_shares_alone() -> None:
    groups = random_hashes(20_000)
    stays = drawn(groups, 2_000, seed=0)
    assert stays[:2_000].sum() == pytest.approx(200, abs=70)
    assignment = split_by_hash(groups[stays], seed=0, **SHARES)
    assert (assignment == TEST).mean() == pytest.approx(0.3, abs=0.055)
    assert (drawn(groups, 2_000, seed=1) != stays).any()


@given(groups_of_rows, seeds, st.integers(1, 60))
def test_a_limit_takes_groups_whole_but_the_last(
    groups: list[int], seed: int, limit: int
) -> None:
    stays = drawn(hashes(groups), limit, seed=seed)
    cut = [g for g in set(groups) if 0 < stays[hashes(groups) == g].mean() < 1]
    assert len(cut) <= 1


def test_published_splits_stay_and_training_gives_a_validation() -> None:
    groups = random_hashes(5_000)
    published = np.where(np.arange(5_000) < 4_000, TRAIN, TEST).astype(np.int8)
    assignment = split_as_published(published, groups, seed=0, validation_share=0.2)
    np.testing.assert_array_equal(assignment == TEST, published == TEST)
    assert (assignment[:4_000] == VALIDATION).mean() == pytest.approx(0.2, abs=0.04)


def test_a_published_validation_is_left_as_it_is() -> None:
    published = np.array([TRAIN, TRAIN, VALIDATION, TEST], dtype=np.int8)
    assignment = split_as_published(published, random_hashes(4), seed=0, validation_share=0.9)
    assert assignment.tolist() == published.tolist()


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=50))
def test_a_split_by_time_never_looks_back(moments: list[int]) -> None:
    times = np.array(moments)
    assignment = split_by_time(times, validation_share=0.2, test_share=0.3)
    for earlier, later in ((TRAIN, VALIDATION), (TRAIN, TEST), (VALIDATION, TEST)):
        if (assignment == earlier).any() and (assignment == later).any():
            assert times[assignment == earlier].max() < times[assignment == later].min()


def test_a_split_by_time_gives_the_last_moments_to_test() -> None:
    times = np.random.default_rng(0).permutation(100)
    assignment = split_by_time(times, validation_share=0.1, test_share=0.2)
    assert sorted(times[assignment == TEST]) == list(range(80, 100))
    assert sorted(times[assignment == VALIDATION]) == list(range(70, 80))


@given(groups_of_rows)
def test_known_groups_leave_the_earlier_split(groups: list[int]) -> None:
    generator = np.random.default_rng(len(groups))
    given_splits = generator.integers(3, size=len(groups)).astype(np.int8)
    assignment = drop_known(given_splits, hashes(groups))
    np.testing.assert_array_equal(assignment == TEST, given_splits == TEST)
    for group in set(groups):
        assert len(set(assignment[hashes(groups) == group].tolist()) - {DROPPED}) == 1


def test_empty_splits_are_refused_with_counts_and_a_way_out() -> None:
    data = DataConfig(dataset="x", problem="classification", validation_share=0.05)
    assignment = np.array([TRAIN, TRAIN, DROPPED], dtype=np.int8)
    with pytest.raises(InputError) as refusal:
        require_rows(assignment, hashes([1, 1, 2]), data)
    assert str(refusal.value) == (
        "validation and test came out empty from 1 groups of equal text (validation_share "
        "0.05, test_share 0.2, split_seed 0); "
        "raise the share, change the seed, or use more data"
    )
