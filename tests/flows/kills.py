"""A small train flow to kill anywhere, and what must be equal afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from cli.server_files import client_environment
from storage.files import file_digest, read_json
from storage.journal import read_records, run_states
from storage.steps import read_manifest
from tests.running_servers import RunningServers

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


def train(
    home: Path, servers: RunningServers, *, fault: str = "", seed: int = 0, name: str
) -> int:
    """Run the flow in a process of its own; returns its exit status, negative for a signal."""
    environment = {
        **os.environ,
        **client_environment(servers.settings.home),
        "SEQFLOW_HOME": str(home),
        "SEQFLOW_FAULT": fault,
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-m", "cli.main", *_COMMAND, "--name", name]
    done = subprocess.run(
        [*command, "--set", f"training.seed={seed}"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stdout + done.stderr
    return done.returncode


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
