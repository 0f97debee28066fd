"""Carries the journal of one run into MLflow, from where it stopped the last time."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from storage.errors import EnvironmentProblem
from storage.faults import fault_point
from storage.journal import Record
from storage.locks import locked
from tracking.logged_model import Owner
from tracking.mlflow_run import MlflowRun
from tracking.position import Position, Registration, records_after
from tracking.registration import BundleRecord, register
from tracking.store import TrackingStore

if TYPE_CHECKING:
    from mlflow import MlflowClient

logger = logging.getLogger(__name__)

Progress = Literal["shipped", "more", "busy"]
MAX_FIGURES = 1000
"""Metrics, parameters and tags of one MLflow request, at most."""
MAX_LABELS = 100
"""Parameters, and tags, of one MLflow request, at most."""
_REFUSALS = frozenset(["INVALID_PARAMETER_VALUE", "RESOURCE_ALREADY_EXISTS", "BAD_REQUEST"])
_LOCK_SECONDS = 1.0


class Piece(NamedTuple):
    """Records that go in one request, and the journal's offset behind them."""

    records: Sequence[Record]
    end: int


def pieces(records: Iterable[tuple[int, Record]]) -> Iterator[Piece]:
    """Cut records into requests: figures together up to MLflow's limits, the rest alone."""
    waiting: list[Record] = []
    labels = 0
    end = 0
    for offset, record in records:
        is_figure = record["kind"] in ("metric", "param", "tag")
        is_full = len(waiting) >= MAX_FIGURES or labels >= MAX_LABELS
        if waiting and (is_full or not is_figure):
            yield Piece(waiting, end)
            waiting, labels = [], 0
        if is_figure:
            waiting.append(record)
            labels += record["kind"] != "metric"
        else:
            yield Piece([record], offset)
        end = offset
    if waiting:
        yield Piece(waiting, end)


class Replay:
    """Ships one run; safe to call again at any time, from any process.

    Every figure goes once by (key, step): what was sent before the position is known from
    the journal itself, and what MLflow received without our noticing it recognises by its
    time and value.
    """

    def __init__(self, folder: Path, store: TrackingStore) -> None:
        self._folder = folder
        self._store = store
        self._client: MlflowClient | None = None
        self._run: MlflowRun | None = None
        self._position = Position()

    @property
    def offset(self) -> int:
        """Bytes of the journal that have arrived."""
        return self._position.offset

    def advance(self, *, seconds: float) -> Progress:
        """Ship what the journal holds beyond the position.

        Args:
            seconds: Begin no further request after this time.

        Returns:
            "shipped" when nothing is left, "more" when the time ran out, "busy" when another
            process ships this run.

        Raises:
            MlflowException, OSError, EnvironmentProblem: When the store does not answer; call
                again later.
        """
        deadline = time.monotonic() + seconds
        with ExitStack() as stack:
            lock = self._folder / "shipping.lock"
            try:
                stack.enter_context(locked(lock, timeout_seconds=_LOCK_SECONDS))
            except EnvironmentProblem:
                return "busy"
            try:
                return self._advance_until(deadline)
            except BaseException:
                self._run = None  # look again where things stand before going on
                raise

    def _advance_until(self, deadline: float) -> Progress:
        run = self._connected()
        for piece in pieces(records_after(self._folder, self._position.offset)):
            if time.monotonic() >= deadline:
                return "more"
            if not run.deleted:
                self._send(run, piece.records)
            fault_point("shipping.sent")
            self._move(replace(self._position, offset=piece.end))
        return "shipped"

    def _connected(self) -> MlflowRun:
        """The run in the store, and the position, which another process may have moved."""
        position = Position.load(self._folder, uri=self._store.uri)
        if self._run is not None and position == self._position:
            return self._run
        self._client = self._client or self._store.client()
        if position.mlflow_run and not _is_known(self._client, position.mlflow_run):
            logger.warning(
                "%s lost the run %s; it is logged again from the journal",
                self._store.shown,
                self._folder.name,
            )
            position = Position(store=position.store)
        run = MlflowRun(self._client, self._store, self._folder)
        before = records_after(self._folder, 0)
        run.remember(record for end, record in before if end <= position.offset)
        self._move(replace(position, mlflow_run=run.mlflow_id))
        self._run = run
        return run

    def _send(self, run: MlflowRun, records: Sequence[Record]) -> None:
        """Send records together; if MLflow refuses any, one by one without the refused."""
        from mlflow.exceptions import MlflowException

        try:
            self._dispatch(run, records)
        except MlflowException as problem:
            if problem.error_code not in _REFUSALS:
                raise
            if len(records) == 1:
                logger.warning("MLflow refuses %s: %s", dict(records[0]), problem.message)
                return
            for record in records:
                self._send(run, [record])

    def _dispatch(self, run: MlflowRun, records: Sequence[Record]) -> None:
        first = records[0]
        match first["kind"]:
            case "metric" | "param" | "tag":
                run.log_figures(records)
            case "resume":
                run.reopen()
            case "artifact":
                run.log_files(first)
            case "dataset":
                run.log_dataset(first)
            case "model":
                self._register(run, first)
            case "end":
                run.end(first)
            case _:
                pass

    def _register(self, run: MlflowRun, record: Record) -> None:
        assert self._client is not None
        bundle = Path(str(record["bundle"]))
        if not bundle.is_dir():
            logger.warning("%s is gone and so cannot be registered; train again", bundle)
            return
        model = BundleRecord(
            name=str(record["name"]),
            bundle=bundle,
            digest=str(record["digest"]),
            run=self._folder.name,
            description=str(record.get("description") or ""),
        )
        owner = Owner(run.experiment_id, run.mlflow_id)
        version = register(self._client, self._store, owner, model)
        reused = version.run != model.run
        made = Registration(model.name, version.version, model.digest, reused=reused)
        others = [each for each in self._position.registrations if each.name != model.name]
        self._move(replace(self._position, registrations=(*others, made)))

    def _move(self, position: Position) -> None:
        if position != self._position:
            position.save(self._folder)
            self._position = position


def _is_known(client: "MlflowClient", mlflow_run: str) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        client.get_run(mlflow_run)
    except MlflowException as problem:
        if problem.error_code == "RESOURCE_DOES_NOT_EXIST":
            return False
        raise
    return True
