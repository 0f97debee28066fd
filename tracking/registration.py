"""A bundle to a version in the registry: the one that it already is, or a new one."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from storage.faults import fault_point
from storage.locks import locked
from tracking.logged_model import BUNDLE_TAG, Owner, logged_bundle
from tracking.registry import LOCK_SECONDS, RUN_TAG, ModelVersion, ours
from tracking.store import TrackingStore

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class BundleRecord:
    """A bundle that wants to be registered.

    Attributes:
        name: Registered name, prefix included.
        bundle: Its folder.
        digest: Digest of all its files.
        run: The run of ours that made it.
        description: One sentence for people.
    """

    name: str
    bundle: Path
    digest: str
    run: str
    description: str


def register(
    client: "MlflowClient", store: TrackingStore, owner: Owner, model: BundleRecord
) -> ModelVersion:
    """The version of this bundle: the one that is there, or a new one.

    A bundle is known by its digest, so a run that reused everything keeps its version.
    """
    with locked(store.locks / f"register-{model.name}.lock", timeout_seconds=LOCK_SECONDS):
        found = _find(client, model)
        if found:
            return found
        logged = logged_bundle(
            client, owner, bundle=model.bundle, digest=model.digest, name=model.name
        )
        _make_name(client, model.name)
        fault_point("registry.register")
        made = client.create_model_version(
            model.name,
            # a database would look `models:/…` up in the process's own tracking address
            source=logged.artifact_location if store.artifacts else logged.model_uri,
            run_id=owner.mlflow_run,
            model_id=logged.model_id,
            description=model.description,
            tags={BUNDLE_TAG: model.digest, RUN_TAG: model.run},
        )
    return ours(made)


def _find(client: "MlflowClient", model: BundleRecord) -> ModelVersion | None:
    found = client.search_model_versions(
        f"name = '{model.name}' and tag.`{BUNDLE_TAG}` = '{model.digest}'"
    )
    return min(map(ours, found), key=lambda each: each.version, default=None)


def _make_name(client: "MlflowClient", name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name)
    except MlflowException as problem:
        if problem.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
