"""Batches hold every row once, rows of like length together, in an order the seed decides."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from configs.training import TrainingConfig
from tests.training.small_jobs import write_column
from training.batching import EpochOrder, IdColumn, mapped, scoring_order, training_order
from training.problems.classification import ClassificationSplit
from training.problems.translation import TranslationSplit

LENGTHS = np.random.default_rng(0).integers(1, 60, 1000)


@given(
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=300),
    batch_size=st.integers(1, 20),
    seed=st.integers(0, 5),
    epoch=st.integers(0, 5),
)
def test_every_row_stands_in_one_batch_of_an_epoch(
    lengths: list[int], batch_size: int, seed: int, epoch: int
):
    order = EpochOrder.shuffled(
        np.array(lengths), batch_size=batch_size, seed=seed, epoch=epoch
    )
    batches = [order[number] for number in range(len(order))]
    assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert sorted(len(batch) for batch in batches)[1:] == [batch_size] * (len(batches) - 1)


def epoch_of(seed: int, epoch: int) -> list[list[int]]:
    order = EpochOrder.shuffled(LENGTHS, batch_size=16, seed=seed, epoch=epoch)
    return [order[number].tolist() for number in range(len(order))]


def test_order_is_decided_by_seed_and_epoch_alone():
    assert epoch_of(seed=3, epoch=2) == epoch_of(seed=3, epoch=2)
    assert epoch_of(seed=3, epoch=2) != epoch_of(seed=3, epoch=1)
    assert epoch_of(seed=3, epoch=2) != epoch_of(seed=4, epoch=2)


def test_batches_hold_rows_of_like_length_and_come_in_no_order_of_length():
    batches = epoch_of(seed=0, epoch=0)
    real = sum(LENGTHS)
    padded = sum(len(batch) * max(LENGTHS[batch]) for batch in batches)
    assert real / padded > 0.9  # rows at random: 0.5
    longest = [int(max(LENGTHS[batch])) for batch in batches]
    assert longest != sorted(longest)
    assert longest != sorted(longest, reverse=True)


def test_rows_meet_other_rows_in_the_next_epoch():
    first = {frozenset(batch) for batch in epoch_of(seed=0, epoch=0)}
    second = {frozenset(batch) for batch in epoch_of(seed=0, epoch=1)}
    assert not first & second


@given(
    lengths=st.lists(st.integers(1, 50), min_size=1, max_size=300),
    batch_tokens=st.integers(1, 400),
    seed=st.integers(0, 5),
)
def test_batches_of_so_many_tokens_hold_every_row_once_and_no_more_tokens(
    lengths: list[int], batch_tokens: int, seed: int
):
    array = np.array(lengths)
    orders = (
        EpochOrder.shuffled(array, batch_size=1, batch_tokens=batch_tokens, seed=seed, epoch=0),
        EpochOrder.by_length(array, batch_size=1, batch_tokens=batch_tokens),
    )
    for order in orders:
        batches = [order[number] for number in range(len(order))]
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
        assert all(array[b].sum() <= batch_tokens or len(b) == 1 for b in batches)


def test_batches_of_so_many_tokens_are_nearly_full_and_of_like_length_by_seed_and_epoch():
    lengths = np.random.default_rng(0).integers(1, 60, 20_000)

    def cut(seed: int, epoch: int) -> list[list[int]]:
        training = TrainingConfig(batch_tokens=1000, seed=seed)
        order = training_order(lengths, training, epoch=epoch)
        return [order[number].tolist() for number in range(len(order))]

    batches = cut(0, 0)
    tokens = [sum(lengths[batch]) for batch in batches]
    assert np.mean(tokens) > 0.97 * 1000
    padded = sum(len(batch) * max(lengths[batch]) for batch in batches)
    assert sum(lengths) / padded > 0.9
    longest = [int(max(lengths[batch])) for batch in batches]
    assert np.abs(np.corrcoef(longest[1:], longest[:-1])[0, 1]) < 0.2  # in no order of length
    assert batches == cut(0, 0)
    assert batches not in (cut(0, 1), cut(1, 0))


def test_scoring_goes_by_tokens_where_training_does():
    order = scoring_order(LENGTHS, TrainingConfig(batch_tokens=100))
    assert 300 < np.mean([sum(LENGTHS[order[number]]) for number in range(len(order))]) <= 400


def test_scoring_order_goes_from_short_to_long():
    order = EpochOrder.by_length(LENGTHS, batch_size=16)
    rows = np.concatenate([order[number] for number in range(len(order))])
    assert sorted(rows.tolist()) == list(range(len(LENGTHS)))
    assert (np.diff(LENGTHS[rows]) >= 0).all()


def test_classification_batch_is_trimmed_to_its_longest_row(tmp_path: Path):
    write_column(tmp_path / "train", [[4, 5, 6, 7, 8], [9], [10, 11]])
    np.save(tmp_path / "train/labels.npy", np.array([0, 1, 0]))
    batch = ClassificationSplit(tmp_path / "train").batch(np.array([2, 1]))
    assert batch.ids.tolist() == [[10, 11], [9, 0]]
    assert batch.lengths.tolist() == [2, 1]
    assert batch.labels.tolist() == [0, 1]
    assert batch.rows.tolist() == [102, 101]
    assert batch.tokens == 3


def test_translation_batch_predicts_each_word_and_the_end_from_what_stands_before(
    tmp_path: Path,
):
    write_column(tmp_path / "train", [[4, 5, 6], [7]], prefix="source_")
    write_column(tmp_path / "train", [[8], [9, 10]], prefix="target_")
    batch = TranslationSplit(tmp_path / "train").batch(np.array([0, 1]))
    assert batch.source.tolist() == [[4, 5, 6], [7, 0, 0]]
    assert batch.source_lengths.tolist() == [3, 1]
    assert batch.target_in.tolist() == [[2, 8, 0], [2, 9, 10]]  # 2: begin of sentence
    assert batch.mask.tolist() == [[True, True, False], [True, True, True]]
    assert batch.target_out.tolist() == [8, 3, 9, 10, 3]  # 3: end of sentence
    assert batch.tokens == 4 + 5
    assert TranslationSplit(tmp_path / "train").lengths.tolist() == [3 + 2, 1 + 3]


def test_rows_without_a_token_are_skipped(tmp_path: Path):
    write_column(tmp_path / "pairs", [[4], [], [5], [6, 7]], prefix="source_")
    write_column(tmp_path / "pairs", [[8], [9], [], [10]], prefix="target_")
    pairs = TranslationSplit(tmp_path / "pairs")
    assert pairs.lengths.tolist() == [3, 4]
    assert pairs.batch(np.array([1])).rows.tolist() == [103]
    assert pairs.targets(np.array([1]))[0].tolist() == [10]
    write_column(tmp_path / "texts", [[], [4], [5, 6]])
    np.save(tmp_path / "texts/labels.npy", np.array([0, 1, 0]))
    texts = ClassificationSplit(tmp_path / "texts")
    assert texts.lengths.tolist() == [1, 2]
    assert texts.batch(np.array([0])).labels.tolist() == [1]


def test_ids_stay_on_the_disk(tmp_path: Path):
    write_column(tmp_path, [[4, 5], [6]])
    column = IdColumn.open(tmp_path)
    assert isinstance(column.ids.base, np.memmap)


def test_array_of_another_type_is_refused(tmp_path: Path):
    np.save(tmp_path / "ids.npy", np.zeros(3, np.int64))
    with pytest.raises(ValueError, match="holds int64, not int32; encode it again"):
        mapped(tmp_path / "ids.npy", np.int32)
