"""One run as MLflow holds it: figures, files, data sets, end."""

import getpass
import json
import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

from storage.journal import Record
from storage.locks import locked
from tracking.figures import Figures
from tracking.limits import accepted_key, without_password
from tracking.position import records_after
from tracking.store import TrackingStore

if TYPE_CHECKING:
    from mlflow import MlflowClient

logger = logging.getLogger(__name__)

RUN_TAG = "seqflow.run"
PARENT_TAG = "seqflow.parent"
_MAX_DATASET_DIGEST = 36
_LOCK_SECONDS = 60.0


class MlflowRun:
    """The MLflow run of a journal.

    Attributes:
        mlflow_id: Its id in MLflow.
        experiment_id: Id of its experiment there.
        deleted: Whether a person deleted it there; nothing is sent to it then.
    """

    def __init__(self, client: "MlflowClient", store: TrackingStore, folder: Path) -> None:
        """Find the run by its tag, or make it.

        Raises:
            ValueError: If the journal in the folder has no start.
        """
        from mlflow.entities import ViewType

        start = _start_of(folder)
        self._client = client
        self._store = store
        self._folder = folder
        self._figures = Figures()
        self.experiment_id = store.experiment_id(client, str(start["experiment"]))
        query = f"tags.`{RUN_TAG}` = '{folder.name}'"
        # a run's own shipper and its children's look for it at the same time
        with locked(folder / "mlflow.lock", timeout_seconds=_LOCK_SECONDS):
            found = client.search_runs([self.experiment_id], query, run_view_type=ViewType.ALL)
            run = found[0] if found else self._make(start)
        self.mlflow_id: str = run.info.run_id
        self.deleted = run.info.lifecycle_stage == "deleted"

    def remember(self, records: Iterable[Record]) -> None:
        """Take note of what an earlier shipment sent."""
        self._figures.remember(records)

    def log_figures(self, records: Sequence[Record]) -> None:
        """Send metrics, parameters and tags in one request."""
        from mlflow.entities import Metric, Param, RunTag

        batch = self._figures.take(records)
        parent = batch.tags.get(PARENT_TAG)
        if parent:
            batch.tags["mlflow.parentRunId"] = self._mlflow_id_of(parent)
        self._client.log_batch(
            self.mlflow_id,
            [Metric(*figure) for figure in batch.metrics.values()],
            [Param(key, value) for key, value in batch.params.items()],
            [RunTag(key, value) for key, value in batch.tags.items()],
        )
        self._figures.sent(batch)

    def log_files(self, record: Record) -> None:
        """Copy a file or a folder to the run's artifacts."""
        path, to = Path(str(record["path"])), str(record["to"]) or None
        if path.is_dir():
            self._client.log_artifacts(self.mlflow_id, str(path), to)
        elif path.is_file():
            self._client.log_artifact(self.mlflow_id, str(path), to)
        else:
            logger.warning("%s is gone and so is not kept with the run in MLflow", path)

    def log_dataset(self, record: Record) -> None:
        """Name a data set as input, with our digest of the whole of it.

        MLflow takes 36 signs of a digest; the whole sha256 is a tag beside it.
        """
        from mlflow.entities import Dataset, DatasetInput, InputTag

        digest, source = str(record["digest"]), without_password(str(record["source"]))
        is_address = source.startswith(("http://", "https://"))
        dataset = Dataset(
            name=accepted_key(str(record["name"])),
            digest=digest[:_MAX_DATASET_DIGEST],
            source_type="http" if is_address else "local",
            source=json.dumps({"url" if is_address else "uri": source}),
            profile=json.dumps({"num_rows": record.get("rows")}),
        )
        tags = [
            InputTag("mlflow.data.context", str(record["context"])),
            InputTag("sha256", digest),
        ]
        self._client.log_inputs(self.mlflow_id, [DatasetInput(dataset, tags)])

    def reopen(self) -> None:
        """Show the run as running again."""
        self._client.update_run(self.mlflow_id, status="RUNNING")

    def end(self, record: Record) -> None:
        """Close the run with its outcome, at the time the journal says."""
        self._client.set_terminated(
            self.mlflow_id, status=str(record["status"]), end_time=cast(int, record["time"])
        )

    def _make(self, start: Record):  # type: ignore[no-untyped-def]
        return self._client.create_run(
            self.experiment_id,
            start_time=cast(int, start["time"]),
            run_name=str(start["name"]),
            tags={
                RUN_TAG: self._folder.name,
                "mlflow.user": _user(),
                "mlflow.source.name": "seqflow",
                "mlflow.source.type": "LOCAL",
            },
        )

    def _mlflow_id_of(self, run: str) -> str:
        """MLflow's id of a sibling run, which is made there if it has not arrived yet."""
        return MlflowRun(self._client, self._store, self._folder.parent / run).mlflow_id


def _start_of(folder: Path) -> Record:
    for _, record in records_after(folder, 0):
        if record["kind"] == "start":
            return record
    raise ValueError(f"the journal in {folder} has no start; it belongs to no run")


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "unknown"
