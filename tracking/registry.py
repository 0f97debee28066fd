"""Versions of models in the registry, and which of them is the champion."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from storage.audit import AuditLog
from storage.errors import EnvironmentProblem
from storage.faults import fault_point
from storage.files import Json, canonical_json
from storage.locks import locked
from tracking.limits import MAX_TAG, cut
from tracking.logged_model import BUNDLE_TAG
from tracking.store import TrackingStore

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion

logger = logging.getLogger(__name__)

CHAMPION = "champion"
CHALLENGER = "challenger"
RUN_TAG = "seqflow.run"
PREVIOUS_TAG = "seqflow.promotion.previous_version"
OUTCOME_TAG = "seqflow.promotion.outcome"
REASON_TAG = "seqflow.promotion.reason"
P_VALUE_TAG = "seqflow.promotion.p_value"
TIME_TAG = "seqflow.promotion.time"
EVIDENCE_TAG = "seqflow.promotion.evidence"
ROLLED_BACK_TAG = "seqflow.promotion.rolled_back"
LOCK_SECONDS = 600.0


@dataclass(frozen=True)
class ModelVersion:
    """A version in the registry.

    Attributes:
        name: Registered name, prefix included.
        version: Counts from 1.
        run: The run of ours that made it; empty for a stranger's.
        bundle: Digest of the bundle; empty for a stranger's.
        source: Address that MLflow loads it from.
        mlflow_run: The run in MLflow that holds it; empty for a stranger's.
        rolled_back: Why it was taken down as champion; empty where it was not.
    """

    name: str
    version: int
    run: str
    bundle: str
    source: str
    mlflow_run: str = ""
    rolled_back: str = ""


@dataclass(frozen=True)
class Decision:
    """What `decide` says about a challenger.

    Attributes:
        promote: Whether it becomes the champion.
        reason: One sentence for people.
        p_value: Evidence where a test was made, else None.
        evidence: The numbers behind it by name.
    """

    promote: bool
    reason: str
    p_value: float | None = None
    evidence: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Promotion:
    """What became of a challenger.

    Attributes:
        decision: The decision, or why none was needed.
        champion: The champion afterwards, if there is one.
        previous: The champion before, if there was one.
    """

    decision: Decision
    champion: ModelVersion | None
    previous: ModelVersion | None


def champion(store: TrackingStore, name: str) -> ModelVersion | None:
    """The champion under the registered name, if there is one."""
    return by_alias(store.client(), name, CHAMPION)


def by_alias(client: "MlflowClient", name: str, alias: str) -> ModelVersion | None:
    """The version that holds the alias, if there is one."""
    from mlflow.exceptions import MlflowException

    try:
        return ours(client.get_model_version_by_alias(name, alias))
    except MlflowException as problem:
        # a missing model is RESOURCE_DOES_NOT_EXIST, a missing alias INVALID_PARAMETER_VALUE
        if problem.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def version(store: TrackingStore, name: str, number: int) -> ModelVersion:
    """A version by its number."""
    return ours(store.client().get_model_version(name, str(number)))


def move_champion(
    store: TrackingStore,
    challenger: ModelVersion,
    decide: Callable[[ModelVersion | None], Decision],
    *,
    audit: AuditLog,
) -> Promotion:
    """Let `decide` compare the challenger with the champion, and act on its decision.

    The registry has no compare-and-set, so reading, deciding, moving and reading back
    happen under a lock. The evidence is written to the audit log and to the version before the
    alias moves, so that no move is without it; a kill in between leaves one line that the next
    decision repeats.

    Args:
        store: The store.
        challenger: The version in question.
        decide: Gets the champion, or None when there is none yet.
        audit: Where the decision is kept for good.

    Raises:
        EnvironmentProblem: If the alias is not where it was put; somebody else moves it
            without the lock.
    """
    client = store.client()
    with champion_locked(store, challenger.name):
        current = by_alias(client, challenger.name, CHAMPION)
        if current is not None and current.version == challenger.version:
            settled = Decision(False, f"version {current.version} is the champion already")
            return Promotion(settled, champion=current, previous=current)
        decision = decide(current)
        _record(client, challenger, decision, current, audit)
        fault_point("registry.promote")
        if decision.promote:
            _promote(client, challenger)
        else:
            set_alias(client, challenger, CHALLENGER)
        now = by_alias(client, challenger.name, CHAMPION)
    return Promotion(decision, champion=now, previous=current)


@contextmanager
def champion_locked(store: TrackingStore, name: str) -> Iterator[None]:
    """Nobody else on this machine moves the model's champion while the block runs."""
    lock = store.locks / f"champion-{name}.lock"
    with locked(lock, timeout_seconds=LOCK_SECONDS):
        yield


