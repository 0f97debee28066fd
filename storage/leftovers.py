"""What killed processes leave in the home folder: half-written files, locks of nothing."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storage.errors import EnvironmentProblem
from storage.locks import locked
from storage.steps import MANIFEST

LEAST_AGE_SECONDS = 3600.0
"""Younger files may belong to a process that still writes them."""
_SCRATCH = (
    "check-*",
    "monitor-*",
    "query-*",
    "own/.copy.*",
    "steps/*/*/**/.*.part",
    "steps/*/latest/.*.part",
    "runs/*/.*.part",
    "raw/*/.*.part",
    ".*.part",
)
"""Names that only unfinished work has; a download's own part file can be gone on with."""


@dataclass(frozen=True)
class Leftover:
    """Something nobody will use again.

    Attributes:
        path: A file or a folder.
        kind: scratch: half-written; lock: of a step that is not there.
    """

    path: Path
    kind: Literal["scratch", "lock"]


def leftovers(home: Path) -> list[Leftover]:
    """All that killed processes left, an hour old at least, MLflow's and Prefect's aside."""
    return [*_scratch(home), *_locks(home)]


def remove_leftover(left: Leftover) -> bool:
    """Remove it; False when a process holds the lock after all."""
    if left.kind == "lock":
        return _remove_lock(left.path)
    if left.path.is_dir():
        shutil.rmtree(left.path, ignore_errors=True)
    else:
        left.path.unlink(missing_ok=True)
    return True


def _scratch(home: Path) -> Iterator[Leftover]:
    found = {path for pattern in _SCRATCH for path in home.glob(pattern)}
    for path in sorted(found):
        if _is_old(path) and not _belongs_to_a_result(path, home):
            yield Leftover(path, "scratch")


def _belongs_to_a_result(path: Path, home: Path) -> bool:
    """Whether a finished step counts it among its outputs."""
    parts = path.relative_to(home).parts
    return parts[0] == "steps" and home.joinpath(*parts[:3], MANIFEST).is_file()


def _locks(home: Path) -> Iterator[Leftover]:
    for path in sorted((home / "steps").glob("*/*.lock")):
        if not path.with_suffix("").is_dir() and _is_old(path):
            yield Leftover(path, "lock")


def _remove_lock(path: Path) -> bool:
    try:
        with locked(path, timeout_seconds=0):
            if path.with_suffix("").is_dir():
                return False
            path.unlink()
    except EnvironmentProblem:
        return False
    return True


def _is_old(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime >= LEAST_AGE_SECONDS
    except FileNotFoundError:
        return False
