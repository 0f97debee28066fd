"""The training loop: from token ids to a bundle, resumable exactly at every batch."""

import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Generic

import torch

from configs.training import TrainingConfig
from storage import progress as display
from storage.errors import Interrupted
from storage.faults import fault_point
from storage.files import Json
from training.device import ResolvedDevice, resolve_device
from training.guards import Losses, memory_explained, require_finite, require_room, require_rows
from training.history import VALIDATION, History, RunSink, monitored
from training.job import TrainingJob
from training.learner import Learner
from training.outcome import fingerprint, read_outcome, write_outcome
from training.problems.base import AnyBatch, Problem
from training.problems.build import open_problem
from training.samples import keep_sample
from training.schedules import Schedules, reductions
from training.state import (
    Checkpoint,
    Checkpoints,
    Progress,
    Weights,
    on_processor,
    random_states,
    restore_random_states,
    seed_generators,
)
from training.stopping import stop_requested, stopping_on_signals
from training.threads import torch_threads
from training.vectors import start_from_vectors


def train(
    tokens: Path,
    folder: Path,
    job: TrainingJob,
    *,
    journal: RunSink | None = None,
    device: ResolvedDevice | None = None,
    vectors_file: Path | None = None,
) -> Mapping[str, Json]:
    """Train to the end, going on from the folder's newest checkpoint if there is one.

    On one processor thread, a killed and resumed training ends bit-equal to one that was not.
    One training per process at a time: random generators, threads and signals are its own.

    Args:
        tokens: Folder of token ids, from :func:`training.encoding.encode`.
        folder: Where `bundle/`, `history.json` and `training.json` go.
        job: What to train, and how.
        journal: Gets the metrics of each epoch.
        device: Where to train; None resolves the job's wishes here.
        vectors_file: Word vectors that embeddings start from.

    Returns:
        Epochs, the best one with its metrics and digest of weights, device, number of
        parameters, and how many batches this call executed.

    Raises:
        Interrupted: After SIGTERM, SIGINT or `request_stop`; a checkpoint is kept.
        TrainingError: If the loss is not finite, or memory runs out.
        EnvironmentProblem: If the disk cannot take the checkpoints.
    """
    device = device or resolve_device(job.training, job.network)
    checkpoints = Checkpoints(folder / "checkpoints", owner=fingerprint(job, device))
    facts, executed = read_outcome(folder, identity=checkpoints.owner), 0
    if facts is None:
        facts, executed = _train(
            tokens,
            job,
            device=device,
            checkpoints=checkpoints,
            journal=journal,
            vectors_file=vectors_file,
        )
        write_outcome(folder, facts, identity=checkpoints.owner)
    checkpoints.remove()
    return {**facts, "batches_executed": executed}


def _train(
    tokens: Path,
    job: TrainingJob,
    *,
    device: ResolvedDevice,
    checkpoints: Checkpoints,
    journal: RunSink | None,
    vectors_file: Path | None,
) -> tuple[dict[str, Json], int]:
    """What is to be said of the training, and how many batches were executed for it."""
    folder = checkpoints.folder.parent
    folder.mkdir(parents=True, exist_ok=True)
    with stopping_on_signals(), torch_threads(device.threads), memory_explained(job.training):
        seed_generators(job.training.seed)
        problem: Problem[Any] = open_problem(tokens, job)
        learner = Learner(problem, job.training, device=device)
        require_room(folder, learner.network.parameters(), training=job.training)
        problem.start(learner.network)
        coverage = start_from_vectors(problem.embeddings(learner.network), vectors_file)
        training = _Training(problem, learner, job.training, checkpoints=checkpoints)
        training.run(journal)
        fault_point("train.bundle")
        return training.finish(folder) | device.parameters() | coverage, training.executed


