"""Training ends the same however often it was stopped on the way."""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from models.bundle import load_bundle, weights_digest
from models.predictors import load_predictor
from storage import progress
from storage.errors import EnvironmentProblem, InputError, Interrupted, TrainingError
from storage.files import read_json
from storage.journal import Journal
from tests.training.small_jobs import (
    BATCHES_PER_EPOCH,
    ONE_THREAD,
    WORDS,
    Notebook,
    classification_job,
    texts_of,
    translation_job,
    write_classification_tokens,
    write_column,
)
from training.history import History
from training.job import TrainingJob
from training.learner import Learner
from training.loop import _Training, train
from training.problems.build import open_problem
from training.state import Checkpoints
from training.stopping import request_stop

ROOT = Path(__file__).parent.parent.parent
ALL_BATCHES = 3 * BATCHES_PER_EPOCH
EVERY = 4
Plan = Callable[[str], None]
Outcome = tuple[str, dict[tuple[str, int | None], float]]


@pytest.fixture(scope="module")
def uninterrupted(
    classification_tokens: Path, tmp_path_factory: pytest.TempPathFactory
) -> Outcome:
    """Digest and metrics of a training that nothing stopped."""
    notebook = Notebook()
    folder = tmp_path_factory.mktemp("uninterrupted")
    facts = train(
        classification_tokens, folder, classification_job(), journal=notebook, device=ONE_THREAD
    )
    return facts["weights_digest"], notebook.results


KILLS = {  # plan: batches in the checkpoint that outlives it
    "train.batch:kill@2": 0,
    "train.batch:kill@11": 8,
    "checkpoint.write:kill@3": 8,
    "checkpoint.rename:kill@3": 8,
    "train.bundle:kill": ALL_BATCHES,
}
FIRST_SIGNAL = "train.batch:term@9"
SECOND_SIGNAL = "train.batch:term@2,checkpoint.write:term,checkpoint.write:sleep=60"


@dataclass(frozen=True)
class Ended:
    """How a training in a process of its own ended."""

    return_code: int
    folder: Path


@pytest.fixture(scope="module")
def processes(
    classification_tokens: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Ended]:
    """Real processes, each with a fault planned, by plan."""
    folders = {
        fault: tmp_path_factory.mktemp("process")
        for fault in (*KILLS, FIRST_SIGNAL, SECOND_SIGNAL)
    }
    plans = [
        {"fault": fault, "folder": str(folder), "settings": {"checkpoint_batches": EVERY}}
        for fault, folder in folders.items()
    ]
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.training.train_in_processes",
            str(classification_tokens),
            json.dumps(plans),
        ],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        timeout=240,
        check=True,
    )
    codes = json.loads(run.stdout)
    return {
        fault: Ended(code, folder)
        for (fault, folder), code in zip(folders.items(), codes, strict=True)
    }


@pytest.mark.parametrize(("fault", "kept"), KILLS.items())
def test_killed_training_ends_bit_equal_and_repeats_only_batches_after_the_checkpoint(
    classification_tokens: Path,
    uninterrupted: Outcome,
    processes: dict[str, Ended],
    fault: str,
    kept: int,
):
    killed = processes[fault]
    assert killed.return_code == -signal.SIGKILL
    notebook = Notebook()
    job = classification_job(checkpoint_batches=EVERY)
    facts = train(
        classification_tokens, killed.folder, job, journal=notebook, device=ONE_THREAD
    )
    digest, metrics = uninterrupted
    assert facts["weights_digest"] == digest
    assert facts["batches_executed"] == ALL_BATCHES - kept
    assert notebook.results.items() <= metrics.items()


@pytest.mark.parametrize("batch", range(1, ALL_BATCHES + 1))
def test_training_that_fails_after_any_batch_ends_bit_equal(
    classification_tokens: Path,
    uninterrupted: Outcome,
    tmp_path: Path,
    plan_fault: Plan,
    batch: int,
):
    job = classification_job(checkpoint_batches=EVERY)
    notebook = Notebook()
    plan_fault(f"train.batch:raise@{batch}")
    with pytest.raises(RuntimeError, match=r"train\.batch"):
        train(classification_tokens, tmp_path, job, journal=notebook, device=ONE_THREAD)
    plan_fault("")
    facts = train(classification_tokens, tmp_path, job, journal=notebook, device=ONE_THREAD)
    assert (facts["weights_digest"], notebook.results) == uninterrupted
    assert facts["batches_executed"] == ALL_BATCHES - (batch - 1) // EVERY * EVERY


