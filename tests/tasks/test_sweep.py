"""A sweep is known by what decides its values; its best settings are a whole experiment."""

from pathlib import Path

import pytest

from cli.experiments import Request, experiment_of
from configs.experiment import ExperimentConfig
from configs.messages import read_experiment
from storage.errors import EnvironmentProblem, InputError, TrainingError
from storage.files import write_json
from storage.journal import Journal
from tasks.run import Run
from tasks.steps import StepOutput
from tasks.sweep_report import settings_yaml
from tasks.trials import opened_sweep
from tracking.runs import record_trial


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path, tmp_path / "runs" / "r", "demo")


def tables(digest: str = "t") -> StepOutput:
    return StepOutput(Path("tables"), digest)


def folder(run: Run, experiment: ExperimentConfig, digest: str = "t") -> str:
    with opened_sweep(run, tables(digest), experiment) as sweep:
        return sweep.folder.name


def demo(**changes: object) -> ExperimentConfig:
    return read_experiment({"preset": "demo", **changes})


def test_a_sweep_goes_on_unless_something_that_decides_its_values_changed(run: Run) -> None:
    first = folder(run, demo())
    assert folder(run, demo(sweep={"trials": 99, "parallel": 2})) == first
    assert folder(run, demo(promotion={"significance": 0.01})) == first
    assert folder(run, demo(training={"checkpoint_seconds": 1})) == first
    changed = [
        folder(run, demo(), digest="other rows"),
        folder(run, demo(training={"epochs": 5})),
        folder(run, demo(sweep={"ranges": {"network.dropout": None}})),
        folder(run, demo(sweep={"pruner": "none"})),
    ]
    assert len({first, *changed}) == 5


def test_one_process_at_a_time_works_on_a_sweep(run: Run) -> None:
    with (
        opened_sweep(run, tables(), demo()),
        pytest.raises(EnvironmentProblem, match="under way already: .* held by process"),
        opened_sweep(run, tables(), demo()),
    ):
        pass


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"network": {"hidden_dim": 48}}, "hidden_dim is 48, which is not within .*16, 32, 64"),
        (
            {
                "sweep": {
                    "ranges": {
                        "network": {"dropout": None, "hidden_dim": None},
                        "training": {"learning_rate": None},
                    }
                }
            },
            "no sweep.ranges to search; add some, as --set",
        ),
    ],
)
def test_a_sweep_that_could_not_compare_does_not_begin(
    run: Run, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        folder(run, demo(**changes))


def test_a_sweep_of_failures_alone_says_why(run: Run) -> None:
    with opened_sweep(run, tables(), demo()) as sweep:
        asked = sweep.search.ask()
        sweep.search.tell(asked.number, "failed", facts={"message": "the loss ran away"})
        with pytest.raises(TrainingError, match="none of 1 trials .*: the loss ran away"):
            sweep.best()


def test_trials_side_by_side_share_the_processor(run: Run) -> None:
    with opened_sweep(run, tables(), demo(sweep={"parallel": 2})) as sweep:
        asked = sweep.search.ask()
        assert sweep.with_settings_of(asked).training.threads == 1
        sweep.search.tell(asked.number, "finished", value=0.5, facts={"threads": 1})
    with opened_sweep(run, tables(), demo()) as sweep:
        assert sweep.with_settings_of(sweep.best()).training.threads == 1
        assert sweep.with_settings_of(sweep.search.ask()).training.threads is None


def test_a_trial_is_not_what_an_experiment_is_trained_like_next(tmp_path: Path) -> None:
    for dropout, trial in ((0.1, None), (0.45, 7)):
        values = {"name": "reviews", "network": {"dropout": dropout}}
        journal = Journal.create(tmp_path, experiment="reviews", name="", key=str(trial))
        write_json(journal.folder / "config.json", demo(**values).model_dump(mode="json"))
        if trial is not None:
            record_trial(journal, number=trial)
        journal.end("FINISHED")
        journal.folder.rename(tmp_path / "runs" / f"{dropout}")  # runs are ordered by name
    assert experiment_of(Request("reviews"), tmp_path).network.dropout == 0.1


@pytest.mark.parametrize("own", [False, True])
def test_the_best_settings_are_a_file_to_train_from(tmp_path: Path, own: bool) -> None:
    given = demo(data={"rows": 600})
    if own:
        file = {"name": "a.csv", "sha256": "0" * 64, "format": "csv"}
        data = {"dataset": "reviews", "file": file, "rows": None}
        given = demo(name="reviews", data={**data, "columns": {"text": "review"}})
    best = given.with_values({"network.dropout": 0.123456789, "network.hidden_dim": 64})
    path = tmp_path / "best.yaml"
    trained = best.model_copy(update={"data": best.data.model_copy(update={"version": 1})})
    path.write_text(settings_yaml(trained), encoding="utf-8")
    assert experiment_of(Request(str(path)), tmp_path) == best
    assert "preset: demo" in path.read_text(encoding="utf-8")
    assert "epochs" not in path.read_text(encoding="utf-8")
