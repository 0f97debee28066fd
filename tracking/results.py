"""What a run ended with, from its journal here or from MLflow: to hold a rerun against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from storage.errors import InputError
from storage.files import Json, read_json
from storage.journal import Record, read_records
from tracking.run_facts import RunFacts

if TYPE_CHECKING:
    from mlflow import MlflowClient

_PREDICTIONS = "predictions.parquet"
_CONFIG = "config.json"


@dataclass(frozen=True)
class RunResult:
    """What came out of a run; what nobody knows is empty.

    Attributes:
        weights: Digest of the trained weights.
        metrics: Final scores by name, without those of the machine's speed.
        predictions: Table of the answers on the test split.
    """

    weights: str = ""
    metrics: Mapping[str, float] = field(default_factory=dict)
    predictions: Path | None = None


def result_here(folder: Path) -> RunResult:
    """Result of the run whose journal lies in the folder."""
    records = list(read_records(folder))
    return RunResult(
        weights=_weights(records),
        metrics=_final(
            {
                str(each["key"]): cast(float, each["value"])
                for each in records
                if each["kind"] == "metric" and each.get("step") is None
            }
        ),
        predictions=next(
            (path for path in _artifacts(records) if path.name == _PREDICTIONS), None
        ),
    )


def result_in_store(client: "MlflowClient", run: RunFacts, place: Path) -> RunResult:
    """Result of the run as far as MLflow keeps it; its files are brought to the place."""
    found = client.get_run(run.mlflow_run)
    last = {key: value for key, value in found.data.metrics.items() if "/" in key}
    files = {each.path for each in client.list_artifacts(run.mlflow_run, "evaluation")}
    wanted = f"evaluation/{_PREDICTIONS}"
    predictions = None
    if wanted in files:
        predictions = Path(client.download_artifacts(run.mlflow_run, wanted, str(place)))
    return RunResult(metrics=_final(last), predictions=predictions)


def config_of(run: RunFacts, home: Path, client: "MlflowClient | None", place: Path) -> Json:
    """The resolved config of the run, from its folder or from MLflow.

    Raises:
        InputError: If neither has it.
    """
    path = home / "runs" / run.run / _CONFIG
    if not path.is_file() and client is not None and run.mlflow_run:
        kept = {each.path for each in client.list_artifacts(run.mlflow_run, "config")}
        if f"config/{_CONFIG}" in kept:
            brought = client.download_artifacts(run.mlflow_run, f"config/{_CONFIG}", str(place))
            path = Path(brought)
    if not path.is_file():
        raise InputError(
            f"the config of run {run.run or run.mlflow_run} is neither in {path.parent} nor in "
            "MLflow; it cannot be run again"
        )
    return read_json(path)


def _final(metrics: Mapping[str, float]) -> dict[str, float]:
    return {
        key: value for key, value in metrics.items() if key.startswith(("test/", "baseline/"))
    }


def _weights(records: Sequence[Record]) -> str:
    bundles = [Path(str(each["bundle"])) for each in records if each["kind"] == "model"]
    for bundle in reversed(bundles):
        manifest = bundle / "manifest.json"
        if manifest.is_file():
            return str(cast(Mapping[str, Json], read_json(manifest))["weights_digest"])
    return ""


def _artifacts(records: Sequence[Record]) -> list[Path]:
    paths = [Path(str(each["path"])) for each in records if each["kind"] == "artifact"]
    return [path for path in paths if path.is_file()]
