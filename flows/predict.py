"""The predict flow: many rows through a registered model, with a run that says so."""

from prefect import flow

from configs.prediction import PredictionConfig
from tasks.predict import Answered, predict
from tasks.prediction_run import tracked_prediction
from tracking.runs import Trigger


@flow(name="predict", flow_run_name="{prediction.model}")
def predict_flow(
    prediction: PredictionConfig, trigger: Trigger = "manual", reason: str = ""
) -> Answered:
    """Answer every row of a file or a query; the answers lie in the home folder."""
    with tracked_prediction(prediction, trigger=trigger, reason=reason) as run:
        return predict(run, prediction)
