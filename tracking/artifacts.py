"""Files that the run of a registered version keeps in the store, brought to this machine."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from storage.errors import InputError
from tracking.registry import RUN_TAG, ModelVersion
from tracking.store import TrackingStore


def run_artifact(
    store: TrackingStore, version: ModelVersion, path: str, *, cache: Path
) -> Path | None:
    """A file that the version's run keeps, brought to this machine once.

    Args:
        store: The store.
        version: A registered version.
        path: Artifact path, such as `profile/profile.json`.
        cache: Where files are kept, in a folder for each run.

    Returns:
        The file; None where the run, or the artifact, is not there.
    """
    kept = cache / version.run / path
    if kept.is_file():
        return kept
    client = store.client()
    experiments = [each.experiment_id for each in client.search_experiments()]
    found = client.search_runs(experiments, f"tags.`{RUN_TAG}` = '{version.run}'")
    if not version.run or not found:
        return None
    folder, _, _ = path.rpartition("/")
    run = found[0].info.run_id
    listed = [artifact.path for artifact in client.list_artifacts(run, folder or None)]
    if path not in listed:
        return None
    kept.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=kept.parent) as place:  # whole or absent, also after a kill
        os.replace(client.download_artifacts(run, path, place), kept)
    return kept


def required_artifact(
    store: TrackingStore, version: ModelVersion, path: str, *, cache: Path
) -> Path:
    """The same, of a file that cannot be done without.

    Raises:
        InputError: If the version's run does not keep it.
    """
    found = run_artifact(store, version, path, cache=cache)
    if found is None:
        raise InputError(
            f"the run that made {version.name} version {version.version} keeps no {path}: it "
            "is older than that, or not shipped yet; run `seqflow sync`, or train it again"
        )
    return found
