"""A sweep's page begins with its verdict; its pictures and its table hold every trial."""

import csv
from dataclasses import replace
from pathlib import Path

import matplotlib.image
import pytest

from configs.sweep import Range
from training.search import Attempt, Goal, State
from training.sweep_figures import Axis, draw_importance, draw_parallel_coordinates
from training.sweep_page import SweepResults, sentence, sweep_page, trials_csv

RANGES = {
    "training.learning_rate": Range(low=0.001, high=0.1, log=True),
    "network.cell": Range(choices=("lstm", "gru")),
    "network.layers": Range(low=1, high=3),
}


def attempt(number: int, value: float | None, state: State = "finished") -> Attempt:
    settings = {
        "training.learning_rate": 0.001 * (number + 1),
        "network.cell": ("lstm", "gru")[number % 2],
        "network.layers": 1 + number % 3,
    }
    return Attempt(number, settings, state, value, 4, {"message": "the | loss ran away"})


def results(*values: float, best: int) -> SweepResults:
    attempts = [attempt(number, value) for number, value in enumerate(values)]
    others = [attempt(len(values), 0.3, "pruned"), attempt(len(values) + 1, None, "failed")]
    return SweepResults(
        name="demo",
        goal=Goal("accuracy", maximise=True),
        ranges=RANGES,
        attempts=[*attempts, *others],
        best=attempts[best],
        importance={"training.learning_rate": 0.75, "network.cell": 0.25},
        validation_rows=200,
        command="seqflow train best.yaml",
    )


def test_the_page_begins_with_the_verdict_and_does_not_oversell_it() -> None:
    page = sweep_page(results(0.8, 0.85, 0.84, best=1))
    assert page.startswith(
        "# trial 1 of 5 trials is best: validation accuracy 0.85, "
        "against 0.8 with demo's own settings\n"
    )
    assert "optimistic: it is the best of 3" in page
    assert "200 validation rows" in page
    assert "more than 0.07 in one case of twenty" in page
    assert "3 finished, 1 were ended early because they lagged behind, 1 failed" in page
    assert "the \\| loss ran away" in page
    assert "seqflow train best.yaml" in page


def test_own_settings_that_nothing_beats_are_said_to_stay() -> None:
    said = sentence(results(0.9, 0.85, best=0))
    assert said == (
        "none of 4 trials is better than demo's own settings, validation accuracy 0.9"
    )


def test_the_table_holds_every_trial() -> None:
    rows = list(csv.DictReader(trials_csv(results(0.8, 0.85, best=1)).splitlines()))
    assert [row["state"] for row in rows] == ["finished", "finished", "pruned", "failed"]
    assert float(rows[1]["accuracy"]) == 0.85
    assert rows[1]["network.cell"] == "gru"


@pytest.mark.parametrize(
    ("values", "maximise"), [((0.8,), True), ((0.8, 0.8), False), ((0.8, 0.85, 0.7), True)]
)
def test_pictures_are_drawn_of_any_number_of_trials(
    tmp_path: Path, values: tuple[float, ...], maximise: bool
) -> None:
    drawn = replace(results(*values, best=0), goal=Goal("loss", maximise))
    draw_parallel_coordinates(drawn, tmp_path / "a.png")
    draw_importance(drawn, tmp_path / "b.png")
    for name in ("a.png", "b.png"):
        assert matplotlib.image.imread(tmp_path / name)[..., :3].std() > 0.01


def test_axes_place_values_by_their_scale() -> None:
    rate, cell, layers = (Axis.of(path, range_) for path, range_ in RANGES.items())
    assert rate.height(0.01) == pytest.approx(0.5)
    assert (cell.height("gru"), cell.height("lstm")) == (0, 1)
    assert [name for _, name in layers.ticks()] == ["1", "3", "2"]
