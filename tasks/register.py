"""Task: the bundle to a version in the model registry."""

import time

from prefect import task

from configs.settings import Settings
from storage import progress
from storage.faults import fault_point
from tasks.run import Run
from tasks.steps import StepOutput
from tracking.registry import registered_name
from tracking.runs import record_model
from tracking.shipping import registrations
from tracking.store import TrackingStore
from training.scores import Scores
from training.verdict import verdict


@task(name="register")
def register(run: Run, trained: StepOutput, scores: StepOutput) -> int | None:
    """Register the bundle, or find the version that it already is.

    Returns:
        The version; None while the store does not answer: `seqflow sync` registers it later.
    """
    begun = time.monotonic()
    progress.started("register")
    fault_point("register.start")
    settings = Settings.from_environment()
    name = registered_name(settings.registry_prefix, run.experiment)
    sentence = verdict(Scores.read(scores.folder))
    record_model(
        run.journal(),
        trained.folder / "bundle",
        name=name,
        verdict=sentence,
        evaluation=scores.folder,
    )
    run.ship()
    fault_point("register.end")
    made = registrations(run.folder, TrackingStore.from_settings(settings))
    summary = f"{name} v{made[0].version}" if made else "not yet: MLflow does not answer"
    reused = bool(made) and made[0].reused
    progress.finished(
        "register", summary, seconds=time.monotonic() - begun, reused=reused, reason=""
    )
    return made[0].version if made else None