def _promote(client: "MlflowClient", challenger: ModelVersion) -> None:
    set_alias(client, challenger, CHAMPION)
    waiting = by_alias(client, challenger.name, CHALLENGER)
    if waiting is not None and waiting.version == challenger.version:
        client.delete_registered_model_alias(challenger.name, CHALLENGER)


def set_alias(client: "MlflowClient", target: ModelVersion, alias: str) -> None:
    """Move the alias, and read it back.

    Raises:
        EnvironmentProblem: If the alias is not where it was put.
    """
    client.set_registered_model_alias(target.name, alias, str(target.version))
    found = by_alias(client, target.name, alias)
    if found is None or found.version != target.version:
        holder = f"version {found.version}" if found else "no version"
        raise EnvironmentProblem(
            f"@{alias} of {target.name} was set to version {target.version}, but {holder} "
            "holds it; something else moves aliases in this registry: stop it and promote again"
        )


def _record(
    client: "MlflowClient",
    challenger: ModelVersion,
    decision: Decision,
    current: ModelVersion | None,
    audit: AuditLog,
) -> None:
    """Write the evidence: first where it stays, then where people look for it."""
    outcome = "promoted" if decision.promote else "refused"
    audit.append(
        outcome,
        challenger.name,
        version=challenger.version,
        champion=current.version if current else None,
        reason=decision.reason,
        p_value=decision.p_value,
        evidence=decision.evidence,
        run=challenger.run,
    )
    tags = {
        OUTCOME_TAG: outcome,
        REASON_TAG: decision.reason,
        P_VALUE_TAG: "" if decision.p_value is None else f"{decision.p_value:.6g}",
        TIME_TAG: now(),
        EVIDENCE_TAG: canonical_json(decision.evidence) if decision.evidence else "",
    }
    if decision.promote:
        # a refused version may have been champion before; what it followed then still holds
        tags[PREVIOUS_TAG] = str(current.version) if current else ""
        tags[ROLLED_BACK_TAG] = ""
    write_tags(client, challenger, tags)


def write_tags(client: "MlflowClient", target: ModelVersion, tags: Mapping[str, str]) -> None:
    """Write tags to a version and, where it is still there, to its run."""
    from mlflow.exceptions import MlflowException

    for key, value in tags.items():
        shown = cut(value, MAX_TAG)
        client.set_model_version_tag(target.name, str(target.version), key, shown)
        try:
            if target.mlflow_run:
                client.set_tag(target.mlflow_run, key, shown)
        except MlflowException as problem:
            logger.debug("run %s takes no tags: %s", target.mlflow_run, problem)


def now() -> str:
    """The time as the registry's tags have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def ours(found: "MlflowVersion") -> ModelVersion:
    """What MLflow says of a version, in our words."""
    return ModelVersion(
        name=found.name,
        version=int(found.version),
        run=found.tags.get(RUN_TAG, ""),
        bundle=found.tags.get(BUNDLE_TAG, ""),
        source=found.source or "",
        mlflow_run=found.run_id or "",
        rolled_back=found.tags.get(ROLLED_BACK_TAG, ""),
    )


def registered_name(prefix: str, name: str) -> str:
    """Name in the registry; the prefix keeps teams on one server apart."""
    return f"{prefix}{name}"
