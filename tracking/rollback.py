"""Undoing a promotion: the champion before becomes champion again."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.audit import AuditLog
from storage.errors import InputError
from storage.faults import fault_point
from tracking.registry import (
    CHAMPION,
    PREVIOUS_TAG,
    ROLLED_BACK_TAG,
    ModelVersion,
    by_alias,
    champion_locked,
    now,
    set_alias,
    version,
    write_tags,
)
from tracking.store import TrackingStore

if TYPE_CHECKING:
    from mlflow import MlflowClient


@dataclass(frozen=True)
class Rollback:
    """A promotion undone.

    Attributes:
        undone: The champion that was taken down.
        restored: The champion now.
    """

    undone: ModelVersion
    restored: ModelVersion


def roll_back(store: TrackingStore, name: str, *, reason: str, audit: AuditLog) -> Rollback:
    """Make the champion before the present one champion again, and say so everywhere.

    Versions that were rolled back themselves are passed over; the one taken down now is tagged
    as such, and no rule promotes it again unasked.

    Args:
        store: The store.
        name: Registered name, prefix included.
        reason: Somebody's words.
        audit: Where it is kept for good.

    Raises:
        InputError: If there is no champion, none before it, or that one was deleted.
    """
    client = store.client()
    with champion_locked(store, name):
        undone = by_alias(client, name, CHAMPION)
        if undone is None:
            raise InputError(f"{name} has no champion, so nothing can be rolled back")
        restored = _before(store, client, undone)
        audit.append(
            "rolled-back",
            name,
            version=restored.version,
            champion=undone.version,
            reason=reason,
            run=restored.run,
        )
        fault_point("registry.rollback")
        set_alias(client, restored, CHAMPION)
        write_tags(client, undone, {ROLLED_BACK_TAG: f"{now()}: {reason}"})
    return Rollback(undone, restored)


def _before(
    store: TrackingStore, client: "MlflowClient", champion: ModelVersion
) -> ModelVersion:
    """The last champion before this one that was not rolled back itself."""
    found = client.search_model_versions(f"name = '{champion.name}'")
    tags = {int(each.version): each.tags for each in found}
    passed, number = {champion.version}, champion.version
    why = f"no champion of {champion.name} before version {champion.version} can come back"
    while before := tags[number].get(PREVIOUS_TAG):
        number = int(before)
        if number in passed:
            break
        passed.add(number)
        if number not in tags:
            why = f"version {number} of {champion.name}, champion before, was deleted"
            break
        if not tags[number].get(ROLLED_BACK_TAG):
            return version(store, champion.name, number)
    others = ", ".join(str(each) for each in sorted(tags) if each != champion.version)
    raise InputError(
        f"{why}; promote another by hand: `seqflow promote {champion.name} --version N "
        f"--reason …` (there are {others or 'no others'})"
    )
