"""The bootstrap: what it draws, how often its intervals hold, how often it cries wolf."""

import numpy as np
import pytest
from numpy.typing import NDArray
from sacrebleu.metrics import BLEU
from sacrebleu.significance import PairedTest

from training.metrics import accuracy, bleu, bleu_counts, class_counts, macro_f1
from training.scores import Comparison, Interval
from training.significance import comparison, interval, resampled_sums

SIMULATIONS = 400
DRAWS = 400
Bools = NDArray[np.bool_]


def counted(right: Bools) -> NDArray[np.int64]:
    """(N, 2) hits and rows."""
    return np.stack([right, np.ones_like(right)], axis=1).astype(np.int64)


def accuracy_interval(right: Bools, groups: NDArray[np.int64], seed: int = 0) -> Interval:
    sums = resampled_sums(counted(right), groups, resamples=DRAWS, seed=seed)
    return interval(float(right.mean()), sums[:, 0] / sums[:, 1])


def accuracy_comparison(first: Bools, second: Bools, seed: int = 0) -> Comparison:
    counts = np.stack([counted(first), counted(second)], axis=1)  # (N, 2, 2)
    sums = resampled_sums(counts, np.arange(len(first)), resamples=DRAWS, seed=seed)
    share = sums[..., 0] / sums[..., 1]
    return comparison(float(first.mean()) - float(second.mean()), share[:, 0] - share[:, 1])


def coverage(rows: int, repeats: int, *, grouped: bool) -> float:
    """How often the interval holds the true accuracy 0.8, each row repeated so often."""
    random = np.random.default_rng(1)
    held = 0
    for simulation in range(SIMULATIONS):
        right = np.repeat(random.random(rows) < 0.8, repeats)
        groups = np.repeat(np.arange(rows), repeats) if grouped else np.arange(len(right))
        found = accuracy_interval(right, groups, simulation)
        held += found.low <= 0.8 <= found.high
    return held / SIMULATIONS


def test_intervals_hold_the_true_accuracy_19_times_in_20() -> None:
    assert coverage(200, 1, grouped=True) == pytest.approx(0.95, abs=0.03)


def test_intervals_hold_when_every_text_stands_there_four_times() -> None:
    assert coverage(200, 4, grouped=True) == pytest.approx(0.95, abs=0.03)


def test_intervals_that_ignore_the_groups_would_be_far_too_sure() -> None:
    assert coverage(200, 4, grouped=False) < 0.8


def test_intervals_hold_the_true_macro_f1() -> None:
    # both classes are right 4 times in 5, half of the rows each: F1 is 0.8 in both
    random = np.random.default_rng(2)
    held = 0
    for simulation in range(SIMULATIONS):
        actual = random.integers(2, size=300)
        predicted = np.where(random.random(300) < 0.8, actual, 1 - actual)
        counts = class_counts(actual, predicted, classes=2)
        sums = resampled_sums(counts, np.arange(300), resamples=DRAWS, seed=simulation)
        found = interval(float(macro_f1(counts.sum(axis=0))), macro_f1(sums))
        held += found.low <= 0.8 <= found.high
    assert held / SIMULATIONS == pytest.approx(0.95, abs=0.03)


def test_two_equally_good_systems_rarely_look_different() -> None:
    random = np.random.default_rng(3)
    alarms = sum(
        accuracy_comparison(
            random.random(300) < 0.8, random.random(300) < 0.8, simulation
        ).significant
        for simulation in range(SIMULATIONS)
    )
    assert alarms / SIMULATIONS == pytest.approx(0.05, abs=0.03)


def test_a_real_difference_is_mostly_found_and_has_the_right_sign() -> None:
    random = np.random.default_rng(4)
    found = [
        accuracy_comparison(random.random(300) < 0.85, random.random(300) < 0.7, simulation)
        for simulation in range(50)
    ]
    assert np.mean([one.significant for one in found]) > 0.9
    assert all(one.difference > 0 for one in found)


def test_equal_answers_are_no_evidence_at_all() -> None:
    right = np.random.default_rng(5).random(100) < 0.5
    assert accuracy_comparison(right, right).p_value == 1


def test_a_p_value_is_never_0_and_agrees_with_its_interval() -> None:
    draws = np.random.default_rng(6).normal(1.0, 0.1, size=1999)
    sure = comparison(1.0, draws)
    assert sure.p_value == pytest.approx(2 / 2000)
    assert sure.low > 0
    assert comparison(0.0, draws - 1).p_value > 0.5
    assert comparison(-1.0, -draws).p_value == sure.p_value