def test_translation_that_is_stopped_ends_bit_equal(
    translation_tokens: Path, tmp_path: Path, plan_fault: Plan
):
    job = translation_job()
    whole = train(translation_tokens, tmp_path / "whole", job, device=ONE_THREAD)
    plan_fault("train.batch:term@8")
    with pytest.raises(Interrupted):
        train(translation_tokens, tmp_path / "stopped", job, device=ONE_THREAD)
    resumed = train(translation_tokens, tmp_path / "stopped", job, device=ONE_THREAD)
    assert resumed["weights_digest"] == whole["weights_digest"]
    assert resumed["validation"] == whole["validation"]
    assert resumed["batches_executed"] == ALL_BATCHES - 8


def test_other_seed_gives_other_weights(
    classification_tokens: Path, uninterrupted: Outcome, tmp_path: Path
):
    facts = train(
        classification_tokens, tmp_path, classification_job(seed=1), device=ONE_THREAD
    )
    assert facts["weights_digest"] != uninterrupted[0]


def test_repeated_call_does_nothing_and_says_the_same(
    classification_tokens: Path, tmp_path: Path
):
    job = classification_job()
    first = train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    second = train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    assert second == {**first, "batches_executed": 0}
    assert first["batches_executed"] == ALL_BATCHES


def test_finished_folder_of_another_job_is_trained_again(
    classification_tokens: Path, tmp_path: Path
):
    train(classification_tokens, tmp_path, classification_job(), device=ONE_THREAD)
    job = classification_job(learning_rate=0.02)
    again = train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    assert again["batches_executed"] == ALL_BATCHES


