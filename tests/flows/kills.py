"""A small train flow to kill anywhere, and what must be equal afterwards."""

import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cli.server_files import client_environment
from storage.files import file_digest, read_json
from storage.journal import read_records, run_states
from storage.steps import read_manifest
from tests.running_servers import RunningServers, environment

BATCH_EVERY = 5
"""Batches between two checkpoints."""
STEPS = ("download", "preprocess", "tokenize", "validate", "train", "evaluate")
STEP_POINTS = (
    *(f"{step}.{place}" for step in STEPS for place in ("start", "middle", "commit", "end")),
    *("register.start", "registry.register", "register.end"),
    *("promote.start", "registry.promote", "promote.end"),
)
POINTS = tuple("train.bundle" if point == "train.middle" else point for point in STEP_POINTS)
_COMMAND = (
    *("train", "demo", "--set", "data.rows=400", "--set", "training.epochs=2"),
    *("--set", "training.batch_size=16", "--set", "training.threads=1"),
    *("--set", f"training.checkpoint_batches={BATCH_EVERY}", "--set", "text.min_frequency=1"),
)


@dataclass(frozen=True)
class Outcome:
    """All that a kill must not change, and how many batches the last process executed."""

    weights: str
    metrics: Mapping[tuple[str, object], float]
    predictions: str
    version: int
    batches_executed: int


class Trainer:
    """Starts `seqflow train` again and again, each time in a fresh process.

    The processes are forked from one that has imported the heavy libraries and done nothing
    else, so that a kill costs the work it interrupts and not ten seconds of imports.
    """

    def __init__(self, servers: RunningServers, place: Path) -> None:
        variables = {**client_environment(servers.settings.home), "OMP_NUM_THREADS": "1"}
        with environment(**variables):
            self._processes = multiprocessing.get_context("forkserver")
            self._processes.set_forkserver_preload(["tests.flows.kills_preload"])
            self._variables = variables
            self._log = place / "output.txt"
            self._run([], {})

    def train(self, home: Path, *, fault: str = "", seed: int = 0, name: str) -> int:
        """Run the flow; returns its exit status, negative for a signal."""
        command = [*_COMMAND, "--name", name, "--set", f"training.seed={seed}"]
        variables = {"SEQFLOW_HOME": str(home), "SEQFLOW_FAULT": fault}
        status = self._run(command, {**self._variables, **variables})
        assert status in (0, -signal.SIGKILL), self._log.read_text(encoding="utf-8")
        return status

    def _run(self, command: Sequence[str], variables: Mapping[str, str]) -> int:
        process = self._processes.Process(
            target=_execute, args=(command, variables, str(self._log))
        )
        process.start()
        process.join(timeout=300)
        assert process.exitcode is not None, f"{command} did not end within 300 s"
        return process.exitcode


def _execute(command: Sequence[str], variables: Mapping[str, str], log: str) -> None:
    """What a forked process does: the command line, with its output in the log."""
    os.environ.update(variables)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    if command:
        from cli.main import app

        app(command, standalone_mode=False)


def outcome(home: Path) -> Outcome:
    """What the home's one run came to."""
    (run,) = run_states(home)
    assert run.status == "FINISHED"
    records = list(read_records(run.folder))
    manifest = read_manifest(_only(home / "steps" / "train"))
    assert manifest is not None
    facts = cast(Mapping[str, object], manifest["facts"])
    shipped = cast(dict[str, list[dict[str, object]]], read_json(run.folder / "shipped.json"))
    return Outcome(
        weights=str(facts["weights_digest"]),
        metrics={
            (str(record["key"]), record["step"]): cast(float, record["value"])
            for record in records
            if record["kind"] == "metric" and not str(record["key"]).startswith("system/")
        },
        predictions=file_digest(_only(home / "steps" / "evaluate") / "predictions.parquet"),
        version=cast(int, shipped["registrations"][0]["version"]),
        batches_executed=cast(int, facts["batches_executed"]),
    )


def _only(folder: Path) -> Path:
    (found,) = (path.parent for path in folder.glob("*/manifest.json"))
    return found