@pytest.mark.parametrize("distinct", [2, 400], ids=["few patterns", "every row its own"])
def test_sums_are_distributed_as_if_each_row_were_drawn(distinct: int) -> None:
    random = np.random.default_rng(7)
    counts = random.integers(distinct, size=(400, 1))
    ours = resampled_sums(counts, np.arange(400), resamples=8000)[:, 0]
    rows = random.integers(400, size=(8000, 400))
    plain = counts[rows, 0].sum(axis=1)
    spread = plain.std()
    assert ours.mean() == pytest.approx(plain.mean(), abs=spread * 0.06)
    assert ours.std() == pytest.approx(spread, rel=0.05)


def test_rows_of_a_group_move_together() -> None:
    groups = np.repeat(["a", "b", "c", "d"], [1, 2, 3, 4])
    members = (groups[:, None] == np.array(["a", "b", "c", "d"])).astype(np.int64)
    sums = resampled_sums(members, groups, resamples=200)  # (200, 4) rows drawn of each group
    assert (sums % np.array([1, 2, 3, 4]) == 0).all()
    assert ((sums / np.array([1, 2, 3, 4])).sum(axis=1) == 4).all()


def test_systems_side_by_side_are_drawn_alike() -> None:
    counts = np.random.default_rng(8).integers(9, size=(50, 1, 3)).repeat(2, axis=1)
    sums = resampled_sums(counts, np.arange(50), resamples=20)
    assert sums.shape == (20, 2, 3)
    np.testing.assert_array_equal(sums[:, 0], sums[:, 1])


def test_the_same_seed_draws_the_same_in_any_number_of_pieces() -> None:
    counts = np.random.default_rng(9).integers(50, size=(100, 2))
    whole = resampled_sums(counts, np.arange(100), resamples=64, seed=3)
    pieces = resampled_sums(counts, np.arange(100), resamples=64, seed=3, cells=100 * 10)
    np.testing.assert_array_equal(pieces, whole)
    assert (resampled_sums(counts, np.arange(100), resamples=64, seed=4) != whole).any()


def test_a_draw_that_misses_a_class_is_left_out_of_its_interval() -> None:
    found = interval(0.5, [np.nan, 0.4, 0.5, 0.6])
    assert 0.4 <= found.low <= found.high <= 0.6


def test_no_rows_and_rows_without_group_are_refused() -> None:
    with pytest.raises(ValueError, match="0 rows of counts and 0 groups"):
        resampled_sums(np.zeros((0, 2), np.int64), np.array([], np.int64))
    with pytest.raises(ValueError, match="3 rows of counts and 2 groups"):
        resampled_sums(np.zeros((3, 2), np.int64), np.arange(2))


def toy_translations(rows: int) -> tuple[list[str], list[str], list[list[str]]]:
    """Two systems of different quality on made-up sentences."""
    random = np.random.default_rng(10)
    words = np.array([f"word{number}" for number in range(60)])
    references, good, worse = [], [], []
    for _ in range(rows):
        sentence = words[random.integers(60, size=random.integers(5, 15))]
        references.append([" ".join(sentence)])
        for system, noise in ((good, 0.2), (worse, 0.24)):
            hit = random.random(len(sentence)) < noise
            system.append(" ".join(np.where(hit, words[random.integers(60)], sentence)))
    return good, worse, references


def test_bleu_intervals_and_p_values_are_close_to_sacrebleus_own() -> None:
    good, worse, references = toy_translations(300)
    counts = np.stack([bleu_counts(good, references), bleu_counts(worse, references)], axis=1)
    sums = resampled_sums(counts, np.arange(300))
    draws, values = bleu(sums), bleu(counts.sum(axis=0))
    ours = interval(values[0], draws[:, 0])
    lead = comparison(values[0] - values[1], draws[:, 0] - draws[:, 1])
    streams = [[one[0] for one in references]]
    _, theirs = PairedTest(
        [("worse", worse), ("good", good)],
        {"BLEU": BLEU(references=streams)},
        references=None,
        test_type="bs",
        n_samples=2000,
    )()
    result = theirs["BLEU"][1]
    assert ours.value == pytest.approx(result.score)
    assert (ours.high - ours.low) / 2 == pytest.approx(result.ci, rel=0.15)
    assert lead.p_value == pytest.approx(result.p_value, abs=0.02)


def test_accuracy_of_resampled_class_counts_has_the_binomial_spread() -> None:
    random = np.random.default_rng(11)
    actual = random.integers(4, size=1000)
    predicted = np.where(random.random(1000) < 0.7, actual, (actual + 1) % 4)
    counts = class_counts(actual, predicted, classes=4)
    draws = accuracy(resampled_sums(counts, np.arange(1000)))
    share = accuracy(counts.sum(axis=0))
    assert draws.std() == pytest.approx(np.sqrt(share * (1 - share) / 1000), rel=0.07)
