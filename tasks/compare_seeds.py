"""Task: several seeds of one experiment side by side."""

from collections.abc import Sequence
from statistics import mean, stdev
from typing import NamedTuple

from prefect import task

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
def compare_seeds(run: Run, tried: Sequence[Trained]) -> Trained:
    """Write mean and spread to the parent run; the best on validation goes on.

    The test split has no say in which that is.
    """
    progress.started("seeds")
    scores = [Scores.read(one.scores.folder) for one in tried]
    journal = run.journal()
    record_spread(journal, [dict(each.figures()) for each in scores])
    headline = scores[0].headline
    best = max(range(len(tried)), key=lambda place: scores[place].validation[headline])
    values = [each.score.value for each in scores]
    summary = (
        f"{headline} {mean(values):.3f} ± {stdev(values):.3f} over {len(tried)} seeds; "
        f"validation picks number {best + 1}"
    )
    record_verdict(journal, summary)
    keep_evaluation(journal, tried[best].scores.folder)
    progress.finished("seeds", summary, seconds=0.0)
    return tried[best]