def test_damaged_newest_checkpoint_falls_back_to_the_one_before_and_says_so(
    classification_tokens: Path,
    uninterrupted: Outcome,
    tmp_path: Path,
    plan_fault: Plan,
    caplog: pytest.LogCaptureFixture,
):
    job = classification_job(checkpoint_batches=EVERY)
    plan_fault("train.batch:raise@10")
    with pytest.raises(RuntimeError):
        train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    plan_fault("")
    older, newest = sorted((tmp_path / "checkpoints").iterdir())
    os.truncate(newest, newest.stat().st_size // 2)
    with caplog.at_level(logging.WARNING):
        facts = train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    assert f"checkpoint {newest.name} is damaged; trying the one before it" in caplog.text
    assert facts["batches_executed"] == ALL_BATCHES - 4
    assert facts["weights_digest"] == uninterrupted[0]


def test_sigterm_stops_the_process_at_the_batch_with_its_exit_code(
    classification_tokens: Path, uninterrupted: Outcome, processes: dict[str, Ended]
):
    stopped = processes[FIRST_SIGNAL]
    assert stopped.return_code == 128 + signal.SIGTERM
    said = (stopped.folder / "stderr.txt").read_text()
    assert "stopped by SIGTERM in epoch 2 after batch 3; a checkpoint is kept" in said
    job = classification_job(checkpoint_batches=EVERY)
    facts = train(classification_tokens, stopped.folder, job, device=ONE_THREAD)
    assert facts["batches_executed"] == ALL_BATCHES - 9
    assert facts["weights_digest"] == uninterrupted[0]


def test_second_signal_stops_at_once(processes: dict[str, Ended]):
    stopped = processes[SECOND_SIGNAL]
    assert stopped.return_code == -signal.SIGTERM
    assert not list((stopped.folder / "checkpoints").glob("*.pt"))


def test_signal_handlers_are_given_back(classification_tokens: Path, tmp_path: Path):
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    train(classification_tokens, tmp_path, classification_job(epochs=1), device=ONE_THREAD)
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_training_outside_the_main_thread_stops_on_request(
    classification_tokens: Path, tmp_path: Path
):
    caught: list[Interrupted] = []
    job = classification_job(epochs=100_000, patience=None, checkpoint_batches=1)

    def run() -> None:
        try:
            train(classification_tokens, tmp_path, job, device=ONE_THREAD)
        except Interrupted as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not (tmp_path / "checkpoints").exists():
        time.sleep(0.02)
    request_stop(signal.SIGINT)
    thread.join(timeout=60)
    assert [error.exit_code for error in caught] == [130]


def test_bundle_holds_the_weights_of_the_best_epoch(
    classification_tokens: Path, tmp_path: Path
):
    job = classification_job(epochs=30)
    facts = train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    accuracies = [epoch["validation/accuracy"] for epoch in History.read(tmp_path).epochs]
    assert facts["best_epoch"] == accuracies.index(max(accuracies)) + 1
    assert weights_digest(load_bundle(tmp_path / "bundle").network) == facts["weights_digest"]
    predictor = load_predictor(tmp_path / "bundle")
    texts, labels = texts_of(classification_tokens / "validation")
    hits = [a.label == label for a, label in zip(predictor.predict(texts), labels, strict=True)]
    assert sum(hits) / len(hits) == max(accuracies)


def test_training_stops_early_after_epochs_without_gain(
    classification_tokens: Path, tmp_path: Path
):
    job = classification_job(epochs=50, patience=2, learning_rate=1e-9)
    facts = train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    assert facts["epochs"] == facts["best_epoch"] + 2 < 50


def test_monitored_loss_picks_the_epoch_of_the_lowest_loss(
    classification_tokens: Path, tmp_path: Path
):
    job = classification_job(epochs=8, monitor="loss", learning_rate=0.05, patience=None)
    facts = train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    losses = [epoch["validation/loss"] for epoch in History.read(tmp_path).epochs]
    assert losses[facts["best_epoch"] - 1] == min(losses)


@pytest.mark.parametrize(("monitor", "best"), [("headline", max), ("loss", min)])
def test_translation_is_monitored_by_bleu_or_by_loss(
    translation_tokens: Path, tmp_path: Path, monitor: str, best: Callable[..., float]
):
    settings = {"epochs": 6, "seed": 2, "learning_rate": 0.1, "patience": None}
    job = translation_job(monitor=monitor, **settings)  # the two disagree on the epoch
    facts = train(translation_tokens, tmp_path, job, device=ONE_THREAD)
    name = "bleu" if monitor == "headline" else "loss"
    values = [epoch[f"validation/{name}"] for epoch in History.read(tmp_path).epochs]
    assert facts["best_epoch"] == values.index(best(values)) + 1


def test_resumed_training_writes_no_metric_into_the_journal_twice(
    classification_tokens: Path, tmp_path: Path, plan_fault: Plan
):
    journal = Journal(tmp_path / "journal")
    plan_fault("train.batch:raise@8")
    with pytest.raises(RuntimeError):
        train(
            classification_tokens,
            tmp_path / "run",
            classification_job(),
            journal=journal,
            device=ONE_THREAD,
        )
    plan_fault("")
    train(
        classification_tokens,
        tmp_path / "run",
        classification_job(),
        journal=journal,
        device=ONE_THREAD,
    )
    lines = (journal.folder / "journal.jsonl").read_text().splitlines()
    steps = [
        (record["key"], record["step"]) for record in map(json.loads, lines) if "key" in record
    ]
    assert len(steps) == len(set(steps))
    assert {step for key, step in steps if key == "train/loss"} == {1, 2, 3}
    assert {key for key, _ in steps} == {
        "train/loss",
        "validation/loss",
        "validation/accuracy",
        "validation/macro_f1",
        "system/tokens_per_second",
        "system/learning_rate",
    }


def test_each_epoch_is_told_to_whoever_shows_progress(
    classification_tokens: Path, tmp_path: Path
):
    events: list[progress.Event] = []
    with progress.listening(events.append):
        train(classification_tokens, tmp_path, classification_job(), device=ONE_THREAD)
    epochs = [event for event in events if isinstance(event, progress.Advanced)]
    assert [(event.done, event.total) for event in epochs] == [(1, 3), (2, 3), (3, 3)]
    assert "accuracy" in epochs[0].note


def test_runaway_loss_names_epoch_batch_and_rows_and_keeps_the_last_finite_checkpoint(
    classification_tokens: Path, tmp_path: Path
):
    job = classification_job(
        optimizer="sgd",
        learning_rate=100,
        weight_decay=10,
        clip_norm=None,
        checkpoint_batches=1,
    )
    with pytest.raises(TrainingError) as caught:
        train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    message = str(caught.value)
    assert "the loss ran away in epoch" in message
    assert "rows 1" in message
    assert "lower training.learning_rate (100)" in message
    assert "set training.clip_norm" in message
    assert len(list((tmp_path / "checkpoints").glob("*.pt"))) == 2


def test_full_disk_keeps_the_earlier_checkpoint_and_says_what_to_do(
    classification_tokens: Path,
    uninterrupted: Outcome,
    tmp_path: Path,
    plan_fault: Plan,
):
    job = classification_job(checkpoint_batches=EVERY)
    plan_fault("checkpoint.write:full@2")
    with pytest.raises(
        EnvironmentProblem, match="after batch 8 could not.*No space left on device; make room"
    ):
        train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    assert [path.suffix for path in (tmp_path / "checkpoints").iterdir()] == [".pt"]
    plan_fault("")
    facts = train(classification_tokens, tmp_path, job, device=ONE_THREAD)
    assert facts["batches_executed"] == ALL_BATCHES - EVERY
    assert facts["weights_digest"] == uninterrupted[0]


def test_checkpoints_are_gone_when_training_has_ended_well(
    classification_tokens: Path, tmp_path: Path
):
    train(classification_tokens, tmp_path, classification_job(), device=ONE_THREAD)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "bundle",
        "history.json",
        "training.json",
    ]


