"""Clears old things out of the home folder, oldest first, never what is needed or in use."""

import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from storage.errors import EnvironmentProblem
from storage.journal import read_records, run_states
from storage.leftovers import LEAST_AGE_SECONDS
from storage.locks import locked
from storage.steps import MANIFEST

Kind = Literal["step", "bundle", "raw", "run", "sweep", "rerun"]
SWEEP_LOCK = "sweep.lock"
"""In the folder of a sweep; held by the process that runs it."""
_DAY_SECONDS = 86_400.0


@dataclass(frozen=True)
class Removable:
    """Something that can be made or fetched again, or that MLflow holds too.

    Attributes:
        path: A folder, or a raw file.
        kind: What it is.
        bytes: What removing it frees.
        used: When it was last of use, in seconds since 1970.
        lock: Held by whoever works on it; None where nobody does for long.
    """

    path: Path
    kind: Kind
    bytes: int
    used: float
    lock: Path | None


@dataclass(frozen=True)
class Limits:
    """How much is cleared.

    Attributes:
        keep_days: What was of use within so many days stays.
        target_bytes: Stop when the home is no larger; None clears all that is old enough.
    """

    keep_days: float
    target_bytes: int | None = None


def removables(home: Path, *, needed: Collection[Path]) -> list[Removable]:
    """All that could go, the longest unused first.

    Args:
        home: The home folder.
        needed: Paths that stay, with all below them.
    """
    stays = set(needed)
    found = [
        *_steps(home),
        *_bundles(home),
        *_raw_files(home),
        *_runs(home),
        *_sweeps(home),
        *_reruns(home),
    ]
    free = [each for each in found if not stays & {each.path, *each.path.parents}]
    return sorted(free, key=lambda each: each.used)


def clear(
    home: Path, *, needed: Collection[Path], limits: Limits, dry_run: bool = False
) -> list[Removable]:
    """Remove what the limits let go; returns it, oldest first.

    A thing whose lock is held, or that a live run has named as in use, stays.
    """
    size, gone = home_bytes(home) if limits.target_bytes is not None else 0, []
    oldest_kept = time.time() - max(limits.keep_days * _DAY_SECONDS, LEAST_AGE_SECONDS)
    for each in removables(home, needed=needed):
        if each.used > oldest_kept:
            break
        if limits.target_bytes is not None and size <= limits.target_bytes:
            break
        if _remove(each, lambda: steps_in_use(home), dry_run=dry_run):
            size -= each.bytes
            gone.append(each)
    return gone


def steps_in_use(home: Path) -> set[Path]:
    """Step folders that runs alive now have named, before they looked into them."""
    return {
        home / "steps" / str(record["step"]) / str(record["folder"])
        for state in run_states(home)
        if state.alive
        for record in read_records(state.folder)
        if record["kind"] == "step"
    }


def home_bytes(home: Path) -> int:
    """Space that the home folder takes; a file of several names counts once."""
    sizes = {}
    for path in home.rglob("*"):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        sizes[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(sizes.values())


def _remove(each: Removable, in_use: Callable[[], set[Path]], *, dry_run: bool) -> bool:
    with _held(each.lock) as is_held:
        # asked for under the lock: a run names a step before it waits for the lock
        if not is_held or (each.kind == "step" and each.path in in_use()):
            return False
        if dry_run:
            return True
        if each.kind == "step":
            (each.path / MANIFEST).unlink(missing_ok=True)  # half of a step is no step
        if each.path.is_dir():
            shutil.rmtree(each.path)
        else:
            each.path.unlink(missing_ok=True)
        if each.kind == "step" and each.lock is not None:
            each.lock.unlink(missing_ok=True)
        return True


@contextmanager
def _held(lock: Path | None) -> Iterator[bool]:
    if lock is None:
        yield True
        return
    try:
        with locked(lock, timeout_seconds=0):
            yield True
    except EnvironmentProblem:
        yield False


def _steps(home: Path) -> Iterator[Removable]:
    for folder in (home / "steps").glob("*/*"):
        if folder.is_dir() and folder.name != "latest":
            yield _removable(folder, "step", folder.with_suffix(".lock"))


def _bundles(home: Path) -> Iterator[Removable]:
    for folder in (home / "bundles").glob("*"):
        if folder.is_dir():
            yield _removable(folder, "bundle", None)


def _raw_files(home: Path) -> Iterator[Removable]:
    """Fetched files; the digest by which a changing source is pinned is none of them."""
    for path in (home / "raw").glob("*/*"):
        if path.is_file() and not path.name.startswith(".") and path.suffix != ".json":
            yield _removable(path, "raw", path.with_name(f".{path.name}.lock"))


def _runs(home: Path) -> Iterator[Removable]:
    for state in run_states(home):
        if state.status is not None:
            yield _removable(state.folder, "run", state.folder / "shipping.lock")


def _sweeps(home: Path) -> Iterator[Removable]:
    """Searches of settings; one that is cleared would start afresh."""
    for folder in (home / "sweeps").glob("*"):
        if folder.is_dir():
            yield _removable(folder, "sweep", folder / SWEEP_LOCK)


def _reruns(home: Path) -> Iterator[Removable]:
    """Homes of reruns that came out different, or did not come out."""
    for folder in home.glob("reproduced-*"):
        if folder.is_dir() and not any(state.alive for state in run_states(folder)):
            yield _removable(folder, "rerun", None)


def _removable(path: Path, kind: Kind, lock: Path | None) -> Removable:
    files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    used = [each.stat().st_mtime for each in files] or [path.stat().st_mtime]
    # a file that has another name elsewhere frees nothing
    size = sum(each.stat().st_blocks * 512 for each in files if each.stat().st_nlink == 1)
    return Removable(path, kind, size, max(used), lock)
