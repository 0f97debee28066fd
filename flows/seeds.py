"""The seeds flow: one experiment with several seeds, to see how far luck carries."""

from prefect import flow

from configs.experiment import ExperimentConfig
from tasks.compare_seeds import Trained, compare_seeds
from tasks.data_version import with_data_version
from tasks.download import download
from tasks.evaluate import evaluate
from tasks.preprocess import preprocess
from tasks.promote import promote
from tasks.register import register
from tasks.run import Run, tracked_run
from tasks.steps import StepOutput
from tasks.tokenize import tokenize
from tasks.train import train
from tasks.validate import validate
from tasks.verdict import Verdict
from tracking.runs import Trigger


@flow(name="train-seeds", flow_run_name="{experiment.name} {seeds} seeds")
def train_seeds_flow(
    experiment: ExperimentConfig, seeds: int, trigger: Trigger = "manual", reason: str = ""
) -> Verdict:
    """Train with several seeds on the same data; only the best on validation is registered."""
    experiment = with_data_version(experiment)
    with tracked_run(experiment, trigger=trigger, reason=reason, seeds=seeds) as run:
        raw = download(run, experiment.data)
        tables = preprocess(run, raw, experiment.data)
        tokens = tokenize(run, tables, experiment)
        validate(run, tables, tokens, experiment.data)
        tried = [
            _train_seed(run, tables, tokens, one, trigger=trigger, reason=reason)
            for one in experiment.over_seeds(seeds)
        ]
        best = compare_seeds(run, tried, experiment)
        version = register(run, best.trained, best.scores)
        return promote(run, version, best.scores)


def _train_seed(
    parent: Run,
    tables: StepOutput,
    tokens: StepOutput,
    experiment: ExperimentConfig,
    *,
    trigger: Trigger,
    reason: str,
) -> Trained:
    """Train and evaluate one seed, as a child of the parent's run."""
    with tracked_run(experiment, trigger=trigger, reason=reason, parent=parent) as run:
        trained = train(run, tokens, experiment)
        return Trained(trained, evaluate(run, trained, tables, tokens, experiment))