class _Training(Generic[AnyBatch]):
    """A training under way."""

    def __init__(
        self,
        problem: Problem[AnyBatch],
        learner: Learner[AnyBatch],
        settings: TrainingConfig,
        *,
        checkpoints: Checkpoints,
    ) -> None:
        self._problem = problem
        self._learner = learner
        self._settings = settings
        self._checkpoints = checkpoints
        self._train = require_rows(problem.split("train"), "train")
        self._validation = require_rows(problem.split("validation"), "validation")
        self._losses = Losses(settings, learner.device)
        batches = len(self._train.training_order(settings, epoch=0))
        self._schedules = Schedules(
            settings, steps=settings.epochs * -(-batches // settings.accumulate)
        )
        self._reductions = 0
        self._progress = Progress()
        self._best: Weights = {}
        self._saved_at = time.monotonic()
        self.executed = 0

    def run(self, journal: RunSink | None) -> None:
        """Go on from the newest checkpoint until no epoch is left."""
        self._resume()
        while not self._progress.finished:
            self._run_epoch()
            self._close_epoch(self._validate(), journal)
        self._save()

    def finish(self, folder: Path) -> dict[str, Json]:
        """Write bundle and history of the best epoch; what is to be said of the training."""
        network, progress = self._learner.scored, self._progress
        network.load_state_dict(self._best)
        digest = self._problem.write_bundle(folder / "bundle", network)
        History(self._problem.headline, progress.best_epoch, progress.history).write(folder)
        best = progress.history[progress.best_epoch - 1]
        return {
            "epochs": progress.epoch,
            "best_epoch": progress.best_epoch,
            "validation": {
                name.removeprefix(VALIDATION): value
                for name, value in best.items()
                if name.startswith(VALIDATION)
            },
            "weights_digest": digest,
            "parameters": sum(parameter.numel() for parameter in network.parameters()),
        }

    def _run_epoch(self) -> None:
        """The batches of the epoch that are not done yet."""
        progress, settings = self._progress, self._settings
        order = self._train.training_order(settings, epoch=progress.epoch)
        self._reductions = reductions(
            [self._score(metrics) for metrics in progress.history],
            epochs=settings.plateau_epochs,
        )
        self._learner.network.train()
        while progress.batch < len(order):
            began = time.perf_counter()
            number = progress.batch + 1
            self._learn(
                self._train.batch(order[progress.batch]),
                step=number % settings.accumulate == 0 or number == len(order),
            )
            progress.seconds += time.perf_counter() - began
            self.executed += 1
            fault_point("train.batch")
            self._stop_if_asked()
            if self._checkpoint_is_due():
                self._save()
        began = time.perf_counter()
        self._settle()  # waits for a GPU that is behind
        progress.seconds += time.perf_counter() - began

    def _learn(self, batch: AnyBatch, *, step: bool) -> None:
        """One batch, a step if it is the last of its group, and the sums that go with it."""
        progress = self._progress
        result = self._learner.learn(
            batch.to(self._learner.device),
            rate=self._schedules.rate(progress.steps + 1, reductions=self._reductions),
            own_words=self._schedules.own_words(progress.steps + 1),
            step=step,
        )
        progress.steps += step
        progress.batch += 1
        progress.batches += 1
        progress.tokens += batch.tokens
        progress.loss_count += result.count
        self._losses.add(
            result, epoch=progress.epoch + 1, batch=progress.batch, rows=batch.rows
        )
        if self._losses.full:
            self._settle()

    def _settle(self) -> None:
        self._progress.loss_total += self._losses.settle()

    def _validate(self) -> Mapping[str, float]:
        """Metrics of the scored network on the validation split, by name."""
        self._learner.close_epoch(self._progress.epoch + 1)
        network = self._learner.scored
        network.eval()
        with torch.inference_mode(), self._learner.autocast():
            metrics = self._problem.validate(network, self._validation_batches())
        require_finite(
            {VALIDATION + name: value for name, value in metrics.items()}, at=self._place()
        )
        return metrics

    def _validation_batches(self) -> Iterator[AnyBatch]:
        order = self._validation.scoring_order(self._settings)
        for batch in range(len(order)):
            self._stop_if_asked()
            yield self._validation.batch(order[batch]).to(self._learner.device)

    def _close_epoch(self, validation: Mapping[str, float], journal: RunSink | None) -> None:
        """Keep what is worth keeping of the epoch, and decide whether another one follows."""
        progress, settings = self._progress, self._settings
        metrics = {"train/loss": progress.loss_total / progress.loss_count}
        metrics |= {VALIDATION + name: value for name, value in validation.items()}
        machine = {
            "system/tokens_per_second": progress.tokens / progress.seconds,
            "system/learning_rate": self._schedules.rate(
                progress.steps, reductions=self._reductions
            ),
        }
        if progress.close_epoch(metrics, score=self._score(metrics)):
            self._best = on_processor(self._learner.scored.state_dict())
        stale = settings.patience is not None and progress.stale_epochs >= settings.patience
        progress.finished = stale or progress.epoch == settings.epochs
        if journal is not None:
            for key, value in (metrics | machine).items():
                journal.metric(key, value, step=progress.epoch)
            if progress.finished or progress.epoch % settings.sample_epochs == 0:
                place = self._checkpoints.folder.parent
                keep_sample(
                    self._problem, self._learner.scored, place, progress.epoch, sink=journal
                )
        note = ", ".join(f"{name} {value:.4g}" for name, value in metrics.items())
        display.advanced("train", progress.epoch, settings.epochs, note)

    def _score(self, metrics: Mapping[str, float]) -> float:
        return monitored(metrics, self._settings, headline=self._problem.headline)

    def _stop_if_asked(self) -> None:
        number = stop_requested()
        if number is not None:
            self._save()
            raise Interrupted(
                f"stopped by {signal.Signals(number).name} {self._place()}; a checkpoint is "
                f"kept, and the same command goes on from there",
                signal_number=number,
            )

    def _place(self) -> str:
        return f"in epoch {self._progress.epoch + 1} after batch {self._progress.batch}"

    def _checkpoint_is_due(self) -> bool:
        settings = self._settings
        every = settings.checkpoint_batches
        return time.monotonic() - self._saved_at >= settings.checkpoint_seconds or (
            every is not None and self._progress.batches % every == 0
        )

    def _save(self) -> None:
        """Write a checkpoint, unless the weights are lost: the next loss will say so."""
        self._settle()
        if self._learner.is_finite():
            self._checkpoints.write(
                Checkpoint(self._progress, self._learner.state(), random_states(), self._best)
            )
        self._saved_at = time.monotonic()

    def _resume(self) -> None:
        checkpoint = self._checkpoints.newest()
        if checkpoint is not None:
            self._progress = checkpoint.progress
            self._best = checkpoint.best
            self._learner.load_state(checkpoint.learner)
            restore_random_states(checkpoint.random)
