"""What the run that made a registered bundle says of it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from configs.data import DataConfig
from configs.settings import Settings
from storage.files import read_json
from tracking.artifacts import run_artifact
from tracking.bundles import RegisteredBundle
from tracking.runs import git_state
from tracking.store import TrackingStore
from training.prediction_lineage import ModelOrigin

if TYPE_CHECKING:
    from training.row_sources import FetchedRows, QueryRows, RowSource

_TEXTS = ("text", "source", "tokens", "events")


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


def as_trained(
    settings: Settings, found: RegisteredBundle, rows: "FetchedRows | QueryRows"
) -> "RowSource":
    """Rows to predict, read as the model's own data was, where nobody names their column.

    A file with the columns of the log that a model learnt from is read as such a log.
    """
    from training.log_rows import LogRows
    from training.row_sources import QueryRows

    trained = _trained_data(settings, found)
    if trained is None or rows.column is not None:
        return rows
    columns = trained["columns"]
    name = next((columns[n] for n in _TEXTS if columns.get(n) is not None), None)
    named = replace(rows, column=name)
    if not trained.get("events", {}).get("log") or isinstance(named, QueryRows):
        return named
    return LogRows(named, DataConfig.model_validate(trained))


def _trained_data(settings: Settings, found: RegisteredBundle) -> Mapping[str, Any] | None:
    """What the model learnt from, as its config says; None where its run does not tell."""
    store = TrackingStore.from_settings(settings)
    cache = settings.home / "evaluations"
    config = run_artifact(store, found.version, "config/config.json", cache=cache)
    if config is None:
        return None
    content = cast(Mapping[str, Any], read_json(config))
    return cast(Mapping[str, Any], content["data"])
