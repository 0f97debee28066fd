"""Task: id arrays to a bundle, on the GPU where there is one."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from prefect import task

from configs.data import gaps_of
from configs.experiment import ExperimentConfig
from configs.settings import Settings
from storage.files import Json
from storage.steps import Facts, StepResult
from tasks.run import Run
from tasks.steps import Step, StepOutput, outcome, perform
from training.search import Pruned

if TYPE_CHECKING:
    from training.history import MetricSink, RunSink


@task(name="train")
def train(run: Run, tokens: StepOutput, experiment: ExperimentConfig) -> StepOutput:
    """Train the network, or go on from the last checkpoint of a killed attempt."""
    return outcome(train_step(run, tokens, experiment))


def train_step(
    run: Run,
    tokens: StepOutput,
    experiment: ExperimentConfig,
    *,
    watch: "MetricSink | None" = None,
) -> StepResult:
    """The same as part of another task.

    Args:
        run: The run the training belongs to.
        tokens: Output of tokenize.
        experiment: What to train.
        watch: Is told every figure too.

    Raises:
        Pruned: By the watch; nothing is kept of the training then.
    """
    from training.device import resolve_device
    from training.job import TrainingJob

    job = TrainingJob.of(experiment)
    override = Settings.from_environment().device
    place = resolve_device(job.training, job.network, override=override)
    step = Step(
        name="train",
        modules=("training.loop",),
        inputs={"tokens": tokens},
        parameters={**deciding(experiment), "place": place.parameters()},
        keep_partial=True,
    )

    def work(folder: Path) -> Facts:
        from training import loop
        from training.gpu_turn import gpu_turn

        journal = run.journal()
        try:
            with gpu_turn(place.device):
                facts = loop.train(
                    tokens.folder,
                    folder,
                    job,
                    journal=journal if watch is None else _Both(journal, watch),
                    device=place,
                    vectors_file=_vectors_file(run, experiment),
                )
        except Pruned:
            shutil.rmtree(folder)
            raise
        journal.sync()
        return {**facts, "network": experiment.network.title, "run": run.folder.name}

    result = perform(run, step, work, summary=_summary)
    run.journal().tag("device", place.device)
    if result.reused:
        run.journal().tag("reused_run", str(result.facts["run"]))
    return result


@dataclass(frozen=True)
class _Both:
    """Passes figures on to two sinks, the journal first, and files to the journal alone."""

    journal: "RunSink"
    watch: "MetricSink"

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        self.journal.metric(key, value, step=step)
        self.watch.metric(key, value, step=step)

    def artifact(self, path: Path, to: str) -> None:
        self.journal.artifact(path, to)


def deciding(experiment: ExperimentConfig) -> dict[str, Json]:
    """The settings that decide the weights; where and how often to save is not among them."""
    aside = {"device", "precision", "threads", "checkpoint_seconds", "checkpoint_batches"}
    gaps = gaps_of(experiment.data)
    return {
        "problem": experiment.data.problem,
        "text": experiment.text.model_dump(mode="json"),
        "network": experiment.network.model_dump(mode="json"),
        "training": experiment.training.model_dump(mode="json", exclude=aside),
        "decoding": experiment.decoding.model_dump(mode="json"),
        **({} if gaps is None else {"gaps": gaps.model_dump(mode="json")}),
    }


def _vectors_file(run: Run, experiment: ExperimentConfig) -> Path | None:
    from corpora.own_files import own_path

    file = experiment.text.vectors
    return own_path(file, own=run.home / "own") if file else None


def _summary(facts: Facts) -> str:
    epochs = cast(int, facts["epochs"])
    return f"{facts['network']}, {facts['device']}, {epochs} epoch{'s' * (epochs != 1)}"
