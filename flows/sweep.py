"""The sweep flow: many settings of one experiment, judged on validation; the best goes on."""

from dataclasses import dataclass
from pathlib import Path

from prefect import flow

from configs.experiment import ExperimentConfig
from tasks.data_version import with_data_version
from tasks.download import download
from tasks.evaluate import evaluate
from tasks.failing import tell_failure
from tasks.preprocess import preprocess
from tasks.promote import promote
from tasks.register import register
from tasks.run import Run, tracked_run
from tasks.steps import StepOutput, unwrapped
from tasks.sweep_report import Best, sweep_report
from tasks.tokenize import tokenize
from tasks.train import train
from tasks.trials import opened_sweep, run_trials
from tasks.validate import validate
from tasks.verdict import Verdict
from tracking.runs import Trigger


@dataclass(frozen=True)
class SweepVerdict:
    """The outcome of a sweep.

    Attributes:
        verdict: What became of the best settings.
        sentence: Which trial was best, in one line.
        settings: YAML of the best, which `seqflow train` takes.
        report: The sweep's page.
    """

    verdict: Verdict
    sentence: str
    settings: Path
    report: Path


@flow(
    name="sweep",
    flow_run_name="{experiment.name} sweep",
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
)
def sweep_flow(
    experiment: ExperimentConfig, trigger: Trigger = "manual", reason: str = ""
) -> SweepVerdict:
    """Try settings as `experiment.sweep` says; only the best meets the test split."""
    experiment = with_data_version(experiment)
    with tracked_run(experiment, trigger=trigger, reason=reason, part="sweep") as run:
        raw = download(run, experiment.data)
        tables = preprocess(run, raw, experiment.data)
        tokens = tokenize(run, tables, experiment)
        validate(run, tables, tokens, experiment.data)
        best = _search(run, tables, tokens, experiment, trigger=trigger)
        verdict = _settle(run, tables, best, trigger=trigger, reason=reason)
        return SweepVerdict(verdict, best.sentence, best.file, best.report)


def _search(
    run: Run,
    tables: StepOutput,
    tokens: StepOutput,
    experiment: ExperimentConfig,
    *,
    trigger: Trigger,
) -> Best:
    """All trials, and what they came to."""
    with opened_sweep(run, unwrapped(tables), experiment) as sweep:
        run_trials(run, sweep, trigger=trigger)
        return sweep_report(run, sweep, tokens)


def _settle(
    parent: Run, tables: StepOutput, best: Best, *, trigger: Trigger, reason: str
) -> Verdict:
    """Train, evaluate and register the best settings, as a child that is named by them.

    The training is the trial's own, reused; a version's run must show what it was trained with.
    """
    with tracked_run(
        best.experiment, trigger=trigger, reason=reason, parent=parent, part="best"
    ) as run:
        tokens = tokenize(run, tables, best.experiment)
        trained = train(run, tokens, best.experiment)
        scores = evaluate(run, trained, tables, tokens, best.experiment)
        version = register(run, trained, scores)
        return promote(run, version, scores)
