"""What can be wrong inside a home folder: runs, leftovers, room, databases; and mending it."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from cli.findings import Finding
from configs.settings import Settings
from storage.journal import run_states
from storage.leftovers import leftovers, remove_leftover

_FEW_BYTES = 2_000_000_000
_TOO_FEW_BYTES = 200_000_000
_FIX = "seqflow doctor --fix"


def home_findings(settings: Settings) -> Iterator[Finding]:
    """All of them."""
    yield from _room(settings.home)
    yield from _databases(settings)
    yield from _orphaned_runs(settings.home)
    yield from _leftovers(settings.home)


def mend(home: Path) -> Iterator[str]:
    """Do what is safe: close orphaned runs, remove leftovers; says what was done."""
    from tracking.shipping import close_dead_runs

    for folder in close_dead_runs(home):
        yield f"run {folder.name}: closed as KILLED; seqflow sync tells MLflow"
    for left in leftovers(home):
        if remove_leftover(left):
            yield f"{left.path}: removed"


def _room(home: Path) -> Iterator[Finding]:
    place = next(path for path in (home, *home.parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    if free < _FEW_BYTES:
        yield Finding(
            f"the disk of {home} has {free / 1e9:.1f} GB free",
            "seqflow doctor --clean frees what no registered model needs; or set SEQFLOW_HOME "
            "to a folder on another disk",
            blocking=free < _TOO_FEW_BYTES,
        )
    if home.exists() and place != home:
        yield Finding(f"{home} is no folder", "set SEQFLOW_HOME to a folder of yours")
    if not os.access(place, os.W_OK):
        yield Finding(
            f"{place} cannot be written",
            "set SEQFLOW_HOME to a folder of yours, or mend its permissions",
        )


def _databases(settings: Settings) -> Iterator[Finding]:
    prefect = Path(os.environ.get("PREFECT_HOME") or settings.home / "prefect")
    stores = sorted({settings.tracking_uri, settings.own_store})
    mlflow = [
        Path(uri.removeprefix("sqlite:///")) for uri in stores if uri.startswith("sqlite")
    ]
    for owner, path in [("Prefect", prefect / "prefect.db"), *(("MLflow", p) for p in mlflow)]:
        if path.is_file() and (damage := _damage(path)):
            yield Finding(
                f"{owner}'s database {path} is damaged: {damage}",
                f"seqflow down; put {path.name} back from a backup, or move it away: seqflow "
                "sync fills MLflow's again from the journals, seqflow up makes Prefect's anew",
            )


def _damage(path: Path) -> str | None:
    """The first thing that SQLite finds wrong with the file; None when it is whole."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as open_:
            (found,) = open_.execute("PRAGMA integrity_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        return None if "locked" in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if found == "ok" else str(found).partition("\n")[0]


def _orphaned_runs(home: Path) -> Iterator[Finding]:
    for run in run_states(home):
        if run.status is None and not run.alive:
            yield Finding(
                f"run {run.folder.name} of {run.experiment} was killed and never closed",
                f"seqflow train {run.experiment} goes on with it, seqflow sync closes it, "
                f"and so does {_FIX}",
                blocking=False,
            )


def _leftovers(home: Path) -> Iterator[Finding]:
    found = leftovers(home)
    for kind, what in (("scratch", "half-written files"), ("lock", "locks of steps not there")):
        paths = [left.path for left in found if left.kind == kind]
        if paths:
            yield Finding(
                f"{len(paths)} {what}, such as {paths[0]}",
                f"{_FIX} removes them",
                blocking=False,
            )
