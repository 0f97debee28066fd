"""The retrain flow: the train flow again, with who or what asked for it."""

from prefect import flow

from configs.experiment import ExperimentConfig
from flows.train import train_once
from tasks.verdict import Verdict
from tracking.runs import Trigger


@flow(name="retrain", flow_run_name="{experiment.name}")
def retrain_flow(
    experiment: ExperimentConfig,
    reason: str = "",
    trigger: Trigger = "manual",
    data_digest: str = "",
) -> Verdict:
    """Train again; the new version stands beside the champion until it outdoes it.

    Args:
        experiment: What to train; its newest data is used.
        reason: Why, in somebody's words; kept with the run.
        trigger: What asked for it.
        data_digest: The data that the asking event spoke of, for the record.
    """
    return train_once(experiment, trigger=trigger, reason=reason)
