"""Calibration: chances against how often answers are right."""

from pathlib import Path

import numpy as np
import pytest

from training.calibration import calibration, draw_reliability
from training.classification_evaluation import confused_pairs


def test_error_is_the_mean_gap_of_the_bins() -> None:
    chances = np.array([0.95, 0.95, 0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False, True, False])
    found = calibration(chances, right, bins=10)
    assert found.rows.tolist() == [2, 4]
    assert found.error == pytest.approx((4 * abs(0.95 - 0.75) + 2 * abs(0.55 - 0.5)) / 6)


def test_honest_chances_have_no_error_and_1_is_in_the_last_bin() -> None:
    random = np.random.default_rng(0)
    chances = random.uniform(size=200_000)
    assert calibration(chances, random.uniform(size=200_000) < chances).error < 0.01
    assert calibration(np.array([1.0, 0.0]), np.array([True, False])).error == 0


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    found = calibration(np.array([0.9, 0.6]), np.array([True, False]))
    draw_reliability(found, tmp_path / "reliability.png")
    assert (tmp_path / "reliability.png").stat().st_size > 5_000


def test_the_most_confused_pairs_come_first_and_right_answers_never() -> None:
    matrix = np.array([[90, 3, 0], [7, 80, 1], [0, 0, 70]])
    found = confused_pairs(matrix, ["a", "b", "c"], most=5)
    assert found == [("b", "a", 7), ("a", "b", 3), ("b", "c", 1)]
