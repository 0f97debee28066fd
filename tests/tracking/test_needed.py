"""After the hardest clearing up, registered models still predict and tell their origin."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from models.predictors import load_predictor
from storage.clearing import Limits, clear
from storage.errors import EnvironmentProblem
from storage.journal import Journal
from storage.steps import StepKey, StepResult, run_step
from tests.tracking.bundles import tiny_classifier
from tests.tracking.conftest import copied_store
from tracking.bundles import registered_bundle
from tracking.lineage import known, trace
from tracking.needed import needed_paths
from tracking.replay import Replay
from tracking.runs import record_model
from tracking.store import TrackingStore


def step(home: Path, name: str, *, seed: int, **inputs: StepResult) -> StepResult:
    """A step of one of the runs; training leaves a bundle."""

    def work(folder: Path) -> dict[str, str]:
        if name == "train":
            tiny_classifier(folder / "bundle", labels=("a", "b"), seed=seed)
        (folder / "out").write_text(f"{name} {seed}")
        return {}

    digests = {each: done.digest for each, done in inputs.items()}
    return run_step(home, StepKey(name, digests, {"dataset": "d", "seed": seed}, {}, {}), work)


class Run:
    """A run with three steps, on raw data of its own; shipped, and registered if wanted."""

    def __init__(
        self, home: Path, store: TrackingStore, *, seed: int, registered: bool = True
    ) -> None:
        self.raw = step(home, "download", seed=seed)
        self.tables = step(home, "preprocess", seed=seed, raw=self.raw)
        self.trained = step(home, "train", seed=seed, tokens=self.tables)
        journal = Journal.create(home, experiment="reviews", name="a run", key="k")
        self.folder = journal.folder
        journal.record("step", step="train", folder=self.trained.folder.name)
        if registered:
            record_model(journal, self.trained.folder / "bundle", name="reviews", verdict="ok")
        journal.end("FINISHED")
        Replay(journal.folder, store).advance(seconds=120)

    def paths(self) -> set[Path]:
        steps = (self.raw, self.tables, self.trained)
        return {self.folder, *(step.folder for step in steps)}


def make_old(home: Path) -> None:
    moment = time.time() - 100 * 86_400
    for path in home.rglob("*"):
        os.utime(path, (moment, moment))


def test_registered_models_keep_all_they_rest_on_and_the_rest_goes(
    tmp_path: Path, migrated: Path
) -> None:
    store = copied_store(migrated, tmp_path)
    kept = Run(tmp_path, store, seed=1)
    tried = Run(tmp_path, store, seed=2, registered=False)
    (tmp_path / "raw" / "d").mkdir(parents=True)
    (tmp_path / "raw" / "d" / "d.zip").write_text("x")
    make_old(tmp_path)
    gone = clear(tmp_path, needed=needed_paths(tmp_path, store), limits=Limits(0))
    assert {each.path for each in gone} == tried.paths()
    assert all(path.is_dir() for path in kept.paths())
    assert (tmp_path / "raw" / "d" / "d.zip").is_file()
    bundle = registered_bundle(store, "reviews", "1", cache=tmp_path / "bundles")
    assert load_predictor(bundle.folder, "cpu").predict(["fine"])
    (run,) = trace(known(tmp_path, store), "reviews/1").runs
    assert run.steps["train"] == kept.trained.folder


def test_a_model_is_kept_by_its_bundle_even_when_its_journal_is_gone(
    tmp_path: Path, migrated: Path
) -> None:
    store = copied_store(migrated, tmp_path)
    run = Run(tmp_path, store, seed=1)
    for path in run.folder.iterdir():
        path.unlink()
    steps = run.paths() - {run.folder}
    assert steps <= needed_paths(tmp_path, store)


def test_what_mlflow_has_not_got_whole_stays(tmp_path: Path, migrated: Path) -> None:
    store = copied_store(migrated, tmp_path)
    journal = Journal.create(tmp_path, experiment="reviews", name="a run", key="k")
    journal.end("FAILED")
    assert journal.folder in needed_paths(tmp_path, store)
    Replay(journal.folder, store).advance(seconds=120)
    assert journal.folder not in needed_paths(tmp_path, store)


def test_nothing_may_go_while_mlflow_does_not_answer(tmp_path: Path, migrated: Path) -> None:
    store = replace(copied_store(migrated, tmp_path), locks=Path("/proc/none"))
    with pytest.raises(EnvironmentProblem, match="nothing was cleared: MLflow at .* does not"):
        needed_paths(tmp_path, store)
