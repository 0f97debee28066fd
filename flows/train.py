"""The train flow: from a dataset's address to a registered, perhaps promoted, model."""

from prefect import flow

from configs.experiment import ExperimentConfig
from tasks.data_version import with_data_version
from tasks.download import download
from tasks.evaluate import evaluate
from tasks.failing import tell_failure
from tasks.preprocess import preprocess
from tasks.promote import promote
from tasks.register import register
from tasks.run import tracked_run
from tasks.tokenize import tokenize
from tasks.train import train
from tasks.validate import validate
from tasks.verdict import Verdict
from tracking.runs import Trigger


@flow(
    name="train",
    flow_run_name="{experiment.name}",
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
)
def train_flow(
    experiment: ExperimentConfig, trigger: Trigger = "manual", reason: str = ""
) -> Verdict:
    """Train on one dataset, from its address to a registered version."""
    return train_once(experiment, trigger=trigger, reason=reason)


def train_once(experiment: ExperimentConfig, *, trigger: Trigger, reason: str) -> Verdict:
    """The eight steps in one tracked run; what every flow that trains is made of."""
    experiment = with_data_version(experiment)
    with tracked_run(experiment, trigger=trigger, reason=reason) as run:
        raw = download(run, experiment.data)
        tables = preprocess(run, raw, experiment.data)
        tokens = tokenize(run, tables, experiment)
        validate(run, tables, tokens, experiment.data)
        trained = train(run, tokens, experiment)
        scores = evaluate(run, trained, tables, tokens, experiment)
        version = register(run, trained, scores)
        return promote(run, version, scores)
