"""Task: several seeds of one experiment side by side."""

from collections.abc import Sequence
from statistics import mean, stdev
from typing import NamedTuple

from prefect import task

from configs.experiment import ExperimentConfig
from storage import progress
from tasks.evaluate import keep_evaluation
from tasks.run import Run
from tasks.steps import StepOutput
from tracking.runs import record_spread, record_verdict
from training.scores import Scores


class Trained(NamedTuple):
    """One seed: its bundle's step and its scores'."""

    trained: StepOutput
    scores: StepOutput


@task(name="compare-seeds")
def compare_seeds(run: Run, tried: Sequence[Trained], experiment: ExperimentConfig) -> Trained:
    """Write mean and spread to the parent run; the best on validation goes on.

    Seeds are judged as epochs are, by what the training monitors; the test split has no say.
    """
    progress.started("seeds")
    scores = [Scores.read(one.scores.folder) for one in tried]
    journal = run.journal()
    record_spread(journal, [dict(each.figures()) for each in scores])
    headline = scores[0].headline
    by_loss = experiment.training.monitor == "loss"
    judged_by = "loss" if by_loss else headline
    worth = [each.validation[judged_by] * (-1 if by_loss else 1) for each in scores]
    best = worth.index(max(worth))
    values = [each.score.value for each in scores]
    summary = (
        f"{headline} {mean(values):.3f} ± {stdev(values):.3f} over {len(tried)} seeds; "
        f"validation {judged_by} picks seed {experiment.training.seed + best}"
    )
    record_verdict(journal, summary)
    keep_evaluation(journal, tried[best].scores.folder)
    progress.finished("seeds", summary, seconds=0.0)
    return tried[best]
