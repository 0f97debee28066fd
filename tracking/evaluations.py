"""Where a version's evaluation lies: scores, predictions, and the groups it learnt from."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.journal import read_records
from tracking.registry import ModelVersion
from tracking.store import TrackingStore

SCORES, PREDICTIONS, GROUPS = "scores.json", "predictions.parquet", "groups.parquet"
CONFIG = "config.json"


@dataclass(frozen=True)
class Evaluation:
    """Files of a run that a comparison needs.

    Attributes:
        folder: Holds `scores.json` and `predictions.parquet`.
        groups: Groups that the model learnt from; None where they were not kept.
        config: The run's experiment; None where it was not kept.
    """

    folder: Path
    groups: Path | None
    config: Path | None

    @property
    def predictions(self) -> Path:
        """The answers to the test rows."""
        return self.folder / PREDICTIONS


def evaluation_of(store: TrackingStore, home: Path, version: ModelVersion) -> Evaluation | None:
    """The evaluation of a registered version: from this home, else from MLflow.

    Args:
        store: The store.
        home: Where the runs of this machine lie.
        version: What was evaluated.

    Returns:
        None where neither has it: a stranger's version.
    """
    return local_evaluation(home / "runs" / version.run) or _fetched(store, home, version)


def local_evaluation(run: Path) -> Evaluation | None:
    """The evaluation that a run of this home made, if its files are still there."""
    for folder in _evaluation_folders(run):
        if (folder / PREDICTIONS).is_file() and (folder / SCORES).is_file():
            groups, config = folder / "lineage" / GROUPS, run / CONFIG
            return Evaluation(folder, _if_there(groups), _if_there(config))
    return None


def _evaluation_folders(run: Path) -> Iterator[Path]:
    """Folders of the run's scores as its journal names them, that of its model first."""
    records = list(read_records(run))
    for record in records:
        if record["kind"] == "model" and record.get("evaluation"):
            yield Path(str(record["evaluation"]))
    for record in records:
        path = Path(str(record.get("path", "")))
        if record["kind"] == "artifact" and path.name == SCORES:
            yield path.parent


def _fetched(store: TrackingStore, home: Path, version: ModelVersion) -> Evaluation | None:
    """Bring the files here from the MLflow run, once; whole or not at all."""
    if not version.mlflow_run:
        return None
    kept = home / "evaluations" / version.mlflow_run
    if not kept.is_dir():
        there = {file.path for file in store.client().list_artifacts(version.mlflow_run)}
        if "evaluation" not in there:
            return None
        kept.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=kept.parent) as place:
            for folder in sorted(there & {"lineage", "config", "evaluation"}):
                _download(store, version.mlflow_run, folder, Path(place))
            with suppress(OSError):  # another process was first
                os.rename(place, kept)
    evaluation = kept / "evaluation"
    if not (evaluation / PREDICTIONS).is_file() or not (evaluation / SCORES).is_file():
        return None
    groups, config = kept / "lineage" / GROUPS, kept / "config" / CONFIG
    return Evaluation(evaluation, _if_there(groups), _if_there(config))


def _download(store: TrackingStore, mlflow_run: str, folder: str, to: Path) -> None:
    from mlflow.artifacts import download_artifacts

    download_artifacts(
        run_id=mlflow_run, artifact_path=folder, dst_path=str(to), tracking_uri=store.uri
    )


def _if_there(path: Path) -> Path | None:
    return path if path.is_file() else None
