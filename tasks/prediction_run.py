"""The run a prediction flow belongs to: short, and apart from the runs that train."""

from collections.abc import Iterator
from contextlib import contextmanager

from configs.prediction import PredictionConfig
from configs.settings import Settings, apply_safe_defaults
from storage.files import digest_of_json
from storage.journal import Journal
from tasks.run import Run, prefect_links, shipping
from tracking.prediction_runs import describe_prediction, experiment_of_predictions
from tracking.runs import Trigger
from tracking.shipping import close_dead_runs
from tracking.store import TrackingStore


@contextmanager
def tracked_prediction(
    prediction: PredictionConfig, *, trigger: Trigger, reason: str
) -> Iterator[Run]:
    """Keep the journal and the MLflow view of one prediction while the block works.

    Args:
        prediction: What is predicted.
        trigger: What started it.
        reason: Why, in somebody's words.
    """
    settings = Settings.from_environment()
    apply_safe_defaults(settings)
    close_dead_runs(settings.home)
    asked = prediction.model_dump(mode="json")
    journal = Journal.create(
        settings.home,
        experiment=experiment_of_predictions(prediction.model),
        name=f"{prediction.model} {prediction.version}",
        key=digest_of_json(asked),
    )
    describe_prediction(
        journal, prediction, trigger=trigger, reason=reason, links=prefect_links()
    )
    run = Run(settings.home, journal.folder, prediction.model)
    with shipping(run, journal, TrackingStore.from_settings(settings)):
        yield run
