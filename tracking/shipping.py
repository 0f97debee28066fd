"""Ships journals to MLflow: beside a running training, and later what an outage left."""

import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path

from storage.journal import FILE, Journal, run_states
from tracking.limits import first_line
from tracking.position import Position, Registration, journal_bytes
from tracking.replay import Replay
from tracking.store import TrackingStore

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 2.0
"""Between two looks at the journal."""
BUDGET_SECONDS = 2.0
"""Of one look; what is left goes with the next."""
LONGEST_PAUSE_SECONDS = 60.0


class Shipper:
    """Ships one run's journal from a thread of its own.

    Training only appends to the journal; whatever the store does, training never waits for
    it. An outage is one warning, and pauses that double up to a minute.
    """

    def __init__(self, folder: Path, store: TrackingStore) -> None:
        self._folder = folder
        self._store = store
        self._replay = Replay(folder, store)
        self._wake = threading.Event()
        self._changed = threading.Condition()
        self._stopping = False
        self._failures = 0
        self._in_a_row = 0
        # a daemon: a store that hangs must not keep the process alive
        self._thread = threading.Thread(target=self._work, name="shipper", daemon=True)

    def start(self) -> "Shipper":
        """Start the thread."""
        self._thread.start()
        return self

    def flush(self, timeout_seconds: float) -> bool:
        """Ship all that the journal holds now.

        Args:
            timeout_seconds: Wait no longer than this for it.

        Returns:
            Whether everything has arrived; False early when the store does not answer.
        """
        target = journal_bytes(self._folder)
        with self._changed:
            failures = self._failures
            self._wake.set()
            self._changed.wait_for(
                lambda: self._replay.offset >= target or self._failures > failures,
                timeout_seconds,
            )
            return self._replay.offset >= target

    def finish(self, timeout_seconds: float) -> bool:
        """Ship what is left and end the thread; answers as `flush` does.

        What has not arrived stays in the journal, and `sync` ships it.
        """
        shipped = self.flush(timeout_seconds)
        self._stopping = True
        self._wake.set()
        return shipped

    def _work(self) -> None:
        while not self._stopping:
            pause = self._attempt()
            self._wake.wait(pause)
            self._wake.clear()

    def _attempt(self) -> float:
        """Ship for one budget; returns the seconds to pause."""
        try:
            progress = self._replay.advance(seconds=BUDGET_SECONDS)
        except Exception as problem:  # noqa: BLE001 - nothing here may reach training
            return self._failed(problem)
        if self._in_a_row:
            logger.info("MLflow at %s answers again", self._store.shown)
        with self._changed:
            self._in_a_row = 0
            self._changed.notify_all()
        return PAUSE_SECONDS if progress == "shipped" else 0.0

    def _failed(self, problem: Exception) -> float:
        if self._failures == 0:
            logger.warning(
                "MLflow at %s takes no record (%s); the run goes on, its journal keeps "
                "everything, and `seqflow sync` ships it later",
                self._store.shown,
                first_line(problem),
                exc_info=logger.isEnabledFor(logging.DEBUG),
            )
        with self._changed:
            self._failures += 1
            self._in_a_row += 1
            self._changed.notify_all()
        return min(PAUSE_SECONDS * 2.0 ** min(self._in_a_row, 10), LONGEST_PAUSE_SECONDS)


@dataclass
class SyncReport:
    """What a `sync` did; runs by the names of their folders.

    Attributes:
        closed: Runs whose owner had died, now KILLED.
        shipped: Runs of which something was missing and has arrived.
        left: Runs that could not be shipped, with the reason.
        registrations: Models registered on the way.
    """

    closed: list[str] = field(default_factory=list)
    shipped: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)
    registrations: list[Registration] = field(default_factory=list)


def sync(home: Path, store: TrackingStore) -> SyncReport:
    """Close dead runs, ship everything that is missing, register the models that wait.

    Raises:
        EnvironmentProblem: If the store does not answer.
    """
    report = SyncReport(closed=[folder.name for folder in close_dead_runs(home)])
    for path in sorted((home / "runs").glob(f"*/{FILE}")):
        folder = path.parent
        before = Position.load(folder, uri=store.uri)
        replay = Replay(folder, store)
        try:
            while replay.advance(seconds=BUDGET_SECONDS) == "more":
                pass
        except Exception as problem:  # noqa: BLE001 - one broken journal must not stop the rest
            store.require_answer()
            report.left[folder.name] = first_line(problem)
        after = Position.load(folder, uri=store.uri)
        if after != before:
            report.shipped.append(folder.name)
        report.registrations += set(after.registrations) - set(before.registrations)
    return report


def close_dead_runs(home: Path) -> list[Path]:
    """End, as KILLED, every run whose owner died without ending it; asks no store.

    Returns:
        Folders of the runs closed.
    """
    closed = []
    for state in run_states(home):  # each is looked at just before it is closed
        if state.status is None and not state.alive:
            Journal(state.folder).end("KILLED")
            closed.append(state.folder)
    return closed


def registrations(folder: Path, store: TrackingStore) -> tuple[Registration, ...]:
    """Models of the run that the registry holds, as far as they have been shipped."""
    return Position.load(folder, uri=store.uri).registrations


def answers(store: TrackingStore) -> bool:
    """Whether the store can be reached now."""
    try:
        store.client().search_experiments(max_results=1)
    except Exception:  # noqa: BLE001 - whatever it is, it does not answer
        return False
    return True
