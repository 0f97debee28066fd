"""The trials of a sweep: asked for, run, told, until there are as many as were wanted."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import shorten
from typing import cast

from configs.experiment import ExperimentConfig
from configs.settings import Settings
from storage import progress
from storage.clearing import SWEEP_LOCK
from storage.code import code_digests
from storage.errors import EnvironmentProblem, InputError, TrainingError
from storage.files import Json, digest_of_json
from storage.locks import locked
from tasks.run import Run
from tasks.steps import StepOutput
from tasks.train import deciding
from tasks.trial_places import trial_place
from tasks.try_settings import Trial, Tried, search_of
from tracking.runs import Trigger
from training.search import Attempt, Search
from training.sweep_page import figure, named_values

_LONGEST_REASON = 80


@dataclass(frozen=True)
class Sweep:
    """A sweep that this process holds the lock of.

    Attributes:
        folder: Study, pictures and the best settings.
        search: What was tried, and what comes next.
        experiment: What is varied; its own settings are trial 0.
        tables: Output of preprocess.
    """

    folder: Path
    search: Search
    experiment: ExperimentConfig
    tables: StepOutput

    def with_settings_of(self, attempt: Attempt) -> ExperimentConfig:
        """The experiment as the attempt trains it, or has trained it."""
        threads = cast("int | None", attempt.facts.get("threads", self._threads()))
        changed = self.experiment.with_values(attempt.settings)
        return changed.with_values({"training.threads": threads})

    def best(self) -> Attempt:
        """The best trial.

        Raises:
            TrainingError: If none ended well.
        """
        best = self.search.best()
        if best is None:
            attempts = self.search.attempts()
            raise TrainingError(
                f"none of {len(attempts)} trials ended well; the first: "
                f"{attempts[0].facts.get('message')}"
            )
        return best

    def _threads(self) -> int | None:
        """Trials side by side share the processor."""
        threads = self.experiment.training.threads
        alone = self.experiment.sweep.parallel == 1
        return threads if threads or alone else 1


@contextmanager
def opened_sweep(run: Run, tables: StepOutput, experiment: ExperimentConfig) -> Iterator[Sweep]:
    """The sweep of the experiment on these tables, which nobody else works on meanwhile.

    It is known by what decides its trials' values: settings, ranges, data and code. The same
    asked for again goes on where it stopped; a changed one starts afresh.

    Raises:
        InputError: If there is nothing to search, or the experiment's own settings could not
            be compared with.
        EnvironmentProblem: If another process works on it.
    """
    _require_ranges(experiment)
    ranges = experiment.sweep.model_dump(mode="json", exclude={"trials", "parallel"})
    code, packages = code_digests("training.encoding", "training.loop")
    digest = digest_of_json(
        {
            **deciding(experiment),
            "sweep": ranges,
            "tables": tables.digest,
            "code": code,
            "packages": packages,
        }
    )
    folder = run.home / "sweeps" / f"{experiment.name}-{digest[:12]}"
    with _held(folder):
        yield Sweep(folder, search_of(folder, experiment), experiment, tables)


def run_trials(run: Run, sweep: Sweep, *, trigger: Trigger) -> None:
    """Run trials until there are as many as the experiment wants, those done before included.

    What a killed process left unfinished is tried first, with the same settings.
    """
    wanted, parallel = sweep.experiment.sweep.trials, sweep.experiment.sweep.parallel
    address = Settings.from_environment().dask_address
    _show(sweep, wanted)
    with trial_place(parallel=parallel, dask_address=address) as try_all:
        for tried in try_all(_trials(run, sweep, wanted=wanted, trigger=trigger)):
            _tell(sweep, tried)
            _record(run, sweep, tried)
            _show(sweep, wanted)


def _trials(run: Run, sweep: Sweep, *, wanted: int, trigger: Trigger) -> Iterator[Trial]:
    def trial(attempt: Attempt) -> Trial:
        experiment = sweep.with_settings_of(attempt)
        return Trial(run, sweep.tables, experiment, attempt.number, sweep.folder, trigger)

    yield from map(trial, sweep.search.unfinished())
    while len(sweep.search.attempts()) < wanted:
        yield trial(sweep.search.ask())


def _tell(sweep: Sweep, tried: Tried) -> None:
    facts: dict[str, Json] = {
        "seconds": tried.seconds,
        "message": tried.message,
        "run": tried.run,
        "threads": tried.trial.experiment.training.threads,
    }
    sweep.search.tell(tried.trial.number, tried.state, value=tried.value, facts=facts)


def _record(run: Run, sweep: Sweep, tried: Tried) -> None:
    """Tell whoever watches, and the sweep's run, how the trial ended."""
    number, best = tried.trial.number, sweep.search.best()
    metric, journal = sweep.search.goal.metric, run.journal()
    if tried.value is not None:
        journal.metric("sweep/value", tried.value, step=number)
    if best is not None and best.value is not None:
        journal.metric("sweep/best", best.value, step=number)
    outcome = (
        f"{metric} {figure(tried.value)}"
        if tried.value is not None
        else f"{tried.state}: {shorten(tried.message, _LONGEST_REASON, placeholder=' …')}"
        if tried.state == "failed"
        else f"{tried.state} {tried.message}"
    )
    if best is not None and tried.state == "finished":
        outcome += ", best so far" if best.number == number else f" (best {figure(best.value)})"
    values = named_values(tried.trial.experiment.searched_values())
    progress.finished(f"trial {number}", f"{outcome}   {values}", seconds=tried.seconds)


def _show(sweep: Sweep, wanted: int) -> None:
    attempts, best = sweep.search.attempts(), sweep.search.best()
    done = sum(each.state != "running" for each in attempts)
    note = f"best {sweep.search.goal.metric} {figure(best.value)}" if best else ""
    progress.started("sweep")
    progress.advanced("sweep", done, wanted, f"{done} of {wanted} trials; {note}")


def _require_ranges(experiment: ExperimentConfig) -> None:
    searched = experiment.sweep.searched
    if not searched:
        raise InputError(
            f"{experiment.name} has no sweep.ranges to search; add some, as --set "
            "'sweep.ranges.training.learning_rate={low: 0.001, high: 0.1, log: true}'"
        )
    for path, value in experiment.searched_values().items():
        if value not in searched[path]:
            raise InputError(
                f"{path} is {value}, which is not within its sweep.ranges "
                f"({searched[path]}), so the sweep could not compare with it; widen the range, "
                f"or set {path} to a value within"
            )


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder / SWEEP_LOCK, timeout_seconds=1.0))
        except EnvironmentProblem as problem:
            raise EnvironmentProblem(f"this sweep is under way already: {problem}") from None
        yield
