"""From counts to scores: leads, quarters by length, lengths by row."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from training.baselines import Baseline
from training.metrics import Counts, accuracy, class_counts
from training.scores import Slice
from training.scoring import QUARTERS, compared, length_quarters, scored_slices, token_counts

ROWS = 400
ACTUAL = np.random.default_rng(0).integers(2, size=ROWS)


def wrong_in(share: float) -> np.ndarray:
    """(N, 3, 2) class counts of a system that misses this share of the rows."""
    missed = np.random.default_rng(1).random(ROWS) < share
    return class_counts(ACTUAL, np.where(missed, 1 - ACTUAL, ACTUAL), classes=2)


def test_a_lead_is_the_networks_score_minus_the_baselines() -> None:
    names = ("worse", "better")
    baselines = [Baseline(name, np.array([], dtype=object), "settings") for name in names]
    counts = np.stack([wrong_in(0.2), wrong_in(0.4), wrong_in(0.1)], axis=1)
    own, beside = compared(
        counts,
        np.arange(ROWS),
        measures={"accuracy": accuracy},
        headline="accuracy",
        baselines=baselines,
    )
    for name in names:
        lead, score = beside[name].lead, beside[name].metrics["accuracy"]
        assert lead.difference == pytest.approx(own["accuracy"].value - score.value)
        assert lead.low < lead.difference < lead.high
        assert lead.significant
    assert beside["worse"].lead.low > 0 > beside["better"].lead.high


def test_quarters_by_length_keep_equal_lengths_together() -> None:
    lengths = np.repeat([3, 5, 8, 13], ROWS // 4)
    slices = slices_of(wrong_in(0.2), lengths)
    assert tuple(slices) == QUARTERS
    assert [part.rows for part in slices.values()] == [100] * 4
    assert [(part.shortest, part.longest) for part in slices.values()] == [
        (3, 3),
        (5, 5),
        (8, 8),
        (13, 13),
    ]


def test_quarters_that_would_be_empty_are_left_out() -> None:
    lengths = np.full(ROWS, 7)
    slices = slices_of(wrong_in(0.2), lengths)
    assert list(slices) == ["shortest"]
    assert slices["shortest"].rows == ROWS


def test_the_score_of_a_quarter_is_that_of_its_rows() -> None:
    lengths = np.arange(ROWS)
    predicted = np.where(lengths < 100, 1 - ACTUAL, ACTUAL)  # the short ones are all wrong
    counts = class_counts(ACTUAL, predicted, classes=2)
    slices = slices_of(counts, lengths)
    assert [part.metrics["accuracy"].value for part in slices.values()] == [0, 1, 1, 1]


def test_token_counts_follow_the_rows_asked_for(tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    counts = pd.DataFrame({"id": [4, 7, 9], "tokens": [40, 70, 90]})
    counts.to_parquet(tmp_path / "test" / "counts.parquet")
    assert token_counts(tmp_path, pd.Series([9, 4]), column="tokens").tolist() == [90, 40]


def slices_of(counts: Counts, lengths: NDArray[np.int64]) -> dict[str, Slice]:
    """Accuracy of each quarter by length."""
    quarters = length_quarters(lengths)
    measures = {"accuracy": accuracy}
    return scored_slices(counts, np.arange(ROWS), lengths, quarters, measures=measures)
