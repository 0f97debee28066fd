"""Tests of what a run shows of itself."""

import subprocess
from pathlib import Path

import pytest

from configs.experiment import ExperimentConfig
from configs.shipped import preset_names
from storage.files import Json
from storage.journal import Journal, read_records
from tracking.figures import MAX_PARAMS
from tracking.runs import (
    Origin,
    describe,
    differences,
    git_state,
    parameters_of,
    record_scores,
    record_spread,
    record_verdict,
    run_name,
)

ORIGIN = Origin("manual", "try it", data_version="d" * 64, device="cpu")


def experiment(**changes: Json) -> ExperimentConfig:
    return ExperimentConfig.model_validate({"preset": "demo", **changes})


def written(journal: Journal, kind: str) -> dict[str, Json]:
    return {
        str(record["key"]): record["value"]
        for record in read_records(journal.folder)
        if record["kind"] == kind
    }


def test_name_of_a_preset_run_says_what_network_it_trains() -> None:
    assert run_name(experiment()) == "demo BiLSTM"


def test_name_of_a_changed_run_says_what_changed() -> None:
    changed = experiment(network={"dropout": 0.5}, training={"epochs": 3})
    assert run_name(changed) == "demo dropout=0.5 epochs=3"


def test_name_begins_with_the_network_and_tells_like_settings_apart() -> None:
    changed = experiment(data={"rows": 900}, network={"hidden_dim": 8}, text={"max_tokens": 32})
    assert run_name(changed) == "demo hidden_dim=8 text.max_tokens=32 rows=900"


def test_interval_in_a_description_is_no_link(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path, experiment="reviews", name="a run", key="k")
    record_verdict(journal, "ahead by 0.01 [-0.03, 0.05] (p=0.6)")
    description = written(journal, "tag")["mlflow.note.content"]
    assert description == "ahead by 0.01 \\[-0.03, 0.05\\] (p=0.6)"


def test_name_stays_short_with_many_changes() -> None:
    training = {"epochs": 3, "seed": 4, "batch_size": 5, "learning_rate": 0.1, "patience": 9}
    assert run_name(experiment(training=training)).endswith("+2 more")


def test_own_data_is_no_difference_worth_a_name() -> None:
    own = experiment(name="reviews", data={"dataset": "reviews", "columns": {"text": "review"}})
    assert differences(own) == {}
    assert run_name(own) == "reviews BiLSTM"


@pytest.mark.parametrize("preset", preset_names())
def test_every_preset_shows_at_most_sixty_parameters(preset: str) -> None:
    shown = parameters_of(ExperimentConfig.model_validate({"preset": preset}))
    assert 20 < len(shown) <= MAX_PARAMS
    assert None not in shown.values()


def test_changed_setting_is_shown_before_any_default() -> None:
    checks = {"max_imbalance": 7.0}  # of the section that is cut first
    shown = parameters_of(experiment(data={"checks": checks}))
    assert shown["data.checks.max_imbalance"] == 7.0
    assert list(shown).index("data.checks.max_imbalance") < list(shown).index("network.layers")


def test_run_is_described_by_its_origin(journal: Journal, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text("torch==2.13.0\n")
    links = {"prefect": "http://127.0.0.1:4200/runs/flow-run/1"}
    origin = Origin("drift", "", "d" * 64, "cuda", lock_file=lock, links=links)
    describe(journal, experiment(), origin)
    tags = written(journal, "tag")
    assert tags["preset"] == "demo"
    assert tags["trigger"] == "drift"
    assert tags["device"] == "cuda"
    assert tags["data_version"] == "d" * 64
    assert tags["link.prefect"] == links["prefect"]
    assert len(str(tags["lock_digest"])) == 64
    assert "reason" not in tags  # none was given
    assert written(journal, "param")["training.epochs"] == experiment().training.epochs


def test_scores_are_written_without_a_step(journal: Journal) -> None:
    record_scores(journal, {"test/accuracy": 0.9})
    *_, last = read_records(journal.folder)
    assert last["key"] == "test/accuracy"
    assert last["step"] is None


def test_spread_over_seeds_is_mean_and_sample_deviation(journal: Journal) -> None:
    seeds = [{"test/accuracy": 0.8, "test/odd": 1.0}, {"test/accuracy": 0.9}]
    record_spread(journal, seeds)
    scores = written(journal, "metric")
    assert scores == {
        "test/accuracy/mean": pytest.approx(0.85),
        "test/accuracy/spread": pytest.approx(0.0707107),
    }


def test_one_seed_has_no_spread(journal: Journal) -> None:
    record_spread(journal, [{"test/accuracy": 0.8}])
    assert written(journal, "metric") == {"test/accuracy/mean": 0.8}


def test_git_state_tells_a_changed_file(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *arguments], check=True)

    git("init", "-q")
    (tmp_path / "code.py").write_text("a = 1\n")
    git("add", ".")
    git("commit", "-qm", "first")
    clean = git_state(tmp_path)
    (tmp_path / "code.py").write_text("a = 2\n")
    changed = git_state(tmp_path)
    assert clean is not None
    assert changed is not None
    assert len(clean.commit) == 40
    assert (clean.dirty, changed.dirty) == (False, True)


def test_folder_without_a_repository_has_no_git_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state(tmp_path) is None
