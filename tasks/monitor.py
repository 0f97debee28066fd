"""Task: new data against the champion's, told to whoever watches."""

from prefect import task
from prefect.artifacts import create_markdown_artifact

from configs.data import Columns, OwnFile
from configs.experiment import ExperimentConfig
from configs.settings import Settings, apply_safe_defaults
from tasks.drift import Look, find_champion, look
from tasks.events import emit
from tracking.runs import Trigger

DRIFT_DETECTED = "seqflow.drift.detected"


@task(name="monitor")
def monitor(
    experiment: ExperimentConfig,
    data: OwnFile | None,
    columns: Columns,
    *,
    trigger: Trigger,
    reason: str,
) -> Look:
    """Compare, publish the table, and emit the event of drift when it matters."""
    settings = Settings.from_environment()
    apply_safe_defaults(settings)
    found = look(
        settings,
        find_champion(settings, experiment.name),
        experiment.monitoring,
        data=data,
        columns=columns,
        trigger=trigger,
        reason=reason,
    )
    text = found.drift.as_markdown(found.sentence) if found.drift else found.sentence
    create_markdown_artifact(text, key="drift")
    tell(found, experiment.name)
    return found


def tell(found: Look, experiment: str) -> bool:
    """Emit the event of drift where something has drifted; whether it was sent."""
    if found.drift is None or not found.drifted:
        return False
    return emit(
        DRIFT_DETECTED,
        experiment,
        reason=found.sentence,
        trigger="drift",
        data=found.data,
        data_digest=found.data_digest,
        model=found.model,
        run=found.run,
        columns=", ".join(column.name for column in found.drift.drifted),
    )
