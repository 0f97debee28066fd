"""A promotion undone on somebody's word, and everybody told."""

from pathlib import Path

from storage.audit import AuditLog
from tasks.events import emit
from tasks.exclusive import exclusively
from tracking.rollback import Rollback, roll_back
from tracking.store import TrackingStore


def undo_promotion(
    home: Path, store: TrackingStore, experiment: str, model: str, *, reason: str
) -> Rollback:
    """Make the champion before the present one champion again.

    Args:
        home: Whose audit log keeps it.
        store: Where the model is registered.
        experiment: Whose model it is.
        model: Registered name, prefix included.
        reason: Somebody's words.

    Raises:
        InputError: If there is no champion, or none before it that can come back.
    """
    with exclusively(store, model):
        done = roll_back(store, model, reason=reason, audit=AuditLog(home))
    emit(
        "seqflow.model.rolled-back",
        experiment,
        reason=reason,
        model=model,
        version=str(done.restored.version),
        rolled_back=str(done.undone.version),
    )
    return done
