"""Predictions as MLflow shows them: short runs in an experiment of their own."""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from configs.prediction import PredictionConfig
from storage.files import Json, read_json
from storage.journal import Journal
from tracking.runs import DESCRIPTION_TAG, Trigger, record_dataset

PREDICTION = "prediction"


def experiment_of_predictions(model: str) -> str:
    """Name of the MLflow experiment; apart from training, whose charts they would empty."""
    return f"{model}-predictions"


def describe_prediction(
    journal: Journal,
    prediction: PredictionConfig,
    *,
    trigger: Trigger,
    reason: str,
    links: Mapping[str, str],
) -> None:
    """Write what is known before the first row: what is asked for, by whom, and why."""
    tags = {"model": prediction.model, "trigger": trigger}
    tags |= {"reason": reason} | {f"link.{name}": address for name, address in links.items()}
    for key, value in tags.items():
        if value:
            journal.tag(key, value)
    for key in ("version", "text_column", "output", "beam", "max_tokens"):
        value = getattr(prediction, key)
        if value is not None:
            journal.param(key, value)


def record_prediction(
    journal: Journal, sidecar: Path, *, flags: Mapping[str, int], seconds: float, told: str
) -> None:
    """Write what came of it.

    Args:
        journal: The run's.
        sidecar: The lineage of the answers, to be kept with the run.
        flags: Rows by reason to trust the answer less.
        seconds: Time spent.
        told: One sentence for people.
    """
    lineage = cast("Mapping[str, Json]", read_json(sidecar))
    origin = cast("Mapping[str, Json]", lineage["origin"])
    rows, rejected = cast(int, lineage["rows"]), cast(int, lineage["rejected"])
    source = str(lineage["source"])
    journal.tag("model_version", str(origin["version"]))
    journal.tag(DESCRIPTION_TAG, told)
    record_dataset(
        journal,
        source,
        context=PREDICTION,
        digest=str(lineage["source_sha256"]),
        source=source,
        rows=rows + rejected,
    )
    for name, value in {"rows": rows, "rejected": rejected, "seconds": seconds}.items():
        journal.metric(f"prediction/{name}", value)
    for flag, flagged in flags.items():
        journal.metric(f"prediction/flag/{flag}", flagged)
    journal.artifact(sidecar, "lineage")
