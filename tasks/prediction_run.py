"""The run a prediction flow belongs to: short, and apart from the runs that train."""

from collections.abc import Iterator
from contextlib import contextmanager

from configs.prediction import PredictionConfig
from configs.settings import Settings, apply_safe_defaults
from tasks.run import Run, prefect_links, short_run
from tracking.prediction_runs import PREDICTION, describe_prediction, experiment_of_predictions
from tracking.runs import Trigger


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
    experiment = experiment_of_predictions(prediction.model)
    with short_run(settings, experiment, kind=PREDICTION) as run:
        describe_prediction(
            run.journal(), prediction, trigger=trigger, reason=reason, links=prefect_links()
        )
        yield run
