"""What is known of a run: from its journal and its steps here, from its tags in MLflow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from storage.files import read_json
from storage.journal import Record, read_records
from storage.steps import MANIFEST, read_manifest
from tracking.mlflow_run import RUN_TAG
from tracking.position import Position

if TYPE_CHECKING:
    from mlflow.entities import Run as MlflowEntity

COMMIT_TAG = "mlflow.source.git.commit"


@dataclass(frozen=True)
class RunFacts:
    """A run and what went in and came out; what nobody knows is empty.

    Attributes:
        run: Its identity: the name of its folder.
        mlflow_run: Its id in MLflow.
        experiment: Name of the experiment.
        status: RUNNING, FINISHED, FAILED or KILLED.
        started: Milliseconds since 1970.
        tags: What the run says of itself: commit, data_version, device and so on.
        splits: sha256 by split.
        rows: Rows by split.
        bundles: Digest of the bundle by registered name.
        files: sha256 by raw file, those added to the source included.
        steps: Folder of each step, by its name; only where the journal is at hand.
        is_here: Whether its journal lies in this home.
    """

    run: str
    mlflow_run: str = ""
    experiment: str = ""
    status: str = "RUNNING"
    started: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)
    splits: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    bundles: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    steps: Mapping[str, Path] = field(default_factory=dict)
    is_here: bool = False

    @property
    def data(self) -> str:
        """Digest by which people know the run's data: of the version, else of the tables."""
        return self.tags.get("data_digest") or self.tags.get("data_version", "")

    def data_digests(self) -> set[str]:
        """Every digest that leads to the run's data."""
        named = {self.tags.get("data_digest", ""), self.tags.get("data_version", "")}
        return (named | set(self.splits.values()) | set(self.files.values())) - {""}

    def together_with(self, other: "RunFacts") -> "RunFacts":
        """This, and where it knows nothing, what the other knows."""
        mine = {name: value for name, value in vars(self).items() if value}
        return replace(other, **{**mine, "tags": {**other.tags, **self.tags}})


def from_journal(folder: Path, *, home: Path, uri: str) -> RunFacts | None:
    """Facts of the run whose journal lies in the folder; None when it has no start.

    Args:
        folder: Of the run.
        home: The home folder, for the steps.
        uri: Address of the store that the run was shipped to.
    """
    records = list(read_records(folder))
    start = next((record for record in records if record["kind"] == "start"), None)
    if start is None:
        return None
    ends = [record for record in records if record["kind"] in ("resume", "end")]
    steps = {
        name: home / "steps" / name / key
        for name, key in _values(records, "step", "step", "folder").items()
    }
    return RunFacts(
        run=folder.name,
        mlflow_run=Position.load(folder, uri=uri).mlflow_run or "",
        experiment=str(start["experiment"]),
        status=str(ends[-1].get("status", "RUNNING")) if ends else "RUNNING",
        started=cast(int, start["time"]),
        tags=_values(records, "tag", "key", "value"),
        splits=_values(records, "dataset", "context", "digest"),
        rows={
            name: int(n) for name, n in _values(records, "dataset", "context", "rows").items()
        },
        bundles=_values(records, "model", "name", "digest"),
        files=_files(folder, steps.get("download")),
        steps=steps,
        is_here=True,
    )


def _values(records: Sequence[Record], kind: str, name: str, value: str) -> dict[str, str]:
    """The last value by name of all records of a kind."""
    return {str(each[name]): str(each[value]) for each in records if each["kind"] == kind}


def from_store(found: "MlflowEntity", *, experiment: str) -> RunFacts:
    """Facts of a run of the experiment as far as MLflow tells."""
    tags = dict(found.data.tags)
    splits: dict[str, str] = {}
    for each in found.inputs.dataset_inputs if found.inputs else []:
        about = {tag.key: tag.value for tag in each.tags}
        if "sha256" in about:
            splits[about.get("mlflow.data.context", "")] = about["sha256"]
    return RunFacts(
        run=tags.get(RUN_TAG, ""),
        mlflow_run=found.info.run_id,
        experiment=experiment,
        status=found.info.status,
        started=found.info.start_time or 0,
        tags={key: value for key, value in tags.items() if key != RUN_TAG},
        splits=splits,
    )


def _files(folder: Path, download: Path | None) -> dict[str, str]:
    """Raw files of the run: of the step that brought them, and those its data adds."""
    manifest = read_manifest(download) if download else None
    outputs = cast(Mapping[str, Mapping[str, str]], (manifest or {}).get("outputs", {}))
    files = {name: output["sha256"] for name, output in outputs.items() if name != MANIFEST}
    config = folder / "config.json"
    if config.is_file():
        data = cast(Mapping[str, Mapping[str, object]], read_json(config)).get("data", {})
        listed = [data.get("file"), *_added(data)]
        files |= {str(f["name"]): str(f["sha256"]) for f in listed if isinstance(f, Mapping)}
    return files


def _added(data: Mapping[str, object]) -> list[object]:
    added = data.get("added")
    return [each["file"] for each in added] if isinstance(added, list) else []
