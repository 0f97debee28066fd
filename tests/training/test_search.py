"""A search goes on after a kill as if there had been none, and drops what lags behind."""

import warnings
from pathlib import Path

import pytest

from configs.sweep import Scalar, SweepConfig
from training.search import Attempt, Goal, Pruned, Search, Watch

OWN: dict[str, Scalar] = {
    "training.learning_rate": 0.01,
    "network.hidden_dim": 32,
    "network.layers": 2,
}
RANGES = {
    "training.learning_rate": {"low": 0.0001, "high": 0.1, "log": True},
    "network.hidden_dim": {"choices": [16, 32, 64]},
    "network.layers": {"low": 1, "high": 4},
}


def search(folder: Path, *, maximise: bool = True, **changes: object) -> Search:
    sweep = SweepConfig.model_validate({"startup_trials": 3, "ranges": RANGES, **changes})
    return Search(folder, sweep, Goal("accuracy", maximise), own=OWN)


def finish(search: Search, *, value: float | None = None) -> Attempt:
    asked = search.ask()
    rate = asked.settings["training.learning_rate"]
    assert isinstance(rate, float)
    search.tell(asked.number, "finished", value=rate if value is None else value)
    return asked


def test_the_first_trial_is_the_experiment_itself_and_all_others_lie_within_the_ranges(
    tmp_path: Path,
) -> None:
    running = search(tmp_path)
    asked = [finish(running) for _ in range(6)]
    assert asked[0].settings == OWN
    for each in asked:
        for path, range_ in SweepConfig.model_validate({"ranges": RANGES}).searched.items():
            assert each.settings[path] in range_
        assert isinstance(each.settings["network.layers"], int)
    assert len({each.settings["training.learning_rate"] for each in asked}) == 6


def test_a_search_that_is_opened_again_draws_what_it_would_have_drawn(tmp_path: Path) -> None:
    whole = search(tmp_path / "whole")
    uninterrupted = [finish(whole).settings for _ in range(6)]
    reopened = [finish(search(tmp_path / "killed")).settings for _ in range(6)]
    assert reopened == uninterrupted


def test_a_trial_that_its_process_left_is_tried_again_with_the_same_settings(
    tmp_path: Path,
) -> None:
    dead = search(tmp_path)
    finish(dead)
    left = dead.ask()
    dead.report(left.number, 0.5, epoch=1)
    again = search(tmp_path)
    (unfinished,) = again.unfinished()
    assert (unfinished.number, unfinished.settings) == (left.number, left.settings)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again.report(left.number, 0.5, epoch=1)
    again.report(left.number, 0.7, epoch=2)
    again.tell(left.number, "finished", value=0.7)
    assert again.unfinished() == []
    assert [each.number for each in again.attempts()] == [0, 1]
    assert finish(again).number == 2


def test_a_trial_whose_settings_were_half_drawn_gets_the_others(tmp_path: Path) -> None:
    dead = search(tmp_path)
    finish(dead)
    left = dead.ask()
    study = tmp_path / "study.jsonl"
    *rest, last = study.read_text(encoding="utf-8").splitlines(keepends=True)
    assert "network.layers" in last
    study.write_text("".join(rest), encoding="utf-8")
    (again,) = search(tmp_path).unfinished()
    assert again.settings["network.hidden_dim"] == left.settings["network.hidden_dim"]
    assert again.settings["network.layers"] in (1, 2, 3, 4)


def test_a_line_torn_by_a_kill_does_not_spoil_the_study(tmp_path: Path) -> None:
    finish(search(tmp_path), value=0.5)
    with (tmp_path / "study.jsonl").open("a") as file:
        file.write('{"op_code":4,"wor')
    finish(search(tmp_path), value=0.6)
    assert [each.value for each in search(tmp_path).attempts()] == [0.5, 0.6]


@pytest.mark.parametrize("maximise", [True, False])
def test_a_trial_below_the_median_of_the_others_ends_early(
    tmp_path: Path, maximise: bool
) -> None:
    running, sign = search(tmp_path, maximise=maximise), 1 if maximise else -1
    for number in range(3):
        attempt = running.ask()
        watch = Watch(running, attempt.number)
        for epoch in (1, 2):
            watch.metric("validation/accuracy", sign * (0.5 + 0.1 * number), step=epoch)
        running.tell(attempt.number, "finished", value=sign * (0.5 + 0.1 * number))
    good, bad = running.ask(), running.ask()
    Watch(running, good.number).metric("validation/accuracy", sign * 0.65, step=1)
    Watch(running, bad.number).metric("validation/loss", 0.0, step=1)
    with pytest.raises(Pruned, match="after epoch 1"):
        Watch(running, bad.number).metric("validation/accuracy", sign * 0.4, step=1)
    running.tell(bad.number, "pruned")
    pruned = running.attempts()[bad.number]
    assert (pruned.state, pruned.value, pruned.epochs) == ("pruned", sign * 0.4, 1)
    best = running.best()
    assert best is not None
    assert best.number == 2


def test_the_experiment_itself_is_never_dropped(tmp_path: Path) -> None:
    running = search(tmp_path, pruner="asha")
    own, other = running.ask(), running.ask()
    for epoch in (1, 2, 3):
        Watch(running, other.number).metric("validation/accuracy", 0.9, step=epoch)
        Watch(running, own.number).metric("validation/accuracy", 0.1, step=epoch)
    with pytest.raises(Pruned):
        Watch(running, running.ask().number).metric("validation/accuracy", 0.1, step=1)


def test_importance_tells_the_setting_that_decides(tmp_path: Path) -> None:
    running = search(tmp_path)
    finish(running)
    assert running.importance() == {}
    for _ in range(9):
        finish(running)
    importance = running.importance()
    assert max(importance, key=importance.__getitem__) == "training.learning_rate"
    assert sum(importance.values()) == pytest.approx(1)
