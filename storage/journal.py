"""The journal of a run: the truth about it, of which the MLflow store is a view.

One JSON object a line in `<home>/runs/<run>/journal.jsonl`, appended and never rewritten.
"""

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Self, cast

from storage.files import Json, cut_torn_line, whole_lines
from storage.processes import is_alive, start_ticks

FILE = "journal.jsonl"
Status = Literal["FINISHED", "FAILED", "KILLED"]
Record = Mapping[str, Json]


class Journal:
    """An open journal, appended to by one process.

    A metric whose (key, step) is there already is not written twice, so that a resumed run
    repeats nothing.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        path = folder / FILE
        cut_torn_line(path)
        self._metrics = {
            (record["key"], record.get("step"))
            for record in read_records(folder)
            if record["kind"] == "metric"
        }
        self._file = path.open("a", encoding="utf-8")

    @classmethod
    def create(cls, home: Path, *, experiment: str, name: str, key: str) -> Self:
        """Start the journal of a new run.

        Args:
            home: The home folder.
            experiment: Name of the experiment; groups runs.
            name: What a person sees as the run's name.
            key: Digest of what decides the run; a killed run with it is gone on with.
        """
        stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        run = f"{stamp}-{secrets.token_hex(3)}"
        journal = cls(home / "runs" / run)
        journal.record("start", run=run, experiment=experiment, name=name, key=key, **_owner())
        return journal

    @classmethod
    def resume(cls, folder: Path) -> Self:
        """Go on with the journal of a run that was stopped; this process owns it now."""
        journal = cls(folder)
        journal.record("resume", **_owner())
        return journal

    @property
    def run(self) -> str:
        """Identity of the run: the name of its folder."""
        return self.folder.name

    def record(self, kind: str, **fields: Json) -> None:
        """Append one record; it is with the operating system when this returns."""
        line = json.dumps({"kind": kind, "time": int(time.time() * 1000), **fields})
        self._file.write(line + "\n")
        self._file.flush()

    def metric(self, key: str, value: float, *, step: int | None = None) -> None:
        """A figure of the run, by epoch (step) or once (None)."""
        if (key, step) not in self._metrics:
            self._metrics.add((key, step))
            self.record("metric", key=key, value=value, step=step)

    def tag(self, key: str, value: str) -> None:
        """A property of the run that people search by."""
        self.record("tag", key=key, value=value)

    def param(self, key: str, value: Json) -> None:
        """A setting of the run."""
        self.record("param", key=key, value=value)

    def artifact(self, path: Path, to: str) -> None:
        """A file or folder to be kept with the run under the artifact path `to`."""
        self.record("artifact", path=str(path), to=to)

    def sync(self) -> None:
        """Put everything on the disk."""
        os.fsync(self._file.fileno())

    def end(self, status: Status) -> None:
        """Close the run with its outcome."""
        self.record("end", status=status)
        self.sync()
        self._file.close()


def read_records(folder: Path) -> Iterator[Record]:
    """All whole records of the journal, in order; a line torn by a kill is left out."""
    for line in whole_lines(folder / FILE):
        yield cast(Record, json.loads(line))


@dataclass(frozen=True)
class RunState:
    """What a journal says about its run.

    Attributes:
        folder: Where the journal lies.
        experiment: Name of the experiment.
        key: Digest of what decides the run.
        status: Outcome; None while it runs, or when its owner died.
        alive: Whether the owner still runs.
    """

    folder: Path
    experiment: str
    key: str
    status: str | None
    alive: bool


def run_state(folder: Path) -> RunState | None:
    """State of the run in the folder, or None when its journal has no start."""
    start: Record | None = None
    owner: Record = {}
    status: str | None = None
    for record in read_records(folder):
        if record["kind"] == "start":
            start = record
        if record["kind"] in ("start", "resume"):
            owner, status = record, None
        elif record["kind"] == "end":
            status = str(record["status"])
    if start is None:
        return None
    alive = status is None and is_alive(
        cast(int, owner["pid"]), cast("int | None", owner["pid_started"])
    )
    return RunState(folder, str(start["experiment"]), str(start["key"]), status, alive)


def run_states(home: Path) -> Iterator[RunState]:
    """States of all runs of the home folder, oldest first."""
    for path in sorted((home / "runs").glob(f"*/{FILE}")):
        if state := run_state(path.parent):
            yield state


def stopped_run(home: Path, *, experiment: str, key: str) -> Path | None:
    """Folder of the newest run with this key that was killed before its end, if any."""
    found = [
        state.folder
        for state in run_states(home)
        if (state.experiment, state.key) == (experiment, key)
        and not state.alive
        and state.status in (None, "KILLED")
    ]
    return found[-1] if found else None


def _owner() -> dict[str, Json]:
    return {"pid": os.getpid(), "pid_started": start_ticks(os.getpid())}