def test_equal_trainings_write_equal_files(classification_tokens: Path, tmp_path: Path):
    for name in ("first", "second"):
        train(classification_tokens, tmp_path / name, classification_job(), device=ONE_THREAD)
    for file in ("history.json", "training.json", "bundle/manifest.json"):
        assert read_json(tmp_path / "first" / file) == read_json(tmp_path / "second" / file)


def test_word_vectors_start_the_embedding_and_their_coverage_is_told(
    classification_tokens: Path, tmp_path: Path
):
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("".join(f"{word} 1 2 3 4 5 6\n" for word in WORDS[:15]))
    facts = train(
        classification_tokens,
        tmp_path / "run",
        classification_job(epochs=1),
        device=ONE_THREAD,
        vectors_file=vectors,
    )
    assert facts["vectors"] == {"text": 0.5}


def test_label_that_training_lacks_is_refused_by_row(tmp_path: Path):
    tokens = write_classification_tokens(tmp_path / "tokens")
    labels = np.load(tokens / "validation/labels.npy")
    labels[3] = -1
    np.save(tokens / "validation/labels.npy", labels)
    with pytest.raises(InputError, match="1 rows of validation have a label .* first row 103"):
        train(tokens, tmp_path / "run", classification_job(), device=ONE_THREAD)


def test_split_without_rows_is_refused(tmp_path: Path):
    tokens = write_classification_tokens(tmp_path / "tokens")
    write_column(tokens / "validation", [[]])
    np.save(tokens / "validation/offsets.npy", np.zeros(1, np.int64))
    with pytest.raises(InputError, match="the validation split has no rows; give more rows"):
        train(tokens, tmp_path / "run", classification_job(), device=ONE_THREAD)


def test_lost_weights_come_into_no_checkpoint(classification_tokens: Path, tmp_path: Path):
    job = classification_job()
    problem = open_problem(classification_tokens, job)
    learner = Learner(problem, job.training, device=ONE_THREAD)
    checkpoints = Checkpoints(tmp_path, owner="test")
    training = _Training(problem, learner, job.training, checkpoints=checkpoints)
    training._save()
    last_whole = checkpoints.newest()
    with torch.no_grad():
        next(learner.network.parameters())[0] = float("nan")
    training._save()
    assert last_whole is not None
    assert len(list(tmp_path.glob("*.pt"))) == 1


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
def test_every_optimizer_lowers_the_loss_and_resumes(
    classification_tokens: Path, tmp_path: Path, plan_fault: Plan, optimizer: str
):
    job: TrainingJob = classification_job(
        optimizer=optimizer,
        learning_rate=0.5 if optimizer == "sgd" else 0.02,
        average=0.0,
        epochs=15,
        patience=None,
    )
    whole = train(classification_tokens, tmp_path / "whole", job, device=ONE_THREAD)
    losses = [epoch["train/loss"] for epoch in History.read(tmp_path / "whole").epochs]
    assert losses[-1] < losses[0]
    plan_fault("train.batch:term@7")
    with pytest.raises(Interrupted):
        train(classification_tokens, tmp_path / "stopped", job, device=ONE_THREAD)
    resumed = train(classification_tokens, tmp_path / "stopped", job, device=ONE_THREAD)
    assert resumed["weights_digest"] == whole["weights_digest"]
