"""Scores as values: what follows from them, their names, their file."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from storage.files import read_json
from tests.training.some_scores import around, classifier_scores, lead, translator_scores
from training.scores import Scores


@pytest.mark.parametrize("scores", [classifier_scores(lead(0.07)), translator_scores(lead(4))])
def test_scores_come_back_from_their_file_as_they_were(tmp_path: Path, scores: Scores) -> None:
    scores.write(tmp_path, verdict="fine")
    assert Scores.read(tmp_path) == scores


def test_the_file_spells_out_what_its_readers_decide_by(tmp_path: Path) -> None:
    classifier_scores(lead(0.07)).write(tmp_path, verdict="fine")
    content = read_json(tmp_path / "scores.json")
    assert isinstance(content, dict)
    assert content["verdict"] == "fine"
    assert content["best_baseline"] == "logistic_regression"
    assert content["beats_majority"] is True
    assert content["majority"] == pytest.approx(0.5)
    assert content["test"]["accuracy"] == {
        "value": 0.93,
        "low": 0.92,
        "high": 0.9400000000000001,
    }
    assert content["baselines"]["logistic_regression"]["accuracy"]["value"] == pytest.approx(
        0.86
    )
    assert content["class"]["good"]["recall"]["value"] == 0.85
    assert content["slice"]["shortest"]["accuracy"]["value"] == 0.8


def test_every_score_is_tracked_under_the_names_of_the_design() -> None:
    figures = dict(classifier_scores(lead(0.07)).figures())
    assert figures["test/accuracy"] == 0.93
    assert figures["test/accuracy/low"] == 0.92
    assert figures["test/macro_f1/high"] == pytest.approx(0.93)
    assert figures["test/class/good/recall"] == 0.85
    assert figures["test/slice/shortest/accuracy"] == 0.8
    assert figures["baseline/majority/accuracy"] == pytest.approx(0.5)


def test_beating_the_floor_takes_significance() -> None:
    ahead = lead(0.1)
    assert classifier_scores(ahead).beats_floor
    assert not classifier_scores(ahead, over_majority=lead(0.02, p_value=0.3)).beats_floor
    assert not classifier_scores(ahead, over_majority=lead(-0.3)).beats_floor


def test_the_best_baseline_is_best_by_the_headline() -> None:
    assert classifier_scores(lead(0.07)).best_baseline == "logistic_regression"
    assert classifier_scores(lead(0.43), over_majority=lead(0.1)).best_baseline == "majority"


def test_a_score_that_is_no_number_is_never_written(tmp_path: Path) -> None:
    scores = classifier_scores(lead(0.07))
    broken = replace(scores, test={"accuracy": around(float("nan"))})
    with pytest.raises(ValueError, match="not JSON compliant"):
        broken.write(tmp_path, verdict="fine")
    assert not (tmp_path / "scores.json").exists()


def test_reading_scores_costs_no_heavy_import() -> None:
    code = "import sys, training.scores, training.verdict; print('numpy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert found.stdout.decode().strip() == "False"
