"""The retrain flow: the train flow again, with who or what asked for it."""

from prefect import flow

from configs.experiment import ExperimentConfig
from flows.train import train_once
from tasks.data_version import ask_again_for_newer, with_data_version
from tasks.failing import tell_failure
from tasks.verdict import Verdict
from tracking.runs import Trigger


@flow(
    name="retrain",
    flow_run_name="{experiment.name}",
    on_failure=[tell_failure],
    on_crashed=[tell_failure],
)
def retrain_flow(
    *,
    reason: str = "",
    trigger: Trigger = "manual",
    data_digest: str = "",
    experiment: ExperimentConfig,
) -> Verdict:
    """Train again on the newest data; the new version must outdo the champion.

    Args:
        reason: Why, in your words; kept with the run and with the decision on its model.
        trigger: What asks for it; a person leaves this as it is.
        data_digest: The data that an event spoke of; a person leaves this empty.
        experiment: What to train: a preset, and only what shall differ from it. Whatever is
            left empty is as in the preset.
    """
    told = f"{reason} (data {data_digest[:12]})" if data_digest else reason
    trained = with_data_version(experiment)
    verdict = train_once(trained, trigger=trigger, reason=told)
    ask_again_for_newer(experiment, trained)
    return verdict
