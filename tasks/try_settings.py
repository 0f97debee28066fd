"""Task: one trial of a sweep, trained and judged on the validation split alone."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from prefect import task

from configs.experiment import ExperimentConfig
from configs.promotion import METRICS, sign_of
from configs.settings import Settings
from storage.errors import EnvironmentProblem, Interrupted, SeqflowError
from storage.locks import locked
from tasks.run import Run, tracked_run
from tasks.steps import StepOutput
from tasks.tokenize import tokenize_step
from tasks.train import train_step
from tracking.runs import Trigger, record_scores, record_trial
from training.history import History
from training.search import Goal, Pruned, Search, State, Watch


@dataclass(frozen=True)
class Trial:
    """What a process needs to know to run a trial.

    Attributes:
        parent: The sweep's run.
        tables: Output of preprocess.
        experiment: With the trial's values.
        number: The trial's.
        sweep: Folder of the sweep, where its study lies.
        trigger: What started the sweep.
    """

    parent: Run
    tables: StepOutput
    experiment: ExperimentConfig
    number: int
    sweep: Path
    trigger: Trigger


@dataclass(frozen=True)
class Tried:
    """How a trial ended.

    Attributes:
        trial: The trial.
        state: finished, pruned or failed.
        value: The goal's metric in the best epoch; None unless it finished.
        message: Why it failed, or where it was pruned.
        run: Name of its run.
        seconds: Time it took.
    """

    trial: Trial
    state: State
    value: float | None
    message: str
    run: str
    seconds: float


def goal_of(experiment: ExperimentConfig) -> Goal:
    """What trials are compared by: the value that picks the best epoch of each."""
    by_loss = experiment.training.monitor == "loss"
    metric = "loss" if by_loss else METRICS[experiment.data.problem][0]
    return Goal(metric, maximise=sign_of(metric) > 0)


def search_of(folder: Path, experiment: ExperimentConfig) -> Search:
    """The search in a sweep's folder, for whoever asks, tells or reports."""
    own = experiment.searched_values()
    return Search(folder, experiment.sweep, goal_of(experiment), own=own)


@task(name="try-settings", task_run_name="trial {trial.number}")
def try_settings(trial: Trial) -> Tried:
    """Train with the trial's settings as a child of the sweep's run.

    A training that fails because of them is an outcome; what has other reasons is raised.

    Raises:
        EnvironmentProblem: If this process has another home folder than the sweep.
        Interrupted: After a signal.
    """
    begun = time.monotonic()
    _require_home(trial.parent.home)
    run = ""

    def ended(state: State, *, value: float | None = None, message: str = "") -> Tried:
        return Tried(trial, state, value, message, run, round(time.monotonic() - begun, 3))

    # a process whose sweep was killed may still be at it, and will soon have stopped
    with locked(trial.sweep / "trials" / f"{trial.number}.lock"):
        try:
            with tracked_run(
                trial.experiment,
                trigger=trial.trigger,
                reason="",
                parent=trial.parent,
                part=f"trial {trial.number}",
            ) as child:
                run = child.folder.name
                record_trial(child.journal(), number=trial.number)
                try:
                    value = _trained(child, trial)
                except Pruned as pruned:
                    record_trial(child.journal(), number=trial.number, pruned=True)
                    return ended("pruned", message=str(pruned))
                record_scores(child.journal(), {"sweep/value": value})
                return ended("finished", value=value)
        except (EnvironmentProblem, Interrupted):
            raise
        except SeqflowError as problem:
            return ended("failed", message=str(problem))


def _trained(run: Run, trial: Trial) -> float:
    """The goal's metric in the best epoch of the trial's training."""
    search = search_of(trial.sweep, trial.experiment)
    watch = Watch(search, trial.number)
    tokens = tokenize_step(run, trial.tables, trial.experiment)
    trained = train_step(
        run, StepOutput(tokens.folder, tokens.digest), trial.experiment, watch=watch
    )
    if trained.reused:
        watch.replay(History.read(trained.folder).epochs)
    validation = cast(Mapping[str, float], trained.facts["validation"])
    return validation[search.goal.metric]


def _require_home(home: Path) -> None:
    own = Settings.from_environment().home
    if own != home:
        raise EnvironmentProblem(
            f"the sweep's home folder is {home}, but this worker has {own}; start workers with "
            f"SEQFLOW_HOME={home}, on a disk that all machines share"
        )
