"""What may not be cleared away: all that registered models and their lineage rest on."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import cast

from storage.errors import EnvironmentProblem
from storage.files import file_digest
from storage.journal import read_records, run_states
from storage.steps import Facts, read_manifest
from tracking.lineage import Known, comes_from, known
from tracking.mlflow_run import PARENT_TAG
from tracking.position import Position, journal_bytes
from tracking.store import TrackingStore


def needed_paths(home: Path, store: TrackingStore) -> set[Path]:
    """Folders of runs, steps, cached bundles and raw data that have to stay.

    Needed is every run behind a registered version, every run that has not ended or has not
    arrived in MLflow whole, the steps they name, and by the steps' manifests whatever those
    were made from.

    Raises:
        EnvironmentProblem: If the store does not answer: who knows what it holds.
    """
    everything = known(home, store)
    if everything.unknown:
        raise EnvironmentProblem(f"nothing was cleared: {everything.unknown[0]}")
    runs = {home / "runs" / name for name in _run_names(home, store, everything)}
    bundles = {each.bundle for each in everything.versions if each.bundle}
    steps = _with_their_inputs(home, {*_steps_of(home, runs), *_trained(home, bundles)})
    cached = {home / "bundles" / digest for digest in bundles}
    return runs | steps | cached | set(_raw_data(home, steps))


def _run_names(home: Path, store: TrackingStore, everything: Known) -> set[str]:
    names = {
        name
        for run in everything.runs
        if any(comes_from(version, run) for version in everything.versions)
        for name in (run.run, run.tags.get("reused_run", ""), run.tags.get(PARENT_TAG, ""))
    }
    waiting = {
        state.folder.name
        for state in run_states(home)
        if state.status is None
        or Position.load(state.folder, uri=store.uri).offset < journal_bytes(state.folder)
    }
    return (names | waiting) - {""}


def _steps_of(home: Path, runs: Iterable[Path]) -> Iterator[Path]:
    """Step folders that the runs name, as steps or by the files they kept from there."""
    root = home / "steps"
    for run in runs:
        for record in read_records(run):
            if record["kind"] == "step":
                yield root / str(record["step"]) / str(record["folder"])
            elif record["kind"] in ("artifact", "model"):
                path = Path(str(record.get("path") or record.get("bundle")))
                if path.is_relative_to(root):
                    yield root.joinpath(*path.relative_to(root).parts[:2])


def _trained(home: Path, bundles: set[str]) -> Iterator[Path]:
    """Trainings whose bundle is registered, whichever run made them."""
    for manifest in (home / "steps" / "train").glob("*/bundle/manifest.json"):
        if file_digest(manifest) in bundles:
            yield manifest.parent.parent


def _with_their_inputs(home: Path, folders: set[Path]) -> set[Path]:
    """The folders, and by the manifests all that they were made from."""
    manifests = {
        path.parent: manifest
        for path in (home / "steps").glob("*/*/manifest.json")
        if (manifest := read_manifest(path.parent)) is not None
    }
    makers: dict[str, set[Path]] = {}
    for folder, manifest in manifests.items():
        makers.setdefault(str(manifest["digest"]), set()).add(folder)
    result: set[Path] = set()
    waiting = set(folders)
    while waiting:
        folder = waiting.pop()
        result.add(folder)
        inputs = cast(Mapping[str, str], manifests.get(folder, {}).get("inputs", {}))
        made_from = {maker for digest in inputs.values() for maker in makers.get(digest, ())}
        waiting |= made_from - result
    return result


def _raw_data(home: Path, steps: Iterable[Path]) -> Iterator[Path]:
    """Files fetched for the downloads among the steps."""
    for folder in steps:
        manifest = read_manifest(folder) if folder.parent.name == "download" else None
        if manifest is not None:
            yield home / "raw" / str(cast(Facts, manifest["parameters"])["dataset"])
