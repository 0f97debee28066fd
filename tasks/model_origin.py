"""What the run that made a registered bundle says of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from configs.settings import Settings
from storage.files import read_json
from tracking.artifacts import run_artifact
from tracking.bundles import RegisteredBundle
from tracking.runs import git_state
from tracking.store import TrackingStore
from training.prediction_lineage import ModelOrigin


def origin_of(found: RegisteredBundle) -> ModelOrigin:
    """The version, the runs that made it, and the code that answers with it."""
    git = git_state(Path(__file__).parent)
    return ModelOrigin(
        model=found.version.name,
        version=found.version.version,
        bundle=found.version.bundle,
        run=found.version.run,
        mlflow_run=found.mlflow_run,
        commit=git.commit if git else "",
        dirty=git.dirty if git else False,
    )


def trained_text_column(settings: Settings, found: RegisteredBundle) -> str | None:
    """Name of the column of texts that the model learnt from; None for the usual names."""
    store = TrackingStore.from_settings(settings)
    cache = settings.home / "evaluations"
    config = run_artifact(store, found.version, "config/config.json", cache=cache)
    if config is None:
        return None
    content = cast(Mapping[str, Any], read_json(config))
    columns = content["data"]["columns"]
    name = columns["text"] or columns["source"]
    return None if name is None else str(name)
