"""The monitor flow: has new data drifted from what the champion learnt?"""

from prefect import flow

from configs.data import Columns, OwnFile
from configs.experiment import ExperimentConfig
from tasks.drift import Look
from tasks.monitor import monitor
from tracking.runs import Trigger

_USUAL = Columns()


@flow(name="monitor", flow_run_name="{experiment.name}")
def monitor_flow(
    experiment: ExperimentConfig,
    data: OwnFile | None = None,
    columns: Columns = _USUAL,
    trigger: Trigger = "manual",
    reason: str = "",
) -> Look:
    """Compare new data with the champion's; drift that matters is an event.

    Without data the champion's source is fetched again, and the rows that it did not hold
    before are looked at; a source that cannot change brings nothing new.
    """
    return monitor(experiment, data, columns, trigger=trigger, reason=reason)
