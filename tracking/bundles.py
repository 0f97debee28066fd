"""A registered version's bundle as a folder on this machine."""

from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from storage.errors import InputError
from tracking.registry import CHAMPION, ModelVersion, by_alias, version
from tracking.store import TrackingStore

_IN_MODEL = "artifacts/bundle"


class RegisteredBundle(NamedTuple):
    """A version, where its bundle lies here, and the MLflow run that logged it."""

    version: ModelVersion
    folder: Path
    mlflow_run: str


def registered_bundle(
    store: TrackingStore, name: str, wanted: str, *, cache: Path
) -> RegisteredBundle:
    """Find the version, and bring its bundle here if a server holds it.

    Args:
        store: The store.
        name: Registered name, prefix included.
        wanted: A version's number, or an alias such as `champion`.
        cache: Where bundles of a remote store are kept, by their digest.

    Raises:
        InputError: If there is no such version; the message names those there are.
        EnvironmentProblem: If the store does not answer.
    """
    store.require_answer()
    found = find_version(store, name, wanted)
    # a server says `models:/m-…` for the source, below which nothing can be addressed
    client = store.client()
    location = client.get_model_version_download_uri(name, str(found.version))
    mlflow_run = client.get_model_version(name, str(found.version)).run_id or ""
    if urlsplit(location).scheme in ("", "file"):
        return RegisteredBundle(found, _local(location) / _IN_MODEL, mlflow_run)
    kept = cache / found.bundle
    if not (kept / "bundle" / "manifest.json").is_file():
        from mlflow.artifacts import download_artifacts

        download_artifacts(
            artifact_uri=f"{location}/{_IN_MODEL}", dst_path=str(kept), tracking_uri=store.uri
        )
    return RegisteredBundle(found, kept / "bundle", mlflow_run)


def find_version(store: TrackingStore, name: str, wanted: str) -> ModelVersion:
    """The version by its number or alias.

    Raises:
        InputError: If there is no such version; the message names those there are.
    """
    from mlflow.exceptions import MlflowException

    client = store.client()
    try:
        if wanted.isdecimal():
            return version(store, name, int(wanted))
        found = by_alias(client, name, wanted)
    except MlflowException as problem:
        if problem.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        found = None
    if found is not None:
        return found
    there = sorted(
        int(each.version) for each in client.search_model_versions(f"name = '{name}'")
    )
    if not there:
        names = sorted(each.name for each in client.search_registered_models())
        known = (
            f"there are {', '.join(names)}" if names else "none is registered yet: train one"
        )
        raise InputError(f"there is no model {name!r}; {known}")
    listed = ", ".join(str(number) for number in there)
    alias = "no @champion yet" if wanted == CHAMPION else f"no version or alias {wanted!r}"
    raise InputError(f"{name} has {alias}; its versions are {listed}: name one by --version")


def _local(location: str) -> Path:
    parts = urlsplit(location)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else Path(location)
